"""What the lag exporter makes of what the broker says. Pure: times are given.

A record is behind from when it is written until the group has committed past it: what is fetched, being handled, or
finished behind one that is not, counts. That is the lag that is lost on nobody when a consumer dies.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.kafka.records import TopicPartition

Position = tuple[TopicPartition, int]  # an offset of a partition
Key = tuple[str, TopicPartition]  # a group's partition


@dataclass(frozen=True, slots=True)
class Reading:
    """A partition as a group has it. begin, end: of the log. committed: None when the group never has."""

    group: str
    source: TopicPartition
    begin: int
    end: int
    committed: int | None

    @property
    def next(self) -> int:
        """The offset of the oldest record that is behind; what was deleted before it was read is gone."""
        return max(self.begin, self.committed or 0)

    @property
    def behind(self) -> int:
        """Records."""
        return max(0, self.end - self.next)


@dataclass(frozen=True, slots=True)
class Lag:
    """Of a group's topic: records; the age of the oldest in seconds; seconds without a commit where there are any."""

    records: int = 0
    seconds: float = 0.0
    stalled: float = 0.0


class LagCalculator:
    """Remembers since when each partition has stood still, and the times of the records that are waited for."""

    def __init__(self) -> None:
        self._since: dict[Key, tuple[int, float]] = {}  # the offset, and since when it is that
        self._times: dict[Position, float] = {}

    def unknown(self, readings: Iterable[Reading]) -> list[Position]:
        """The records of which the time is wanted and not known. The others are forgotten."""
        wanted = {(reading.source, reading.next) for reading in readings if reading.behind}
        self._times = {position: time for position, time in self._times.items() if position in wanted}
        return sorted(wanted - self._times.keys())

    def learn(self, times: Mapping[Position, float]) -> None:
        """times: of records, in seconds since 1970."""
        self._times.update(times)

    def lags(self, readings: Iterable[Reading], now: float, monotonic: float) -> dict[tuple[str, str], Lag]:
        """By group and topic. now: seconds since 1970; monotonic: of any clock that never goes back."""
        lags: dict[tuple[str, str], Lag] = {}
        for reading in readings:
            key = (reading.group, reading.source.topic)
            lags[key] = _worst(lags.get(key, Lag()), self._of(reading, now, monotonic))
        return lags

    def _of(self, reading: Reading, now: float, monotonic: float) -> Lag:
        key = (reading.group, reading.source)
        if not reading.behind:
            self._since.pop(key, None)
            return Lag()
        offset, since = self._since.get(key, (-1, monotonic))
        if offset != reading.next:
            self._since[key] = reading.next, (since := monotonic)
        stalled = monotonic - since
        written = self._times.get((reading.source, reading.next), now - stalled)  # at least as old as we know it
        return Lag(reading.behind, max(0.0, now - written), stalled)


def _worst(one: Lag, other: Lag) -> Lag:
    return Lag(one.records + other.records, max(one.seconds, other.seconds), max(one.stalled, other.stalled))
