"""Migrations: each once, in order, by one process at a time, and again from where it stopped."""

import asyncio
from datetime import timedelta

import pytest
from pymongo import IndexModel

from shared.clock import SystemClock
from shared.errors import Conflict, DependencyAway
from shared.maintenance.indexes import ensure_indexes
from shared.maintenance.migrations import COLLECTION, MIGRATIONS, Migration, MigrationResult, migrate, pending, run
from shared.storage.mongo import Mongo

CLOCK = SystemClock()


def _renames(version: int, old: str, new: str, log: list[str]) -> Migration:
    """Gives a field another name, two documents at a time."""

    async def change(mongo: Mongo) -> int:
        found = await mongo.collection("things").find({old: {"$exists": True}}, limit=2)
        for one in found:
            await mongo.collection("things").update({"_id": one["_id"]}, {"$rename": {old: new}})
        log.append(f"{old}: {len(found)}")
        return len(found)

    return Migration(version, f"{old} is called {new}", change)


async def test_migrations_run_once_in_order(mongo: Mongo) -> None:
    log: list[str] = []
    await mongo.collection("things").insert_all([{"_id": number, "a": number} for number in range(5)])
    steps = [_renames(1, "a", "b", log), _renames(2, "b", "c", log)]
    assert await pending(mongo, steps) == [MigrationResult(1, "a is called b"), MigrationResult(2, "b is called c")]
    assert await migrate(mongo, CLOCK, steps) == [
        MigrationResult(1, "a is called b", 5),
        MigrationResult(2, "b is called c", 5),
    ]
    assert log == ["a: 2", "a: 2", "a: 1", "a: 0", "b: 2", "b: 2", "b: 1", "b: 0"]
    assert await mongo.collection("things").count({"c": {"$exists": True}}) == 5
    assert await pending(mongo, steps) == await migrate(mongo, CLOCK, steps) == []
    assert len(log) == 8


async def test_check_tells_a_new_database_from_one_to_be_migrated(mongo: Mongo) -> None:
    await ensure_indexes(mongo)  # as services do at their start
    (line,), code = await run(mongo, check=True)
    assert "the database is new" in line
    assert "`parley migrate`" in line
    assert code == 1
    await mongo.collection("workspaces").insert({"_id": "acme"})
    lines, code = await run(mongo, check=True)
    assert [line.endswith(": to be done") for line in lines] == [*(True for _ in MIGRATIONS), False]
    assert (lines[-1], code) == ("run `parley migrate`", 1)
    assert (await run(mongo, check=False))[1] == 0
    assert await run(mongo, check=True) == ([f"the database is as version {len(MIGRATIONS)} wants it"], 0)


async def test_interrupted_migration_resumes_where_it_stopped(mongo: Mongo) -> None:
    log: list[str] = []
    await mongo.collection("things").insert_all([{"_id": number, "a": number} for number in range(5)])
    whole = _renames(1, "a", "b", log)

    async def breaks(mongo: Mongo) -> int:
        if log:
            raise DependencyAway("mongodb", "cut")
        return await whole.change(mongo)

    with pytest.raises(DependencyAway):
        await migrate(mongo, CLOCK, [Migration(1, whole.name, breaks)])
    assert await migrate(mongo, CLOCK, [whole]) == [MigrationResult(1, whole.name, 3)]


async def test_one_migrator_runs_at_a_time_until_its_lease_expires(mongo: Mongo) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def waits(mongo: Mongo) -> int:
        begun.set()
        await go_on.wait()
        return 0

    first = asyncio.create_task(migrate(mongo, CLOCK, [Migration(1, "slow", waits)]))
    await begun.wait()
    with pytest.raises(Conflict, match="another migration"):
        await migrate(mongo, CLOCK, [Migration(1, "slow", waits)])
    go_on.set()
    assert await first == [MigrationResult(1, "slow", 0)]
    await mongo.collection(COLLECTION).insert(
        {"_id": "lease", "holder": "dead", "until": CLOCK.now() - timedelta(seconds=1)}
    )
    assert await migrate(mongo, CLOCK, []) == []


async def test_migration_adds_offsets_to_older_replays(mongo: Mongo) -> None:
    replays = mongo.collection("dead_letter_replays")
    await replays.insert_all([{"_id": "old", "count": 1, "replays": []}, {"_id": "new", "count": 1, "offset": 7}])
    assert next(done.documents for done in await migrate(mongo, CLOCK)) == 1
    assert {one["_id"]: one["offset"] for one in await replays.find({})} == {"old": -1, "new": 7}


@pytest.mark.parametrize(
    ("version", "collection", "name"),
    [
        (2, "conversations", "inbox"),
        (3, "conversations", "due"),
        (4, "outbound", "held"),
        (5, "ai_calls", "recent"),
        (6, "orders", "placed"),
    ],
)
async def test_replaced_indexes_are_dropped(mongo: Mongo, version: int, collection: str, name: str) -> None:
    """Services of the previous version may use them until then, beside those that replace them."""
    await mongo.collection(collection).create_indexes([IndexModel([("workspace", 1)], name=name)])
    await ensure_indexes(mongo)
    assert await MIGRATIONS[version - 1].change(mongo) == 1
    assert await MIGRATIONS[version - 1].change(mongo) == 0


async def test_index_that_an_older_service_made_again_is_dropped_by_the_next_migration(mongo: Mongo) -> None:
    await migrate(mongo, CLOCK)
    assert await migrate(mongo, CLOCK) == []
    await mongo.collection("outbound").create_indexes([IndexModel([("workspace", 1)], name="held")])
    assert [(done.version, done.documents) for done in await migrate(mongo, CLOCK)] == [(4, 1)]


def test_migration_versions_have_no_gaps() -> None:
    assert [migration.version for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
