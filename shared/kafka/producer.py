"""The producer: idempotent, acks from all replicas, no lingering (batches form behind the request in flight).

A record that the broker rejects leaves a gap in the sequence numbers of an idempotent producer, after which the broker
rejects all that follows in that partition. So the size of a record is checked here first, and a producer whose sequence
is out of order is replaced.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
)

from shared.background import start_task
from shared.deadlines import Deadlines
from shared.errors import ClockWrong, DependencyAway, Unstorable
from shared.kafka.brokers import Brokers
from shared.kafka.codec import fits, size_of
from shared.kafka.late_results import retrieve
from shared.kafka.record_spans import sending
from shared.kafka.records import NewRecord
from shared.kafka.sender import use_batch_sender
from shared.telemetry import logging, metrics, tracing
from shared.topics import TOPICS

log = logging.get(__name__)

_RETRY_BACKOFF_MS = 100
_MAX_REQUEST = max(topic.max_bytes for topic in TOPICS.values())
_TIME_REFUSED = (
    "Kafka refuses the time of our records: the clock of this machine, or the broker's, is wrong by an hour or more; "
    "set it by NTP (chronyc tracking)"
)
_TIME_REFUSED_FOR = 60.0  # seconds; then the process is ready again, so that a record is tried
_OUT_OF_SEQUENCE = (OutOfOrderSequenceNumber, ProducerFenced, InvalidProducerEpoch)


class KafkaProducer:
    """Implements `shared.kafka.ports.Producer` with aiokafka."""

    def __init__(self, brokers: Brokers, client_id: str) -> None:
        self._brokers = brokers
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None
        self._time_refused_at: float | None = None  # time of the loop; None: not since the last success
        self._replacing = asyncio.Lock()
        self._deadlines = Deadlines()
        self._retired: set[asyncio.Task[None]] = set()

    async def start(self, timeout: float = 30.0) -> None:
        """Connect. Raises DependencyAway."""
        self._producer = await self._connected(timeout)

    async def _connected(self, timeout: float) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **self._brokers.options,
            client_id=self._client_id,
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            max_request_size=_MAX_REQUEST,
            max_batch_size=128 * 1024,
            request_timeout_ms=10_000,
            retry_backoff_ms=_RETRY_BACKOFF_MS,
            metadata_max_age_ms=60_000,
        )
        use_batch_sender(producer, _RETRY_BACKOFF_MS)
        try:
            async with asyncio.timeout(timeout):
                await producer.start()
        except (KafkaError, TimeoutError, OSError) as error:
            await _stop(producer)
            raise DependencyAway("kafka", str(error) or "no answer") from None
        except BaseException:  # cancelled
            self._retire(producer)
            raise
        return producer

    def _retire(self, producer: AIOKafkaProducer) -> None:
        """Stop a producer in the background."""
        retiring = start_task(_stop(producer), "stopping a producer")
        self._retired.add(retiring)
        retiring.add_done_callback(self._retired.discard)

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        """See the port. A time-out does not withdraw the records: ids make a second write harmless."""
        producer = self._producer
        if producer is None:
            raise DependencyAway("kafka", "the producer is not started")
        for record in records:
            if not fits(record):
                raise Unstorable(f"a record of {size_of(record)} bytes is too large for {record.topic}")
        if not tracing.is_enabled():
            await self._send(producer, records, timeout)
            return
        with sending(records) as writing:
            writing.acknowledged(await self._send(producer, writing.records, timeout))

    async def _send(
        self, producer: AIOKafkaProducer, records: Sequence[NewRecord], timeout: float | None
    ) -> list[tuple[int, int]]:
        """Return the partition and offset of each record."""
        try:
            if timeout is None:
                places = await _acknowledged(producer, records)
            else:
                async with self._deadlines.limit(timeout):
                    places = await _acknowledged(producer, records)
        except MessageSizeTooLargeError as error:
            raise Unstorable(str(error)) from None
        except TimeoutError:
            raise DependencyAway("kafka", f"not acknowledged within {timeout or 0:g} s") from None
        except InvalidTimestampError:
            self._time_refused_at = asyncio.get_running_loop().time()
            metrics.CLOCK_REFUSED.inc()
            raise ClockWrong(_TIME_REFUSED) from None
        except _OUT_OF_SEQUENCE as error:
            await self._replace(producer)
            raise DependencyAway("kafka", repr(error)) from None
        except KafkaError as error:
            raise DependencyAway("kafka", repr(error)) from None
        self._time_refused_at = None
        return places

    async def _replace(self, broken: AIOKafkaProducer) -> None:
        """Replace the producer; the old one is stopped in the background. Raises DependencyAway."""
        async with self._replacing:
            if self._producer is not broken:
                return
            log.warning("The producer is out of sequence and is replaced")
            self._producer = await self._connected(5.0)
            self._retire(broken)

    async def ping(self, timeout: float = 2.0) -> None:
        """Fetch the broker's metadata. Raises DependencyAway; ClockWrong for a minute after a rejected timestamp."""
        if self._producer is None:
            raise DependencyAway("kafka", "the producer is not started")
        refused = self._time_refused_at
        if refused is not None and asyncio.get_running_loop().time() - refused < _TIME_REFUSED_FOR:
            raise ClockWrong(_TIME_REFUSED)
        try:
            async with asyncio.timeout(timeout):
                if not await self._producer.client.force_metadata_update():
                    raise DependencyAway("kafka", "no metadata")
        except (TimeoutError, KafkaError) as error:
            raise DependencyAway("kafka", repr(error)) from None

    async def stop(self) -> None:
        """Flush, for at most five seconds, and disconnect."""
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await _stop(producer)


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(5):
            await producer.stop()
    except (TimeoutError, KafkaError):
        return


async def _acknowledged(producer: AIOKafkaProducer, records: Sequence[NewRecord]) -> list[tuple[int, int]]:
    pending: list[asyncio.Future[Any]] = []
    try:
        for record in records:
            pending.append(  # noqa: PERF401 - those sent before a time-out must be known
                await producer.send(record.topic, record.value, key=record.key, headers=list(record.headers))
            )
        # Not shielded: aiokafka skips a future that was cancelled, and its record is written nevertheless.
        places = [await future for future in pending]
    except BaseException:
        for future in pending:
            future.add_done_callback(retrieve)
        raise
    return [(place.partition, place.offset) for place in places]
