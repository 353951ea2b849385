"""A backup has all, of one moment; it comes back the same, and a file that is not whole is refused."""

import gzip
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.domain.broadcast import BroadcastStage
from shared.maintenance import dump as dump_module
from shared.maintenance.backup_note import BackupNote, read_note, write_note
from shared.maintenance.dump import BadDump, CollectionContent, NotEmpty, check, contents, dump, restore
from shared.maintenance.indexes import ensure_indexes
from shared.maintenance.restored import stop_repeating
from shared.repositories.outbound_views import OutboundState
from shared.storage.mongo import Mongo

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
async def other(mongo: Mongo) -> AsyncIterator[Mongo]:
    """An empty database restored_database the one of the test."""
    restored_database = mongo.other_database(f"{mongo.database}-restored")
    await restored_database.drop()
    await ensure_indexes(restored_database)
    yield restored_database
    await restored_database.drop()


async def _fill(mongo: Mongo, count: int = 1200) -> None:
    await mongo.collection("orders").insert_all(
        [
            {
                "_id": f"o{number:05}",
                "workspace": "acme",
                "number": f"N{number}",
                "at": NOW,
                "total": f"{number}.50",
                "lines": [{"sku": "C1", "quantity": number, "share": 0.1}],
                "note": "żółw \u202e 🙂 null\x00byte",
                "nothing": None,
            }
            for number in range(count)
        ]
    )
    await mongo.collection("usage").insert({"_id": {"workspace": "acme", "day": "2026-03-04"}, "workspace": "acme"})


async def test_note_of_a_backup_is_in_no_backup_and_in_no_restored_database(
    mongo: Mongo, other: Mongo, tmp_path: Path
) -> None:
    await _fill(mongo, 3)
    note = BackupNote(NOW, 12, 3, "restored")
    for one in (mongo, other):
        await write_note(one, note)
    file = tmp_path / "parley.jsonl.gz"
    await dump(mongo, file, NOW)
    assert "backups" not in await restore(other, file)
    assert await read_note(other) is None
    assert await read_note(mongo) == note


async def test_restored_database_equals_the_dumped_one(mongo: Mongo, other: Mongo, tmp_path: Path) -> None:
    await _fill(mongo)
    file = tmp_path / "parley.jsonl.gz"
    written = await dump(mongo, file, NOW)
    assert (written["orders"].documents, written["usage"].documents) == (1200, 1)
    assert file.stat().st_mode & 0o777 == 0o600, "it has what customers wrote"
    assert check(file) == written
    assert await restore(other, file) == written
    there = await contents(other)
    assert {name: there[name] for name, content in written.items() if content.documents} == {
        name: content for name, content in written.items() if content.documents
    }
    assert await other.collection("orders").find_one({"_id": "o00007"}) == await mongo.collection("orders").find_one(
        {"_id": "o00007"}
    )


async def _expiring(mongo: Mongo) -> set[str]:
    """Return the indexes by which MongoDB deletes expired documents."""
    found = set()
    for name in await mongo.collections():
        indexes = await mongo._database[name].index_information()
        found |= {f"{name}.{index}" for index, options in indexes.items() if "expireAfterSeconds" in options}
    return found


async def test_expired_documents_are_compared_before_mongodb_may_delete_them(
    mongo: Mongo, other: Mongo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await mongo.collection("sessions").insert({"_id": "s1", "expires_at": NOW})
    file, when_compared = tmp_path / "parley.jsonl.gz", []
    await dump(mongo, file, NOW)
    wanted = await _expiring(other)
    assert wanted, "the fixture has made them, as a migration before a restore does"

    async def noted(restored: Mongo) -> dict[str, CollectionContent]:
        when_compared.append(await _expiring(restored))
        return await contents(restored)

    monkeypatch.setattr(dump_module, "contents", noted)
    await restore(other, file)
    assert when_compared == [set()]
    assert await _expiring(other) == wanted


async def test_restored_database_repeats_nothing_that_was_sent_since(mongo: Mongo) -> None:
    stages = {stage.value: {"_id": stage.value, "workspace": "acme", "stage": stage.value} for stage in BroadcastStage}
    await mongo.collection("broadcasts").insert_all(list(stages.values()))
    states = [{"_id": state.value, "workspace": "acme", "state": state.value} for state in OutboundState]
    await mongo.collection("outbound").insert_all(states)
    assert await stop_repeating(mongo, NOW) == (2, 1)
    found = {one["_id"]: one for one in await mongo.collection("broadcasts").find({})}
    paused = {name for name, one in found.items() if one["stage"] == "paused"}
    assert paused == {"scheduled", "running", "paused"}
    assert found["running"]["cause"] == "restore"
    assert [one["_id"] for one in await mongo.collection("outbound").find({"possible_duplicate": True})] == ["held"]


async def test_what_is_fetched_again_is_left_out(mongo: Mongo, tmp_path: Path) -> None:
    await _fill(mongo, 1)
    await mongo.collection("media_chunks").insert({"_id": "m1:0", "workspace": "acme", "data": b"photo"})
    written = await dump(mongo, tmp_path / "parley.jsonl.gz", NOW)
    assert "orders" in written
    assert not written.keys() & {"media", "media_chunks"}


async def test_writes_during_a_dump_are_not_in_it(mongo: Mongo, tmp_path: Path) -> None:
    await _fill(mongo, 700)
    async with mongo.snapshot() as snapshot:
        seen = 0
        async for _ in mongo.collection("orders").each({}, snapshot=snapshot):
            if not seen:
                await mongo.collection("orders").insert({"_id": "zz", "workspace": "acme", "number": "later"})
            seen += 1
    assert seen == 700


async def test_restore_into_a_non_empty_database_is_refused(mongo: Mongo, other: Mongo, tmp_path: Path) -> None:
    await _fill(mongo, 3)
    file = tmp_path / "parley.jsonl.gz"
    await dump(mongo, file, NOW)
    await other.collection("orders").insert({"_id": "mine", "workspace": "acme"})
    with pytest.raises(NotEmpty, match="orders"):
        await restore(other, file)
    assert await other.collection("orders").count({}) == 1
    with pytest.raises(FileExistsError):
        await dump(mongo, file, NOW)
    assert check(file), "the earlier backup is not touched"


def _cut(text: bytes) -> bytes:
    return b"\n".join(text.split(b"\n")[:-3])


def _lose_one(text: bytes) -> bytes:
    lines = text.split(b"\n")
    return b"\n".join([*lines[:2], *lines[3:]])


DAMAGES: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("it breaks off", _cut, "cut off"),
    ("a document is missing", _lose_one, "changed since"),
    ("a value was changed", lambda text: text.replace(b"C1", b"C2", 1), "changed since"),
    ("a line is no JSON", lambda text: text.replace(b'{"c"', b'"c"', 1), "cannot be read"),
    ("it is something else", lambda text: b"hello\n" + text, "no backup"),
    ("it goes on behind its end", lambda text: text + b'{"c":"orders","d":{}}\n', "after its end"),
]


@pytest.mark.parametrize(("damage", "why"), [case[1:] for case in DAMAGES], ids=[case[0] for case in DAMAGES])
async def test_damaged_dump_is_refused_before_any_write(
    mongo: Mongo, other: Mongo, tmp_path: Path, damage: Callable[[bytes], bytes], why: str
) -> None:
    await _fill(mongo, 5)
    file = tmp_path / "parley.jsonl.gz"
    await dump(mongo, file, NOW)
    file.write_bytes(gzip.compress(damage(gzip.decompress(file.read_bytes()))))
    with pytest.raises(BadDump, match=why):
        await restore(other, file)
    assert not any(content.documents for content in (await contents(other)).values())


@pytest.mark.parametrize("length", [0, 10, 100])
async def test_truncated_dump_is_refused(mongo: Mongo, tmp_path: Path, length: int) -> None:
    await _fill(mongo, 50)
    file = tmp_path / "parley.jsonl.gz"
    await dump(mongo, file, NOW)
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(BadDump):
        check(file)
