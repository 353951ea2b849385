"""The place of each record in the window of its partition. Pure."""

from collections import deque
from enum import Enum, auto

from shared.kafka.records import CommittedOffset, Record
from shared.kafka.runtime.finished_offsets import FinishedOffsets

SLOT_BYTES = 1536  # bytes of memory that a slot takes beside its record's value


class SlotState(Enum):
    WAITING = auto()
    RUNNING = auto()
    FINISHED = auto()
    SKIPPED = auto()
    DROPPED = auto()


_DONE = (SlotState.FINISHED, SlotState.SKIPPED)


class Slot:
    """A record's place in the window of its partition; a partition that comes back has a new window."""

    __slots__ = ("external", "lane", "record", "size", "state", "window", "workspace")

    def __init__(self, record: Record, lane: str, workspace: str, window: "Window") -> None:
        self.record = record
        self.size = len(record.value) + SLOT_BYTES
        self.lane = lane
        self.workspace = workspace
        self.window = window
        self.state = SlotState.WAITING
        self.external = False  # it runs, and its handler is in an external wait


class Window:
    """The slots of one partition in fetch order. finished: the offsets that are finished behind the first that is not;
    those of a former owner included. open: slots that run or wait. last: the highest offset that was read.
    """

    __slots__ = ("_changes", "_offered", "_saved", "finished", "last", "open", "slots")

    def __init__(self, finished: FinishedOffsets) -> None:
        self.slots: deque[Slot] = deque()
        self.open = 0
        self.last = -1
        self.finished = finished
        self._changes = self._offered = self._saved = 0

    def close(self, slot: Slot) -> int:
        """Account for a slot that was open and now is done or dropped; return the bytes that were freed."""
        self.open -= 1
        if slot.state is SlotState.DROPPED:
            return 0
        self._changes += 1
        self.finished.add(slot.record.offset)
        freed = 0
        while self.slots and self.slots[0].state in _DONE:
            first = self.slots.popleft()
            self.finished.advance(first.record.offset + 1)
            freed += first.size
        return freed

    @property
    def is_changed(self) -> bool:
        """Return whether more is finished than what was committed last."""
        return self._changes != self._saved

    def offer(self) -> CommittedOffset:
        """Return what is to be committed."""
        self._offered = self._changes
        return CommittedOffset(self.finished.start, self.finished.encoded())

    def note_committed(self) -> None:
        """Note that the broker has accepted what was offered last."""
        self._saved = self._offered
