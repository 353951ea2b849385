"""Keeps the latest events of each workspace in memory, undecoded, so that most sockets resume without Kafka.

A ring has every event of its workspace from its floor on; the floor rises with each event that leaves the ring. A
workspace without a ring had no event since the common floor.
"""

from collections import OrderedDict, deque
from collections.abc import Collection, Sequence
from typing import NamedTuple

from services.console.live.cursor import Positions

OVERHEAD = 160
"""Bytes of an entry beside its value, estimated."""


class Entry(NamedTuple):
    """An event as it is in Kafka. at: monotonic time at which it was read."""

    partition: int
    offset: int
    at: float
    value: bytes


class _Ring:
    __slots__ = ("bytes", "entries", "floor")

    def __init__(self, floor: Sequence[int]) -> None:
        self.entries: deque[Entry] = deque()
        self.floor = list(floor)
        self.bytes = 0

    def append(self, entry: Entry) -> int:
        self.entries.append(entry)
        return self._count(len(entry.value) + OVERHEAD)

    def drop_first(self) -> int:
        """Remove the oldest event and return the negative number of its bytes."""
        entry = self.entries.popleft()
        self.floor[entry.partition] = max(self.floor[entry.partition], entry.offset + 1)
        return self._count(-len(entry.value) - OVERHEAD)

    def _count(self, change: int) -> int:
        self.bytes += change
        return change


class Rings:
    """The rings of all workspaces. most_events, most_seconds: of one ring; most_bytes: of all together, above which the
    rings are dropped whose workspace was watched longest ago.
    """

    def __init__(
        self, *, most_events: int = 5000, most_seconds: float = 300.0, most_bytes: int = 64 * 1024 * 1024
    ) -> None:
        self._most_events = most_events
        self._most_seconds = most_seconds
        self._most_bytes = most_bytes
        self._rings: OrderedDict[str, _Ring] = OrderedDict()
        self._common_floor: list[int] = []
        self.bytes = 0

    def reset(self, floor: Positions) -> None:
        """Forget all; the next events are those from `floor` on."""
        self._rings.clear()
        self._common_floor = list(floor)
        self.bytes = 0

    def add(self, workspace: str, entry: Entry) -> None:
        """Keep an event."""
        ring = self._rings.get(workspace)
        if ring is None:
            ring = self._rings[workspace] = _Ring(self._common_floor)
        self.bytes += ring.append(entry)
        while len(ring.entries) > self._most_events:
            self.bytes += ring.drop_first()
        while self.bytes > self._most_bytes:
            self._drop_one()

    def touch(self, workspace: str) -> None:
        """Note that the workspace is watched, so that its ring is among the last to be dropped."""
        if workspace in self._rings:
            self._rings.move_to_end(workspace)

    def expire(self, now: float) -> None:
        """Drop events that are too old, and rings without events."""
        oldest = now - self._most_seconds
        for workspace, ring in list(self._rings.items()):
            while ring.entries and ring.entries[0].at < oldest:
                self.bytes += ring.drop_first()
            if not ring.entries:
                self._forget(workspace)

    def floor(self, workspace: str) -> Positions:
        """Return the positions from which all events of the workspace are here."""
        ring = self._rings.get(workspace)
        return tuple(ring.floor if ring else self._common_floor)

    def since(self, workspace: str, positions: Positions) -> list[bytes] | None:
        """Return the events from these positions on, in the order in which they were read; None: some are not here."""
        if any(position < floor for position, floor in zip(positions, self.floor(workspace), strict=True)):
            return None
        return self.kept_since(workspace, positions)

    def kept_since(self, workspace: str, positions: Positions) -> list[bytes]:
        """Return the events from these positions on that are here."""
        ring = self._rings.get(workspace)
        return [entry.value for entry in ring.entries if entry.offset >= positions[entry.partition]] if ring else []

    def workspaces(self) -> Collection[str]:
        """Return the workspaces that have a ring."""
        return self._rings.keys()

    def _drop_one(self) -> None:
        """Drop the ring watched longest ago; halve it if it is the only one."""
        workspace, ring = next(iter(self._rings.items()))
        keep = len(ring.entries) // 2 if len(self._rings) == 1 else 0
        while len(ring.entries) > keep:
            self.bytes += ring.drop_first()
        if not ring.entries:
            self._forget(workspace)

    def _forget(self, workspace: str) -> None:
        ring = self._rings.pop(workspace)
        self.bytes -= ring.bytes
        self._common_floor = [max(pair) for pair in zip(self._common_floor, ring.floor, strict=True)]
