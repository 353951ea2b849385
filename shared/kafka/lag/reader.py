"""What the lag exporter asks of the broker, through aiokafka. It joins no group and commits nothing."""

import asyncio
import contextlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as DriverPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.kafka.brokers import Brokers
from shared.kafka.lag.calculation import Position, Reading
from shared.kafka.records import TopicPartition

_REQUEST_LIMIT_MS = 5000
_AT_ONCE = 200  # records of one look; the rest has its turn in the next
_RECORD_BYTES = 16 * 1024  # of a partition's answer; the broker sends at least one batch in any case
_CLOSE_LIMIT = 2.0


class LagReader:
    """Connected when made by `connected`. Every call raises KafkaError or OSError when the broker is away; the caller
    limits the time.
    """

    def __init__(self, brokers: Brokers) -> None:
        options = {
            **brokers.options,
            "client_id": "parley-lag",
            "request_timeout_ms": _REQUEST_LIMIT_MS,
        }
        self._admin = AIOKafkaAdminClient(**options)
        self._consumer = AIOKafkaConsumer(
            **options, group_id=None, enable_auto_commit=False, max_partition_fetch_bytes=_RECORD_BYTES
        )

    @classmethod
    async def connected(cls, brokers: Brokers) -> "LagReader":
        """A new connection."""
        broker = cls(brokers)
        try:
            await broker._admin.start()
            await broker._consumer.start()
        except BaseException:
            await broker.close()
            raise
        return broker

    async def close(self) -> None:
        """Within a limit, and without complaint."""
        for close in (self._consumer.stop, self._admin.close):
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_CLOSE_LIMIT):
                    await close()

    async def ends(self, topics: Collection[str]) -> dict[TopicPartition, tuple[int, int]]:
        """First and next offset of each partition of those topics that exist."""
        described = await self._admin.describe_topics(list(topics))
        sources = [
            DriverPartition(topic["topic"], partition["partition"])
            for topic in described
            for partition in topic["partitions"]
        ]
        begins, ends = await asyncio.gather(
            self._consumer.beginning_offsets(sources), self._consumer.end_offsets(sources)
        )
        return {TopicPartition(*source): (begins[source], ends[source]) for source in sources}

    async def read(self, groups: Mapping[str, Collection[str]]) -> list[Reading]:
        """Every partition of the groups' topics. groups: their topics' names."""
        ends = await self.ends({topic for topics in groups.values() for topic in topics})
        committed = await asyncio.gather(*(self._committed(group) for group in groups))
        return [
            Reading(group, source, begin, end, offsets.get(source))
            for (group, topics), offsets in zip(groups.items(), committed, strict=True)
            for source, (begin, end) in ends.items()
            if source.topic in topics
        ]

    async def _committed(self, group: str) -> dict[TopicPartition, int]:
        found = await self._admin.list_consumer_group_offsets(group)
        return {TopicPartition(*source): item.offset for source, item in found.items() if item.offset >= 0}

    async def members(self, groups: Sequence[str]) -> dict[str, int]:
        """How many members each group has; 0 for one that does not exist.

        A request for each group: aiokafka 0.14 reads an answer about several wrongly (it takes version 3 for 2).
        """
        answers = await asyncio.gather(*(self._admin.describe_consumer_groups([group]) for group in groups))
        described = [group for (answer,) in answers for group in answer.groups]
        return {name: len(members) for error, name, _, _, _, members, *_ in described if not error}

    async def times(self, positions: Sequence[Position]) -> dict[Position, float]:
        """When the records at (or next after) these offsets were written, in seconds since 1970. What is not there
        within the time that one request may take is left out.
        """
        wanted = {DriverPartition(*source): offset for source, offset in positions[:_AT_ONCE]}
        if not wanted:
            return {}
        self._consumer.assign(list(wanted))
        for source, offset in wanted.items():
            self._consumer.seek(source, offset)
        found: dict[Position, float] = {}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_REQUEST_LIMIT_MS / 1000):
                await self._take_first(wanted, found)
        self._consumer.unsubscribe()  # or it would go on fetching
        return found

    async def _take_first(self, wanted: Mapping[Any, int], found: dict[Position, float]) -> None:
        left = set(wanted)
        while left:
            batches = await self._consumer.getmany(*left, timeout_ms=500)
            for source, records in batches.items():
                if records:
                    found[TopicPartition(*source), wanted[source]] = records[0].timestamp / 1000
                    left.discard(source)
                    self._consumer.pause(source)
