"""The rule that stops a partition before it fills `dead.letters`. Pure: times are given, in seconds of any clock.

Single records that fail become dead letters. But if most of what a partition brings fails, for several workspaces, the
cause is ours (a bad release, a wrong setting), and dead letters would empty the topic. Records of only one workspace
that fail become dead letters, however many they are: no other workspace's records wait for them. See decision 33.
"""

from collections import deque

from cachetools import FIFOCache

_RECENT = 200  # records of which half must have failed
_OF_EACH = 20  # records of a workspace of which half must have failed
_MOST = 1000  # workspaces that are remembered


class Fuse:
    """The fuse of one partition. It blows at the failure after `limit` dead letters within `window` seconds, if most
    of the last 200 records failed. It stays blown until no record is retried any more, or most of the last 200 records
    and the retried ones succeeded.
    """

    __slots__ = ("_dead_letters", "_limit", "_recent", "_window", "blown")

    def __init__(self, *, limit: int, window: float) -> None:
        self._limit = limit
        self._window = window
        self._dead_letters: deque[float] = deque(maxlen=limit)  # their times
        self._recent: deque[bool] = deque(maxlen=_RECENT)  # whether the record failed
        self.blown = False

    def fail(self, now: float, retried: int = 0) -> bool:
        """Count a record that failed after all its attempts; return whether it becomes a dead letter.

        retried: records of the partition that are retried because the fuse is blown, here and below.
        """
        self._recent.append(True)
        if not self.blown:
            self.blown = self._full(now) and self._most_failed(retried)
        return self._dead_letter(now) if not self.blown else False

    def fail_again(self, now: float) -> bool:
        """Return whether a retried record that failed again becomes a dead letter: only while the fuse is whole and the
        limit is not reached.
        """
        return self._dead_letter(now) if not self.blown and not self._full(now) else False

    def fail_alone(self, now: float, *, again: bool = False) -> None:
        """Count a record that becomes a dead letter because only its workspace's records fail; the fuse is whole.

        again: it was retried, and was counted when it failed first.
        """
        if not again:
            self._recent.append(True)
        self.blown = False
        self._dead_letter(now)

    def succeed(self, retried: int = 0) -> bool:
        """Count a record that succeeded; return whether the fuse was blown and is whole again."""
        self._recent.append(False)
        if self.blown and (not retried or not self._most_failed(retried)):
            self.blown = False
            return True
        return False

    def _full(self, now: float) -> bool:
        return len(self._dead_letters) == self._limit and self._dead_letters[0] > now - self._window

    def _dead_letter(self, now: float) -> bool:
        self._dead_letters.append(now)
        return True

    def _most_failed(self, retried: int) -> bool:
        return 2 * (sum(self._recent) + retried) >= len(self._recent) + retried


class WorkspaceFailures:
    """The workspaces whose records failed within the last `window` seconds, in all partitions of a consumer."""

    __slots__ = ("_outcomes", "_window")

    def __init__(self, *, window: float) -> None:
        self._window = window
        self._outcomes: FIFOCache[str, tuple[float, deque[bool]]] = FIFOCache(_MOST)  # time of the last; what failed

    def add(self, workspace: str, now: float, *, failed: bool) -> None:
        """Count a record of this workspace that succeeded, or failed after all its attempts."""
        _, outcomes = self._outcomes.get(workspace, (now, deque[bool](maxlen=_OF_EACH)))
        outcomes.append(failed)
        self._outcomes[workspace] = now, outcomes  # the least recently written is evicted

    def several_fail(self, now: float) -> bool:
        """Return whether most records fail of at least two workspaces, and of half of all workspaces."""
        recent = [outcomes for at, outcomes in self._outcomes.values() if at > now - self._window]
        failing = sum(2 * sum(outcomes) >= len(outcomes) for outcomes in recent)
        return failing > 1 and 2 * failing >= len(recent)
