"""Which record runs next, and up to where a partition is finished. Pure: no I/O, no clock, no driver.

Records of one lane (one conversation) run one after another, in the order of the topic; lanes run beside each other, up
to a cap for the process and one for each workspace, and workspaces take turns. Per partition a window of slots in fetch
order is kept; what may be committed is the offset after its finished prefix, so a slow record holds the offset back but
not its neighbours. The window is bounded, because a crash replays all of it.

Call order: `offer` what was fetched, `take` while it gives something, `finish` when the work and its outputs are
acknowledged, `committable` from time to time. A record whose time has not come is `park`ed: its lane waits, without a
place among the running. On revocation: `drop_tail`, then `finish` what is left, then `forget`.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable
from enum import Enum, auto

from shared.kafka.records import Record, TopicPartition


class State(Enum):
    WAITING = auto()
    RUNNING = auto()
    FINISHED = auto()
    DROPPED = auto()


class Slot:
    """A record's place in a window of its partition; a partition that comes back has a new window."""

    __slots__ = ("lane", "record", "state", "window", "workspace")

    def __init__(self, record: Record, lane: str, workspace: str, window: "_Window") -> None:
        self.record = record
        self.lane = lane
        self.workspace = workspace
        self.window = window
        self.state = State.WAITING


class _Window:
    """The slots of one partition in fetch order, and the offset up to which all is finished."""

    __slots__ = ("committed", "finished", "slots")

    def __init__(self) -> None:
        self.slots: deque[Slot] = deque()
        self.finished: int | None = None
        self.committed: int | None = None

    def advance(self) -> None:
        while self.slots and self.slots[0].state is State.FINISHED:
            self.finished = self.slots.popleft().record.offset + 1


class Dispatcher:
    """See the module. `window`: slots per partition; `lanes`: running slots in all; `lanes_per_workspace`: of one."""

    def __init__(self, *, window: int, lanes: int, lanes_per_workspace: int) -> None:
        self._window_size = window
        self._max_running = lanes
        self._max_per_workspace = lanes_per_workspace
        self._windows: dict[TopicPartition, _Window] = {}
        self._lanes: dict[str, deque[Slot]] = {}
        self._ready: OrderedDict[str, deque[str]] = OrderedDict()  # workspace -> lanes whose head may start
        self._capped: dict[str, deque[str]] = {}  # the same, for workspaces at their cap
        self._running_of: dict[str, int] = {}
        self._parked: dict[str, Slot] = {}  # lane -> its head, whose time has not come
        self.running = 0

    def room(self, source: TopicPartition) -> int:
        """How many more records of this partition may be offered."""
        window = self._windows.get(source)
        return self._window_size - (len(window.slots) if window else 0)

    def fill(self) -> int:
        """Slots in all windows."""
        return sum(len(window.slots) for window in self._windows.values())

    def offer(self, record: Record, lane: str, workspace: str) -> Slot:
        """Take a record in. Records of one partition are offered in the order of their offsets."""
        window = self._windows.setdefault(record.source, _Window())
        slot = Slot(record, lane, workspace, window)
        window.slots.append(slot)
        queue = self._lanes.get(lane)
        if queue is None:
            self._lanes[lane] = deque((slot,))
            self._make_ready(workspace, lane)
        else:
            queue.append(slot)
        return slot

    def take(self) -> Slot | None:
        """The next slot to run, now marked as running; None when nothing may start."""
        if self.running >= self._max_running or not self._ready:
            return None
        workspace, lanes = next(iter(self._ready.items()))
        slot = self._lanes[lanes.popleft()][0]
        slot.state = State.RUNNING
        self.running += 1
        running = self._running_of[workspace] = self._running_of.get(workspace, 0) + 1
        if not lanes:
            del self._ready[workspace]
        elif running >= self._max_per_workspace:
            self._capped[workspace] = self._ready.pop(workspace)
        else:
            self._ready.move_to_end(workspace)
        return slot

    def finish(self, slot: Slot) -> None:
        """The running slot's work is done and its outputs are acknowledged."""
        self._release(slot)
        slot.state = State.FINISHED
        slot.window.advance()

    def abandon(self, slot: Slot) -> None:
        """The running slot was given up; its offset is not finished and the record will be read again.

        What waits behind it in its lane, from the same window, is dropped too: it must not overtake.
        """
        for follower in [other for other in self._lanes[slot.lane] if other.window is slot.window]:
            if follower.state is State.WAITING:
                self._drop(follower)
        self._release(slot)
        slot.state = State.DROPPED

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
        all that was finished behind it done again.
        """
        dropped = 0
        for source in sources:
            window = self._windows.get(source)
            while window and window.slots and window.slots[-1].state is State.WAITING:
                self._drop(window.slots.pop())
                dropped += 1
        return dropped

    def unfinished(self, sources: Iterable[TopicPartition]) -> list[Slot]:
        """The slots of these partitions that run or are still to run."""
        return [
            slot
            for source in sources
            if (window := self._windows.get(source))
            for slot in window.slots
            if slot.state in (State.WAITING, State.RUNNING)
        ]

    def forget(self, sources: Iterable[TopicPartition]) -> list[Slot]:
        """Give these partitions up; return the slots that still run and are to be cancelled."""
        running = []
        for source in sources:
            window = self._windows.pop(source, None)
            if window is None:
                continue
            for slot in window.slots:
                if slot.state is State.WAITING:
                    self._drop(slot)
                elif slot.state is State.RUNNING:
                    running.append(slot)
        return running

    def sources(self) -> list[TopicPartition]:
        """The partitions that have or had slots."""
        return list(self._windows)

    def _drop(self, slot: Slot) -> None:
        slot.state = State.DROPPED
        queue = self._lanes[slot.lane]
        was_head = queue[0] is slot
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

    def _stop_running(self, slot: Slot) -> None:
        self.running -= 1
        self._running_of[slot.workspace] -= 1
        if not self._running_of[slot.workspace]:
            del self._running_of[slot.workspace]
        if slot.workspace in self._capped:
            self._ready[slot.workspace] = self._capped.pop(slot.workspace)

    def _make_unready(self, workspace: str, lane: str) -> None:
        lanes = self._ready if workspace in self._ready else self._capped
        lanes[workspace].remove(lane)
        if not lanes[workspace]:
            del lanes[workspace]

    def _make_ready(self, workspace: str, lane: str) -> None:
        if self._running_of.get(workspace, 0) >= self._max_per_workspace:
            self._capped.setdefault(workspace, deque()).append(lane)
        else:
            self._ready.setdefault(workspace, deque()).append(lane)
