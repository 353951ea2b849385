"""Reads a topic without a group: all partitions, from wherever is wished, leaving no trace in Kafka."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from devtools.stack.errors import StackError
from shared.errors import DependencyAway
from shared.kafka.aiokafka_source import record_of
from shared.kafka.brokers import Brokers
from shared.kafka.records import Record

_POLL_MS = 500
_LIMIT_MS = 10_000
_WORTH_A_SEEK = 200  # records; a shorter way to the next wanted one is read through


@asynccontextmanager
async def _reading(brokers: Brokers, topic: str, *, start: str) -> AsyncIterator[tuple[Any, list[Any]]]:
    """A consumer and its partitions. start: `earliest` or `latest`; a seek would race with the driver's own.

    Raises DependencyAway, and StackError when there is no such topic.
    """
    consumer = AIOKafkaConsumer(
        topic,
        **brokers.options,
        client_id="parley-cli",
        group_id=None,  # without a group all partitions are assigned, and nothing is committed
        enable_auto_commit=False,
        auto_offset_reset=start,
        request_timeout_ms=_LIMIT_MS,
        fetch_max_wait_ms=200,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    try:
        await consumer.start()
        partitions = sorted(consumer.assignment())
        if not partitions:
            raise StackError(f"Kafka has no topic {topic} yet; `parley up` makes all of them")
        yield consumer, partitions
    except (KafkaError, OSError) as error:
        raise DependencyAway("kafka", str(error) or repr(error)) from None
    finally:
        # Stopped at once after its start, the driver lets the cancellation of its own task out.
        await asyncio.gather(consumer.stop(), return_exceptions=True)


async def read_all(brokers: Brokers, topic: str) -> AsyncGenerator[Record, None]:
    """Every record that the topic holds now, then the end."""
    async with _reading(brokers, topic, start="earliest") as (consumer, partitions):
        ends = await consumer.end_offsets(partitions)
        left = {item for item in partitions if await consumer.position(item) < ends[item]}
        while left:
            for record in await _poll(consumer, left):
                yield record
            left = {item for item in left if await consumer.position(item) < ends[item]}


async def read_at(brokers: Brokers, topic: str, places: Collection[tuple[int, int]]) -> AsyncGenerator[Record, None]:
    """The records at these places (partition, offset), partition by partition, in order; those that are gone are not.

    Memory: one fetch, however many there are.
    """
    wanted: dict[int, list[int]] = defaultdict(list)
    for partition, offset in sorted(places, reverse=True):
        wanted[partition].append(offset)
    async with _reading(brokers, topic, start="earliest") as (consumer, partitions):
        ends = await consumer.end_offsets(partitions)
        for source in sorted(partitions, key=lambda item: int(item.partition)):
            left = wanted.get(source.partition, [])
            position = -_WORTH_A_SEEK
            while left and left[-1] < ends[source]:
                if left[-1] - position >= _WORTH_A_SEEK:
                    consumer.seek(source, left[-1])
                for record in sorted(await _poll(consumer, [source]), key=lambda record: record.offset):
                    if record.offset in left[-1:]:
                        left.pop()
                        yield record
                position = await consumer.position(source)
                while left and left[-1] < position:
                    left.pop()


async def follow(brokers: Brokers, topic: str, *, from_start: bool) -> AsyncGenerator[Record, None]:
    """Every record from the start, or from now on; never ends."""
    start = "earliest" if from_start else "latest"
    async with _reading(brokers, topic, start=start) as (consumer, partitions):
        while True:
            for record in await _poll(consumer, partitions):
                yield record


async def _poll(consumer: Any, partitions: Any) -> list[Record]:
    """What has come, by the broker's time."""
    batches = await consumer.getmany(*partitions, timeout_ms=_POLL_MS, max_records=500)
    found = [record_of(item) for batch in batches.values() for item in batch]
    return sorted(found, key=lambda record: record.timestamp_ms)
