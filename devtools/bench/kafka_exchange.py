"""Write messages to a topic, all at once or paced, and wait for the answers on `outbound.messages`."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from devtools.bench.errors import BenchFailed
from shared.domain import ids
from shared.kafka.aiokafka_source import record_of
from shared.kafka.brokers import Brokers
from shared.kafka.codec import decode, to_record
from shared.kafka.producer import KafkaProducer
from shared.messages.ai import AiRequest
from shared.messages.content import Text
from shared.messages.inbound import InboundMessage, Provider, Sender
from shared.messages.outbound import Presence
from shared.topics import OUTBOUND_MESSAGES, Topic

_BATCH = 500
CHANNEL = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeResult:
    """Times by message id, in seconds since the epoch: written, and record of the first answer. late: maximum seconds
    that a message was written after its due time.
    """

    written: dict[str, float]
    answered: dict[str, float]
    late: float

    def latencies(self) -> list[float]:
        """Return seconds from each message to its answer, in the order of writing."""
        return [self.answered[id_] - at for id_, at in self.written.items()]


class KafkaExchange:
    """A producer and a consumer of new records on `outbound.messages`. limit: seconds to wait for all answers."""

    def __init__(self, bootstrap_servers: str, limit: float) -> None:
        self._producer = KafkaProducer(Brokers(bootstrap_servers), "bench")
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, fetch_max_wait_ms=100)
        self._limit = limit

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        topic = OUTBOUND_MESSAGES
        self._consumer.assign([TopicPartition(topic.name, number) for number in range(topic.partitions)])
        await self._consumer.seek_to_end()
        await self._producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()
        await self._consumer.stop()

    async def run(
        self, topic: Topic, messages: Sequence[InboundMessage] | Sequence[AiRequest], rate: float
    ) -> ExchangeResult:
        """Write all messages and wait for all answers. rate: per second; 0: all at once. Raises BenchFailed."""
        reading = asyncio.create_task(self._read({message.id for message in messages}))
        try:
            written, late = await (self._paced(topic, messages, rate) if rate else self._at_once(topic, messages))
            return ExchangeResult(written=written, answered=await reading, late=late)
        finally:
            reading.cancel()

    async def _at_once(
        self, topic: Topic, messages: Sequence[InboundMessage | AiRequest]
    ) -> tuple[dict[str, float], float]:
        written: dict[str, float] = {}
        for start in range(0, len(messages), _BATCH):
            part = messages[start : start + _BATCH]
            written |= dict.fromkeys((message.id for message in part), time.time())
            await self._producer.send([to_record(topic, message, lane=message.conversation_id) for message in part])
        return written, 0.0

    async def _paced(
        self, topic: Topic, messages: Sequence[InboundMessage | AiRequest], rate: float
    ) -> tuple[dict[str, float], float]:
        """Write at a fixed rate without waiting for acknowledgements (open loop)."""
        written: dict[str, float] = {}
        late, began = 0.0, time.time()
        async with asyncio.TaskGroup() as sending:
            for number, message in enumerate(messages):
                due = began + number / rate
                await asyncio.sleep(max(0.0, due - time.time()))
                written[message.id] = now = time.time()
                late = max(late, now - due)
                record = to_record(topic, message, lane=message.conversation_id)
                sending.create_task(self._producer.send([record]))
        return written, late

    async def _read(self, causes: set[str]) -> dict[str, float]:
        """Return when each message was answered. Raises BenchFailed if some are not answered in time."""
        answered: dict[str, float] = {}
        end = time.monotonic() + self._limit
        while len(answered) < len(causes):
            for records in (await self._consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    message = decode(record_of(record))
                    if message.cause in causes and not isinstance(message.body, Presence):
                        answered.setdefault(message.cause, record.timestamp / 1000)
            if time.monotonic() > end:
                raise BenchFailed(f"{len(answered)} of {len(causes)} messages were answered in {self._limit:g} s")
        return answered


def new_customers(rng: random.Random, count: int) -> list[str]:
    """Return phone numbers of new customers."""
    first = rng.randrange(10**6) * 1000
    return [f"+234{7_000_000_000 + first + who}" for who in range(count)]


def inbound_message(workspace: str, identity: str, name: str, text: str) -> InboundMessage:
    """Return a customer's message as ingress writes it. name: unique part of its id."""
    message_id, now = ids.message_id(workspace, Provider.META, f"wamid.{name}"), datetime.now(UTC)
    return InboundMessage(
        id=message_id,
        workspace=workspace,
        correlation_id=ids.correlation_id(message_id),
        created_at=now,
        provider=Provider.META,
        provider_message_id=f"wamid.{name}",
        channel=CHANNEL,
        conversation_id=ids.conversation_id(workspace, CHANNEL, identity),
        sender=Sender(identity=identity, address=identity[1:]),
        content=Text(body=text),
        sent_at=now,
    )
