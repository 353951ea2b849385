"""Knows when this process stood still: stopped, swapped out, or starved of its processor.

Time that passes then is not a model's: a time-out says nothing, and another replica may have the request by now.
"""

import asyncio

from shared.background import start_task
from shared.clock import Clock

_EVERY = 0.25
_STALL = 1.0  # seconds that a beat is late


class StallDetector:
    """Beats four times a second and notes when a beat came late."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._beat = clock.monotonic()
        self._last = float("-inf")
        self._beating: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Beat until `close`: also while the process drains."""
        self._beating = start_task(self._go_on(), "beating")

    async def close(self) -> None:
        """Beat no more."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.wait([self._beating])

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            self.beat()

    def beat(self) -> None:
        """One beat."""
        now = self._clock.monotonic()
        if now - self._beat > _STALL:
            self._last = now
        self._beat = now

    def stalled_since(self, began: float) -> bool:
        """Whether it stood still after `began` (monotonic seconds), as far as it knows or can see now."""
        return self._last >= began or self._clock.monotonic() - self._beat > _STALL
