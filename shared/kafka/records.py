"""Kafka records, independent of the driver."""

from dataclasses import dataclass
from typing import NamedTuple

Headers = tuple[tuple[str, bytes], ...]


class TopicPartition(NamedTuple):
    topic: str
    partition: int


class CommittedOffset(NamedTuple):
    """A consumer group's position in a partition. offset: of the next record to read; metadata: what the group wrote
    beside it (`runtime/finished_offsets.py`).
    """

    offset: int
    metadata: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A record that was read. timestamp_ms: milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Headers = ()
    timestamp_ms: int = 0

    @property
    def source(self) -> TopicPartition:
        return TopicPartition(self.topic, self.partition)

    def header(self, name: str) -> bytes | None:
        """Return the last header of that name, or None."""
        return next((value for key, value in reversed(self.headers) if key == name), None)


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to write."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers = ()
