"""The copy of a database that verifies its backup: it is dropped, whatever happens."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devtools.cli import backup, backup_folder
from shared.maintenance import dump
from shared.maintenance.dump import BadDump
from shared.storage.mongo import Mongo

NOW = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture
async def file(mongo: Mongo, tmp_path: Path) -> Path:
    await mongo.collection("orders").insert({"_id": "o1", "workspace": "acme", "number": "N1"})
    return tmp_path / "parley.jsonl.gz"


async def _copies(mongo: Mongo) -> list[str]:
    return await mongo.databases(f"{mongo.database}-verify-")


async def test_copy_is_dropped_after_the_comparison(mongo: Mongo, file: Path) -> None:
    written = await dump.dump(mongo, file, NOW)
    assert await backup._verified(mongo, file, written) == "restored"
    assert await _copies(mongo) == []


@pytest.mark.parametrize("error", [BadDump("differs"), OSError("no room"), asyncio.CancelledError()])
async def test_copy_is_dropped_after_any_error(
    mongo: Mongo, file: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    written = await dump.dump(mongo, file, NOW)

    async def interrupted(copy: Mongo) -> None:
        assert await _copies(mongo) == [copy.database]
        raise error

    monkeypatch.setattr(dump, "contents", interrupted)
    with pytest.raises(type(error)):
        await backup._verified(mongo, file, written)
    assert await _copies(mongo) == []


async def test_copy_that_a_killed_backup_has_left_is_dropped_by_a_later_one(mongo: Mongo, file: Path) -> None:
    now = datetime.now(UTC)
    names = {hours: f"{mongo.database}-verify-{now - timedelta(hours=hours):%Y%m%d%H%M%S}" for hours in (1, 5, 300)}
    for name in names.values():
        await mongo.other_database(name).collection("orders").insert({"_id": "o1"})
    try:
        await backup._verified(mongo, file, await dump.dump(mongo, file, NOW))
        assert await _copies(mongo) == [names[1]], "that backup may still run"
    finally:
        for name in names.values():
            await mongo.other_database(name).drop_collections()


def test_of_two_backups_of_one_name_the_first_that_is_finished_has_it(tmp_path: Path) -> None:
    file = tmp_path / "parley.jsonl.gz"
    one, two = backup_folder.part_of(file), backup_folder.part_of(file)
    one.write_bytes(b"one")
    two.write_bytes(b"two")
    backup._name(one, file)
    with pytest.raises(FileExistsError):
        backup._name(two, file)
    assert file.read_bytes() == b"one"
