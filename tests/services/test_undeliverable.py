"""Marking of undeliverable customers, from the provider's report to a broadcast's dry run."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from services.delivery.channels.gate import ChannelGate
from services.delivery.publisher import DeliveryPublisher
from services.delivery.sending.retry_policy import RetryLimits
from services.delivery.sending.window import BodySelector
from services.delivery.statuses.failures import FailedStatuses
from services.router.worker import Router
from shared.clock import FixedClock
from shared.domain import ids
from shared.domain.broadcast import Broadcast, Recipient
from shared.kafka.codec import decode
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.records import NewRecord, Record
from shared.messages.broadcast_content import BroadcastTemplate, BroadcastText
from shared.messages.commands import Command, ConsentChanged, HeldOff, Undeliverable
from shared.messages.inbound import InboundStatus, Provider, ProviderError, Status
from shared.operations.broadcasts.decide import SkipReason, decide
from shared.operations.broadcasts.profiles import RecipientProfiles
from shared.operations.template_validator import TemplateValidator
from shared.providers.errors import SendError
from shared.providers.port import Channel
from shared.providers.registry import PROVIDERS
from shared.repositories.customers import Customers
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.outbound import OutboundMessages
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, PHONE, inbound, outbound

ADA = ids.customer_id("acme", PHONE)
CHANNEL = Channel(
    workspace="acme", id="main", provider=Provider.META, address="+2347000000001", settings={}, secrets={}
)
SENT = outbound()


class RecordingProducer:
    """A producer that stores its records."""

    def __init__(self) -> None:
        self.records: list[NewRecord] = []

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        self.records += records

    def commands(self) -> list[Command]:
        decoded = [decode(Record(one.topic, 0, 0, one.key, one.value)) for one in self.records]
        return [command for command in decoded if isinstance(command, Command)]


class Shop:
    """Delivery's publisher and a router on one database."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        self.clock = FixedClock(NOW)
        self.producer = RecordingProducer()
        self.reporter = DeliveryPublisher(self.producer, DeadLetters("delivery", self.producer, self.clock), self.clock)
        self.router = Router(mongo, Workspaces(mongo, self.clock), self.producer, self.clock)
        self.customers = Customers(mongo, "acme")

    async def handle_commands(self) -> None:
        """Have the router handle each command twice, as after a redelivery."""
        for command in self.producer.commands() * 2:
            await self.router.on_command(cast(Any, command))

    async def undeliverable_at(self) -> datetime | None:
        found = await self.customers.get(ADA)
        assert found is not None
        return cast("datetime | None", found["undeliverable_at"])


@pytest.fixture
async def shop(mongo: Mongo) -> Shop:
    await mongo.collection("workspaces").insert(
        {"_id": "acme", "workspace": "acme", "name": "Acme", "faqs": [], "channels": [], "revision": 1}
    )
    return Shop(mongo)


def refusal(provider: Provider, code: str) -> SendError:
    return PROVIDERS[provider].status_error(code)


@pytest.mark.parametrize(
    ("provider", "code", "kinds"),
    [
        (Provider.META, "131026", [Undeliverable]),
        (Provider.MSG91, "131026", [Undeliverable]),
        (Provider.TWILIO, "63003", [Undeliverable]),
        (Provider.TWILIO, "63024", [Undeliverable]),
        (Provider.TWILIO, "63033", [Undeliverable]),
        (Provider.TWILIO, "21211", [Undeliverable]),
        (Provider.META, "131050", [ConsentChanged]),
        (Provider.META, "131049", [HeldOff]),
        (Provider.MSG91, "130472", [HeldOff]),
        (Provider.TWILIO, "63049", [HeldOff]),
        (Provider.TWILIO, "63032", [HeldOff]),
        (Provider.META, "100", []),
    ],
)
async def test_refusal_is_reported_to_the_router_as_a_command(
    provider: Provider, code: str, kinds: list[type[Command]]
) -> None:
    producer, clock = RecordingProducer(), FixedClock(NOW)
    reporter = DeliveryPublisher(producer, DeadLetters("delivery", producer, clock), clock)
    await reporter.report_customer(SENT, CHANNEL, refusal(provider, code), NOW)
    assert [type(command) for command in producer.commands()] == kinds


async def test_customer_is_marked_until_the_next_message(shop: Shop) -> None:
    await shop.customers.record_contact(ADA, inbound(1), NOW - timedelta(days=9))
    await shop.reporter.report_customer(SENT, CHANNEL, refusal(Provider.META, "131026"), NOW)
    await shop.handle_commands()
    assert await shop.undeliverable_at() == NOW
    broadcast = Broadcast(
        id="b1", workspace="acme", name="b1", channel="main", what=BroadcastText(text="Hi"), created_at=NOW, by="u9"
    )
    people = RecipientProfiles(shop.mongo, ErasureGuard(shop.mongo, shop.clock))
    known, stranger = (Recipient(id=one, customer_id=one, identity=PHONE) for one in (ADA, "u9"))
    looked_up = await people.read(broadcast, [known, stranger])
    assert [one.undeliverable for one in looked_up] == [True, False]
    await shop.customers.record_contact(ADA, inbound(2), NOW + timedelta(minutes=1))
    assert await shop.undeliverable_at() is None
    await shop.handle_commands()
    assert await shop.undeliverable_at() is None, "the report is older than the message"


@pytest.mark.parametrize(("provider", "code"), [(Provider.META, "131049"), (Provider.TWILIO, "63049")])
async def test_another_broadcast_skips_a_held_off_customer_for_a_day(shop: Shop, provider: Provider, code: str) -> None:
    await shop.customers.record_contact(ADA, inbound(1), NOW - timedelta(hours=1))
    await shop.reporter.report_customer(SENT, CHANNEL, refusal(provider, code), NOW)
    await shop.handle_commands()
    people = RecipientProfiles(shop.mongo, ErasureGuard(shop.mongo, shop.clock))
    for what, held_off in ((BroadcastTemplate(name="sale", language="en"), True), (BroadcastText(text="Hi"), False)):
        second = Broadcast(id="b2", workspace="acme", name="b2", channel="main", what=what, created_at=NOW, by="u9")
        (ada,) = await people.read(second, [Recipient(id=ADA, customer_id=ADA, identity=PHONE)])
        soon, later = (decide(second, provider, ada, NOW + timedelta(hours=hours)) for hours in (23, 24))
        assert (soon is SkipReason.HELD_OFF, later is SkipReason.HELD_OFF) == (held_off, False)


async def test_report_creates_no_customer(shop: Shop) -> None:
    await shop.reporter.report_customer(SENT, CHANNEL, refusal(Provider.META, "131026"), NOW)
    await shop.handle_commands()
    for name in ("customers", "conversations"):
        assert await shop.mongo.collection(name).count({"workspace": "acme"}) == 0


async def test_failed_status_marks_the_customer_as_of_its_time(shop: Shop) -> None:
    await shop.customers.record_contact(ADA, inbound(1), NOW - timedelta(days=9))
    messages = OutboundMessages(shop.mongo, "acme")
    await messages.claim(SENT, "a", NOW)
    await messages.record_accepted(SENT.id, "a", "wamid.out", NOW)
    failed = InboundStatus(
        id="s1",
        workspace="acme",
        correlation_id=SENT.correlation_id,
        created_at=NOW,
        provider=Provider.META,
        channel="main",
        provider_message_id="wamid.out",
        outbound_id=SENT.id,
        status=Status.FAILED,
        occurred_at=NOW - timedelta(seconds=5),
        errors=(ProviderError(code="131026", title="Message undeliverable"),),
    )
    outcome = await messages.status(failed)
    assert outcome is not None
    unused = cast(ChannelGate, None), cast(BodySelector, None), cast(TemplateValidator, None)
    failures = FailedStatuses(*unused, shop.reporter, shop.clock, RetryLimits(attempts=15, age=86_400.0))
    await failures.handle(failed, outcome, CHANNEL, messages)
    await shop.handle_commands()
    assert await shop.undeliverable_at() == NOW - timedelta(seconds=5)
