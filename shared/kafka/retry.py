"""Backoff between attempts."""

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential, from `first` to `most` seconds, with equal jitter.

    The `n`-th wait (from 0) lies between half of and the whole of min(most, first * factor**n).
    """

    first: float
    most: float
    factor: float = 2.0

    def ceiling(self, attempt: int) -> float:
        """Return the longest wait after attempt `attempt` (from 0), in seconds."""
        return min(self.most, self.first * self.factor ** min(attempt, 64))

    def wait(self, attempt: int, rng: random.Random | None = None) -> float:
        """Return the seconds to wait after attempt `attempt` (from 0)."""
        return self.ceiling(attempt) * (rng or _RNG).uniform(0.5, 1.0)

    def waits(self) -> Iterator[float]:
        """Yield all waits, without end."""
        attempt = 0
        while True:
            yield self.wait(attempt)
            attempt += 1


_RNG = random.Random()

DEPENDENCY = Backoff(first=0.1, most=5.0)
IN_PLACE = Backoff(first=0.1, most=1.0)
