"""The windows of all partitions of a consumer: how much may be fetched, and which offsets may be committed. Pure.

A partition's window holds its records in fetch order until they are finished. The offset after the finished prefix may
be committed: a slow record holds the offset back, but not the records behind it, and what is finished behind it is
committed too (`finished_offsets.py`). Windows are bounded, as they take memory, and large, so that records behind one
workspace's flood are found (docs/decisions/0010-read-ahead.md).
"""

from collections.abc import Iterable

from shared.kafka.records import CommittedOffset, Record, TopicPartition
from shared.kafka.runtime.finished_offsets import FinishedOffsets, decode
from shared.kafka.runtime.slots import Slot, SlotState, Window


class Windows:
    """The fetched and uncommitted records of all partitions. size: slots that each partition may have; read_ahead: that
    it may have while all slots together take less than `read_ahead_bytes`.
    """

    def __init__(self, *, size: int, read_ahead: int, read_ahead_bytes: int) -> None:
        self._size = size
        self._read_ahead = max(size, read_ahead)
        self._read_ahead_bytes = read_ahead_bytes
        self._bytes = 0
        self._windows: dict[TopicPartition, Window] = {}

    def room(self, source: TopicPartition) -> int:
        """Return how many more records of this partition may be fetched."""
        window = self._windows.get(source)
        used = len(window.slots) if window else 0
        return (self._read_ahead if self._bytes < self._read_ahead_bytes else self._size) - used

    def fill(self) -> int:
        """Return the number of slots in all windows."""
        return sum(len(window.slots) for window in self._windows.values())

    def oldest(self) -> dict[str, int]:
        """Return the time of the oldest unfinished record by topic, in milliseconds since 1970."""
        found: dict[str, int] = {}
        for source, window in self._windows.items():
            if window.slots:
                at = window.slots[0].record.timestamp_ms
                found[source.topic] = min(at, found.get(source.topic, at))
        return found

    def sources(self) -> list[TopicPartition]:
        """Return the partitions that have or had slots, or were resumed."""
        return list(self._windows)

    def resume(self, source: TopicPartition, committed: CommittedOffset) -> None:
        """Begin a partition where its former owner has left it. A record that is there already is processed again."""
        finished = decode(committed.offset, committed.metadata)
        if (window := self._windows.get(source)) is not None:
            window.finished.include(finished)
        else:
            self._windows[source] = Window(finished)

    def is_finished(self, record: Record) -> bool:
        """Return whether a former owner of the partition has finished this record, which was just read."""
        window = self._windows.get(record.source)
        return window is not None and not _was_cut(window, record) and record.offset in window.finished

    def add(self, record: Record, lane: str, workspace: str) -> Slot:
        """Append a record; those of one partition come in the order of their offsets."""
        window = self._windows.get(record.source)
        if window is not None and _was_cut(window, record):
            self.remove(record.source)  # its slots end in their old window, and commit nothing
            window = None
        if window is None:
            window = self._windows[record.source] = Window(FinishedOffsets(record.offset))
        window.last = record.offset
        slot = Slot(record, lane, workspace, window)
        window.slots.append(slot)
        window.open += 1
        self._bytes += slot.size
        return slot

    def skip(self, record: Record, workspace: str) -> Slot:
        """Append a record that is not processed."""
        slot = self.add(record, "", workspace)
        slot.state = SlotState.SKIPPED
        self.close(slot)
        return slot

    def close(self, slot: Slot) -> None:
        """Account for a slot that was open and now is finished, skipped or dropped."""
        self._bytes -= slot.window.close(slot)

    def has_uncommitted(self) -> bool:
        """Return whether more is finished than what was committed last."""
        return any(window.is_changed for window in self._windows.values())

    def committable(self) -> dict[TopicPartition, CommittedOffset]:
        """Return the ends of the finished prefixes with what is finished behind them, where that has changed since the
        last commit.
        """
        return {source: window.offer() for source, window in self._windows.items() if window.is_changed}

    def committed(self, sources: Iterable[TopicPartition]) -> None:
        """Note that the broker has accepted what `committable` returned last for these partitions."""
        for source in sources:
            if source in self._windows:
                self._windows[source].note_committed()

    def unfinished(self, sources: Iterable[TopicPartition]) -> int:
        """Return how many slots of these partitions run or wait."""
        return sum(self._windows[source].open for source in sources if source in self._windows)

    def unstarted(self, source: TopicPartition) -> list[Slot]:
        """Return the waiting slots, the newest first."""
        window = self._windows.get(source)
        return [slot for slot in reversed(window.slots) if slot.state is SlotState.WAITING] if window else []

    def remove(self, source: TopicPartition) -> list[Slot]:
        """Remove the window of a partition and return its slots."""
        window = self._windows.pop(source, None)
        if window is None:
            return []
        slots = list(window.slots)
        window.slots.clear()
        self._bytes -= sum(slot.size for slot in slots)
        return slots


def _was_cut(window: Window, record: Record) -> bool:
    """Return whether the log was cut or made anew: it is read again at an offset that it had before."""
    return record.offset <= window.last or record.offset < window.finished.start
