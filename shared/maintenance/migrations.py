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
_INDEX_SECONDS = 3600.0  # for the indexes of a large collection


@dataclass(frozen=True, slots=True)
class Migration:
    """One change of stored documents. version: 1, 2, … change: migrates a batch of documents and returns how many; 0:
    none are left. It raises DependencyAway. repeated: it is carried out at each migration, since a service of an
    earlier version that starts afterwards undoes it.
    """

    version: int
    name: str
    change: Callable[[Mongo], Awaitable[int]]
    repeated: bool = False


async def _offsets_of_replays(mongo: Mongo) -> int:
    """Give replays from before offsets were stored an offset below every dead letter."""
    replays = mongo.collection("dead_letter_replays")
    found = await replays.find({"offset": {"$exists": False}}, fields={"_id": 1}, limit=_BATCH)
    if not found:
        return 0
    old = {"_id": {"$in": [one["_id"] for one in found]}, "offset": {"$exists": False}}
    return await replays.update_many(old, {"$set": {"offset": -1}})


def _drops(*replaced: tuple[str, str]) -> Callable[[Mongo], Awaitable[int]]:
    """Return a change that drops indexes (collection, name) whose work others do now; each would be written with every
    message.
    """

    async def drop(mongo: Mongo) -> int:
        return sum([await mongo.collection(collection).drop_index(name) for collection, name in replaced])

    return drop


MIGRATIONS = (
    Migration(1, "replays of dead letters have an offset", _offsets_of_replays),
    Migration(
        2,
        "indexes of the inbox replace older ones",
        _drops(("conversations", "inbox"), ("conversations", "queue"), ("customers", "recent")),
        repeated=True,
    ),
    Migration(
        3, "an index of due conversations replaces an older one", _drops(("conversations", "due")), repeated=True
    ),
    Migration(
        4,
        "an index that covers counts of held messages replaces an older one",
        _drops(("outbound", "held")),
        repeated=True,
    ),
    Migration(
        5,
        "indexes that cover sums of costs replace older ones",
        _drops(("ai_calls", "recent"), ("ai_calls", "customer")),
        repeated=True,
    ),
    Migration(
        6,
        "indexes in the order of lists replace older ones",
        _drops(
            ("orders", "state"),
            ("orders", "placed"),
            ("messages", "recent"),
            ("outbound", "recent"),
            ("conversation_changes", "recent"),
            ("broadcasts", "newest"),
        ),
        repeated=True,
    ),
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


async def is_new(mongo: Mongo) -> bool:
    """Return whether the database has no documents yet. Raises DependencyAway."""
    for name in await mongo.collections():
        if await mongo.collection(name).find_one({}, fields={"_id": 1}) is not None:
            return False
    return True


async def migrate(mongo: Mongo, clock: Clock, migrations: Sequence[Migration] = MIGRATIONS) -> list[MigrationResult]:
    """Create the indexes, then run the pending migrations. Raises Conflict (another process migrates),
    DependencyAway."""
    await ensure_indexes(mongo, seconds=_INDEX_SECONDS)
    finished = []
    notes = mongo.collection(COLLECTION)
    async with _leased(notes, clock) as renew_lease:
        left = {one.version for one in await pending(mongo, migrations)}
        for migration in migrations:
            if migration.version not in left and not migration.repeated:
                continue
            documents = 0
            while count := await migration.change(mongo):
                documents += count
                await renew_lease()
            if migration.version in left:
                note: Document = {"_id": migration.version, "name": migration.name, "at": clock.now()}
                await notes.insert(note | {"documents": documents})
            if migration.version in left or documents:
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


async def run(mongo: Mongo, *, check: bool) -> tuple[list[str], int]:
    """Migrate, or check; return lines for a person, and the exit code: 1 if a check found something to be done.

    Raises Conflict, DependencyAway.
    """
    if not check:
        return _lines(await migrate(mongo, SystemClock())), 0
    found = await pending(mongo)
    if found and await is_new(mongo):
        return ["the database is new, with no documents yet: `parley migrate` prepares it for this version"], 1
    return [*_lines(found), *(["run `parley migrate`"] if found else [])], 1 if found else 0


def _lines(found: Sequence[MigrationResult]) -> list[str]:
    if not found:
        return [f"the database is as version {MIGRATIONS[-1].version} wants it"]
    return [
        f"{one.version}: {one.name}: " + ("to be done" if one.documents is None else f"{one.documents} documents")
        for one in found
    ]


async def _connect_and_run(*, check: bool) -> tuple[list[str], int]:
    settings = load(secrets_key=False)
    mongo = Mongo(settings.mongodb_uri.get_secret_value(), settings.mongodb_database, settings.mongodb_driver)
    try:
        return await run(mongo, check=check)
    finally:
        await mongo.close()


def main(arguments: Sequence[str]) -> int:
    """Run the command. Exit code 1: it failed, or with --check there is something to be done."""
    try:
        lines, code = asyncio.run(_connect_and_run(check="--check" in arguments))
    except (SettingsError, DependencyAway, Conflict) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
