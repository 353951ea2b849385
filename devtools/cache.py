"""What is fetched once for all checkouts of this user: `~/.cache/parley`, or below XDG_CACHE_HOME."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

LOCK_TIMEOUT_S = 400


class CacheBusy(Exception):
    """Another process did not finish within `LOCK_TIMEOUT_S`."""


def cache_root() -> Path:
    """Return the directory; it may not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "parley"


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold a lock that all processes of this machine share. Raises CacheBusy when another one keeps it."""
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise CacheBusy(f"another process has held {path} for {LOCK_TIMEOUT_S} s") from None
                time.sleep(0.1)
        yield
