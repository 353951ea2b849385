"""What the consumer runtime and the services want of Kafka. Adapters: `producer.py`, `aiokafka_source.py`,
`faust_source.py`."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

from shared.kafka.records import NewRecord, Record, TopicPartition

OnRevoked = Callable[[Collection[TopicPartition]], Awaitable[None]]
OnAssigned = Callable[[Collection[TopicPartition]], None]


class Producer(Protocol):
    """Writes records."""

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        """Write all and return when the broker has acknowledged every one (all replicas).

        Raises DependencyAway when that did not happen within `timeout` seconds (None: the caller limits it); some may
        have been written then, and others may still be. Raises ValueError for a record too large for its topic.
        """
        ...


class SourceLost(Exception):
    """The source cannot go on; the process is to be started again."""


class Source(Protocol):
    """Reads the partitions that this replica of a group is given."""

    async def start(self, on_assigned: OnAssigned, on_revoked: OnRevoked) -> None:
        """Join the group. `on_revoked` is awaited before the partitions are given up, and may commit."""
        ...

    async def fetch(self, room: Callable[[TopicPartition], int], timeout: float) -> list[Record]:
        """Records of partitions for which `room` is above zero; waits up to `timeout` seconds for them.

        A partition may get more than its room, by one fetch of a hundred at most. Raises SourceLost.
        """
        ...

    def check(self) -> None:
        """Raises SourceLost when the source has died; asked also when nothing is to be fetched."""
        ...

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """Commit the offsets of the next records to read. False when the broker did not take them; never raises."""
        ...

    async def lag(self) -> dict[TopicPartition, int]:
        """Records behind the high-water mark of each assigned partition, as far as known without a request."""
        ...

    async def stop(self) -> None:
        """Leave the group, without committing."""
        ...
