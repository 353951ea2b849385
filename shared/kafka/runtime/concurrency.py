"""The number of records of one workspace that may be active beside others', by the duration of their work. Pure.

The work of a record is its time in this process and in our stores, without external waits. If it takes much longer than
at its best, records queue for each other, and one more record of a flood slows down every workspace: the limit falls.
If it takes no longer, as where each store is some milliseconds away but idle, more active records harm no workspace:
the limit rises.

A limit below 1 is a duty cycle: one record at a time, and a pause after each. On a machine whose cores are all busy,
even one record of a flood after another doubles the time of all others.
"""

_SLOW = 1.3  # times the best
_FAST = 1.15
_STEP = 0.8
_NEW = 0.25  # weight of the newest value in the mean
_DRIFT = 1.0003  # growth of the best with each update, so that stores that stay slower become the measure


class AdaptiveLimit:
    """Begins with 1, or the bound nearest to it. Falls fast while work is slow, rises slowly while it is as fast as at
    best and records wait because of the limit.
    """

    def __init__(self, least: float, most: int) -> None:
        self._least = min(least, most)
        self._most = float(most)
        self._limit = max(self._least, 1.0)
        self._mean = 0.0
        self._best = 0.0

    @property
    def active(self) -> int:
        """Return how many records may be active at once, at least 1."""
        return max(1, int(self._limit))

    def pause_after(self, worked: float) -> float:
        """Return for how many seconds a workspace pauses after a record that worked for `worked` seconds."""
        return worked * (1 / self._limit - 1) if self._limit < 1 else 0.0

    def update(self, seconds: float, *, throttled: bool) -> None:
        """Adapt the limit. seconds: the mean work of the last records; throttled: records waited because of it."""
        self._mean = self._mean + _NEW * (seconds - self._mean) if self._mean else seconds
        self._best = min(self._best * _DRIFT, self._mean) if self._best else self._mean
        if self._mean > _SLOW * self._best:
            self._limit = max(self._least, self._limit / 2 if self._limit >= 2 else self._limit * _STEP)
        elif throttled and self._mean < _FAST * self._best:
            self._limit = min(self._most, self._limit + 1 if self._limit >= 1 else min(1.0, self._limit / _STEP))
