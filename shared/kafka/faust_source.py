"""A source that reads with faust's consumer. For the router, whose handlers are short.

faust fetches the records and commits nothing. Acknowledging out of order loses messages with it (its
`Consumer._new_offset` commits past unfinished lower offsets, and never commits past a gap), and a failed commit crashes
its app. So nothing is acked, and the runner's offsets are committed on faust's own consumer, in its thread. Messages
are taken from that consumer before they reach a stream (`_divert`).
See docs/decisions/0003-faust-fetches-runner-commits.md.
"""

import asyncio
import tempfile
from collections import deque
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import faust
from aiokafka import TopicPartition as DriverPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from faust.exceptions import ConsumerNotStarted
from faust.types import TP

from shared.errors import DependencyAway
from shared.kafka.added_partitions import METADATA_AGE_MS, AddedPartitions
from shared.kafka.brokers import Brokers
from shared.kafka.driver_tasks import reason_to_end
from shared.kafka.fetch_pace import look_rarely
from shared.kafka.group_offsets import GroupOffsets, read_committed
from shared.kafka.ports import OnAssigned, OnRevoked, SourceLost
from shared.kafka.records import CommittedOffset, Record, TopicPartition
from shared.telemetry import logging

log = logging.get(__name__)

_BUFFER_FULL = 200  # records of one partition from which on faust does not fetch it
_BUFFER_LOW = 50  # records from which on it fetches it again
_AT_ONCE = 50  # records of one fetch: few, so that handlers run between, and a buffer that is read is never full
_TAKEN = object()
_COMMIT_LIMIT = 5.0
_STOP_LIMIT = 3.0  # seconds; faust waits for a rebalance, which can last a session time-out
_NEVER = 24 * 3600.0


def _credentials(brokers: Brokers) -> faust.SASLCredentials | faust.SSLCredentials | None:
    if brokers.uses_sasl:
        return faust.SASLCredentials(
            username=brokers.username,
            password=brokers.password,
            ssl_context=brokers.tls(),
            mechanism=brokers.mechanism,
        )
    return faust.SSLCredentials(brokers.tls()) if brokers.uses_tls else None


class FaustSource:
    """Implements `shared.kafka.ports.Source`. `instance` makes the membership static, as in `AiokafkaSource`."""

    def __init__(
        self,
        brokers: Brokers,
        *,
        group: str,
        topics: Collection[str],
        instance: str,
        session_timeout: float,
        rebalance_timeout: float,
    ) -> None:
        self._brokers = brokers
        self._group = group
        self._topics = list(topics)
        self._settings: dict[str, Any] = {
            "broker": ";".join(f"kafka://{server}" for server in brokers.servers.split(",")),
            "broker_credentials": _credentials(brokers),
            "broker_client_id": f"{group}-{instance}" if instance else group,
            "consumer_group_instance_id": f"{group}-{instance}" if instance else None,
            "broker_session_timeout": session_timeout,
            "broker_heartbeat_interval": max(0.1, session_timeout / 3),
            "broker_request_timeout": max(40.0, session_timeout * 2),
            "broker_rebalance_timeout": rebalance_timeout,
            "broker_max_poll_interval": _NEVER,  # as in AiokafkaSource
            "broker_max_poll_records": _AT_ONCE,
            "broker_commit_interval": _NEVER,  # the runner commits
            "broker_commit_livelock_soft_timeout": _NEVER,
            "stream_processing_timeout": _NEVER,
            "stream_wait_empty": False,  # the runner drains, within a limit
            "stream_buffer_maxsize": 4096,
            "stream_recovery_delay": 0.0,
            "consumer_max_fetch_size": 6 * 1024 * 1024,
            "consumer_auto_offset_reset": "earliest",
            "consumer_metadata_max_age_ms": METADATA_AGE_MS,
            "store": "memory://",
            "value_serializer": "raw",
            "key_serializer": "raw",
            "topic_allow_declare": False,  # topics are created by `shared.kafka.admin`
            "topic_disable_leader": True,
            "web_enabled": False,
            "autodiscover": False,
            # faust creates this folder and stores nothing in it, as its tables are not used.
            "datadir": Path(tempfile.gettempdir()) / "parley-faust",
        }
        self._app: Any = None
        self._on_assigned: OnAssigned | None = None
        self._on_revoked: OnRevoked | None = None
        self._buffers: dict[TopicPartition, deque[Record]] = {}
        self._full: set[TopicPartition] = set()
        self._arrived = asyncio.Event()
        self._added: AddedPartitions | None = None
        self._offsets = GroupOffsets()
        self._committing: asyncio.Task[None] | None = None  # in faust's consumer thread

    async def start(self, on_assigned: OnAssigned, on_revoked: OnRevoked) -> None:
        """See the port. Raises DependencyAway when the broker cannot be reached."""
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._added = None  # of a consumer that may have failed to start
        await self._reach_a_broker()
        # Made here, as faust's app binds itself to the running loop.
        app = faust.App(self._group, loop=asyncio.get_running_loop(), **self._settings)
        topic = app.topic(*self._topics, key_type=bytes, value_type=bytes)
        app.agent(topic, name=f"{self._group}.source")(_empty_agent)
        app.on_partitions_revoked.connect(self._revoked)
        app.on_partitions_assigned.connect(self._assigned)
        app.finalize()
        _divert(app.consumer, self._buffer)
        self._app = app
        try:
            await app.start()
        except (KafkaError, OSError) as error:
            raise DependencyAway("kafka", repr(error)) from None

    async def _reach_a_broker(self) -> None:
        """Connect once without faust. Raises DependencyAway: a faust app that fails to start would print a traceback
        and leave a thread's loop open.
        """
        client = AIOKafkaClient(**self._brokers.options)
        try:
            await client.bootstrap()
        except (KafkaError, OSError) as error:
            raise DependencyAway("kafka", repr(error)) from None
        finally:
            await client.close()

    async def fetch(self, room: Callable[[TopicPartition], int], timeout: float) -> list[Record]:
        """See the port."""
        records = self._take(room)
        if records:
            return records
        self._arrived.clear()
        try:
            async with asyncio.timeout(timeout):
                await self._arrived.wait()
        except TimeoutError:
            return []
        return self._take(room)

    def check(self) -> None:
        """See the port."""
        if self._app.should_stop:
            raise SourceLost(f"faust stopped: {self._app.crash_reason!r}")
        consumer = self._app.consumer._thread._consumer
        if consumer is not None and (reason := reason_to_end(consumer)):
            raise SourceLost(reason)

    async def commit(self, offsets: Mapping[TopicPartition, CommittedOffset]) -> bool:
        """See the port."""
        thread = self._app.consumer._thread
        wanted = {DriverPartition(*source): offset for source, offset in offsets.items()}
        try:
            async with asyncio.timeout(2 * _COMMIT_LIMIT):
                return bool(await thread.call_thread(self._commit_in_thread, thread, wanted))
        except (TimeoutError, RuntimeError) as error:
            log.info("A commit was not taken", detail=repr(error))
            return False

    async def _commit_in_thread(self, thread: Any, offsets: dict[DriverPartition, CommittedOffset]) -> bool:
        """Commit, in faust's consumer thread, within a limit: the driver would repeat a commit for ever, undo a newer
        one by that, and occupy one of the two workers that carry out all calls from outside of the thread.
        """
        consumer = thread._ensure_consumer()
        assigned = consumer.assignment()
        wanted = {source: offset for source, offset in offsets.items() if source in assigned}
        if not wanted:
            return False
        committing = self._committing = asyncio.create_task(self._offsets.commit(consumer, wanted))
        await asyncio.wait([committing], timeout=_COMMIT_LIMIT)
        if not committing.done():
            committing.cancel()
            log.info("A commit was not taken", detail="no answer")
            return False
        if committing.cancelled():  # the partitions may belong to another member now
            return False
        if isinstance(error := committing.exception(), KafkaError):
            log.info("A commit was not taken", detail=repr(error))
            return False
        if error is not None:
            raise error
        return True

    def _cancel_commit(self) -> None:
        """Cancel a commit under way: its partitions may belong to another member now."""
        committing = self._committing
        if committing is not None and not committing.done():
            committing.get_loop().call_soon_threadsafe(committing.cancel)

    async def committed(self, sources: Collection[TopicPartition]) -> dict[TopicPartition, CommittedOffset]:
        """See the port."""
        thread = self._app.consumer._thread
        try:
            async with asyncio.timeout(2 * _COMMIT_LIMIT):
                found: dict[TopicPartition, CommittedOffset] = await thread.call_thread(_committed, thread, sources)
        except (KafkaError, OSError, RuntimeError) as error:  # TimeoutError is an OSError
            log.info("The committed offsets could not be read", detail=repr(error))
            return {}
        return found

    async def lag(self) -> dict[TopicPartition, int]:
        """See the port."""
        if self._app is None or self._app.should_stop:
            return {}
        try:
            assigned = self._app.consumer.assignment()
        except ConsumerNotStarted:
            return {}
        ends = self._app.monitor.tp_end_offsets
        reads = self._app.consumer._read_offset
        return {
            TopicPartition(tp.topic, tp.partition): max(0, ends[tp] - (read + 1))
            for tp in assigned
            if (read := reads.get(tp)) is not None and tp in ends
        }

    async def stop(self) -> None:
        """See the port."""
        if self._app is None:
            return
        try:
            async with asyncio.timeout(_STOP_LIMIT):
                await self._app.stop()
        except TimeoutError:
            log.warning("faust did not stop in time")

    def _buffer(self, message: Any) -> None:
        source = TopicPartition(message.topic, message.partition)
        buffer = self._buffers.setdefault(source, deque())
        buffer.append(
            Record(
                topic=message.topic,
                partition=message.partition,
                offset=message.offset,
                key=message.key or b"",
                value=message.value or b"",
                headers=tuple((message.headers or {}).items())
                if isinstance(message.headers, dict)
                else tuple(message.headers or ()),
                timestamp_ms=int(message.timestamp * 1000),
            )
        )
        if len(buffer) >= _BUFFER_FULL:
            self._full.add(source)
            self._app.consumer.on_buffer_full(TP(*source))
        self._arrived.set()

    def _take(self, room: Callable[[TopicPartition], int]) -> list[Record]:
        records: list[Record] = []
        for source, buffer in self._buffers.items():
            for _ in range(min(len(buffer), max(0, room(source)))):
                records.append(buffer.popleft())  # noqa: PERF401 - taken from the left one by one
            if source in self._full and len(buffer) <= _BUFFER_LOW:
                self._full.discard(source)
                self._app.consumer.on_buffer_drop(TP(*source))
        return records

    async def _assigned(self, _app: Any, assigned: Collection[TP], **_: Any) -> None:
        assert self._on_assigned is not None  # noqa: S101 - set by start()
        self._cancel_commit()
        consumer = self._app.consumer._thread._ensure_consumer()
        look_rarely(consumer._fetcher)
        if self._added is None:
            self._added = AddedPartitions(consumer, self._group, self._topics)
            self._added.watch()
        self._on_assigned([TopicPartition(tp.topic, tp.partition) for tp in assigned])

    async def _revoked(self, _app: Any, revoked: Collection[TP], **_: Any) -> None:
        assert self._on_revoked is not None  # noqa: S101 - set by start()
        sources = [TopicPartition(tp.topic, tp.partition) for tp in revoked]
        for source in sources:
            self._buffers.pop(source, None)
            if source in self._full:
                self._full.discard(source)
                self._app.consumer.on_buffer_drop(TP(*source))
        if sources:
            await self._on_revoked(sources)


async def _empty_agent(stream: Any) -> None:
    """Make faust subscribe to the topics; their messages are diverted before they get here."""
    async for _ in stream.noack():
        continue


def _divert(consumer: Any, take: Callable[[Any], None]) -> None:
    """Call `take` with each message instead of sending it to faust's streams.

    Streams make three tasks for each message and need several iterations of the loop, so that a busy process reads only
    a few hundred messages a second.
    """
    wait_first = consumer.wait_first

    def callback(message: Any) -> object:
        take(message)
        return _TAKEN

    async def wait_for_the_first(*waits: Any, timeout: float | None = None) -> Any:
        if waits[0] is not _TAKEN:
            return await wait_first(*waits, timeout=timeout)
        _, suspended = waits  # taken at once: nothing to wait for
        suspended.close()
        return None

    consumer.callback = callback
    consumer.wait_first = wait_for_the_first


async def _committed(thread: Any, sources: Collection[TopicPartition]) -> dict[TopicPartition, CommittedOffset]:
    """Read the committed offsets, in faust's consumer thread. Raises KafkaError, OSError."""
    async with asyncio.timeout(_COMMIT_LIMIT):
        return await read_committed(thread._ensure_consumer(), sources)
