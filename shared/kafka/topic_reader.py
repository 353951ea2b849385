"""Reads all partitions of a topic without a consumer group: nothing is committed."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from shared.errors import DependencyAway
from shared.kafka.added_partitions import METADATA_AGE_MS
from shared.kafka.aiokafka_source import record_of
from shared.kafka.brokers import Brokers
from shared.kafka.driver_cancellation import driver_cancellation_as_error
from shared.kafka.records import Record

_POLL_MS = 500
_LIMIT_MS = 10_000
_SEEK_DISTANCE = 200  # records; a shorter distance to the next wanted one is read instead of sought


class TopicMissing(Exception):
    """Raised when Kafka has no topic of the name."""


@asynccontextmanager
async def reading(
    brokers: Brokers, topic: str, *, start: str, client_id: str = "parley-cli", assign: bool = True
) -> AsyncIterator[tuple[Any, list[Any]]]:
    """Yield a consumer and its partitions. start: `earliest` or `latest`; a seek would race with the driver's own.

    assign: all partitions are assigned; otherwise none, and the caller assigns those that it reads. Raises
    DependencyAway, and TopicMissing.
    """
    consumer = AIOKafkaConsumer(
        *([topic] if assign else []),
        **brokers.options,
        client_id=client_id,
        group_id=None,  # without a group all partitions are assigned, and nothing is committed
        enable_auto_commit=False,
        auto_offset_reset=start,
        metadata_max_age_ms=METADATA_AGE_MS,
        request_timeout_ms=_LIMIT_MS,
        fetch_max_wait_ms=200,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    try:
        with driver_cancellation_as_error():
            await consumer.start()
            partitions = sorted(consumer.assignment())
            if assign and not partitions:
                raise TopicMissing(f"Kafka has no topic {topic} yet; `parley up` creates all of them")
            yield consumer, partitions
    except (KafkaError, OSError) as error:
        raise DependencyAway("kafka", str(error) or repr(error)) from None
    finally:
        # Stopped at once after its start, the driver lets the cancellation of its own task out.
        await asyncio.gather(consumer.stop(), return_exceptions=True)


async def read_all(brokers: Brokers, topic: str) -> AsyncGenerator[Record, None]:
    """Yield every record that the topic holds now."""
    async with reading(brokers, topic, start="earliest") as (consumer, partitions):
        ends = await consumer.end_offsets(partitions)
        left = {item for item in partitions if await consumer.position(item) < ends[item]}
        while left:
            for record in await _poll(consumer, left):
                yield record
            left = {item for item in left if await consumer.position(item) < ends[item]}


async def read_at(brokers: Brokers, topic: str, positions: Collection[tuple[int, int]]) -> AsyncGenerator[Record, None]:
    """Yield the records at these (partition, offset), partition by partition, in order; deleted ones are left out.

    Memory: one fetch, however many records there are.
    """
    wanted: dict[int, list[int]] = defaultdict(list)
    for partition, offset in sorted(positions, reverse=True):
        wanted[partition].append(offset)
    async with reading(brokers, topic, start="earliest") as (consumer, partitions):
        ends = await consumer.end_offsets(partitions)
        for source in sorted(partitions, key=lambda item: int(item.partition)):
            left = wanted.get(source.partition, [])
            position = -_SEEK_DISTANCE
            while left and left[-1] < ends[source]:
                if left[-1] - position >= _SEEK_DISTANCE:
                    consumer.seek(source, left[-1])
                for record in sorted(await _poll(consumer, [source]), key=lambda record: record.offset):
                    if record.offset in left[-1:]:
                        left.pop()
                        yield record
                position = await consumer.position(source)
                while left and left[-1] < position:
                    left.pop()


async def follow(brokers: Brokers, topic: str, *, from_start: bool) -> AsyncGenerator[Record, None]:
    """Yield every record from the start, or from now on; never ends."""
    start = "earliest" if from_start else "latest"
    async with reading(brokers, topic, start=start) as (consumer, partitions):
        while True:
            for record in await _poll(consumer, partitions):
                yield record


async def _poll(consumer: Any, partitions: Any) -> list[Record]:
    """Return the fetched records, in the order of their timestamps."""
    batches = await consumer.getmany(*partitions, timeout_ms=_POLL_MS, max_records=500)
    found = [record_of(item) for batch in batches.values() for item in batch]
    return sorted(found, key=lambda record: record.timestamp_ms)
