"""Migrates stored documents, once per database, in order. Across all workspaces.

    python -m shared.maintenance.migrations [--check]        also `parley migrate`

A migration runs while services of the previous and of this version are running: both must understand the new shape. It
finds its documents by their old shape, in batches, so that it can stop anywhere and go on. Finished migrations are
stored in `migrations`, with a lease that keeps two from running at once. Indexes are created first. A change that only
this version understands takes two releases: first one that reads both shapes, then one that migrates.
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
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Migration:
    """One change of stored documents. version: 1, 2, … change: migrates a batch of documents and returns how many; 0:
    none are left. It raises DependencyAway.
    """

    version: int
    name: str
    change: Callable[[Mongo], Awaitable[int]]


async def _offsets_of_replays(mongo: Mongo) -> int:
    """Give replays from before offsets were stored an offset below every dead letter."""
    replays = mongo.collection("dead_letter_replays")
    found = await replays.find({"offset": {"$exists": False}}, fields={"_id": 1}, limit=_BATCH)
    if not found:
        return 0
    old = {"_id": {"$in": [one["_id"] for one in found]}, "offset": {"$exists": False}}
    return await replays.update_many(old, {"$set": {"offset": -1}})


async def _replaced_indexes(mongo: Mongo) -> int:
    """Drop indexes whose work others do now; each would be written with every message."""
    dropped = 0
    for collection, name in (("conversations", "inbox"), ("conversations", "queue"), ("customers", "recent")):
        dropped += await mongo.collection(collection).drop_index(name)
    return dropped


MIGRATIONS = (
    Migration(1, "replays of dead letters have an offset", _offsets_of_replays),
    Migration(2, "indexes of the inbox replace older ones", _replaced_indexes),
)


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """The result of a migration. documents: how many were changed; None: the migration is pending."""

    version: int
    name: str
    documents: int | None = None


async def pending(mongo: Mongo, migrations: Sequence[Migration] = MIGRATIONS) -> list[MigrationResult]:
    """Return the pending migrations. Raises DependencyAway."""
    done = {one["_id"] for one in await mongo.collection(COLLECTION).find({})}
    return [MigrationResult(one.version, one.name) for one in migrations if one.version not in done]


async def migrate(mongo: Mongo, clock: Clock, migrations: Sequence[Migration] = MIGRATIONS) -> list[MigrationResult]:
    """Create the indexes, then run the pending migrations. Raises Conflict (another process migrates),
    DependencyAway."""
    await ensure_indexes(mongo)
    finished = []
    notes = mongo.collection(COLLECTION)
    async with _leased(notes, clock) as renew_lease:
        for wanted in await pending(mongo, migrations):
            migration = next(one for one in migrations if one.version == wanted.version)
            documents = 0
            while count := await migration.change(mongo):
                documents += count
                await renew_lease()
            note: Document = {"_id": migration.version, "name": migration.name, "at": clock.now()}
            await notes.insert(note | {"documents": documents})
            finished.append(MigrationResult(migration.version, migration.name, documents))
    return finished


@asynccontextmanager
async def _leased(notes: Collection, clock: Clock) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Hold the lease, so that only one process migrates; yield the function that renews it."""
    holder = token_hex(8)

    async def renew() -> None:
        now = clock.now()
        free: Document = {"_id": _LEASE_ID, "$or": [{"holder": holder}, {"until": {"$lt": now}}]}
        try:
            await notes.update(free, {"$set": {"holder": holder, "until": now + _LEASE}}, upsert=True)
        except Duplicate:
            raise Conflict("another migration is running on this database; try again in a minute") from None

    await renew()
    try:
        yield renew
    finally:
        await notes.delete({"_id": _LEASE_ID, "holder": holder})


async def _run(*, check: bool) -> list[MigrationResult]:
    settings = load()
    mongo = Mongo(settings.mongodb_uri.get_secret_value(), settings.mongodb_database, settings.mongodb_driver)
    try:
        return await (pending(mongo) if check else migrate(mongo, SystemClock()))
    finally:
        await mongo.close()


def report(found: Sequence[MigrationResult]) -> list[str]:
    """Return a line for each migration."""
    if not found:
        return [f"the database is as version {MIGRATIONS[-1].version} wants it"]
    return [
        f"{one.version}: {one.name}: " + ("to be done" if one.documents is None else f"{one.documents} documents")
        for one in found
    ]


def main(arguments: Sequence[str]) -> int:
    """Run the command. Exit code 1: it failed, or with --check there are pending migrations."""
    try:
        found = asyncio.run(_run(check="--check" in arguments))
    except (SettingsError, DependencyAway, Conflict) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(report(found)) + "\n")
    return 1 if found and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
