"""Reads offsets, times and group members from the broker, through aiokafka. Joins no group and commits nothing."""

import asyncio
import contextlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as DriverPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from shared.kafka.brokers import Brokers
from shared.kafka.coordinators import has_coordinator
from shared.kafka.driver_cancellation import driver_cancellation_as_error
from shared.kafka.lag.calculation import GroupPosition, RecordPosition
from shared.kafka.records import CommittedOffset, TopicPartition
from shared.kafka.runtime.finished_offsets import decode

_REQUEST_LIMIT_MS = 5000
_AT_ONCE = 200  # records of one measurement; the others follow in the next
_RECORD_BYTES = 16 * 1024  # of a partition's answer; the broker sends at least one batch in any case
_CLOSE_LIMIT = 2.0


class LagReader:
    """Made by `connected`. Every call raises KafkaError or OSError when the broker cannot be reached; the caller limits
    the time.
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
        """Return a connected reader."""
        reader = cls(brokers)
        try:
            await reader._admin.start()
            await reader._consumer.start()
        except BaseException:
            await reader.close()
            raise
        return reader

    async def close(self) -> None:
        """Disconnect within a time limit; never raises."""
        for close in (self._consumer.stop, self._admin.close):
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_CLOSE_LIMIT):
                    with driver_cancellation_as_error():
                        await close()

    async def ends(self, topics: Collection[str]) -> dict[TopicPartition, tuple[int, int]]:
        """Return the first and the next offset of each partition of those topics that exist."""
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

    async def read(self, groups: Mapping[str, Collection[str]]) -> list[GroupPosition]:
        """Return the position of each group in every partition of its topics. groups: the topics' names."""
        ends = await self.ends({topic for topics in groups.values() for topic in topics})
        committed = await asyncio.gather(*(self._committed(group) for group in groups))
        return [
            _position(group, source, begin, end, offsets.get(source))
            for (group, topics), offsets in zip(groups.items(), committed, strict=True)
            for source, (begin, end) in ends.items()
            if source.topic in topics
        ]

    async def _committed(self, group: str) -> dict[TopicPartition, CommittedOffset]:
        found = await self._admin.list_consumer_group_offsets(group)
        if not found:
            # aiokafka 0.14 takes an error that concerns the whole group, as while a broker loads it, for no offsets.
            if not await has_coordinator(self._admin, group):
                raise GroupCoordinatorNotAvailableError(f"the offsets of {group} are being loaded")
            found = await self._admin.list_consumer_group_offsets(group)
        return {
            TopicPartition(*source): CommittedOffset(item.offset, item.metadata or "")
            for source, item in found.items()
            if item.offset >= 0
        }

    async def members(self, groups: Sequence[str]) -> dict[str, int]:
        """Return how many members each group has; 0 for one that does not exist.

        Each group has its own request: aiokafka 0.14 decodes the response for several wrongly (version 3 as 2).
        """
        answers = await asyncio.gather(*(self._admin.describe_consumer_groups([group]) for group in groups))
        described = [group for (answer,) in answers for group in answer.groups]
        return {name: len(members) for error, name, _, _, _, members, *_ in described if not error}

    async def times(self, positions: Sequence[RecordPosition]) -> dict[RecordPosition, float]:
        """Return when the records at (or next after) these offsets were written, in seconds since 1970. Records that
        do not arrive within the time of one request are left out.
        """
        wanted = {DriverPartition(*source): offset for source, offset in positions[:_AT_ONCE]}
        if not wanted:
            return {}
        self._consumer.assign(list(wanted))
        for source, offset in wanted.items():
            self._consumer.seek(source, offset)
        found: dict[RecordPosition, float] = {}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_REQUEST_LIMIT_MS / 1000):
                await self._first_times(wanted, found)
        self._consumer.unsubscribe()  # otherwise it would continue to fetch
        return found

    async def _first_times(self, wanted: Mapping[Any, int], found: dict[RecordPosition, float]) -> None:
        left = set(wanted)
        while left:
            batches = await self._consumer.getmany(*left, timeout_ms=500)
            for source, records in batches.items():
                if records:
                    found[TopicPartition(*source), wanted[source]] = records[0].timestamp / 1000
                    left.discard(source)
                    self._consumer.pause(source)


def _position(
    group: str, source: TopicPartition, begin: int, end: int, committed: CommittedOffset | None
) -> GroupPosition:
    if committed is None:
        return GroupPosition(group, source, begin, end, None)
    finished = decode(committed.offset, committed.metadata)
    finished.advance(begin)
    # The end was read first: what was written and finished since then is not counted on either side.
    return GroupPosition(group, source, begin, end, committed.offset, finished.count_below(end))
