"""Signed webhooks posted again hours or months later: erased customers stay erased, and nothing is answered."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from devtools.cli.workspace_session import WorkspaceSession
from services.router.worker import Router
from shared.clock import FixedClock
from shared.domain import ids
from shared.domain.identities import identities_of
from shared.kafka.brokers import Brokers
from shared.kafka.producer import KafkaProducer
from shared.maintenance.eraser import Eraser
from shared.messages.commands import ConsentChanged, WrittenOnPhone
from shared.messages.content import Text
from shared.messages.inbound import Consent, InboundMessage, Provider
from shared.operations.customers.erasure import erase_customer
from shared.repositories.customers import Customers
from shared.repositories.identities import Identities
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from tests.services.builders import FAQS, NOW, inbound

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OF_PEOPLE = ("customers", "conversations", "messages", "identities")
QUESTION = "What are your opening hours?"


class Desk:
    """A router on real stores, with a clock that is moved."""

    def __init__(self, mongo: Mongo, producer: KafkaProducer) -> None:
        self.mongo = mongo
        self.clock = FixedClock(NOW)
        self.workspaces = Workspaces(mongo, self.clock)
        self.router = Router(mongo, self.workspaces, producer, self.clock)

    async def arrives(self, message: InboundMessage, *, written: datetime | None) -> None:
        """Bring a message in as ingress does, which registers the sender. written: None: the provider has no times."""
        now = self.clock.now()
        arrived = msgspec.structs.replace(message, created_at=now, sent_at=written or now)
        await Identities(self.mongo, "acme").resolve([identities_of(arrived.sender)], now)
        await self.router.on_message(arrived)

    async def erase(self, message: InboundMessage) -> None:
        workspace = await self.workspaces.get("acme")
        assert workspace is not None
        known = WorkspaceSession(self.mongo, workspace, Customers(self.mongo, "acme"), self.clock.now())
        person = await Eraser(self.mongo, "acme").find([message.sender.identity], "", ["main"])

        async def settle() -> None:
            self.clock.advance(8)

        await erase_customer(known.mongo, known.workspace.workspace, person, self.clock, settle)

    async def stored(self) -> dict[str, int]:
        """Return the number of documents in each collection with personal data."""
        links = {"workspace": "acme", "key": {"$ne": None}}
        return {
            name: await self.mongo.collection(name).count(links if name == "identities" else {"workspace": "acme"})
            for name in OF_PEOPLE
        }


@pytest.fixture
async def decision_context(mongo: Mongo, bootstrap: str) -> AsyncIterator[Desk]:
    producer = KafkaProducer(Brokers(bootstrap), "test")
    await producer.start()
    await mongo.collection("workspaces").insert(
        {"_id": "acme", "workspace": "acme", "name": "Acme", "faqs": FAQS, "channels": [], "revision": 1}
    )
    yield Desk(mongo, producer)
    await producer.stop()


NOBODY = dict.fromkeys(OF_PEOPLE, 0)
SOMEBODY = dict.fromkeys(OF_PEOPLE, 1)


@pytest.mark.parametrize("provider", [Provider.META, Provider.MSG91, Provider.TWILIO])
@pytest.mark.parametrize("after", [timedelta(minutes=5), 3 * DAY, 90 * DAY], ids=["minutes", "days", "months"])
async def test_replayed_webhook_does_not_recreate_an_erased_customer(
    decision_context: Desk, provider: Provider, after: timedelta
) -> None:
    said = msgspec.structs.replace(inbound(QUESTION, number=1), provider=provider)
    written = None if provider is Provider.TWILIO else NOW  # Twilio's webhooks have no time
    await decision_context.arrives(said, written=written)
    assert await decision_context.stored() == SOMEBODY
    decision_context.clock.advance(60)
    await decision_context.erase(said)
    assert await decision_context.stored() == NOBODY
    decision_context.clock.advance(after.total_seconds())
    await decision_context.arrives(said, written=written)
    assert await decision_context.stored() == NOBODY

    anew = msgspec.structs.replace(inbound("Where are you?", number=2), provider=provider)
    await decision_context.arrives(anew, written=written and decision_context.clock.now())
    assert await decision_context.stored() == SOMEBODY, "an erased customer who writes again is a new customer"
    await decision_context.arrives(said, written=written)
    assert await decision_context.stored() == SOMEBODY, "the old message is not added"


async def test_message_written_before_an_erasure_and_delivered_after_it_is_dropped(decision_context: Desk) -> None:
    """Ingress was down for hours, and Meta retries."""
    first, late = inbound(QUESTION, number=1), inbound("Where are you?", number=2)
    await decision_context.arrives(first, written=NOW)
    decision_context.clock.advance(3600)
    await decision_context.erase(first)
    decision_context.clock.advance(60)
    await decision_context.arrives(late, written=NOW + timedelta(seconds=30))
    assert await decision_context.stored() == NOBODY


async def test_message_written_within_the_second_of_an_erasure_is_kept(decision_context: Desk) -> None:
    first = inbound(QUESTION, number=1)
    await decision_context.arrives(first, written=NOW)
    await decision_context.erase(first)
    decision_context.clock.advance(0.2)
    await decision_context.arrives(
        inbound(QUESTION, number=2), written=decision_context.clock.now().replace(microsecond=0)
    )
    assert await decision_context.stored() == SOMEBODY


def report(decision_context: Desk, said: InboundMessage, kind: str, at: datetime) -> WrittenOnPhone | ConsentChanged:
    common: dict[str, Any] = {
        "id": f"report-{kind}",
        "workspace": "acme",
        "correlation_id": "0" * 32,
        "created_at": decision_context.clock.now(),
        "conversation_id": said.conversation_id,
        "by": "provider",
        "provider": Provider.META,
        "channel": "main",
        "identity": said.sender.identity,
        "address": said.sender.identity,
    }
    if kind == "echo":
        return WrittenOnPhone(**common, provider_message_id="wamid.echo", content=Text(body="hello"), sent_at=at)
    return ConsentChanged(**common, consent=Consent.START, said_at=at)


@pytest.mark.parametrize("kind", ["echo", "consent"])
async def test_provider_reports_do_not_recreate_erased_customers(decision_context: Desk, kind: str) -> None:
    said = inbound(QUESTION, number=1)
    await decision_context.arrives(said, written=NOW)
    await decision_context.router.on_command(report(decision_context, said, kind, NOW))
    decision_context.clock.advance(60)
    await decision_context.erase(said)
    decision_context.clock.advance(300)
    await decision_context.router.on_command(report(decision_context, said, kind, NOW))
    assert await decision_context.stored() == NOBODY
    await decision_context.router.on_command(report(decision_context, said, kind, decision_context.clock.now()))
    assert (await decision_context.stored())["customers"] == 1, "a new report is of a new customer"


@pytest.mark.parametrize("kind", ["echo", "consent"])
async def test_old_provider_report_changes_nothing(decision_context: Desk, kind: str) -> None:
    said = inbound(QUESTION, number=1)
    decision_context.clock.advance(30 * 86400)
    await decision_context.router.on_command(report(decision_context, said, kind, NOW))
    assert await decision_context.stored() == NOBODY


async def test_old_message_of_a_customer_is_stored_and_not_answered(decision_context: Desk) -> None:
    said = inbound(QUESTION, number=1)
    await decision_context.arrives(said, written=NOW)
    customers = Customers(decision_context.mongo, "acme")
    before = await customers.get(ids.customer_id("acme", said.sender.identity))
    decision_context.clock.advance(30 * 86400)
    forgotten = inbound("STOP", number=2)
    for _ in range(2):
        await decision_context.arrives(forgotten, written=NOW)
    (kept,) = await decision_context.mongo.collection("messages").find({"_id": forgotten.id})
    assert (kept["decision"], kept["turn"]) == ("old", 0)
    (conversation,) = await decision_context.mongo.collection("conversations").find({"workspace": "acme"})
    assert forgotten.id not in str(conversation), "there was no decision"
    assert await customers.get(ids.customer_id("acme", said.sender.identity)) == before, "nor did it open the window"


async def test_old_message_of_a_stranger_creates_no_customer(decision_context: Desk) -> None:
    decision_context.clock.advance(30 * 86400)
    await decision_context.arrives(inbound(QUESTION, number=1), written=NOW)
    assert await decision_context.stored() == NOBODY


async def test_message_that_a_provider_retries_for_days_is_answered(decision_context: Desk) -> None:
    decision_context.clock.advance(6.9 * 86400)
    await decision_context.arrives(inbound(QUESTION, number=1), written=NOW)
    assert await decision_context.stored() == SOMEBODY
    (kept,) = await decision_context.mongo.collection("messages").find({"workspace": "acme"})
    assert kept["decision"].startswith("faq")
