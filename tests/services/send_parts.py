"""Parts of delivery over real stores, with a provider and a Kafka that only note their calls."""

from collections.abc import Awaitable, Callable, Sequence

from services.delivery.channels.gate import ChannelGate
from services.delivery.channels.pacing import SendPacing
from services.delivery.publisher import DeliveryPublisher
from services.delivery.sending.attempts import MessageAttempts
from services.delivery.sending.claims import Claims
from services.delivery.sending.doubt import DoubtResolver
from services.delivery.sending.order import ConversationOrder
from services.delivery.sending.outcomes import AttemptOutcomes
from services.delivery.sending.own_claims import OwnClaims
from services.delivery.sending.readiness import ReadinessCheck
from services.delivery.sending.reply_slots import ReplySlots
from services.delivery.sending.retry_policy import IN_PLACE, RetryLimits
from services.delivery.sending.window import BodySelector
from shared.clock import SystemClock
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.records import NewRecord
from shared.messages.inbound import Provider
from shared.operations.media.links import FileLinks
from shared.operations.template_validator import TemplateValidator
from shared.providers.port import Channel, OutgoingMessage
from shared.providers.registry import limits_of
from shared.repositories.channel_states import ChannelStates
from shared.repositories.workspaces import Workspaces
from shared.storage.buckets import RateBuckets
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis

CHANNEL = Channel(workspace="acme", id="main", provider=Provider.META, address="+1", settings={}, secrets={})


async def _accept(outgoing: OutgoingMessage) -> None:
    """Accept every message."""


class Calls:
    """The calls of all parts, in their order: `mongodb`, `redis`, `provider`, `kafka`."""

    def __init__(self) -> None:
        self.stores: list[str] = []


class Sender:
    """A provider. answer: raises SendError for what it refuses. sent: the ids of accepted messages."""

    limits = limits_of(Provider.META)

    def __init__(self, calls: Calls, answer: Callable[[OutgoingMessage], Awaitable[None]] = _accept) -> None:
        self._calls = calls
        self.answer = answer
        self.sent: list[str] = []

    async def send(self, channel: Channel, outgoing: OutgoingMessage) -> str:
        self._calls.stores.append("provider")
        await self.answer(outgoing)
        self.sent.append(outgoing.id)
        return f"wamid.{len(self.sent)}"


class Producer:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.topics: list[str] = []

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        self._calls.stores.append("kafka")
        self.topics += [record.topic for record in records]


def message_attempts(
    mongo: Mongo, redis: Redis, producer: Producer, order: ConversationOrder | None = None, *, instance: str = "a"
) -> MessageAttempts:
    """Return the attempts of one replica."""
    clock = SystemClock()
    gate = ChannelGate(ChannelStates(mongo), redis, clock)
    pacing = SendPacing(RateBuckets(redis), gate, clock, most_wait=IN_PLACE)
    readiness = ReadinessCheck(gate, pacing, clock, settled=30.0)
    own_claims = OwnClaims(f"{instance}:1:")
    doubt = DoubtResolver(own_claims, clock, instance=instance, grace=1.0, call_limit=1.0)
    publisher = DeliveryPublisher(producer, DeadLetters("delivery", producer, clock), clock)
    claims = Claims(publisher, readiness, order or ConversationOrder(), doubt, own_claims, ReplySlots(pacing), clock)
    workspaces = Workspaces(mongo, clock)
    validator = TemplateValidator(mongo, workspaces, clock)
    bodies = BodySelector(mongo, workspaces, validator, clock)
    limits = RetryLimits(attempts=15, age=86_400.0)
    outcomes = AttemptOutcomes(claims, gate, bodies, validator, publisher, clock, limits)
    return MessageAttempts(claims, bodies, validator, outcomes, FileLinks([bytes(32)], "https://wa.example.com"), clock)
