"""Changes of documents that are there already, once for each database, in their order. Across all workspaces.

    python -m shared.maintenance.migrations [--check]        also `parley migrate`

A migration runs while services of the version before and of this one are at work: both have to understand what it
writes, and it finds its documents by their old shape, some at a time, so that it can stop anywhere and go on. That one
is done is noted in `migrations`; a lease there keeps two from running at the same time. Indexes are made first.
A change that not both versions understand takes two releases: first one that reads both, then one that migrates.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex

from shared.clock import Clock, SystemClock
from shared.errors import Conflict, DependencyAway
from shared.maintenance.indexes import ensure_indexes
from shared.settings import SettingsError, load
from shared.storage.mongo import Collection, Document, Duplicate, Mongo

COLLECTION = "migrations"
_LEASE_ID = "lease"
_LEASE = timedelta(seconds=60)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Migration:
    """change: brings some documents into their new shape and says how many; 0: there are none left. Raises
    DependencyAway. version: 1, 2, …
    """

    version: int
    name: str
    change: Callable[[Mongo], Awaitable[int]]


async def _offsets_of_replays(mongo: Mongo) -> int:
    """Replays that were noted before dead letters had their offsets count as older than any letter."""
    replays = mongo.collection("dead_letter_replays")
    found = await replays.find({"offset": {"$exists": False}}, fields={"_id": 1}, limit=_AT_ONCE)
    if not found:
        return 0
    old = {"_id": {"$in": [one["_id"] for one in found]}, "offset": {"$exists": False}}
    return await replays.update_many(old, {"$set": {"offset": -1}})


MIGRATIONS = (Migration(1, "replays of dead letters have an offset", _offsets_of_replays),)


@dataclass(frozen=True, slots=True)
class Done:
    """documents: that were changed; None: it is still to be done."""

    version: int
    name: str
    documents: int | None = None


async def pending(mongo: Mongo, migrations: Sequence[Migration] = MIGRATIONS) -> list[Done]:
    """What is still to be done. Raises DependencyAway."""
    done = {one["_id"] for one in await mongo.collection(COLLECTION).find({})}
    return [Done(one.version, one.name) for one in migrations if one.version not in done]


async def migrate(mongo: Mongo, clock: Clock, migrations: Sequence[Migration] = MIGRATIONS) -> list[Done]:
    """Make the indexes, then do what is to be done. Raises Conflict (another one is at it), DependencyAway."""
    await ensure_indexes(mongo)
    finished = []
    notes = mongo.collection(COLLECTION)
    async with _leased(notes, clock) as still_ours:
        for wanted in await pending(mongo, migrations):
            migration = next(one for one in migrations if one.version == wanted.version)
            documents = 0
            while count := await migration.change(mongo):
                documents += count
                await still_ours()
            note: Document = {"_id": migration.version, "name": migration.name, "at": clock.now()}
            await notes.insert(note | {"documents": documents})
            finished.append(Done(migration.version, migration.name, documents))
    return finished


@asynccontextmanager
async def _leased(notes: Collection, clock: Clock) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Only one at a time; one that died is waited for as long as its lease lasts. Yields what renews the lease."""
    holder = token_hex(8)

    async def hold() -> None:
        now = clock.now()
        free: Document = {"_id": _LEASE_ID, "$or": [{"holder": holder}, {"until": {"$lt": now}}]}
        try:
            await notes.update(free, {"$set": {"holder": holder, "until": now + _LEASE}}, upsert=True)
        except Duplicate:
            raise Conflict("another migration is at work on this database; try again in a minute") from None

    await hold()
    try:
        yield hold
    finally:
        await notes.delete({"_id": _LEASE_ID, "holder": holder})


async def _run(*, check: bool) -> list[Done]:
    settings = load()
    mongo = Mongo(settings.mongodb_uri.get_secret_value(), settings.mongodb_database, settings.mongodb_driver)
    try:
        return await (pending(mongo) if check else migrate(mongo, SystemClock()))
    finally:
        await mongo.close()


def report(found: Sequence[Done]) -> list[str]:
    """A line for each, for people."""
    if not found:
        return [f"the database is as version {MIGRATIONS[-1].version} wants it"]
    return [
        f"{one.version}: {one.name}: " + ("to be done" if one.documents is None else f"{one.documents} documents")
        for one in found
    ]


def main(arguments: Sequence[str]) -> int:
    """The command. Exit code 1: it failed, or (--check) something is to be done."""
    try:
        found = asyncio.run(_run(check="--check" in arguments))
    except (SettingsError, DependencyAway, Conflict) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(report(found)) + "\n")
    return 1 if found and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
