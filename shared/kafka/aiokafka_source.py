"""A source that reads with aiokafka and commits offsets. For services whose handlers take seconds (ai, delivery)."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka import TopicPartition as DriverPartition
from aiokafka.errors import IllegalStateError, KafkaError

from shared.errors import DependencyAway
from shared.kafka.brokers import Brokers
from shared.kafka.ports import OnAssigned, OnRevoked, SourceLost
from shared.kafka.records import Record, TopicPartition
from shared.telemetry import logging

log = logging.get(__name__)

# A full window is not a dead member: whether we are alive is told by our own heartbeat (`/health/live`), and aiokafka
# gives the broker the rebalance time-out separately.
_NO_POLL_LIMIT_MS = 24 * 3600 * 1000
_AT_ONCE = 100  # records of one fetch
_COMMIT_LIMIT = 5.0
_WORTH_A_FETCH = 64 * 1024  # bytes that a patient one does not wait for


class AiokafkaSource:
    """Implements `shared.kafka.ports.Source`. `instance` makes the membership static: a replica that comes back within
    `session_timeout` seconds has its partitions again at once.

    patience: seconds that the broker may keep a fetch for more records to come. Where one comes after the other, each
    fetch brings only one, and costs more than what is done with it.
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
        patience: float = 0.0,
    ) -> None:
        self._topics = list(topics)
        self._options = {
            **brokers.options,
            "group_id": group,
            "group_instance_id": f"{group}-{instance}" if instance else None,
            "client_id": f"{group}-{instance}" if instance else group,
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "session_timeout_ms": int(session_timeout * 1000),
            "heartbeat_interval_ms": max(100, int(session_timeout * 1000 / 6)),
            "rebalance_timeout_ms": int(rebalance_timeout * 1000),
            "max_poll_interval_ms": _NO_POLL_LIMIT_MS,
            "max_partition_fetch_bytes": 6 * 1024 * 1024,
            "metadata_max_age_ms": 30_000,
            "retry_backoff_ms": 200,
        }
        if patience:
            self._options |= {"fetch_min_bytes": _WORTH_A_FETCH, "fetch_max_wait_ms": int(patience * 1000)}
        self._consumer: AIOKafkaConsumer | None = None
        self._committing: asyncio.Task[None] | None = None

    async def start(self, on_assigned: OnAssigned, on_revoked: OnRevoked) -> None:
        """See the port. Raises DependencyAway when the broker cannot be reached."""
        consumer = self._consumer = AIOKafkaConsumer(**self._options)
        consumer.subscribe(self._topics, listener=_Listener(self._assigned_anew(on_assigned), on_revoked))
        try:
            await consumer.start()
        except (KafkaError, OSError) as error:
            await self.stop()
            raise DependencyAway("kafka", repr(error)) from None

    def _assigned_anew(self, on_assigned: OnAssigned) -> OnAssigned:
        def assigned(sources: Collection[TopicPartition]) -> None:
            self._commit_no_more()
            on_assigned(sources)

        return assigned

    async def fetch(self, room: Callable[[TopicPartition], int], timeout: float) -> list[Record]:
        """See the port."""
        assert self._consumer is not None  # noqa: S101 - the runner starts a source before it fetches
        wanted = [source for source in self._consumer.assignment() if room(_ours(source)) > 0]
        if not wanted:
            await asyncio.sleep(min(timeout, 0.05))
            return []
        try:
            batches = await self._consumer.getmany(*wanted, timeout_ms=int(timeout * 1000), max_records=_AT_ONCE)
        except IllegalStateError:  # the assignment changed meanwhile
            return []
        except KafkaError as error:
            if not error.retriable:
                raise SourceLost(repr(error)) from None
            log.warning("Fetching failed, trying again", detail=repr(error))
            await asyncio.sleep(timeout)
            return []
        return [record_of(item) for batch in batches.values() for item in batch]

    def check(self) -> None:
        """See the port. The coordinator's task reports only to who asks it (`check_errors` has no public way)."""
        assert self._consumer is not None  # noqa: S101 - the runner starts a source before it asks
        try:
            self._consumer._coordinator.check_errors()
        except KafkaError as error:
            if not error.retriable:
                raise SourceLost(repr(error)) from None

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """See the port. One at a time: the driver tries an old one again and again, and it would undo a newer one."""
        consumer = self._consumer
        assert consumer is not None  # noqa: S101 - the runner starts a source before it commits
        wanted = {DriverPartition(*source): offset for source, offset in offsets.items()}
        try:
            async with asyncio.timeout(_COMMIT_LIMIT):
                if self._committing is not None:  # its caller may be gone, and this may be the last one before a stop
                    await asyncio.wait([self._committing])
                self._committing = asyncio.create_task(_as_coroutine(consumer.commit(wanted)))
                self._committing.add_done_callback(_heard)
                await asyncio.shield(self._committing)
        except (KafkaError, TimeoutError) as error:
            log.info("A commit was not taken", detail=repr(error))
            return False
        return True

    def _commit_no_more(self) -> None:
        """What is still being committed is of partitions that may be another's by now."""
        if self._committing is not None:
            self._committing.cancel()

    async def lag(self) -> dict[TopicPartition, int]:
        """See the port. Counted from the position: what is in flight here is shown by the window's fill."""
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
            self._commit_no_more()
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


async def _as_coroutine(awaitable: Awaitable[None]) -> None:
    await awaitable


def _heard(task: "asyncio.Task[None]") -> None:
    """Look at a late result, so that asyncio does not report it as never retrieved."""
    if not task.cancelled():
        task.exception()


def _ours(source: DriverPartition) -> TopicPartition:
    return TopicPartition(source.topic, source.partition)


def record_of(item: Any) -> Record:
    """A record of the driver's as ours."""
    return Record(
        topic=item.topic,
        partition=item.partition,
        offset=item.offset,
        key=item.key or b"",
        value=item.value or b"",
        headers=tuple(item.headers),
        timestamp_ms=item.timestamp,
    )
