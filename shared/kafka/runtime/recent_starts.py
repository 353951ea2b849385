"""The workspaces of the records that a consumer started last. Pure."""

from collections import Counter, deque

RECENT = 500  # records
_FLOOD = 4  # a flood: this many times the records of any other workspace


class RecentStarts:
    """Remembers the last `RECENT` starts, or `alone_after` if that is less."""

    def __init__(self, alone_after: int = RECENT) -> None:
        self._alone_after = alone_after
        self._most = min(alone_after, RECENT)
        self._starts: deque[str] = deque()
        self._counts: Counter[str] = Counter()
        self._last, self._in_a_row = "", 0

    def add(self, workspace: str) -> None:
        """Note that a record of this workspace was started."""
        self._in_a_row = self._in_a_row + 1 if workspace == self._last else 1
        self._last = workspace
        self._starts.append(workspace)
        self._counts[workspace] += 1
        if len(self._starts) > self._most:
            oldest = self._starts.popleft()
            self._counts[oldest] -= 1
            if not self._counts[oldest]:
                del self._counts[oldest]

    def workspaces(self) -> int:
        """Return the number of different workspaces."""
        return len(self._counts)

    def is_alone(self, workspace: str) -> bool:
        """Return whether the last `alone_after` records were all of this workspace."""
        return workspace == self._last and self._in_a_row >= self._alone_after

    def is_flood(self, workspace: str) -> bool:
        """Return whether this workspace had more than four times the records of any other one."""
        most = max((count for name, count in self._counts.items() if name != workspace), default=0)
        return self._counts[workspace] > _FLOOD * most
