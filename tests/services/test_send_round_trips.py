"""The round trips of a reply that is accepted at the first attempt, as they are listed."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from services.delivery.channels.gate import ChannelGate
from services.delivery.channels.pacing import SendPacing
from services.delivery.publisher import DeliveryPublisher
from services.delivery.sending.attempts import ROUND_TRIPS, MessageAttempts
from services.delivery.sending.claims import Claims
from services.delivery.sending.doubt import DoubtResolver
from services.delivery.sending.outcomes import AttemptOutcomes
from services.delivery.sending.own_claims import OwnClaims
from services.delivery.sending.readiness import OutboundJob, ReadinessCheck
from services.delivery.sending.retry_policy import IN_PLACE, RetryLimits
from services.delivery.sending.window import BodySelector
from shared.clock import Clock, SystemClock
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.records import NewRecord
from shared.messages.inbound import Provider
from shared.operations.template_validator import TemplateValidator
from shared.providers.port import Channel, OutgoingMessage
from shared.providers.registry import limits_of
from shared.repositories.channel_states import ChannelStates
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import OutboundState
from shared.repositories.workspaces import Workspaces
from shared.storage.buckets import RateBuckets
from shared.storage.mongo import Collection, Mongo
from shared.storage.redis import Redis
from tests.repositories.builders import outbound

CHANNEL = Channel(workspace="acme", id="main", provider=Provider.META, address="+1", settings={}, secrets={})
_OF_COLLECTION = (
    "find_one",
    "find",
    "insert",
    "look_up",
    "write",
    "write_if",
    "update",
    "update_many",
    "find_and_update",
)


class Trips:
    """The stores in the order in which they are called."""

    def __init__(self) -> None:
        self.stores: list[str] = []


class Sender:
    """A provider that accepts every message."""

    limits = limits_of(Provider.META)

    def __init__(self, trips: Trips) -> None:
        self._trips = trips

    async def send(self, channel: Channel, outgoing: OutgoingMessage) -> str:
        self._trips.stores.append("provider")
        return "wamid.1"


class Producer:
    def __init__(self, trips: Trips) -> None:
        self._trips = trips

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        self._trips.stores.append("kafka")


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> Trips:
    """Counts all calls of MongoDB and Redis."""
    trips = Trips()
    for name in _OF_COLLECTION:
        method = getattr(Collection, name)
        monkeypatch.setattr(Collection, name, _counting(trips, "mongodb", method))
    monkeypatch.setattr(Redis, "pause_left", _counting(trips, "redis", Redis.pause_left))
    monkeypatch.setattr(RateBuckets, "take", _counting(trips, "redis", RateBuckets.take))
    return trips


def _counting(trips: Trips, store: str, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def counting(self: Any, *arguments: Any, **named: Any) -> Any:
        trips.stores.append(store)
        return await method(self, *arguments, **named)

    return counting


def attempts(mongo: Mongo, redis: Redis, producer: Producer, clock: Clock) -> MessageAttempts:
    gate = ChannelGate(ChannelStates(mongo), redis, clock)
    readiness = ReadinessCheck(gate, SendPacing(RateBuckets(redis), clock, most_wait=IN_PLACE), clock, settled=30.0)
    own_claims = OwnClaims("a:1:")
    doubt = DoubtResolver(own_claims, clock, instance="a", grace=1.0, call_limit=1.0)
    publisher = DeliveryPublisher(producer, DeadLetters("delivery", producer, clock), clock)
    claims = Claims(publisher, readiness, doubt, own_claims, clock)
    workspaces = Workspaces(mongo, clock)
    validator = TemplateValidator(mongo, workspaces, clock)
    bodies = BodySelector(mongo, workspaces, validator, clock)
    limits = RetryLimits(attempts=15, age=86_400.0)
    outcomes = AttemptOutcomes(claims, gate, bodies, validator, publisher, clock, limits)
    return MessageAttempts(claims, bodies, validator, outcomes)


async def test_reply_makes_the_listed_round_trips(mongo: Mongo, redis: Redis, trips: Trips) -> None:
    clock = SystemClock()
    message = replace(outbound(), received_at=clock.now())
    job = OutboundJob(message, CHANNEL, OutboundMessages(mongo, "acme"))
    await attempts(mongo, redis, Producer(trips), clock).deliver(job, Sender(trips), retried=False)
    assert trips.stores == [store for store, _ in ROUND_TRIPS]
    stored = await job.repository.get(message.id)
    assert stored is not None
    assert (stored.state, stored.provider_message_id) == (OutboundState.SENT, "wamid.1")


async def test_redelivered_reply_is_not_sent_again(mongo: Mongo, redis: Redis, trips: Trips) -> None:
    clock = SystemClock()
    job = OutboundJob(replace(outbound(), received_at=clock.now()), CHANNEL, OutboundMessages(mongo, "acme"))
    delivery = attempts(mongo, redis, Producer(trips), clock)
    for _ in range(2):
        await delivery.deliver(job, Sender(trips), retried=False)
    assert trips.stores.count("provider") == 1
    assert trips.stores[-1] == "kafka", "message.sent may not have been written the first time"
