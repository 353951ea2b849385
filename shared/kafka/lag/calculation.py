"""Calculates the lag of consumer groups. Pure: times are given.

A record counts from when it is written until its group has committed that it is finished, also while it is fetched or
handled. So the lag is right when a consumer dies, too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.kafka.records import TopicPartition

RecordPosition = tuple[TopicPartition, int]  # a partition and an offset
_GroupPartition = tuple[str, TopicPartition]


@dataclass(frozen=True, slots=True)
class GroupPosition:
    """A group's position in a partition. begin, end: of the log. committed: None if the group never committed.
    finished: how many records behind the committed offset are committed as finished.
    """

    group: str
    source: TopicPartition
    begin: int
    end: int
    committed: int | None
    finished: int = 0

    @property
    def next(self) -> int:
        """Return the offset of the oldest record that counts; deleted records do not."""
        return max(self.begin, self.committed or 0)

    @property
    def behind(self) -> int:
        """Return the number of records that count."""
        return max(0, self.end - self.next - self.finished)


@dataclass(frozen=True, slots=True)
class Lag:
    """The lag of a group in a topic. seconds: the age of the oldest record. stalled: seconds without a commit while
    there are records.
    """

    records: int = 0
    seconds: float = 0.0
    stalled: float = 0.0


class LagCalculator:
    """Remembers since when each position is unchanged, and the times of the records there."""

    def __init__(self) -> None:
        self._since: dict[_GroupPartition, tuple[int, float]] = {}  # the offset, and since when
        self._times: dict[RecordPosition, float] = {}

    def unknown(self, positions: Iterable[GroupPosition]) -> list[RecordPosition]:
        """Return the records whose time is needed and unknown; forget the times of all that are not needed."""
        wanted = {(position.source, position.next) for position in positions if position.behind}
        self._times = {record: time for record, time in self._times.items() if record in wanted}
        return sorted(wanted - self._times.keys())

    def learn(self, times: Mapping[RecordPosition, float]) -> None:
        """Add the times of records, in seconds since 1970."""
        self._times.update(times)

    def lags(self, positions: Iterable[GroupPosition], now: float, monotonic: float) -> dict[tuple[str, str], Lag]:
        """Return the lags by group and topic. now: seconds since 1970; monotonic: seconds of a monotonic clock."""
        lags: dict[tuple[str, str], Lag] = {}
        for position in positions:
            key = (position.group, position.source.topic)
            lags[key] = _combined(lags.get(key, Lag()), self._lag(position, now, monotonic))
        return lags

    def _lag(self, position: GroupPosition, now: float, monotonic: float) -> Lag:
        key = (position.group, position.source)
        if not position.behind:
            self._since.pop(key, None)
            return Lag()
        offset, since = self._since.get(key, (-1, monotonic))
        if offset != position.next:
            self._since[key] = position.next, (since := monotonic)
        stalled = monotonic - since
        written = self._times.get((position.source, position.next), now - stalled)  # at least
        return Lag(position.behind, max(0.0, now - written), stalled)


def _combined(one: Lag, other: Lag) -> Lag:
    return Lag(one.records + other.records, max(one.seconds, other.seconds), max(one.stalled, other.stalled))
