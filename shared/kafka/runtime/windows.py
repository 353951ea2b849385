"""The windows of all partitions of a consumer: how much may be fetched, and which offsets may be committed. Pure.

A partition's window holds its records in fetch order until they are finished. The offset after the finished prefix may
be committed: a slow record holds the offset back, but not the records behind it. Windows are bounded, as a crash
replays what is finished in them, and large, so that records behind one workspace's flood are found
(docs/decisions/0010-read-ahead.md).
"""

from collections.abc import Iterable

from shared.kafka.records import Record, TopicPartition
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
        """Return the partitions that have or had slots."""
        return list(self._windows)

    def add(self, record: Record, lane: str, workspace: str) -> Slot:
        """Append a record; those of one partition come in the order of their offsets."""
        window = self._windows.setdefault(record.source, Window())
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
        slot.window.open -= 1
        if slot.state is not SlotState.DROPPED:
            self._bytes -= slot.window.advance()

    def committable(self) -> dict[TopicPartition, int]:
        """Return the offsets to commit: the ends of the finished prefixes that are beyond the last commit."""
        return {
            source: window.finished
            for source, window in self._windows.items()
            if window.finished is not None and window.finished != window.committed
        }

    def committed(self, offsets: dict[TopicPartition, int]) -> None:
        """Note that the broker has accepted these offsets."""
        for source, offset in offsets.items():
            if source in self._windows:
                self._windows[source].committed = offset

    def unfinished(self, sources: Iterable[TopicPartition]) -> int:
        """Return how many slots of these partitions run or wait."""
        return sum(self._windows[source].open for source in sources if source in self._windows)

    def unstarted_tail(self, source: TopicPartition) -> list[Slot]:
        """Return the waiting slots behind the last started one, the newest first.

        Waiting slots before a started one are kept, as otherwise all that is finished behind them would be done again;
        but at most a window of them, so that finishing them ends in time.
        """
        window = self._windows.get(source)
        if window is None:
            return []
        keep = window.prefix_to_finish(self._size)
        return [slot for slot in reversed(list(window.slots)[keep:]) if slot.state is SlotState.WAITING]

    def remove(self, source: TopicPartition) -> list[Slot]:
        """Remove the window of a partition and return its slots."""
        window = self._windows.pop(source, None)
        if window is None:
            return []
        slots = list(window.slots)
        window.slots.clear()
        self._bytes -= sum(slot.size for slot in slots)
        return slots
