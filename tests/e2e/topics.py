"""Read and write the Kafka topics of a stack."""

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as DriverPartition

from devtools.stack.supervisor import Stack
from shared.kafka.aiokafka_source import record_of
from shared.kafka.brokers import Brokers
from shared.kafka.producer import KafkaProducer
from shared.kafka.records import Record
from tests.e2e.simulator_control import Json
from tests.e2e.waiting import TIMEOUT


class StackTopics:
    """The topics of a stack."""

    stack: Stack

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[KafkaProducer]:
        """Run a producer until the end of the block."""
        producer = KafkaProducer(Brokers(self.stack.info["kafka"]), "e2e")
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def topic(
        self, topic: str, wanted: Callable[[Record], bool], count: int = 1, *, within: float = TIMEOUT
    ) -> list[Record]:
        """Read a topic from its beginning; return the records that match `wanted` when there are `count` of them."""
        found: list[Record] = []
        async with self._reading(topic) as consumer:
            end = time.monotonic() + within
            while time.monotonic() < end:
                batches = await consumer.getmany(timeout_ms=200)
                records = [record_of(item) for batch in batches.values() for item in batch]
                found += [record for record in records if wanted(record)]
                if len(found) >= count and not batches:
                    return found
                if count == 0 and not batches:
                    return found
        raise AssertionError(f"{len(found)} of {count} wanted records on {topic} within {within:g} s")

    @asynccontextmanager
    async def _reading(self, topic: str) -> AsyncIterator[Any]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.stack.info["kafka"], enable_auto_commit=False)
        await consumer.start()
        try:
            partitions = [DriverPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
            if not partitions:
                await consumer._client.add_topic(topic)
                partitions = [DriverPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            yield consumer
        finally:
            await consumer.stop()

    async def dead_letters(self, text: str, *, count: int = 1) -> list[Json]:
        """Wait for `count` dead letters that contain `text`, and return them."""
        found = await self.topic("dead.letters", lambda record: text.encode() in record.value, count)
        return [json.loads(record.value) for record in found]
