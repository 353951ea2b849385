"""The one scheduling rule: which workspace starts a record next, and how many active records each may have. Pure.

A record is active while it runs and is not in an external wait: active records share one processor and one database.

1. Workspaces take turns. One that has no active record starts one at its turn, whatever the others have.
2. The total of active records is divided among the workspaces that have a backlog (they run records and more are
   ready) and, `QUIET_WEIGHT` times each, the quiet ones that started a record in the last `LATELY` seconds. So a
   workspace that is alone has the whole total at once, several with a backlog have equal shares, and one that floods
   among quiet ones has a single active record.
3. `lanes` and `lanes_per_workspace` limit all records that run, with those in an external wait: they take memory.
"""

from collections import OrderedDict

QUIET_WEIGHT = 4  # shares kept free for a quiet workspace, so that its records find the processor idle
LATELY = 10.0  # seconds

_Lanes = OrderedDict[str, None]  # a queue of lanes from which any one can be removed at once


class Turns:
    """active: the total of active records; lanes, lanes_per_workspace: records that may run."""

    def __init__(self, *, active: int, lanes: int, lanes_per_workspace: int) -> None:
        self._active = active
        self._lanes = lanes
        self._lanes_per_workspace = lanes_per_workspace
        self._ready: OrderedDict[str, _Lanes] = OrderedDict()  # by workspace: lanes whose first record may start
        self._capped: dict[str, _Lanes] = {}  # the same, of workspaces that had their share when it was their turn
        self._capped_at = active  # the greatest share of these
        self._backlogged: set[str] = set()
        self._seen: OrderedDict[str, float] = OrderedDict()  # by workspace: when it was seen last, the oldest first
        self._running: dict[str, int] = {}  # by workspace
        self._external: dict[str, int] = {}  # by workspace: how many of those are in an external wait
        self.running = 0

    def ready_lanes(self) -> int:
        """Return how many lanes have a record that could run."""
        return sum(map(len, self._ready.values())) + sum(map(len, self._capped.values()))

    def active(self) -> int:
        """Return how many records are active."""
        return self.running - sum(self._external.values())

    def share(self) -> int:
        """Return how many active records each workspace may have, at least 1."""
        quiet = len(self._seen) - len(self._backlogged)
        return max(1, self._active // max(1, len(self._backlogged) + QUIET_WEIGHT * quiet))

    def add(self, workspace: str, lane: str) -> None:
        """Add a lane whose first record may start."""
        lanes = self._capped if workspace in self._capped else self._ready
        lanes.setdefault(workspace, _Lanes())[lane] = None
        self._note_backlog(workspace)

    def remove(self, workspace: str, lane: str) -> None:
        """Remove a lane that was added and not started."""
        lanes = self._ready if workspace in self._ready else self._capped
        del lanes[workspace][lane]
        if not lanes[workspace]:
            del lanes[workspace]
        self._note_backlog(workspace)

    def start(self, now: float) -> str | None:
        """Return the lane whose first record starts now, or None if none may. now: of the monotonic clock."""
        self._forget_unseen(now)
        workspace = self._next_workspace()
        if workspace is None:
            return None
        lanes = self._ready[workspace]
        lane, _ = lanes.popitem(last=False)
        self.running += 1
        self._running[workspace] = self._running.get(workspace, 0) + 1
        self._see(workspace, now)
        if lanes:
            self._ready.move_to_end(workspace)
        else:
            del self._ready[workspace]
        self._note_backlog(workspace)
        return lane

    def end(self, workspace: str) -> None:
        """Note that a record of this workspace does not run any more; its external wait has ended."""
        self.running -= 1
        _decrement(self._running, workspace)
        self._uncap(workspace)
        self._note_backlog(workspace)

    def begin_external_wait(self, workspace: str) -> None:
        """Note that a running record is not active until `end_external_wait`."""
        self._external[workspace] = self._external.get(workspace, 0) + 1
        self._uncap(workspace)

    def end_external_wait(self, workspace: str) -> None:
        """Note that the record is active again, even if that is more than may start."""
        _decrement(self._external, workspace)

    def _next_workspace(self) -> str | None:
        share = self.share()
        if share > self._capped_at:
            for workspace in list(self._capped):
                self._uncap(workspace)
        self._capped_at = share
        while self.running < self._lanes and self._ready:
            workspace = next(iter(self._ready))
            if self._may_start(workspace, share):
                return workspace
            self._capped[workspace] = self._ready.pop(workspace)
        return None

    def _may_start(self, workspace: str, share: int) -> bool:
        running = self._running.get(workspace, 0)
        return running < self._lanes_per_workspace and running - self._external.get(workspace, 0) < share

    def _uncap(self, workspace: str) -> None:
        if workspace in self._capped:
            self._ready[workspace] = self._capped.pop(workspace)

    def _note_backlog(self, workspace: str) -> None:
        """Bring the backlog up to date after a record of this workspace started, ended, or became ready or not."""
        if workspace in self._running and (workspace in self._ready or workspace in self._capped):
            self._backlogged.add(workspace)
        else:
            self._backlogged.discard(workspace)

    def _see(self, workspace: str, now: float) -> None:
        self._seen[workspace] = now
        self._seen.move_to_end(workspace)

    def _forget_unseen(self, now: float) -> None:
        """Forget workspaces that started nothing lately and run nothing."""
        while self._seen:
            workspace, at = next(iter(self._seen.items()))
            if at > now - LATELY:
                return
            if workspace in self._running:
                self._see(workspace, now)
            else:
                del self._seen[workspace]


def _decrement(counts: dict[str, int], name: str) -> None:
    counts[name] -= 1
    if not counts[name]:
        del counts[name]
