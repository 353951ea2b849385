"""The cache shared by all checkouts of this user: `~/.cache/parley`, or `parley` below XDG_CACHE_HOME."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

LOCK_TIMEOUT_S = 400


class CacheLockTimeout(Exception):
    """Raised when another process holds the lock longer than `LOCK_TIMEOUT_S`."""


def cache_root() -> Path:
    """Return the cache directory; it may not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "parley"


@contextlib.contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file. Raises CacheLockTimeout when another process does not release it."""
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise CacheLockTimeout(f"another process has held {path} for {LOCK_TIMEOUT_S} s") from None
                time.sleep(0.1)
        yield
