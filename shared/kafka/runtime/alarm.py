"""One timer of the event loop for whatever is due next."""

import asyncio
from collections.abc import Callable


class Alarm:
    """Calls `ring` once at the earliest of the times that it was set to, and forgets the others."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """Ring after `seconds`, unless it will ring before."""
        at = asyncio.get_running_loop().time() + seconds
        if self._timer is not None:
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(at, self._rings)

    def cancel(self) -> None:
        """Do not ring."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rings(self) -> None:
        self._timer = None
        self._ring()
