"""Writes what a process has collected in memory, within a second or when asked to.

For values that may be written a little later than they arise: they are collected, and one write carries all of them.
"""

import asyncio
from collections.abc import Awaitable, Callable

from shared.background import start_task
from shared.errors import DependencyAway
from shared.telemetry import metrics

EVERY = 1.0  # seconds


class WriteBehind:
    """Collects small writes and stores them together, later. write: writes all that is collected; when it raises
    DependencyAway, it keeps what is not written.
    """

    def __init__(self, write: Callable[[], Awaitable[None]], *, every: float = EVERY) -> None:
        self._write = write
        self._every = every
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None  # it waits for a write under way; all callers share it
        self._writing = asyncio.Lock()

    def note(self) -> None:
        """Write within `every` seconds, as something was collected. Needs no timer while nothing is."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._every, self._begin)

    async def flush(self) -> None:
        """Write all that is collected; a cancelled caller does not interrupt the write. Raises DependencyAway."""
        if self._next is None:
            self._next = asyncio.create_task(self._write_now())
            self._next.add_done_callback(_ignore_error)
        await asyncio.shield(self._next)

    def _begin(self) -> None:
        self._timer = None
        self._task = start_task(self._write_or_retry(), "write behind")

    async def _write_or_retry(self) -> None:
        try:
            await self.flush()
        except DependencyAway as error:
            metrics.SLOWED.labels(error.dependency).inc()

    async def _write_now(self) -> None:
        async with self._writing:
            self._next = None  # what is collected from now on needs another write
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            try:
                await self._write()
            except DependencyAway:
                self.note()
                raise


def _ignore_error(task: "asyncio.Task[None]") -> None:
    """Ignore the error of a task whose caller is gone; callers get it through `asyncio.shield`."""
    if not task.cancelled():
        task.exception()
