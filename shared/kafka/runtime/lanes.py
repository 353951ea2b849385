"""Which record runs next, and up to where a partition is finished. Pure: no I/O, no clock, no driver.

Records of one lane (one conversation) run one after another, in the order of the topic; lanes run beside each other, up
to a cap for the process and one for each workspace, and workspaces take turns. Of a workspace that is not alone only a
few may be at work at the same time, not counting those that are `away`, waiting for a provider or a model: what is at
work shares one processor and one database with all others. Per partition a window of slots in fetch
order is kept; what may be committed is the offset after its finished prefix, so a slow record holds the offset back but
not its neighbours. The window is bounded: a crash replays what is finished in it. It is large, so that a workspace that
floods a partition does not keep the others waiting whose records stand behind the flood: see
docs/decisions/0010-read-ahead.md.

Call order: `offer` what was fetched, `take` while it gives something, `finish` when the work and its outputs are
acknowledged, `committable` from time to time. A record whose time has not come is `park`ed: its lane waits, without a
place among the running. For what needs nothing it is `pass_by` in place of `offer`. On revocation: `drop_tail`, then
`finish` what is left, then `forget`.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from enum import Enum, auto
from itertools import islice

from shared.kafka.records import Record, TopicPartition

_OVERHEAD = 1536  # bytes of memory that a slot takes beside its record's value
LATEST = 500  # records by which it is judged who is alone, or floods
_FLOOD = 4  # times as many records as any other workspace's are more than a share


class State(Enum):
    WAITING = auto()
    RUNNING = auto()
    FINISHED = auto()
    PASSED_BY = auto()
    DROPPED = auto()


_DONE = (State.FINISHED, State.PASSED_BY)
_COST_SOMETHING = (State.RUNNING, State.FINISHED)


class Slot:
    """A record's place in a window of its partition; a partition that comes back has a new window."""

    __slots__ = ("away", "lane", "record", "size", "state", "window", "workspace")

    def __init__(self, record: Record, lane: str, workspace: str, window: "_Window") -> None:
        self.record = record
        self.size = len(record.value) + _OVERHEAD
        self.lane = lane
        self.workspace = workspace
        self.window = window
        self.state = State.WAITING
        self.away = False


class _Window:
    """The slots of one partition in fetch order, and the offset up to which all is finished. open: run or wait."""

    __slots__ = ("committed", "finished", "open", "slots")

    def __init__(self) -> None:
        self.slots: deque[Slot] = deque()
        self.open = 0
        self.finished: int | None = None
        self.committed: int | None = None

    def advance(self) -> int:
        """Take the finished prefix out; the bytes that were freed."""
        freed = 0
        while self.slots and self.slots[0].state in _DONE:
            slot = self.slots.popleft()
            self.finished = slot.record.offset + 1
            freed += slot.size
        return freed

    def worth_finishing(self, most: int) -> int:
        """How many slots from the front are to be finished before the partition is given up: up to the last started
        one, unless more than `most` would have to be started for it, or one before it was dropped.
        """
        waiting = worth = 0
        for position, slot in enumerate(self.slots, start=1):
            if slot.state is State.WAITING:
                waiting += 1
            if slot.state is State.DROPPED or waiting > most:
                break
            if slot.state in _COST_SOMETHING:
                worth = position
        return worth


_Names = OrderedDict[str, None]  # in turn; any one can be taken out at once


class Dispatcher:
    """See the module. `window`: slots that each partition may have; `read_ahead`: that it may have while all slots
    together take less than `read_ahead_bytes`; `lanes`: running slots in all; `lanes_per_workspace`: of one;
    `at_work`: of one that are not away, unless the last `alone_after` slots that were taken were its own;
    `at_work_together`: the same, while most of those of whom slots were taken lately have more than they may run. Then
    nobody is kept waiting by it who is not behind himself, and the more are at work the more share their round trips.
    """

    def __init__(
        self,
        *,
        window: int,
        lanes: int,
        lanes_per_workspace: int,
        at_work: int = 0,
        at_work_together: int = 0,
        alone_after: int = LATEST,
        read_ahead: int = 0,
        read_ahead_bytes: int = 0,
    ) -> None:
        self._window_size = window
        self._read_ahead = max(window, read_ahead)
        self._read_ahead_bytes = read_ahead_bytes
        self._bytes = 0
        self._max_running = lanes
        self._max_per_workspace = lanes_per_workspace
        self.at_work = at_work or lanes_per_workspace  # may be changed at any time
        self._at_work_together = at_work_together
        self._alone_after = alone_after
        self._in_a_row = ("", 0)  # the workspace that was taken last, and how often nobody else was
        self._taken: deque[str] = deque()  # the workspaces that were taken lately
        self._taken_of: Counter[str] = Counter()
        self._windows: dict[TopicPartition, _Window] = {}
        self._lanes: dict[str, deque[Slot]] = {}
        self._ready: OrderedDict[str, _Names] = OrderedDict()  # workspace -> lanes whose head may start
        self._capped: dict[str, _Names] = {}  # the same, for workspaces at their cap
        self._behind: set[str] = set()  # workspaces of which something runs and something more could
        self._most_are_behind = False
        self._resting: set[str] = set()
        self.held_back = False  # somebody had to wait because enough of its workspace were at work; may be reset
        self._running_of: dict[str, int] = {}
        self._away_of: dict[str, int] = {}
        self._parked: dict[str, Slot] = {}  # lane -> its head, whose time has not come
        self.running = 0

    def room(self, source: TopicPartition) -> int:
        """How many more records of this partition may be offered."""
        window = self._windows.get(source)
        taken = len(window.slots) if window else 0
        return (self._read_ahead if self._bytes < self._read_ahead_bytes else self._window_size) - taken

    def fill(self) -> int:
        """Slots in all windows."""
        return sum(len(window.slots) for window in self._windows.values())

    def waiting(self) -> int:
        """Lanes whose head could run if there were a place."""
        return sum(map(len, self._ready.values())) + sum(map(len, self._capped.values()))

    def resting(self) -> int:
        """Lanes whose head's time has not come."""
        return len(self._parked)

    def oldest(self) -> dict[str, int]:
        """By topic: the time of the oldest record that is not finished, in milliseconds since 1970."""
        found: dict[str, int] = {}
        for source, window in self._windows.items():
            if window.slots:
                at = window.slots[0].record.timestamp_ms
                found[source.topic] = min(at, found.get(source.topic, at))
        return found

    def offer(self, record: Record, lane: str, workspace: str) -> Slot:
        """Take a record in. Records of one partition are offered in the order of their offsets."""
        window = self._windows.setdefault(record.source, _Window())
        slot = Slot(record, lane, workspace, window)
        window.slots.append(slot)
        window.open += 1
        self._bytes += slot.size
        queue = self._lanes.get(lane)
        if queue is None:
            self._lanes[lane] = deque((slot,))
            self._make_ready(workspace, lane)
        else:
            queue.append(slot)
        return slot

    def pass_by(self, record: Record, workspace: str) -> Slot:
        """A record for which nothing is to be done: it only takes its place in the order of the offsets."""
        window = self._windows.setdefault(record.source, _Window())
        slot = Slot(record, "", workspace, window)
        slot.state = State.PASSED_BY
        window.slots.append(slot)
        self._bytes += slot.size - window.advance()
        return slot

    def take(self) -> Slot | None:
        """The next slot to run, now marked as running; None when nothing may start."""
        workspace = self._next_workspace()
        if workspace is None:
            return None
        lanes = self._ready[workspace]
        lane, _ = lanes.popitem(last=False)
        slot = self._lanes[lane][0]
        slot.state = State.RUNNING
        self.running += 1
        self._running_of[workspace] = self._running_of.get(workspace, 0) + 1
        last, times = self._in_a_row
        self._in_a_row = (workspace, times + 1 if last == workspace else 1)
        self._remember(workspace)
        if lanes:
            self._ready.move_to_end(workspace)
        else:
            del self._ready[workspace]
        self._see_who_is_behind(workspace)
        return slot

    def _remember(self, workspace: str) -> None:
        self._taken.append(workspace)
        self._taken_of[workspace] += 1
        if len(self._taken) > min(self._alone_after, LATEST):
            former = self._taken.popleft()
            self._taken_of[former] -= 1
            if not self._taken_of[former]:
                del self._taken_of[former]

    def leave(self, slot: Slot) -> None:
        """The running slot waits for somebody else: until `come_back` or its end it is not at work."""
        if slot.state is State.RUNNING and not slot.away:
            slot.away = True
            self._away_of[slot.workspace] = self._away_of.get(slot.workspace, 0) + 1
            self._uncap(slot.workspace)

    def come_back(self, slot: Slot) -> None:
        """The slot is at work again, even if there are enough without it: it has not to wait for a place."""
        if slot.away:
            slot.away = False
            self._away_of[slot.workspace] -= 1
            if not self._away_of[slot.workspace]:
                del self._away_of[slot.workspace]

    def floods(self, workspace: str) -> bool:
        """This workspace alone has a backlog, and of the last records that were taken it had several times as many as
        any other: what it leaves free is for those who have no backlog.

        Where several have one, a rest of each would only leave the processor idle. And who catches up after a
        standstill never would, if it rested while others get as much as it does.
        """
        if any(waiting != workspace for waiting in self._capped):
            return False
        most = max((count for name, count in self._taken_of.items() if name != workspace), default=0)
        return self._taken_of[workspace] > _FLOOD * most

    def rest(self, workspace: str) -> None:
        """Start nothing more of a workspace that is not alone until `wake`."""
        self._resting.add(workspace)

    def wake(self, workspace: str) -> None:
        """The rest of a workspace is over."""
        self._resting.discard(workspace)
        self._uncap(workspace)

    def finish(self, slot: Slot) -> None:
        """The running slot's work is done and its outputs are acknowledged."""
        self._release(slot)
        slot.state = State.FINISHED
        slot.window.open -= 1
        self._bytes -= slot.window.advance()

    def abandon(self, slot: Slot) -> None:
        """The running slot was given up; its offset is not finished and the record will be read again.

        What waits behind it in its lane, from the same window, is dropped too: it must not overtake.
        """
        for follower in reversed(self._lanes[slot.lane].copy()):
            if follower.window is slot.window and follower.state is State.WAITING:
                self._drop(follower)
        self._release(slot)
        slot.state = State.DROPPED
        slot.window.open -= 1

    def park(self, slot: Slot) -> None:
        """The running slot's time has not come: its lane waits until `unpark`, and others run in its place."""
        self._stop_running(slot)
        slot.state = State.WAITING
        self._parked[slot.lane] = slot

    def unpark(self, slot: Slot) -> None:
        """The time of a parked slot has come; nothing happens if it was dropped meanwhile."""
        if self._parked.get(slot.lane) is slot:
            del self._parked[slot.lane]
            self._make_ready(slot.workspace, slot.lane)

    def parked(self, sources: Iterable[TopicPartition]) -> list[Slot]:
        """The parked slots of these partitions."""
        wanted = set(sources)
        return [slot for slot in self._parked.values() if slot.record.source in wanted]

    def drop_parked(self, sources: Iterable[TopicPartition]) -> None:
        """Drop the parked slots of these partitions, with what waits behind them: they will be read again."""
        for parked in self.parked(sources):
            for slot in reversed(self._lanes[parked.lane].copy()):
                if slot.window is parked.window:
                    self._drop(slot)

    def committable(self) -> dict[TopicPartition, int]:
        """The offsets to commit: where the finished prefix ends, where that is further than the last commit."""
        return {
            source: window.finished
            for source, window in self._windows.items()
            if window.finished is not None and window.finished != window.committed
        }

    def committed(self, offsets: dict[TopicPartition, int]) -> None:
        """The broker has taken these offsets."""
        for source, offset in offsets.items():
            if source in self._windows:
                self._windows[source].committed = offset

    def drop_tail(self, sources: Iterable[TopicPartition]) -> int:
        """Drop the slots behind the last one that has started; return how many.

        What has not started but stands before a started one is kept: left out, it would hold the offset back and have
        all that was finished behind it done again. Of that no more than a window is kept, so that it has an end.
        """
        dropped = 0
        for source in sources:
            window = self._windows.get(source)
            if window is None:
                continue
            worth = window.worth_finishing(self._window_size)
            for slot in reversed(list(islice(window.slots, worth, None))):
                if slot.state is State.WAITING:
                    self._drop(slot)
                    dropped += 1
        return dropped

    def unfinished(self, sources: Iterable[TopicPartition]) -> int:
        """How many slots of these partitions run or are still to run."""
        return sum(self._windows[source].open for source in sources if source in self._windows)

    def forget(self, sources: Iterable[TopicPartition]) -> list[Slot]:
        """Give these partitions up; return the slots that still run and are to be cancelled."""
        running = []
        for source in sources:
            window = self._windows.pop(source, None)
            if window is None:
                continue
            for slot in window.slots:
                self._bytes -= slot.size
                if slot.state is State.WAITING:
                    self._drop(slot)
                elif slot.state is State.RUNNING:
                    running.append(slot)
            window.slots.clear()
        return running

    def sources(self) -> list[TopicPartition]:
        """The partitions that have or had slots."""
        return list(self._windows)

    def _drop(self, slot: Slot) -> None:
        slot.state = State.DROPPED
        slot.window.open -= 1
        queue = self._lanes[slot.lane]
        was_head = queue[0] is slot
        if was_head:
            queue.popleft()
        elif queue[-1] is slot:
            queue.pop()
        else:
            queue.remove(slot)
        if not was_head:
            return
        was_parked = self._parked.pop(slot.lane, None) is not None
        if not queue:
            del self._lanes[slot.lane]
            if not was_parked:
                self._make_unready(slot.workspace, slot.lane)
        elif was_parked:
            self._make_ready(slot.workspace, slot.lane)

    def _release(self, slot: Slot) -> None:
        self._stop_running(slot)
        queue = self._lanes[slot.lane]
        queue.popleft()
        if queue:
            self._make_ready(slot.workspace, slot.lane)
        else:
            del self._lanes[slot.lane]

    def _next_workspace(self) -> str | None:
        """Whose turn it is. A cap can have become smaller since somebody was made ready."""
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
        last, times = self._in_a_row
        if last == workspace and times >= self._alone_after:
            return False
        enough = workspace in self._resting or running - self._away_of.get(workspace, 0) >= self._enough()
        self.held_back = self.held_back or enough
        return enough

    def _enough(self) -> int:
        return max(self.at_work, self._at_work_together) if self._most_are_behind else self.at_work

    def _see_who_is_behind(self, workspace: str) -> None:
        """Something has begun or ended of this workspace, or can begin now, or not any more."""
        more = workspace in self._ready or workspace in self._capped
        if more and workspace in self._running_of:
            self._behind.add(workspace)
        else:
            self._behind.discard(workspace)
        before, self._most_are_behind = self._most_are_behind, 2 * len(self._behind) > len(self._taken_of)
        if self._most_are_behind and not before:
            for capped in list(self._capped):
                self._uncap(capped)

    def _uncap(self, workspace: str) -> None:
        if workspace in self._capped:
            self._ready[workspace] = self._capped.pop(workspace)

    def _stop_running(self, slot: Slot) -> None:
        self.come_back(slot)
        self.running -= 1
        self._running_of[slot.workspace] -= 1
        if not self._running_of[slot.workspace]:
            del self._running_of[slot.workspace]
        self._uncap(slot.workspace)
        self._see_who_is_behind(slot.workspace)

    def _make_unready(self, workspace: str, lane: str) -> None:
        lanes = self._ready if workspace in self._ready else self._capped
        del lanes[workspace][lane]
        if not lanes[workspace]:
            del lanes[workspace]
        self._see_who_is_behind(workspace)

    def _make_ready(self, workspace: str, lane: str) -> None:
        if workspace in self._capped or (workspace not in self._ready and self._at_cap(workspace)):
            self._capped.setdefault(workspace, _Names())[lane] = None
        else:
            self._ready.setdefault(workspace, _Names())[lane] = None
        self._see_who_is_behind(workspace)
