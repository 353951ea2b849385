"""CPU work of requests that takes longer than a few milliseconds: done in a thread of its own, so that other requests
are answered meanwhile. Hashing of passwords has other threads.
"""

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any, ParamSpec, TypeVar

from services.console.problems import Problem

P = ParamSpec("P")
T = TypeVar("T")
_SHARE = 0.2  # of the thread's time, for each workspace
WAITING = 20  # pieces of a workspace that may wait: several people open the same page at once
_BURST = 2.0  # CPU seconds that a workspace may use faster than that


class SideWork:
    """One per process. One thread: Python code in several would only take turns. A workspace has one piece at a time,
    and a share of the thread's time. cpu_time: of the calling thread, in seconds.
    """

    def __init__(self, cpu_time: Callable[[], float] = time.thread_time) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="side-work")
        self._busy: dict[str, asyncio.Future[Any]] = {}
        self._waiting: Counter[str] = Counter()
        self._cpu_time = cpu_time
        self._paid_at: dict[str, float] = {}  # when a workspace has its whole burst again, by the loop's clock

    def of(self, workspace: str, *, queue: int = WAITING) -> "WorkspaceWork":
        """Return the function that runs the work of a workspace, as `asyncio.to_thread` does. queue: as of `run`."""
        return WorkspaceWork(self, workspace, queue)

    async def run(self, workspace: str, work: Callable[[], T], *, queue: int = 0) -> T:
        """Run a piece of work; it goes on if its request is cancelled. queue: how many pieces may wait for the one that
        runs. Raises Problem `too-many` while the workspace has others, or has used its share.
        """
        loop = asyncio.get_running_loop()
        while workspace in self._busy and self._waiting[workspace] < queue:
            self._waiting[workspace] += 1
            try:
                await asyncio.wait([self._busy[workspace]])
            finally:
                self._waiting[workspace] -= 1
                if not self._waiting[workspace]:
                    del self._waiting[workspace]
        wait = self._paid_at.get(workspace, 0.0) - loop.time() - _BURST / _SHARE
        if workspace in self._busy or wait > 0:
            detail = "checks, comparisons and lists of this workspace are still being computed, or took too long"
            raise Problem("too-many", detail, headers={"Retry-After": str(max(1, ceil(wait)))})
        used: list[float] = []
        running = loop.run_in_executor(self._executor, self._measured, work, used)
        self._busy[workspace] = running
        running.add_done_callback(partial(self._end, workspace, used))
        return await asyncio.shield(running)

    def _measured(self, work: Callable[[], T], used: list[float]) -> T:
        start = self._cpu_time()
        try:
            with _no_collections():
                return work()
        finally:
            used.append(self._cpu_time() - start)

    def _end(self, workspace: str, used: list[float], running: "asyncio.Future[Any]") -> None:
        self._busy.pop(workspace, None)
        now = running.get_loop().time()
        self._paid_at = {name: at for name, at in self._paid_at.items() if at > now}
        self._paid_at[workspace] = self._paid_at.get(workspace, now) + sum(used) / _SHARE
        if not running.cancelled():
            running.exception()  # of a request that was cancelled: nobody else asks for it


@contextmanager
def _no_collections() -> Iterator[None]:
    """Put garbage collections off: a parsed file has a hundred thousand objects and no cycles, and to go through them
    again and again while they are made takes longer than to make them.
    """
    paused = gc.isenabled()
    if paused:
        gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


@dataclass(frozen=True, slots=True)
class WorkspaceWork:
    """Runs the work of one workspace. Raises as `SideWork.run`."""

    side_work: SideWork
    workspace: str
    queue: int

    async def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.side_work.run(self.workspace, partial(function, *args, **kwargs), queue=self.queue)
