"""The ports to Kafka. Adapters: `producer.py`, `aiokafka_source.py`, `faust_source.py`."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

from shared.kafka.records import CommittedOffset, NewRecord, Record, TopicPartition

OnRevoked = Callable[[Collection[TopicPartition]], Awaitable[None]]
OnAssigned = Callable[[Collection[TopicPartition]], None]


class Producer(Protocol):
    """Writes records."""

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        """Write all records and return when all replicas have acknowledged every one.

        Raises DependencyAway when that takes more than `timeout` seconds (None: the caller limits it); some may have
        been written, and others may still be. Raises Unstorable for a record too large for its topic.
        """
        ...


class SourceLost(Exception):
    """Raised when a source cannot go on: the process must restart."""


class Source(Protocol):
    """Reads the partitions that this member of a group is assigned."""

    async def start(self, on_assigned: OnAssigned, on_revoked: OnRevoked) -> None:
        """Join the group. `on_revoked` is awaited before the partitions are given up, and may commit."""
        ...

    async def fetch(self, room: Callable[[TopicPartition], int], timeout: float) -> list[Record]:
        """Return records of partitions for which `room` is above zero; wait up to `timeout` seconds for them.

        A partition may exceed its room by one fetch of at most a hundred. Raises SourceLost.
        """
        ...

    def check(self) -> None:
        """Raise SourceLost when the source has failed; called also when nothing is fetched."""
        ...

    async def commit(self, offsets: Mapping[TopicPartition, CommittedOffset]) -> bool:
        """Commit the offsets of the next records to read; return False when the broker refused. Never raises."""
        ...

    async def committed(self, sources: Collection[TopicPartition]) -> dict[TopicPartition, CommittedOffset]:
        """Return the committed offsets of assigned partitions; those that have none are left out, and all of them if
        the broker does not say in time. Never raises.
        """
        ...

    async def lag(self) -> dict[TopicPartition, int]:
        """Return the records behind the high-water mark of each assigned partition, as known without a request."""
        ...

    async def stop(self) -> None:
        """Leave the group, without committing."""
        ...
