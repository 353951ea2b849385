"""Periodic work of a consumer that rests while there is nothing to do: at rest, nothing wakes the process."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.periodic import wait_for


class PeriodicWhenBusy:
    """Runs `work` at most every `every` seconds, after something was noted; at once after `early_after` notes (0: no
    such number). It runs once at the start.
    """

    def __init__(self, work: Callable[[], Awaitable[None]], *, every: float, early_after: int = 0) -> None:
        self._work = work
        self._every = every
        self._early_after = early_after
        self._notes = 0
        self._noted = asyncio.Event()
        self._noted.set()
        self._enough = asyncio.Event()

    def note(self) -> None:
        """Note that there is something to do."""
        self._notes += 1
        if self._notes == 1:
            self._noted.set()
        if self._notes == self._early_after:
            self._enough.set()

    async def run(self) -> None:
        """Repeat until cancelled, or until `work` fails: raises what it raises."""
        while True:
            await self._noted.wait()
            await wait_for(self._enough, self._every)
            self._notes = 0
            self._noted.clear()
            self._enough.clear()
            await self._work()
