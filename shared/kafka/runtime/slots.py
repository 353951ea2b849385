"""The place of each record in the window of its partition. Pure."""

from collections import deque
from enum import Enum, auto

from shared.kafka.records import Record

SLOT_BYTES = 1536  # bytes of memory that a slot takes beside its record's value


class SlotState(Enum):
    WAITING = auto()
    RUNNING = auto()
    FINISHED = auto()
    SKIPPED = auto()
    DROPPED = auto()


_DONE = (SlotState.FINISHED, SlotState.SKIPPED)
_STARTED = (SlotState.RUNNING, SlotState.FINISHED)


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
    """The slots of one partition in fetch order. open: slots that run or wait; finished: the offset after the finished
    prefix.
    """

    __slots__ = ("committed", "finished", "open", "slots")

    def __init__(self) -> None:
        self.slots: deque[Slot] = deque()
        self.open = 0
        self.finished: int | None = None
        self.committed: int | None = None

    def advance(self) -> int:
        """Remove the finished prefix; return the bytes that were freed."""
        freed = 0
        while self.slots and self.slots[0].state in _DONE:
            slot = self.slots.popleft()
            self.finished = slot.record.offset + 1
            freed += slot.size
        return freed

    def prefix_to_finish(self, most: int) -> int:
        """Return how many slots from the front are finished before the partition is given up.

        These reach to the last started slot, but include at most `most` slots that wait, and none behind a dropped one.
        """
        waiting = prefix = 0
        for position, slot in enumerate(self.slots, start=1):
            if slot.state is SlotState.WAITING:
                waiting += 1
            if slot.state is SlotState.DROPPED or waiting > most:
                break
            if slot.state in _STARTED:
                prefix = position
        return prefix
