"""A folder of backups: names by their time, and the old ones that make room for the next."""

import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

ALWAYS_KEPT = 3  # the newest, at any age: backups may have failed for weeks
LONGEST_BACKUP = timedelta(hours=4)  # the deadline of the CronJob; what is unfinished after that was interrupted
_NAME = re.compile(r"parley-(\d{8})(?:T(\d{6})Z)?\.jsonl\.gz")
_PART = ".part"
_UNFINISHED = f"parley-*.jsonl.gz*{_PART}"


def file_of(folder: Path, at: datetime) -> Path:
    """Return the file of a backup of this moment. Names sort by time."""
    return folder / f"parley-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.jsonl.gz"


def part_of(file: Path) -> Path:
    """Return the file that a backup writes before it has its name; two backups at once have different ones."""
    return file.with_name(f"{file.name}.{secrets.token_hex(4)}{_PART}")


def delete_unfinished(folder: Path, now: datetime) -> list[Path]:
    """Delete what interrupted backups have left, and return it."""
    return _deleted(_abandoned(folder.glob(_UNFINISHED), now))


def delete_unfinished_of(file: Path, now: datetime) -> list[Path]:
    """Delete what interrupted backups have left that were to have this name, and return it."""
    parts = (one for one in file.parent.iterdir() if one.name.startswith(f"{file.name}.") and one.suffix == _PART)
    return _deleted(_abandoned(parts, now))


def _abandoned(parts: Iterable[Path], now: datetime) -> list[Path]:
    before = (now - LONGEST_BACKUP).timestamp()
    return sorted(file for file in parts if file.stat().st_mtime < before)


def delete_older(folder: Path, than: datetime) -> list[Path]:
    """Delete backups that are older, by their names, and return them. The newest ALWAYS_KEPT stay, and so does a file
    with a name that somebody has chosen.
    """
    made = sorted((time, file) for file in folder.iterdir() if (time := _time_of(file)))
    return _deleted([file for time, file in made[:-ALWAYS_KEPT] if time < than])


def _time_of(file: Path) -> datetime | None:
    found = _NAME.fullmatch(file.name)
    if found is None or not file.is_file():
        return None
    try:
        return datetime.strptime(f"{found[1]}{found[2] or '000000'}", "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _deleted(files: list[Path]) -> list[Path]:
    for file in files:
        file.unlink(missing_ok=True)
    return files
