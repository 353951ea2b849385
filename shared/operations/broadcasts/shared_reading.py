"""Readings of numbers that many people look at, each made once for all of them."""

import asyncio
import math
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from shared.clock import Clock

_SHARED_AT_MOST = 60.0
_SHARE_OF_TIME = 20  # a reading is shared for so many times as long as it took

T = TypeVar("T")


class SharedReading(Generic[T]):
    """A reading under way or made. until: it is shared, in monotonic seconds; endless while it lasts.

    It is shared for `shared_for` seconds, or for twenty times as long as it took, but then at most for a minute. So the
    readings of one thing take a twentieth of the time or less, unless one takes longer than three seconds.
    """

    def __init__(self, work: Coroutine[Any, Any, T], clock: Clock, shared_for: float = 2.0) -> None:
        self.until = math.inf
        self._clock = clock
        self._shared_for = shared_for
        self._began = clock.monotonic()
        self.task = asyncio.create_task(work)
        self.task.add_done_callback(self._end)

    async def result(self) -> T:
        """Wait for the numbers; a viewer who leaves does not end the reading for the others. Raises DependencyAway."""
        return await asyncio.shield(self.task)

    def _end(self, task: asyncio.Task[T]) -> None:
        now = self._clock.monotonic()
        failed = task.cancelled() or task.exception() is not None
        as_long = min(_SHARE_OF_TIME * (now - self._began), _SHARED_AT_MOST)
        self.until = now if failed else now + max(self._shared_for, as_long)
