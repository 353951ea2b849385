"""How many records of one workspace may be at work while others are active: few while our own stores are short of time,
more while they are not. Pure; told now and then how long a record's work took on average.

The time of a record's work is that of our stores and of this process: what waits for a provider or a model is not at
work. When it takes much longer than at its best, records stand in line for each other, here or there, and one more of a
flooder's makes everybody's slower. When it takes no longer, as where each store is some milliseconds away but idle,
more of them at once harm nobody.

Less than one at work is one after another with a rest between them: on a machine whose cores are all busy even one
record after another of a flooder's doubles the time of everybody's.
"""

_SLOW = 1.3  # times the best
_FAST = 1.15
_STEP = 0.8
_NEW = 0.25  # the share of what was told last in the average
_FORGETS = 1.0003  # how much the best goes up each time, so that stores that are slower for good become the measure


class Pressure:
    """least, most: bounds of the number, which begins with one or what is nearest to it. Below one it is the share of
    the time in which one is at work.

    It goes down quickly while the work is slow, and up slowly while it is as at best and somebody would use it.
    """

    def __init__(self, least: float, most: int) -> None:
        self._least = min(least, most)
        self._most = float(most)
        self._number = max(self._least, 1.0)
        self._mean = 0.0
        self._best = 0.0

    @property
    def at_work(self) -> int:
        """How many may be at work at the same time, at least one."""
        return max(1, int(self._number))

    def rest(self, worked: float) -> float:
        """For how many seconds a workspace rests when a record of its has worked for so many."""
        return worked * (1 / self._number - 1) if self._number < 1 else 0.0

    def told(self, seconds: float, *, held_back: bool) -> None:
        """seconds: of a record's work, on average since it was told last. held_back: more would have been begun."""
        self._mean = self._mean + _NEW * (seconds - self._mean) if self._mean else seconds
        self._best = min(self._best * _FORGETS, self._mean) if self._best else self._mean
        if self._mean > _SLOW * self._best:
            self._number = max(self._least, self._number / 2 if self._number >= 2 else self._number * _STEP)
        elif held_back and self._mean < _FAST * self._best:
            self._number = min(self._most, self._number + 1 if self._number >= 1 else min(1.0, self._number / _STEP))
