"""Finds partitions that nobody in the group reads, and asks for a new assignment.

The driver lets only the group's leader watch the number of partitions. A static member that was the leader and has
restarted is told by the broker that it is not (KAFKA-13435: the driver's requests are too old for the remedy). Then
nobody watches, and partitions that are added are never read. So a member that is not told to be the leader compares the
group's assignment with the topics. Asking for a new assignment changes nothing where another member leads, and that one
watches.

This is the only place that reads private attributes of aiokafka's coordinator for it:
`tests/runtime/test_added_partitions.py` fails when a new driver has others.
"""

import asyncio
from collections.abc import Collection
from typing import Any

from aiokafka.coordinator.protocol import ConsumerProtocol
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import DescribeGroupsRequest

from shared.kafka.records import TopicPartition
from shared.telemetry import logging

log = logging.get(__name__)

METADATA_AGE_MS = 30_000  # the drivers look that often for partitions and brokers that are new
_STABLE = "Stable"


class AddedPartitions:
    """Asks for a new assignment when nobody in the group reads a partition. consumer: of aiokafka, started."""

    def __init__(self, consumer: Any, group: str, topics: Collection[str]) -> None:
        self._client = consumer._client
        self._coordinator = consumer._coordinator
        self._group = group
        self._topics = list(topics)
        self._all_read: set[TopicPartition] = set()  # what was found to be assigned as a whole
        self._comparing: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """Compare whenever the driver has read the topics. To be called in any thread."""
        self._client._loop.call_soon_threadsafe(self._client.cluster.add_listener, self._look)

    def _look(self, cluster: Any) -> None:
        if self._leads():
            self._all_read = set()
            return
        there = {
            TopicPartition(topic, number)
            for topic in self._topics
            for number in cluster.partitions_for_topic(topic) or ()
        }
        if there != self._all_read and (self._comparing is None or self._comparing.done()):
            self._comparing = asyncio.create_task(self._compare(there))

    async def _compare(self, there: set[TopicPartition]) -> None:
        try:
            assigned = await self._assigned()
        except (KafkaError, OSError, TimeoutError) as error:
            log.info("Comparing the group's partitions failed; it is tried again", detail=repr(error))
            return
        if assigned is None or self._leads():  # there is or was a new assignment: the next look compares
            return
        if there <= assigned:
            self._all_read = there
            return
        log.info("No consumer reads some partitions: asking for a new assignment", partitions=len(there - assigned))
        self._coordinator.request_rejoin()

    def _leads(self) -> bool:
        """Return whether the driver watches itself."""
        return self._coordinator._group_subscription is not None

    async def _assigned(self) -> set[TopicPartition] | None:
        """Return the partitions of all members, or None while they are being assigned."""
        node = self._coordinator.coordinator_id
        if node is None:
            return None
        answer = await self._client.send(node, DescribeGroupsRequest([self._group]))
        error, _, state, _, _, members, *_ = answer.groups[0]
        if error or state != _STABLE:
            return None
        return {
            TopicPartition(*source)
            for *_, assignment in members
            if assignment
            for source in ConsumerProtocol.ASSIGNMENT.decode(assignment).partitions()
        }
