"""Detects when this process stalled: stopped, swapped out, or without CPU time.

A time-out during a stall is no evidence against a model, and another replica may have the request by then.
"""

import asyncio

from shared.background import start_task
from shared.clock import Clock

_INTERVAL = 0.25
_STALL = 1.0  # seconds by which a heartbeat is late


class StallDetector:
    """Has a heartbeat four times a second and notes when one was late."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._beat = clock.monotonic()
        self._last = float("-inf")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the heartbeat; it runs until `close`, also while the process drains."""
        self._task = start_task(self._run(), "stall detector")

    async def close(self) -> None:
        """Stop the heartbeat."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_INTERVAL)
            self.beat()

    def beat(self) -> None:
        """Record one heartbeat."""
        now = self._clock.monotonic()
        if now - self._beat > _STALL:
            self._last = now
        self._beat = now

    def stalled_since(self, since: float) -> bool:
        """Return whether the process stalled after `since` (monotonic seconds)."""
        return self._last >= since or self._clock.monotonic() - self._beat > _STALL
