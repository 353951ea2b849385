"""One timer of the event loop for whatever is due next."""

import asyncio
from collections.abc import Callable


class Alarm:
    """Calls `ring` once at the earliest of the times that it was set to, and forgets the others."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._timer: asyncio.Handle | None = None
        self._at = 0.0  # of the timer; uvloop's cannot say when it is due

    def set(self, seconds: float) -> None:
        """Ring after `seconds`, unless it will ring before."""
        loop = asyncio.get_running_loop()
        at = loop.time() + seconds
        if self._timer is not None:
            if self._at <= at:
                return
            self._timer.cancel()
        self._at = at
        self._timer = loop.call_at(at, self._rings)

    def _rings(self) -> None:
        self._timer = None
        self._ring()
