"""Parses `--since`."""

import re
from datetime import datetime, timedelta

from devtools.stack.errors import StackError
from shared.clock import SystemClock

_SINCE = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def cutoff(since: str) -> datetime | None:
    """Return the time `90s`, `30m`, `2h` or `3d` ago; None for an empty text. Raises StackError."""
    if not since:
        return None
    found = _SINCE.fullmatch(since)
    if found is None:
        raise StackError(f"--since {since}: say 90s, 30m, 2h or 3d")
    return SystemClock().now() - timedelta(**{_UNITS[found[2]]: int(found[1])})
