"""Limits how often something is done in a second."""

import asyncio
import time


class RateLimit:
    """Spaces turns evenly. rate: turns per second; 0: no limit."""

    def __init__(self, rate: float) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._next = 0.0

    async def wait(self) -> None:
        """Wait for the next turn."""
        now = time.monotonic()
        self._next = max(now, self._next)
        if self._next > now:
            await asyncio.sleep(self._next - now)
        self._next += self._interval
