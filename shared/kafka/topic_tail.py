"""Reads the end of a topic without a consumer group, and goes back to older records by their offsets."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

from aiokafka import TopicPartition as DriverPartition
from aiokafka.errors import KafkaError

from shared.errors import DependencyAway
from shared.kafka.aiokafka_source import record_of
from shared.kafka.brokers import Brokers
from shared.kafka.driver_cancellation import is_by_driver
from shared.kafka.fetch_pace import FetchPace
from shared.kafka.records import Record
from shared.kafka.topic_id import read_topic_id
from shared.kafka.topic_reader import reading

_AT_ONCE = 2000  # records of one poll
_PATIENCE = 0.02  # seconds for which the broker collects records while they arrive
_CHECK_LIMIT = 2.0


class TopicChanged(Exception):
    """Raised when the next records are not those that follow: the topic was made anew, or has more partitions, or
    retention removed some.
    """


class TopicTail:
    """The end of a topic. `positions[p]` is the offset of the next record of partition p. topic_id: see `topic_id`."""

    def __init__(self, consumer: Any, topic: str, partitions: list[Any], topic_id: bytes, rest_wait: float) -> None:
        self._consumer = consumer
        self._topic = topic
        self._partitions = partitions
        self._pace = FetchPace(consumer._fetcher, lambda: _PATIENCE, rest_wait, monotonic)
        self.topic_id = topic_id
        self.positions: list[int] = []
        self._checking: asyncio.Future[bytes] | None = None

    async def seek(self, prefill: int) -> None:
        """Go to `prefill` records before the end of each partition, or to its first one. Raises DependencyAway."""
        with _translated():
            ends = await self._consumer.end_offsets(self._partitions)
            firsts = await self._consumer.beginning_offsets(self._partitions)
        await self.move([max(firsts[partition], ends[partition] - prefill) for partition in self._partitions])

    async def end(self) -> None:
        """Forget a check that is not answered."""
        if self._checking is not None:
            self._checking.cancel()
            await asyncio.wait([self._checking])

    async def move(self, positions: Sequence[int]) -> None:
        """Go to these positions. Raises DependencyAway."""
        with _translated():
            for partition in self._partitions:
                await self._consumer.position(partition)  # until the driver has set its own, which a seek would race
                self._consumer.seek(partition, positions[partition.partition])
        self.positions = list(positions)

    async def ends(self) -> list[int]:
        """Return the ends of all partitions. Raises DependencyAway."""
        with _translated():
            ends = await self._consumer.end_offsets(self._partitions)
        return [ends[partition] for partition in self._partitions]

    async def poll(self, timeout: float) -> list[Record]:
        """Return the next records, in order within each partition, or none after `timeout` seconds.

        Raises TopicChanged, DependencyAway. `positions` are those behind the returned records.
        """
        with _translated():
            batches = await self._consumer.getmany(timeout_ms=int(timeout * 1000), max_records=_AT_ONCE)
        self._pace.note(records=bool(batches), all_wanted=True)
        records: list[Record] = []
        for source, batch in batches.items():
            if source.partition >= len(self.positions):  # the driver assigns added ones by itself
                raise TopicChanged(f"the topic has a partition {source.partition} now")
            if batch[0].offset != self.positions[source.partition]:
                raise TopicChanged(f"partition {source.partition} goes on at offset {batch[0].offset}")
            self.positions[source.partition] = batch[-1].offset + 1
            records += map(record_of, batch)
        return records

    async def check(self) -> None:
        """Ask a broker whether it is there, and the topic the same. Raises DependencyAway, TopicChanged.

        A request that is not answered in time is not cancelled, because the driver would leave its connection open; the
        next check waits for it.
        """
        client = self._consumer._client
        if self._checking is None:
            self._checking = asyncio.ensure_future(read_topic_id(client, self._topic))
        await asyncio.wait([self._checking], timeout=_CHECK_LIMIT)
        if not self._checking.done():
            raise DependencyAway("kafka", f"no answer within {_CHECK_LIMIT:g} s")
        checking, self._checking = self._checking, None
        with _translated():
            found = checking.result()
        if found != self.topic_id:
            raise TopicChanged("the topic was made anew")
        count = len(client.cluster.partitions_for_topic(self._topic) or self._partitions)
        if count != len(self._partitions):
            raise TopicChanged(f"the topic has {count} partitions now")


@asynccontextmanager
async def open_tail(brokers: Brokers, topic: str, *, prefill: int, client_id: str) -> AsyncIterator[TopicTail]:
    """Yield the tail of a topic, `prefill` records of each partition before its end. Raises DependencyAway and
    TopicMissing.
    """
    async with reading(brokers, topic, start="latest", client_id=client_id) as (consumer, partitions):
        topic_id = await read_topic_id(consumer._client, topic)
        tail = TopicTail(consumer, topic, sorted(partitions), topic_id, brokers.rest_wait)
        try:
            await tail.seek(prefill)
            yield tail
        finally:
            await tail.end()


async def read_between(
    brokers: Brokers,
    topic: str,
    start: Sequence[int],
    end: Sequence[int],
    *,
    client_id: str,
    wanted: Callable[[bytes], bool],
) -> list[Record]:
    """Return the records from `start` up to `end` of each partition whose key is wanted. The caller limits the time.

    Raises DependencyAway; TopicChanged when some of them are deleted.
    """
    found: list[Record] = []
    async with reading(brokers, topic, start="earliest", client_id=client_id, assign=False) as (consumer, _):
        left = {
            DriverPartition(topic, number): until
            for number, (since, until) in enumerate(zip(start, end, strict=True))
            if since < until
        }
        consumer.assign(list(left))
        for partition in left:
            consumer.seek(partition, start[partition.partition])
        expected = {partition: start[partition.partition] for partition in left}
        while left:
            batches = await consumer.getmany(*left, timeout_ms=500, max_records=_AT_ONCE)
            for partition, batch in batches.items():
                if batch[0].offset != expected[partition]:
                    raise TopicChanged(f"partition {partition.partition} goes on at offset {batch[0].offset}")
                expected[partition] = batch[-1].offset + 1
                found += [
                    record_of(item) for item in batch if item.offset < left[partition] and wanted(item.key or b"")
                ]
                if expected[partition] >= left[partition]:
                    del left[partition]
    return found


class _translated:  # noqa: N801 - a context manager
    """Raises DependencyAway for errors of the driver."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, (KafkaError, TimeoutError, OSError)) or is_by_driver(error):
            raise DependencyAway("kafka", str(error) or repr(error)) from None
