"""Wait for conditions, with a time limit."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path


def until(condition: Callable[[], object], timeout: float = 15.0) -> None:
    """Return as soon as the condition holds; AssertionError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Return whether a process runs; zombies do not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def all_ended(pids: Iterable[int]) -> bool:
    return not any(alive(pid) for pid in pids)
