"""Time limits without a timer for each: one timer checks all of them while there are any.

A timer of the event loop costs more than the rest of `asyncio.timeout`. A limit here ends work up to a quarter of a
second late, so it is for limits of seconds on work that takes milliseconds.
"""

import asyncio
from types import TracebackType
from typing import Self

_EVERY = 0.25  # seconds


class Deadlines:
    """The time limits of one part of a process. every: seconds between two checks."""

    def __init__(self, every: float = _EVERY) -> None:
        self._every = every
        self._open: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None

    def limit(self, seconds: float) -> "Deadline":
        """Return a limit for the block of an `async with`, counted from now."""
        return Deadline(self, asyncio.get_running_loop().time() + seconds)

    def add(self, deadline: "Deadline") -> None:
        """Check this deadline from now on."""
        self._open.add(deadline)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._every, self._check)

    def remove(self, deadline: "Deadline") -> None:
        """Check this deadline no more."""
        self._open.discard(deadline)

    def _check(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for deadline in [one for one in self._open if one.at <= now]:
            self._open.discard(deadline)
            deadline.expire(now)
        self._timer = loop.call_later(self._every, self._check) if self._open else None


class Deadline:
    """Cancels the block of its `async with` at `at`, by the loop's clock; the block then raises TimeoutError."""

    __slots__ = ("_deadlines", "_timeout", "at")

    def __init__(self, deadlines: Deadlines, at: float) -> None:
        self._deadlines = deadlines
        self._timeout = asyncio.timeout(None)
        self.at = at

    def extend(self, seconds: float) -> None:
        """Set the limit to `seconds` from now."""
        self.at = asyncio.get_running_loop().time() + seconds
        self._timeout.reschedule(None)
        self._deadlines.add(self)

    def expire(self, now: float) -> None:
        """Cancel the block."""
        self._timeout.reschedule(now)

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        self._deadlines.add(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._deadlines.remove(self)
        await self._timeout.__aexit__(kind, error, traceback)
