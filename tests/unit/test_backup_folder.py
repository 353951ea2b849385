"""A folder of backups: names by time, and the files that make room for the next backup."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devtools.cli import backup_folder

NOW = datetime(2026, 3, 20, 2, 20, tzinfo=UTC)


def _backups(folder: Path, *days_ago: int) -> list[Path]:
    files = [backup_folder.file_of(folder, NOW - timedelta(days=days)) for days in days_ago]
    for file in files:
        file.touch()
    return files


def test_file_is_named_by_its_time(tmp_path: Path) -> None:
    assert backup_folder.file_of(tmp_path, NOW).name == "parley-20260320T022000Z.jsonl.gz"


def test_older_backups_are_deleted(tmp_path: Path) -> None:
    young = _backups(tmp_path, 1, 2, 13, 14)
    old = _backups(tmp_path, 15, 16)
    of_cron = tmp_path / "parley-20260304.jsonl.gz"  # 16 days ago, as an earlier guide named it
    of_cron.touch()
    assert set(backup_folder.delete_older(tmp_path, NOW - timedelta(days=14))) == {*old, of_cron}
    assert set(tmp_path.iterdir()) == set(young)


@pytest.mark.parametrize("count", [0, 1, 3, 5])
def test_newest_backups_are_kept_at_any_age(tmp_path: Path, count: int) -> None:
    """Backups have failed for weeks: the last good ones must not be what makes room."""
    files = _backups(tmp_path, *range(30, 30 + count))
    backup_folder.delete_older(tmp_path, NOW - timedelta(days=14))
    assert sorted(tmp_path.iterdir()) == sorted(files[: backup_folder.ALWAYS_KEPT])


@pytest.mark.parametrize(
    "name",
    ["before-upgrade.jsonl.gz", "parley-old.jsonl.gz", "parley-20269999.jsonl.gz", "parley-20250101.jsonl.gz.part"],
)
def test_other_files_are_kept(tmp_path: Path, name: str) -> None:
    _backups(tmp_path, 1, 2, 3)
    (tmp_path / name).touch()
    (tmp_path / "archive").mkdir()
    assert backup_folder.delete_older(tmp_path, NOW - timedelta(days=14)) == []
    assert (tmp_path / name).exists()


def test_unfinished_files_are_deleted_once_no_backup_can_be_at_work(tmp_path: Path) -> None:
    kept = _backups(tmp_path, 40)
    for hours in (1, 3, 5, 300):
        part = tmp_path / f"parley-of-{hours}.jsonl.gz.part"
        part.touch()
        written = (NOW - timedelta(hours=hours)).timestamp()
        os.utime(part, (written, written))
    deleted = backup_folder.delete_unfinished(tmp_path, NOW)
    assert [one.name for one in deleted] == ["parley-of-300.jsonl.gz.part", "parley-of-5.jsonl.gz.part"]
    assert kept[0].exists()
    assert (tmp_path / "parley-of-3.jsonl.gz.part").exists()


def test_unfinished_files_of_one_name_are_deleted_too(tmp_path: Path) -> None:
    file, other = tmp_path / "before-upgrade.jsonl.gz", tmp_path / "other.jsonl.gz"
    old, young, others = backup_folder.part_of(file), backup_folder.part_of(file), backup_folder.part_of(other)
    for part in (old, young, others):
        part.touch()
        written = (NOW - timedelta(hours=1 if part == young else 5)).timestamp()
        os.utime(part, (written, written))
    assert backup_folder.delete_unfinished_of(file, NOW) == [old]
    assert set(tmp_path.iterdir()) == {young, others}
