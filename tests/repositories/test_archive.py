"""Old messages go to files and are found there; what is young or not through stays; nothing is lost on the way."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.maintenance.archive import Archive, ArchiveUnreadable, TooYoung
from shared.maintenance.eraser import ErasureSubject
from shared.storage.mongo import Document, Mongo

NOW = datetime(2026, 7, 1, tzinfo=UTC)
BEFORE = NOW - timedelta(days=90)


def _heard(name: str, days: int, conversation: str = "ada", workspace: str = "acme") -> Document:
    return {
        "_id": name,
        "workspace": workspace,
        "conversation_id": conversation,
        "correlation_id": f"x-{name}",
        "received_at": NOW - timedelta(days=days),
        "text": "Wo ist es? \u202e🙂",
    }


def _said(name: str, days: int, state: str) -> Document:
    return {
        "_id": name,
        "workspace": "acme",
        "conversation_id": "ada",
        "correlation_id": "x",
        "created_at": NOW - timedelta(days=days),
        "state": state,
    }


@pytest.fixture
async def archive(mongo: Mongo, tmp_path: Path) -> Archive:
    await mongo.collection("messages").insert_all(
        [
            _heard("old", 200),
            _heard("older", 230),
            _heard("bo", 200, "bo"),
            _heard("young", 80),
            _heard("theirs", 200, workspace="bolt"),
        ]
    )
    await mongo.collection("outbound").insert_all(
        [_said("sent", 200, "sent"), _said("failed", 199, "failed"), _said("held", 200, "held")]
    )
    return Archive(mongo, "acme", tmp_path)


async def test_old_records_are_archived_and_found(mongo: Mongo, archive: Archive, tmp_path: Path) -> None:
    assert await archive.count(BEFORE) == {"messages": 3, "outbound": 2, "ai_calls": 0}
    assert await archive.move(BEFORE, NOW) == {"messages": 3, "outbound": 2, "ai_calls": 0}
    assert {one["_id"] for one in await mongo.collection("messages").find({})} == {"young", "theirs"}
    assert {one["_id"] for one in await mongo.collection("outbound").find({})} == {"held"}, "it is not through"
    found = archive.find(conversation_id="ada")
    assert [(one.kind, one.document["_id"]) for one in found] == [
        ("messages", "older"),
        ("messages", "old"),
        ("outbound", "sent"),
        ("outbound", "failed"),
    ]
    assert found[1].document == _heard("old", 200)
    assert [one.document["_id"] for one in archive.find(correlation_id="x-bo")] == ["bo"]
    assert sorted(file.name for file in (tmp_path / "acme").iterdir()) == ["2025-11.jsonl.gz", "2025-12.jsonl.gz"]
    assert all(file.stat().st_mode & 0o077 == 0 for file in (tmp_path / "acme").iterdir())
    assert await archive.move(BEFORE, NOW) == {"messages": 0, "outbound": 0, "ai_calls": 0}


async def test_record_archived_but_not_yet_deleted_is_found_once(mongo: Mongo, archive: Archive) -> None:
    await archive.move(BEFORE, NOW)
    await mongo.collection("messages").insert(_heard("old", 200))  # as if the process had died before it was removed
    await archive.move(BEFORE, NOW)
    assert [one.document["_id"] for one in archive.find(correlation_id="x-old")] == ["old"]
    assert await mongo.collection("messages").count({"_id": "old"}) == 0


async def test_last_month_is_never_archived(mongo: Mongo, archive: Archive) -> None:
    with pytest.raises(TooYoung, match="30 days"):
        await archive.move(NOW - timedelta(days=29), NOW)
    assert await mongo.collection("messages").count({}) == 5


async def test_erasure_removes_archived_records_too(archive: Archive) -> None:
    await archive.move(BEFORE, NOW)
    ada = ErasureSubject(customer_ids=("c",), identities=("+1",), conversation_ids=("ada",))
    assert archive.forget(ada) == 4
    assert archive.find(conversation_id="ada") == []
    assert len(archive.find(conversation_id="bo")) == 1
    assert archive.forget(ada) == 0


async def test_broken_archive_file_is_reported(archive: Archive, tmp_path: Path) -> None:
    await archive.move(BEFORE, NOW)
    file = tmp_path / "acme/2025-12.jsonl.gz"
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(ArchiveUnreadable, match="2025-12"):
        archive.find(conversation_id="bo")
    file.write_bytes(gzip.compress(b"hello\n"))
    with pytest.raises(ArchiveUnreadable):
        archive.find(conversation_id="bo")


async def test_half_written_end_is_cut_off_before_anything_is_appended(
    mongo: Mongo, archive: Archive, tmp_path: Path
) -> None:
    await archive.move(BEFORE, NOW)
    file = tmp_path / "acme/2025-12.jsonl.gz"
    whole = file.read_bytes()
    for torn in (gzip.compress(b"half of it" * 99)[:-9], gzip.compress(b"x")[:5], bytes(512)):
        file.write_bytes(whole + torn)
        await mongo.collection("messages").insert(_heard(f"more{len(torn)}", 200))
        assert (await archive.move(BEFORE, NOW))["messages"] == 1
        assert len(archive.find(correlation_id=f"x-more{len(torn)}")) == 1
        assert len(archive.find(conversation_id="bo")) == 1


async def test_nothing_is_moved_behind_broken_data(mongo: Mongo, archive: Archive, tmp_path: Path) -> None:
    await archive.move(BEFORE, NOW)
    file = tmp_path / "acme/2025-12.jsonl.gz"
    whole = file.read_bytes()
    file.write_bytes(whole[:-9] + whole)  # as an earlier version left it
    await mongo.collection("messages").insert(_heard("more", 200))
    with pytest.raises(ArchiveUnreadable, match="2025-12"):
        await archive.move(BEFORE, NOW)
    with pytest.raises(ArchiveUnreadable, match="2025-12"):
        archive.find(conversation_id="bo")
    assert await mongo.collection("messages").count({"_id": "more"}) == 1


async def test_failed_append_leaves_the_file_as_it_was(
    mongo: Mongo, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await archive.move(BEFORE, NOW)
    file = tmp_path / "acme/2025-12.jsonl.gz"
    whole = file.read_bytes()
    await mongo.collection("messages").insert(_heard("more", 200))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        await archive.move(BEFORE, NOW)
    assert file.read_bytes() == whole
    assert await mongo.collection("messages").count({"_id": "more"}) == 1
