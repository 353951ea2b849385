"""The bursts of workspaces whose share is one active record, and the rests between them. Pure: times are given.

Such a workspace has one active record on average. It starts a few together, which share the round trips to the stores,
and then rests for as long as they would have taken longer one after another. In its rests the others have the processor
and the stores to themselves.
"""

import heapq
from collections.abc import Iterator

SIZE = 8  # records
LONGEST_REST = 0.25  # seconds; a record may be slow because of a store


class _Burst:
    """The burst of one workspace. rest_until: when the next burst may begin; None while the records of this one are
    active. listed: whether the end of the rest is awaited.
    """

    __slots__ = ("began", "listed", "rest_until", "started")

    def __init__(self, began: float) -> None:
        self.began = began
        self.started = 0
        self.rest_until: float | None = None
        self.listed = False


class Bursts:
    """Bursts and rests of workspaces whose share is one active record. size: records of one burst."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._bursts: dict[str, _Burst] = {}  # the last one of each workspace
        self._ended: list[_Burst] = []  # since the time was last known
        self._rests: list[tuple[float, str]] = []  # a heap: the awaited ends of rests

    def may_start(self, workspace: str, active: int, now: float) -> bool:
        """Return whether another record may start. If not, because of a rest, its end is awaited (`rested`)."""
        burst = self._bursts.get(workspace)
        if active:
            return burst is not None and burst.rest_until is None and burst.started < self._size
        if burst is None or burst.rest_until is None or burst.rest_until <= now:
            return True
        if not burst.listed:
            burst.listed = True
            heapq.heappush(self._rests, (burst.rest_until, workspace))
        return False

    def start(self, workspace: str, active: int, now: float) -> None:
        """Count a record that starts. active: without it."""
        burst = self._bursts.get(workspace) if active else None
        if burst is None:
            burst = self._bursts[workspace] = _Burst(now)
        burst.started += 1

    def end(self, workspace: str) -> None:
        """Note that no record of the workspace is active any more. Its rest begins at the next call of `rested`."""
        burst = self._bursts.get(workspace)
        if burst is not None and burst.rest_until is None:
            self._ended.append(burst)

    def rested(self, now: float) -> Iterator[str]:
        """Begin the rests of bursts that have ended; yield the workspaces whose awaited rests are over."""
        for burst in self._ended:
            longer = (burst.started - 1) * (now - burst.began)
            burst.rest_until = now + min(LONGEST_REST, longer)
        self._ended.clear()
        while self._rests and self._rests[0][0] <= now:
            yield heapq.heappop(self._rests)[1]

    def next_end(self) -> float | None:
        """Return when the next awaited rest is over; None: none is awaited."""
        return self._rests[0][0] if self._rests else None

    def forget(self, workspace: str) -> None:
        """Forget a workspace that has no active record."""
        self._bursts.pop(workspace, None)
