"""When a partition has to stop instead of filling `dead.letters`. Pure: times are given, in seconds of any clock.

One customer's poison among healthy traffic is buried, record by record. But when most of what a partition brings fails
for its own sake, it is we who are broken (a bad release, a wrong setting), and burying would drain the topic.
"""

from collections import deque

_RECENT = 200  # records of which half must have failed


class Fuse:
    """Of one partition. `limit`: records buried within `window` seconds; one more, and most of the last 200 having
    failed, blows it. Blown, it stays so, however long it takes, until no record waits any more, or until most of the
    last 200, with those that wait, went well.
    """

    __slots__ = ("_buried", "_limit", "_recent", "_window", "blown")

    def __init__(self, *, limit: int, window: float) -> None:
        self._limit = limit
        self._window = window
        self._buried: deque[float] = deque(maxlen=limit)  # when
        self._recent: deque[bool] = deque(maxlen=_RECENT)  # whether the record failed
        self.blown = False

    def failed(self, now: float, waiting: int = 0) -> bool:
        """A record failed for its own sake, after all its tries. True: bury it; False: it is to wait.

        waiting: how many records of the partition wait, here and below.
        """
        self._recent.append(True)
        if not self.blown:
            self.blown = self._full(now) and self._mostly_failed(waiting)
        return self._bury(now) if not self.blown else False

    def failed_again(self, now: float) -> bool:
        """The same of a record that waits and was counted when it failed first: no more than the limit in any case."""
        return self._bury(now) if not self.blown and not self._full(now) else False

    def went_well(self, waiting: int = 0) -> bool:
        """A record was done. True: the fuse was blown and is not any more."""
        self._recent.append(False)
        if self.blown and (not waiting or not self._mostly_failed(waiting)):
            self.blown = False
            return True
        return False

    def _full(self, now: float) -> bool:
        return len(self._buried) == self._limit and self._buried[0] > now - self._window

    def _bury(self, now: float) -> bool:
        self._buried.append(now)
        return True

    def _mostly_failed(self, waiting: int) -> bool:
        return 2 * (sum(self._recent) + waiting) >= len(self._recent) + waiting
