"""How many records of one workspace may be at work while others are active: few while our own stores are short of time,
more while they are not. Pure; told now and then how long a record's work took on average.

The time of a record's work is that of our stores and of this process: what waits for a provider or a model is not at
work. When it takes twice as long as at its best, records stand in line for each other, here or there, and one more of a
flooder's makes everybody's slower. When it takes no longer, as where each store is some milliseconds away but idle,
more of them at once harm nobody.
"""

_SLOW = 2.0  # times the best
_FAST = 1.3
_FORGETS = 1.0003  # how much the best goes up each time, so that stores that are slower for good become the measure


class Pressure:
    """least, most: bounds of the number. It halves when the work is slow, and goes up by one when it is as at best."""

    def __init__(self, least: int, most: int) -> None:
        self._least = min(least, most)
        self._most = most
        self._best: float | None = None
        self.at_work = self._least

    def told(self, seconds: float) -> int:
        """The number from now on. seconds: of a record's work, on average since it was told last."""
        self._best = seconds if self._best is None else min(self._best * _FORGETS, seconds)
        if seconds > _SLOW * self._best:
            self.at_work = max(self._least, self.at_work // 2)
        elif seconds < _FAST * self._best:
            self.at_work = min(self._most, self.at_work + 1)
        return self.at_work
