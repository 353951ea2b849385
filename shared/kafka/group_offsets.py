"""Commits and reads the offsets of a consumer's group, with their metadata, as a member of it.

The driver's own commit is not used: it repeats one for as long as it is refused, also when the member has lost its
group meanwhile. A broker takes a commit without a member's id if the group is empty: a log that was made anew would
have the offsets of the old one, and what is below them would be read by nobody.
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from aiokafka import TopicPartition as DriverPartition
from aiokafka.errors import CommitFailedError, OffsetMetadataTooLargeError
from aiokafka.structs import OffsetAndMetadata

from shared.kafka.driver_cancellation import driver_cancellation_as_error
from shared.kafka.late_results import retrieve
from shared.kafka.records import CommittedOffset, TopicPartition
from shared.telemetry import logging

log = logging.get(__name__)

_NO_MEMBER = ""


class GroupOffsets:
    """Commits without metadata once a broker has refused it for its size."""

    def __init__(self) -> None:
        self._with_metadata = True

    async def commit(self, consumer: Any, offsets: Mapping[DriverPartition, CommittedOffset]) -> None:
        """Ask the broker once. consumer: an AIOKafkaConsumer, started. Raises KafkaError, also when some partitions
        were refused and others were not; CommitFailedError when it is no member or became another one meanwhile.
        """
        try:
            await _ask(consumer, self._to_driver(offsets))
        except OffsetMetadataTooLargeError:
            if not self._with_metadata:
                raise
            self._with_metadata = False
            log.warning(
                "The broker takes no metadata of this size with an offset: a consumer that starts again will repeat "
                "what is finished behind an unfinished record. Set offset.metadata.max.bytes to at least 4096",
                characters=max(len(item.metadata) for item in offsets.values()),
            )
            await _ask(consumer, self._to_driver(offsets))

    def _to_driver(self, offsets: Mapping[DriverPartition, CommittedOffset]) -> dict[DriverPartition, Any]:
        return {
            source: OffsetAndMetadata(item.offset, item.metadata if self._with_metadata else "")
            for source, item in offsets.items()
        }


async def _ask(consumer: Any, offsets: Mapping[DriverPartition, Any]) -> None:
    coordinator = consumer._coordinator
    member = (coordinator.member_id, coordinator.generation)
    await coordinator.ensure_coordinator_known()
    async with coordinator._commit_lock:
        subscription = consumer._subscription.subscription
        is_same = coordinator.member_id != _NO_MEMBER and (coordinator.member_id, coordinator.generation) == member
        if subscription is None or not is_same:
            raise CommitFailedError("not a member of the group any more")
        asking = asyncio.ensure_future(coordinator._do_commit_offsets(subscription.assignment, offsets))
        asking.add_done_callback(retrieve)  # it goes on, and may be refused, after its caller was cancelled
        await asyncio.shield(asking)


async def read_committed(consumer: Any, sources: Collection[TopicPartition]) -> dict[TopicPartition, CommittedOffset]:
    """Return the offsets that the group of a consumer has committed; those of other partitions are left out.

    consumer: an AIOKafkaConsumer, whose public method returns no metadata. Raises KafkaError, OSError.
    """
    with driver_cancellation_as_error():
        found = await consumer._coordinator.fetch_committed_offsets([DriverPartition(*source) for source in sources])
    return {
        TopicPartition(source.topic, source.partition): CommittedOffset(item.offset, item.metadata or "")
        for source, item in found.items()
    }
