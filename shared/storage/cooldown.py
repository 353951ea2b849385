"""A pause in the use of a store that cannot be reached: each call of it would last until its time-out."""

from shared.clock import Clock


class Cooldown:
    """Lasts `seconds` from the last `start`; not active at first."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._seconds = seconds
        self._clock = clock
        self._ends_at = float("-inf")

    def is_active(self) -> bool:
        return self._clock.monotonic() < self._ends_at

    def start(self) -> None:
        """Begin the cooldown, or begin it anew."""
        self._ends_at = self._clock.monotonic() + self._seconds
