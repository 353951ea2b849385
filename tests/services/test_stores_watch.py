"""Delivery exports the room of MongoDB and Redis, and the age of the last backup; what it may not ask has no figure."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from prometheus_client import REGISTRY

from services.delivery.stores import StoresWatch
from shared.maintenance.backup_note import BackupNote, write_note
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.conftest import Infra

AT = datetime(2026, 3, 4, 2, 20, tzinfo=UTC)
MEMORY = 3 * 2**30


@pytest.fixture
def watch(mongo: Mongo, redis: Redis) -> StoresWatch:
    return StoresWatch(mongo, redis, timedelta(hours=36))


def shown(name: str) -> dict[tuple[str, ...], float]:
    """Return the exported values of a metric, by the values of its labels."""
    return {
        tuple(sample.labels[label] for label in sorted(sample.labels)): sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
        if sample.name == name
    }


def mongodb_disks(name: str) -> list[float]:
    return [value for (*_, store), value in shown(name).items() if store == "mongodb"]


async def test_disk_of_the_primary_is_as_large_and_as_full_as_the_system_says(watch: StoresWatch, infra: Infra) -> None:
    await watch.look()
    (free,), (total,) = mongodb_disks("parley_disk_free_bytes"), mongodb_disks("parley_disk_total_bytes")
    usage = shutil.disk_usage(Path(infra.stack.info["logs"]))
    assert total == pytest.approx(usage.total, rel=0.01)
    assert free == pytest.approx(usage.free, abs=0.02 * usage.total)
    ((place,),) = shown("parley_mongodb_reusable_bytes").keys()
    assert str(urlsplit(infra.mongodb).port) in place


@pytest.fixture
async def limited(redis: Redis) -> AsyncIterator[Redis]:
    before = await redis._driver.config_get("maxmemory*")
    await redis._driver.config_set("maxmemory", MEMORY)
    yield redis
    for name in ("maxmemory", "maxmemory-policy"):
        await redis._driver.config_set(name, before[name])


async def test_redis_memory_has_its_limit_and_its_policy(watch: StoresWatch, limited: Redis) -> None:
    await watch.look()
    assert shown("parley_redis_memory_limit_bytes") == {("noeviction",): MEMORY}
    assert 0 < shown("parley_redis_memory_bytes")[("noeviction",)] < MEMORY
    await limited._driver.config_set("maxmemory-policy", "allkeys-lru")
    await watch.look()
    assert shown("parley_redis_memory_limit_bytes") == {("allkeys-lru",): MEMORY}


async def test_redis_without_a_limit_has_none_exported(watch: StoresWatch, limited: Redis) -> None:
    await watch.look()
    await limited._driver.config_set("maxmemory", 0)
    await watch.look()
    assert shown("parley_redis_memory_limit_bytes") == {}
    assert shown("parley_redis_memory_bytes").keys() == {("noeviction",)}


async def test_last_backup_is_exported_with_its_moment(watch: StoresWatch, mongo: Mongo) -> None:
    await watch.look()
    assert shown("parley_backup_timestamp_seconds") == {("none",): 0}
    assert shown("parley_backup_max_age_seconds") == {(): 36 * 3600}
    await write_note(mongo, BackupNote(AT, 1234, 56, "read_back"))
    await watch.look()
    assert shown("parley_backup_timestamp_seconds") == {("read_back",): AT.timestamp()}
    assert shown("parley_backup_bytes") == {("read_back",): 1234}
    await write_note(mongo, BackupNote(AT + timedelta(days=1), 1235, 57, "restored"))
    await watch.look()
    assert shown("parley_backup_timestamp_seconds") == {("restored",): (AT + timedelta(days=1)).timestamp()}


async def test_stores_that_tell_less_than_they_should_have_no_figure(
    watch: StoresWatch, mongo: Mongo, redis: Redis, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As those of some providers, and a note that another version has left."""

    async def little(*_: object, **__: object) -> dict[str, object]:
        return {"fsTotalSize": 1e9, "maxmemory": 0}

    await watch.look()
    await mongo.collection("backups").update({"_id": "last"}, {"$set": {"when": AT}}, upsert=True)
    monkeypatch.setattr(redis._driver, "info", little)
    monkeypatch.setattr(mongo._database, "command", little)
    await watch.look()
    await watch.look()
    assert mongodb_disks("parley_disk_free_bytes") == []
    assert shown("parley_redis_memory_bytes") == {}
    assert shown("parley_backup_timestamp_seconds") == {("none",): 0}
    written = capsys.readouterr().out
    assert written.count("MongoDB does not tell") == written.count("Redis does not tell") == 1


async def test_missing_right_at_redis_is_logged_once_and_has_no_figure(
    mongo: Mongo, limited: Redis, infra: Infra, capsys: pytest.CaptureFixture[str]
) -> None:
    await limited._driver.execute_command("ACL", "SETUSER", "narrow", "on", ">secret", "~*", "+@all", "-info")
    narrow = Redis(infra.redis.replace("redis://", "redis://narrow:secret@"))
    try:
        watch = StoresWatch(mongo, narrow, timedelta())
        await watch.look()
        await watch.look()
        assert shown("parley_redis_memory_bytes") == {}
        assert len(mongodb_disks("parley_disk_free_bytes")) == 1, "the others go on"
        assert shown("parley_backup_max_age_seconds") == {(): 0}
        assert capsys.readouterr().out.count("redis refuses access: the user lacks a right: let it run INFO") == 1
    finally:
        await narrow.close()
        await limited._driver.execute_command("ACL", "DELUSER", "narrow")


async def test_stores_that_cannot_be_reached_have_no_figure(watch: StoresWatch) -> None:
    await watch.look()
    assert mongodb_disks("parley_disk_free_bytes")
    nowhere = Mongo("mongodb://127.0.0.1:9/?directConnection=true", "parley"), Redis("redis://127.0.0.1:9/0")
    try:
        away = StoresWatch(*nowhere, timedelta(hours=36))
        away._disks = watch._disks  # of the same process
        await away.look()
    finally:
        for one in nowhere:
            await one.close()
    assert mongodb_disks("parley_disk_free_bytes") == []
    assert shown("parley_redis_memory_bytes") == {}
    assert shown("parley_backup_timestamp_seconds") == {}
