"""A small disk in memory that a stack may run on, and what fills it."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_MB = 2**20


@contextlib.contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk of that size at a new folder until the end of the block; skip the test where that is not allowed."""
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"NOT CHECKED: no disk can be mounted: {done.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False)


def fill(file: Path) -> None:
    """Write until nothing more fits, as long as somebody else frees or takes some."""
    with file.open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(b"\0" * _MB)
    with file.open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(b"\0" * 512)


def fill_to(file: Path, free: float) -> None:
    """Write until only that share of the disk is free."""
    with file.open("ab", buffering=0) as ballast:
        while (usage := shutil.disk_usage(file)).free > free * usage.total:
            ballast.write(b"\0" * _MB)
