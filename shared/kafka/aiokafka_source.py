"""A source that reads with aiokafka and commits offsets. For services whose handlers take seconds (ai, delivery)."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka import TopicPartition as DriverPartition
from aiokafka.errors import IllegalStateError, KafkaError

from shared.errors import DependencyAway
from shared.kafka.added_partitions import METADATA_AGE_MS, AddedPartitions
from shared.kafka.brokers import Brokers
from shared.kafka.driver_tasks import reason_to_end
from shared.kafka.fetch_pace import FetchPace
from shared.kafka.group_offsets import GroupOffsets, read_committed
from shared.kafka.late_results import retrieve
from shared.kafka.ports import OnAssigned, OnRevoked, SourceLost
from shared.kafka.records import CommittedOffset, Record, TopicPartition
from shared.telemetry import logging

log = logging.get(__name__)

# A member with a full window does not poll and is alive: `/health/live` has our own heartbeat, and aiokafka sends the
# rebalance time-out to the broker separately.
_MAX_POLL_INTERVAL_MS = 24 * 3600 * 1000
_AT_ONCE = 100  # records of one fetch
_COMMIT_LIMIT = 5.0
_RETRY = 0.2  # seconds until a failed fetch is retried
_FETCHER_MS = 2000  # the driver looks that often for what it could fetch, beside all that wakes it


class AiokafkaSource:
    """Implements `shared.kafka.ports.Source`. instance: makes the membership static: a replica that restarts within
    `session_timeout` seconds gets its partitions back at once.

    patience: returns the seconds for which the broker may delay a fetch to collect more records, while records arrive.
    Where they arrive one by one, a fetch for each costs more than its processing.
    """

    def __init__(
        self,
        brokers: Brokers,
        *,
        group: str,
        topics: Collection[str],
        instance: str,
        session_timeout: float,
        rebalance_timeout: float,
        patience: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._group = group
        self._topics = list(topics)
        self._options = {
            **brokers.options,
            "group_id": group,
            "group_instance_id": f"{group}-{instance}" if instance else None,
            "client_id": f"{group}-{instance}" if instance else group,
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "session_timeout_ms": int(session_timeout * 1000),
            "heartbeat_interval_ms": max(100, int(session_timeout * 1000 / 3)),
            "rebalance_timeout_ms": int(rebalance_timeout * 1000),
            "max_poll_interval_ms": _MAX_POLL_INTERVAL_MS,
            "max_partition_fetch_bytes": 6 * 1024 * 1024,
            "metadata_max_age_ms": METADATA_AGE_MS,
            "retry_backoff_ms": 200,
            "consumer_timeout_ms": _FETCHER_MS,
        }
        self._patience = patience
        self._rest_wait = brokers.rest_wait
        self._pace: FetchPace | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._offsets = GroupOffsets()
        self._committing: asyncio.Task[None] | None = None

    async def start(self, on_assigned: OnAssigned, on_revoked: OnRevoked) -> None:
        """See the port. Raises DependencyAway when the broker cannot be reached."""
        consumer = self._consumer = AIOKafkaConsumer(**self._options)
        consumer.subscribe(self._topics, listener=_Listener(self._on_assigned(on_assigned), on_revoked))
        try:
            await consumer.start()
        except (KafkaError, OSError) as error:
            await self.stop()
            raise DependencyAway("kafka", repr(error)) from None
        AddedPartitions(consumer, self._group, self._topics).watch()
        self._pace = FetchPace(consumer._fetcher, self._patience, self._rest_wait, monotonic)

    def _on_assigned(self, on_assigned: OnAssigned) -> OnAssigned:
        def assigned(sources: Collection[TopicPartition]) -> None:
            self._cancel_commit()  # its partitions may belong to another member now
            on_assigned(sources)

        return assigned

    async def fetch(self, room: Callable[[TopicPartition], int], timeout: float) -> list[Record]:
        """See the port."""
        consumer, pace = self._consumer, self._pace
        assert consumer is not None  # noqa: S101 - the runner starts a source before it fetches
        assert pace is not None  # noqa: S101
        assigned = consumer.assignment()
        wanted = [source for source in assigned if room(_ours(source)) > 0]
        if not wanted:
            await asyncio.sleep(min(timeout, 0.05))
            return []
        all_wanted = len(wanted) == len(assigned)
        named = () if all_wanted else wanted  # without names also those that are assigned meanwhile
        try:
            batches = await consumer.getmany(*named, timeout_ms=int(timeout * 1000), max_records=_AT_ONCE)
        except IllegalStateError:  # the assignment changed meanwhile
            return []
        except KafkaError as error:
            if not error.retriable:
                raise SourceLost(repr(error)) from None
            log.warning("Fetching failed; it is retried", detail=repr(error))
            await asyncio.sleep(min(timeout, _RETRY))
            return []
        pace.note(records=bool(batches), all_wanted=all_wanted)
        return [record_of(item) for batch in batches.values() for item in batch]

    def check(self) -> None:
        """See the port."""
        assert self._consumer is not None  # noqa: S101 - the runner starts a source before it asks
        if reason := reason_to_end(self._consumer):
            raise SourceLost(reason)

    async def commit(self, offsets: Mapping[TopicPartition, CommittedOffset]) -> bool:
        """See the port. One commit at a time: the driver retries an old one, which would undo a newer one."""
        consumer = self._consumer
        assert consumer is not None  # noqa: S101 - the runner starts a source before it commits
        wanted = {DriverPartition(*source): offset for source, offset in offsets.items()}
        try:
            async with asyncio.timeout(_COMMIT_LIMIT):
                if self._committing is not None:  # its caller may be cancelled, and this may be the last one
                    await asyncio.wait([self._committing])
                self._committing = asyncio.create_task(self._offsets.commit(consumer, wanted))
                self._committing.add_done_callback(retrieve)
                await asyncio.shield(self._committing)
        except TimeoutError:
            self._cancel_commit()  # the driver would repeat it for ever, and the next ones wait for it
            log.info("A commit was not taken", detail="no answer")
            return False
        except KafkaError as error:
            log.info("A commit was not taken", detail=repr(error))
            return False
        return True

    async def committed(self, sources: Collection[TopicPartition]) -> dict[TopicPartition, CommittedOffset]:
        """See the port."""
        try:
            async with asyncio.timeout(_COMMIT_LIMIT):
                return await read_committed(self._consumer, sources)
        except (KafkaError, OSError) as error:  # TimeoutError is an OSError
            log.info("The committed offsets could not be read", detail=repr(error))
            return {}

    def _cancel_commit(self) -> None:
        """Cancel a commit under way."""
        if self._committing is not None:
            self._committing.cancel()

    async def lag(self) -> dict[TopicPartition, int]:
        """See the port. Counted from the position: records in flight here are shown by the windows."""
        if self._consumer is None:
            return {}
        lag: dict[TopicPartition, int] = {}
        try:
            async with asyncio.timeout(0.5):
                for source in self._consumer.assignment():
                    end = self._consumer.highwater(source)
                    if end is not None:
                        lag[_ours(source)] = max(0, end - await self._consumer.position(source))
        except (KafkaError, TimeoutError):  # the assignment is changing
            return lag
        return lag

    async def stop(self) -> None:
        """See the port."""
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            self._cancel_commit()
            try:
                async with asyncio.timeout(5):
                    await consumer.stop()
            except (TimeoutError, KafkaError) as error:
                log.info("Leaving the group failed", detail=repr(error))


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # the driver has no types
    def __init__(self, on_assigned: OnAssigned, on_revoked: OnRevoked) -> None:
        self._assigned = on_assigned
        self._revoked = on_revoked

    async def on_partitions_revoked(self, revoked: Collection[DriverPartition]) -> None:
        if revoked:
            await self._revoked([_ours(source) for source in revoked])

    async def on_partitions_assigned(self, assigned: Collection[DriverPartition]) -> None:
        self._assigned([_ours(source) for source in assigned])


def _ours(source: DriverPartition) -> TopicPartition:
    return TopicPartition(source.topic, source.partition)


def record_of(item: Any) -> Record:
    """Return the driver's record as ours."""
    return Record(
        topic=item.topic,
        partition=item.partition,
        offset=item.offset,
        key=item.key or b"",
        value=item.value or b"",
        headers=tuple(item.headers),
        timestamp_ms=item.timestamp,
    )
