"""Compresses the built files, once for all starts of the console (`services/console/static_files.py` reads them)."""

import gzip
from pathlib import Path

_SUFFIXES = frozenset({".js", ".css", ".svg", ".json", ".txt", ".webmanifest"})


def compress(folder: Path) -> None:
    """Write a file `<name>.gz` beside each file of a kind that gzip makes smaller."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
