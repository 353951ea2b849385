"""When a partition has to stop instead of filling `dead.letters`. Pure: times are given, in seconds of any clock.

One customer's poison among healthy traffic is buried, record by record. But when most of what a partition brings fails
for its own sake, it is we who are broken (a bad release, a wrong setting), and burying would drain the topic.
"""

from collections import deque

_RECENT = 200  # records of which half must have failed


class Fuse:
    """Of one partition. `limit`: records buried within `window` seconds; one more, and most of the last 200 having
    failed, blows it. Blown, it stays so, however long it takes, until a waiting record succeeds or until most of the
    last 200 records went well.
    """

    __slots__ = ("_buried", "_limit", "_recent", "_window", "blown")

    def __init__(self, *, limit: int, window: float) -> None:
        self._limit = limit
        self._window = window
        self._buried: deque[float] = deque(maxlen=limit)  # when
        self._recent: deque[bool] = deque(maxlen=_RECENT)  # whether the record failed
        self.blown = False

    def failed(self, now: float) -> bool:
        """A record failed for its own sake, after all its tries. True: bury it; False: it is to wait."""
        self._recent.append(True)
        return self.failed_again(now)

    def failed_again(self, now: float) -> bool:
        """The same of a record that waits and was counted when it failed first."""
        if not self.blown:
            full = len(self._buried) == self._limit and self._buried[0] > now - self._window
            self.blown = full and self._mostly_failed()
        if self.blown:
            return False
        self._buried.append(now)
        return True

    def went_well(self) -> bool:
        """A record was done at once. True: the fuse was blown and is not any more."""
        self._recent.append(False)
        if self.blown and not self._mostly_failed():
            self.blown = False
            return True
        return False

    def mended(self) -> None:
        """A waiting record was done after all: everything begins anew."""
        self._buried.clear()
        self._recent.clear()
        self.blown = False

    def _mostly_failed(self) -> bool:
        return 2 * sum(self._recent) >= len(self._recent)
