"""Senders with a number or a user id reach the router as customers that can be answered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from services.ingress.accept import Acceptor
from services.ingress.senders import Senders
from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.domain import ids
from shared.domain.identities import ResolvedCustomer
from shared.kafka.codec import decode
from shared.kafka.records import NewRecord, Record
from shared.messages.inbound import InboundMessage, Provider, Sender
from shared.messages.outbound import TextBody
from shared.providers.meta import webhook as meta
from shared.providers.meta.payload import payload_for
from shared.providers.port import OutgoingMessage, Parsed, ParsedMessage
from shared.providers.twilio import webhook as twilio
from shared.repositories.customers import Customers
from shared.repositories.directory import Directory
from shared.repositories.identities import Identities
from shared.repositories.identity_cache import IdentityCache
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.providers.payloads import payload
from tests.repositories.builders import workspace_file

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECRETS = Secrets({"k1": b"1" * 32})
ADA, USER = "+2348055550123", "bsuid:NG.13491208655302741918"


class Kept:
    """A producer that keeps its records."""

    def __init__(self) -> None:
        self.records: list[NewRecord] = []

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        self.records += records


def of_meta(name: str) -> tuple[Provider, list[Parsed]]:
    return Provider.META, meta.parse(payload("meta", name))


def of_twilio(sender: str) -> tuple[Provider, list[Parsed]]:
    fields = {"MessageSid": "SM1", "To": "whatsapp:+14155238886", "From": sender, "Body": "Hi", "NumMedia": "0"}
    return Provider.TWILIO, twilio.parse_message(list(fields.items()), NOW)


CASES = [
    ("Meta, a number", of_meta("text"), ADA, {"to": "2348055550123"}),
    ("Meta, a user id and no number", of_meta("user_id_only"), USER, {"recipient": USER.removeprefix("bsuid:")}),
    ("Meta, a user id in the number's place", of_meta("user_id_in_from"), USER, {"recipient": USER[6:]}),
    ("Meta, both", of_meta("number_and_user_id"), ADA, {"to": "2348055550123"}),
    ("Meta, a Brazilian number stays as it was used", of_meta("other_variant_in_contact"), "+5511987654321", {}),
    ("Twilio, a number", of_twilio("whatsapp:+2348055550123"), ADA, {}),
    ("Twilio, a user id", of_twilio("whatsapp:NG.13491208655302741918"), USER, {}),
]


@pytest.mark.parametrize(("came", "identity", "to"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_sender_becomes_a_customer_that_can_be_answered(
    came: tuple[Provider, list[Parsed]],
    identity: str,
    to: dict[str, str],
    mongo: Mongo,
    redis: Redis,
    clock: FixedClock,
) -> None:
    await WorkspaceEditor(mongo, redis, SECRETS, clock).apply(workspace_file())
    kept = Kept()
    known = IdentityCache(mongo, clock)
    acceptor = Acceptor(Directory(mongo, redis, SECRETS, clock), known, kept, clock)
    await acceptor.accept(came[0], came[1], path="/webhooks/x")

    (record,) = kept.records
    message = decode(Record(record.topic, 0, 0, record.key, record.value))
    assert isinstance(message, InboundMessage)
    assert message.sender.identity == message.sender.address == identity
    assert message.conversation_id == ids.conversation_id("acme", message.channel, identity)
    if to:
        body = payload_for(OutgoingMessage(id="o1", address=message.sender.address, body=TextBody(body="Hello")))
        assert to.items() <= body.items()

    customers = Customers(mongo, "acme")
    assert await customers.record_contact(ids.customer_id("acme", identity), message, NOW)
    found = await customers.get(ids.customer_id("acme", identity))
    assert found is not None
    assert identity in found["identities"]


def status_of(number: str, user_id: str, **more: object) -> list[Parsed]:
    """Return a status of our message with number and user id of the recipient."""
    status = {"id": "wamid.out", "status": "delivered", "timestamp": "1739321024", "recipient_id": number, **more}
    value = {
        "metadata": {"phone_number_id": "665397593326012"},
        "contacts": [{"wa_id": number, "user_id": user_id}],
        "statuses": [status],
    }
    change = {"field": "messages", "value": value}
    return meta.parse(
        msgspec.json.encode({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]})
    )


@pytest.mark.parametrize("group", [False, True], ids=["to a customer", "to a group"])
async def test_status_with_number_and_user_id_joins_them(
    mongo: Mongo, redis: Redis, clock: FixedClock, group: bool
) -> None:
    """A customer messaged by number who answers with a hidden number is the same customer."""
    await WorkspaceEditor(mongo, redis, SECRETS, clock).apply(workspace_file())
    kept, known = Kept(), IdentityCache(mongo, clock)
    acceptor = Acceptor(Directory(mongo, redis, SECRETS, clock), known, kept, clock)
    of_group = {"recipient_type": "group"} if group else {}
    for items in (status_of(ADA[1:], USER[6:], **of_group), meta.parse(payload("meta", "user_id_only"))):
        await acceptor.accept(Provider.META, items, path="/webhooks/x")
    record = kept.records[-1]
    message = decode(Record(record.topic, 0, 0, record.key, record.value))
    assert isinstance(message, InboundMessage)
    assert message.conversation_id == ids.conversation_id("acme", "main", USER if group else ADA)
    assert message.sender.address == USER


async def test_senders_of_a_large_webhook_are_looked_up_together(
    mongo: Mongo, redis: Redis, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await WorkspaceEditor(mongo, redis, SECRETS, clock).apply(workspace_file())
    asked = []
    resolve = Identities.resolve

    async def counted(self: Identities, people: Sequence[tuple[str, ...]], at: datetime) -> list[ResolvedCustomer]:
        asked.append(len(people))
        return await resolve(self, people, at)

    monkeypatch.setattr(Identities, "resolve", counted)
    acceptor = Acceptor(Directory(mongo, redis, SECRETS, clock), IdentityCache(mongo, clock), Kept(), clock)
    (item,) = meta.parse(payload("meta", "text"))
    assert isinstance(item, ParsedMessage)
    people = [
        replace(item, sender=Sender(identity=f"+23480{n:08d}", address="x", phone=f"+23480{n:08d}")) for n in range(90)
    ]
    for _ in range(2):
        await acceptor.accept(Provider.META, people, path="/webhooks/x")
    assert asked == [90]


async def test_unknown_sender_is_accepted_without_mongodb(clock: FixedClock) -> None:
    mongo = Mongo("mongodb://127.0.0.1:1/?directConnection=true", "nowhere")
    try:
        met = await Senders(IdentityCache(mongo, clock)).resolve("acme", Sender(identity=ADA, address=ADA, phone=ADA))
    finally:
        await mongo.close()
    assert (met.sender.identity, met.unresolved) == (ADA, True)
