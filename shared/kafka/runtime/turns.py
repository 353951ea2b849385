"""The choice of the workspace that starts a record next, and the limit of its active records. Pure.

Workspaces take turns. A record is active while it runs and is not in an external wait: active records share one
processor and one database. While several workspaces are active, each may have only a few active records; a workspace
that is alone has as many as may run.
"""

from collections import OrderedDict

from shared.kafka.runtime.recent_starts import RECENT, RecentStarts

_Lanes = OrderedDict[str, None]  # a queue of lanes from which any one can be removed at once


class Turns:
    """lanes: records that may run; lanes_per_workspace: of one workspace; active: of one workspace and active, unless
    it started all of the last `alone_after` records; active_in_backlog: instead of `active`, if more, while most of the
    workspaces that started records lately have a backlog: then no quiet workspace is slowed down, and more active
    records share their round trips.
    """

    def __init__(
        self, *, lanes: int, lanes_per_workspace: int, active: int, active_in_backlog: int, alone_after: int = RECENT
    ) -> None:
        self._max_running = lanes
        self._max_per_workspace = lanes_per_workspace
        self.active = active  # may be changed at any time
        self._active_in_backlog = active_in_backlog
        self._recent = RecentStarts(alone_after)
        self._ready: OrderedDict[str, _Lanes] = OrderedDict()  # by workspace: lanes whose first record may start
        self._capped: dict[str, _Lanes] = {}  # the same, of workspaces that may not start more now
        self._backlogged: set[str] = set()  # workspaces that run records and have more that are ready
        self._most_backlogged = False
        self._paused: set[str] = set()
        self.throttled = False  # a workspace could not start a record because of `active`; may be reset
        self._running_of: dict[str, int] = {}
        self._external_of: dict[str, int] = {}
        self.running = 0

    def ready_lanes(self) -> int:
        """Return how many lanes have a record that could run."""
        return sum(map(len, self._ready.values())) + sum(map(len, self._capped.values()))

    def add(self, workspace: str, lane: str) -> None:
        """Add a lane whose first record may start."""
        if workspace in self._capped or (workspace not in self._ready and self._at_cap(workspace)):
            self._capped.setdefault(workspace, _Lanes())[lane] = None
        else:
            self._ready.setdefault(workspace, _Lanes())[lane] = None
        self._note_backlog(workspace)

    def remove(self, workspace: str, lane: str) -> None:
        """Remove a lane that was added and not started."""
        lanes = self._ready if workspace in self._ready else self._capped
        del lanes[workspace][lane]
        if not lanes[workspace]:
            del lanes[workspace]
        self._note_backlog(workspace)

    def start(self) -> str | None:
        """Return the lane whose first record starts now, or None if none may."""
        workspace = self._next_workspace()
        if workspace is None:
            return None
        lanes = self._ready[workspace]
        lane, _ = lanes.popitem(last=False)
        self.running += 1
        self._running_of[workspace] = self._running_of.get(workspace, 0) + 1
        self._recent.add(workspace)
        if lanes:
            self._ready.move_to_end(workspace)
        else:
            del self._ready[workspace]
        self._note_backlog(workspace)
        return lane

    def end(self, workspace: str) -> None:
        """Note that a record of this workspace does not run any more; its external wait has ended."""
        self.running -= 1
        _decrement(self._running_of, workspace)
        self._uncap(workspace)
        self._note_backlog(workspace)

    def begin_external_wait(self, workspace: str) -> None:
        """Note that a running record is not active until `end_external_wait`."""
        self._external_of[workspace] = self._external_of.get(workspace, 0) + 1
        self._uncap(workspace)

    def end_external_wait(self, workspace: str) -> None:
        """Note that the record is active again, even if that is more than may start."""
        _decrement(self._external_of, workspace)

    def pause(self, workspace: str) -> None:
        """Start nothing more of a workspace that is not alone until `resume`."""
        self._paused.add(workspace)

    def resume(self, workspace: str) -> None:
        """End the pause of a workspace."""
        self._paused.discard(workspace)
        self._uncap(workspace)

    def floods(self, workspace: str) -> bool:
        """Return whether only this workspace has a backlog, and it started several times the records of any other.

        If several have a backlog, pausing each would leave the processor idle. And a workspace that catches up after
        an outage would never finish if it paused while the others start as many records as it does.
        """
        return all(other == workspace for other in self._capped) and self._recent.is_flood(workspace)

    def _next_workspace(self) -> str | None:
        """Return the workspace whose turn it is. `active` may have become lower since its lanes were added."""
        while self.running < self._max_running and self._ready:
            workspace = next(iter(self._ready))
            if not self._at_cap(workspace):
                return workspace
            self._capped[workspace] = self._ready.pop(workspace)
        return None

    def _at_cap(self, workspace: str) -> bool:
        running = self._running_of.get(workspace, 0)
        if running >= self._max_per_workspace:
            return True
        if self._recent.is_alone(workspace):
            return False
        active = running - self._external_of.get(workspace, 0)
        enough = workspace in self._paused or active >= self._max_active()
        self.throttled = self.throttled or enough
        return enough

    def _max_active(self) -> int:
        return max(self.active, self._active_in_backlog) if self._most_backlogged else self.active

    def _note_backlog(self, workspace: str) -> None:
        """Bring the backlog up to date after a record of this workspace started, ended, or became ready or not."""
        if workspace in self._running_of and (workspace in self._ready or workspace in self._capped):
            self._backlogged.add(workspace)
        else:
            self._backlogged.discard(workspace)
        before = self._most_backlogged
        self._most_backlogged = 2 * len(self._backlogged) > self._recent.workspaces()
        if self._most_backlogged and not before:
            for capped in list(self._capped):
                self._uncap(capped)

    def _uncap(self, workspace: str) -> None:
        if workspace in self._capped:
            self._ready[workspace] = self._capped.pop(workspace)


def _decrement(counts: dict[str, int], name: str) -> None:
    counts[name] -= 1
    if not counts[name]:
        del counts[name]
