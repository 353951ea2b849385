"""The one scheduling rule: which workspace starts a record next, and how many active records each may have. Pure.

A record is active while it runs and is not in an external wait: active records share one processor and one database.

1. Workspaces take turns. One that has no active record starts one at its turn, whatever the others have, unless it
   rests (3).
2. Beyond that, the total of active records is divided in inverse proportion to the square of each workspace's demand:
   its lanes that may start and the records that it started in the last `LATELY` seconds. So a workspace that is alone
   has the whole total at once, those with the same demand have equal shares, and one with ten times the demand of
   another has a hundredth of the other's share: a flooder beside quiet workspaces has a single active record. No demand
   counts as more than the level at which all demands, cut to it, add up to the records that were started lately: those
   that want more than there is have equal shares, however large their backlogs are.
3. A share of one record is an average: such a workspace starts a few records together, if the total is not reached,
   and then rests (`bursts.py`).
4. `lanes` and `lanes_per_workspace` limit all records that run, with those in an external wait: they take memory. A
   tenth of the lanes is kept for workspaces that have no running record: else a provider that hangs, and a few
   workspaces that each wait for it with all records they may, would keep (1) from all others.

A workspace at its share is looked at again when one of its records ends or begins an external wait, or its rest is
over. So no call looks at all workspaces, however many are at their shares.
"""

import math
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable

from shared.kafka.runtime import bursts
from shared.kafka.runtime.bursts import Bursts

LATELY = 10.0  # seconds
_LEAST_LEVEL = 40  # records
_KEPT = 10  # one of so many lanes is kept for workspaces without a running record
_ROUNDING = 1e-6  # shares are computed from a sum of floats

_Queue = OrderedDict[str, None]  # names, of which any one can be removed at once


class Turns:
    """Divides the active records of a consumer among workspaces. active: the total of active records; lanes,
    lanes_per_workspace: records that may run.
    """

    def __init__(self, *, active: int, lanes: int, lanes_per_workspace: int) -> None:
        self._active = active
        self._lanes = lanes
        self._open_lanes = lanes - lanes // _KEPT  # those for any workspace
        self._lanes_per_workspace = lanes_per_workspace
        self._ready: dict[str, _Queue] = {}  # by workspace: lanes that may start
        self._turns = _Queue()  # the workspaces of these, in their order, without those that were found at their shares
        self._first_turns = _Queue()  # those of `_turns` that have no running record, in their order
        self._running: Counter[str] = Counter()  # by workspace
        self._external: Counter[str] = Counter()  # by workspace: how many of those are in an external wait
        self._demand = Demand()
        self._starts: deque[tuple[float, str]] = deque()  # lately, the oldest first
        self._bursts = Bursts(min(bursts.SIZE, active))
        self._waiting = 0  # records in an external wait
        self._levelled = 0  # how many records had been started lately when the demands were compared last
        self.running = 0

    def ready_lanes(self) -> int:
        """Return how many lanes have a record that could run."""
        return sum(map(len, self._ready.values()))

    def active(self) -> int:
        """Return how many records are active."""
        return self.running - self._waiting

    def share(self, workspace: str) -> int:
        """Return how many active records a workspace may have, at least 1."""
        return max(1, int(self._active * self._demand.share(workspace) + _ROUNDING))

    def add(self, workspace: str, lane: str) -> None:
        """Add a lane whose first record may start."""
        lanes = self._ready.get(workspace)
        if lanes is None:
            lanes = self._ready[workspace] = _Queue()
            self._give_turn(workspace)
        lanes[lane] = None
        self._demand.change(workspace, 1)

    def remove(self, workspace: str, lane: str) -> None:
        """Remove a lane that was added and not started."""
        del self._ready[workspace][lane]
        if not self._ready[workspace]:
            del self._ready[workspace]
            self._turns.pop(workspace, None)
            self._first_turns.pop(workspace, None)
        self._demand.change(workspace, -1)

    def start(self, now: float) -> str | None:
        """Return the lane whose first record starts now, or None if none may. now: of the monotonic clock.

        Call it right after any other method: `now` is the time of that change too.
        """
        self._forget_starts(now - LATELY)
        if abs(len(self._starts) - self._levelled) > max(8, self._levelled // 8):
            self._levelled = len(self._starts)
            self._demand.set_level(self._levelled)
        for rested in self._bursts.rested(now):
            self._look_again(rested)
        while (workspace := self._next_turn()) is not None:
            if self._may_start(workspace, now):
                return self._start(workspace, now)
        return None

    def next_look(self) -> float | None:
        """Return when `start` may return a lane without any other call before; None: it will not."""
        return self._bursts.next_end()

    def end(self, workspace: str) -> None:
        """Note that a record of this workspace does not run any more; its external wait has ended."""
        self.running -= 1
        _decrement(self._running, workspace)
        self._less_active(workspace)

    def begin_external_wait(self, workspace: str) -> None:
        """Note that a running record is not active until `end_external_wait`."""
        self._external[workspace] += 1
        self._waiting += 1
        self._less_active(workspace)

    def end_external_wait(self, workspace: str) -> None:
        """Note that the record is active again, even if that is more than may start."""
        _decrement(self._external, workspace)
        self._waiting -= 1

    def _next_turn(self) -> str | None:
        """Take the workspace whose turn it is; None: no lane is free for any of them."""
        if self.running >= self._lanes:
            return None
        turns = self._turns if self.running < self._open_lanes else self._first_turns
        if not turns:
            return None
        workspace = next(iter(turns))
        del self._turns[workspace]
        self._first_turns.pop(workspace, None)
        return workspace

    def _give_turn(self, workspace: str) -> None:
        """Let a workspace have its turn after the others, unless it waits for one already."""
        self._turns.setdefault(workspace)
        if not self._running[workspace]:
            self._first_turns.setdefault(workspace)

    def _start(self, workspace: str, now: float) -> str:
        """Start a lane of the workspace, whose next turn is the last one."""
        lane, _ = self._ready[workspace].popitem(last=False)
        self._bursts.start(workspace, self._active_of(workspace), now)
        self.running += 1
        self._running[workspace] += 1
        if self._ready[workspace]:
            self._give_turn(workspace)
        else:
            del self._ready[workspace]
        self._starts.append((now, workspace))
        return lane

    def _may_start(self, workspace: str, now: float) -> bool:
        if self._running[workspace] >= self._lanes_per_workspace:
            return False
        active, share = self._active_of(workspace), self.share(workspace)
        if share > 1:
            return active < share
        if active and self.active() >= self._active:
            return False
        return self._bursts.may_start(workspace, active, now)

    def _active_of(self, workspace: str) -> int:
        return self._running[workspace] - self._external[workspace]

    def _less_active(self, workspace: str) -> None:
        if not self._active_of(workspace):
            self._bursts.end(workspace)
        self._look_again(workspace)

    def _look_again(self, workspace: str) -> None:
        if workspace in self._ready:
            self._give_turn(workspace)

    def _forget_starts(self, until: float) -> None:
        while self._starts and self._starts[0][0] <= until:
            workspace = self._starts.popleft()[1]
            self._demand.change(workspace, -1)
            if not self._demand.of(workspace):
                self._bursts.forget(workspace)


class Demand:
    """Counts what each workspace started lately or may start, and weighs it."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._level = math.inf  # what counts at most
        self._parts = 0.0  # the sum of 1 / count² of all workspaces, each count at most the level

    def of(self, workspace: str) -> int:
        """Return the count of a workspace."""
        return self._counts[workspace]

    def share(self, workspace: str) -> float:
        """Return a workspace's share, between 0 and 1; of an unknown one as if its demand were 1."""
        count = self._counts[workspace]
        return min(1.0, self._part(count) / self._parts) if count else 1 / (1 + self._parts)

    def change(self, workspace: str, by: int) -> None:
        """Change the count of a workspace."""
        before = self._counts[workspace]
        self._counts[workspace] = after = before + by
        self._parts += self._part(after) - self._part(before)
        if not after:
            del self._counts[workspace]
        if not self._counts:
            self._parts = 0.0  # without the rounding errors of many changes

    def set_level(self, started: int) -> None:
        """Let no count be more than what each workspace would have got if the records that were started lately had been
        divided so that nobody has more than another one that wants more.
        """
        self._level = max(_LEAST_LEVEL, _level(self._counts.values(), started))
        self._parts = sum(map(self._part, self._counts.values()))

    def _part(self, count: int) -> float:
        return 1 / min(count, self._level) ** 2 if count else 0.0


def _level(counts: Iterable[int], total: int) -> float:
    """Return the level at which the counts, each cut to it, add up to a total; infinite: they do not reach it."""
    ascending = sorted(counts)
    left = float(total)
    for number, count in enumerate(ascending):
        each = left / (len(ascending) - number)
        if count >= each:
            return each
        left -= count
    return math.inf


def _decrement(counts: Counter[str], name: str) -> None:
    counts[name] -= 1
    if not counts[name]:
        del counts[name]
