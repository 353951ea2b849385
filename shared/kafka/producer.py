"""The producer: idempotent, acks from all replicas, no lingering (batches form behind the request in flight)."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from shared.errors import DependencyAway
from shared.kafka.records import NewRecord

MAX_RECORD_BYTES = 6 * 1024 * 1024


class KafkaProducer:
    """Implements `shared.kafka.ports.Producer` with aiokafka."""

    def __init__(self, bootstrap_servers: str, client_id: str) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None

    async def start(self, timeout: float = 30.0) -> None:
        """Connect. Raises DependencyAway."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap_servers,
            client_id=self._client_id,
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            max_request_size=MAX_RECORD_BYTES,
            max_batch_size=128 * 1024,
            request_timeout_ms=10_000,
            retry_backoff_ms=100,
            metadata_max_age_ms=60_000,
        )
        try:
            async with asyncio.timeout(timeout):
                await producer.start()
        except (KafkaError, TimeoutError, OSError) as error:
            await producer.stop()
            raise DependencyAway("kafka", str(error) or "no answer") from None
        self._producer = producer

    async def send(self, records: Sequence[NewRecord], timeout: float = 10.0) -> None:
        """See the port. A time-out does not withdraw what is on its way: ids make a second time harmless."""
        if self._producer is None:
            raise DependencyAway("kafka", "the producer is not started")
        pending: list[asyncio.Future[object]] = []
        try:
            async with asyncio.timeout(timeout):
                for record in records:
                    pending.append(  # noqa: PERF401 - what went before a time-out must be known
                        await self._producer.send(
                            record.topic, record.value, key=record.key, headers=list(record.headers)
                        )
                    )
                await asyncio.gather(*map(asyncio.shield, pending))
        except MessageSizeTooLargeError as error:
            raise ValueError(str(error)) from None
        except TimeoutError:
            for future in pending:
                future.add_done_callback(_retrieve)
            raise DependencyAway("kafka", f"not acknowledged within {timeout:g} s") from None
        except KafkaError as error:
            raise DependencyAway("kafka", repr(error)) from None

    async def ping(self, timeout: float = 2.0) -> None:
        """Ask the broker for its metadata. Raises DependencyAway."""
        if self._producer is None:
            raise DependencyAway("kafka", "the producer is not started")
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
            try:
                async with asyncio.timeout(5):
                    await producer.stop()
            except (TimeoutError, KafkaError):
                return


def _retrieve(future: "asyncio.Future[object]") -> None:
    """Look at a late result, so that asyncio does not report it as never retrieved."""
    if not future.cancelled():
        future.exception()
