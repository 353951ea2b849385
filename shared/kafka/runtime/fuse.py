"""When a partition has to stop instead of filling `dead.letters`. Pure: times are given, in seconds of any clock.

Poison is buried, record by record. But when most of what a partition brings fails for its own sake, and does so for
several workspaces, it is we who are broken (a bad release, a wrong setting), and burying would drain the topic. What
only one workspace sends fails at its own cost: nobody else's records wait for it. See decision 33.
"""

from collections import OrderedDict, deque

_RECENT = 200  # records of which half must have failed
_OF_EACH = 20  # records of a workspace of which half must have failed
_MOST = 1000  # workspaces that are remembered


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

    def failed_alone(self, now: float, *, again: bool = False) -> None:
        """A record failed and is buried, for it is of one workspace only that records fail; the fuse is whole. again:
        it waits, and was counted when it failed first.
        """
        if not again:
            self._recent.append(True)
        self.blown = False
        self._bury(now)

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


class Witnesses:
    """How the records of each workspace end, in all partitions of a consumer; those of the last `window` seconds."""

    __slots__ = ("_ends", "_window")

    def __init__(self, *, window: float) -> None:
        self._window = window
        self._ends: OrderedDict[str, tuple[float, deque[bool]]] = OrderedDict()  # when the last one was; what failed

    def saw(self, workspace: str, now: float, *, failed: bool) -> None:
        """Count a record of this workspace that succeeded, or failed after all its attempts."""
        _, ends = self._ends.pop(workspace, (now, deque[bool](maxlen=_OF_EACH)))
        ends.append(failed)
        self._ends[workspace] = now, ends
        if len(self._ends) > _MOST:
            self._ends.popitem(last=False)

    def several_fail(self, now: float) -> bool:
        """Whether most records fail of two workspaces at least, and of half of those that are seen."""
        seen = [ends for at, ends in self._ends.values() if at > now - self._window]
        failing = sum(2 * sum(ends) >= len(ends) for ends in seen)
        return failing > 1 and 2 * failing >= len(seen)
