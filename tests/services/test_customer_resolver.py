"""Two customers who turn out to be one become one in the router: nothing is lost, nothing is said twice."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import pytest

from services.ingress.senders import Senders
from services.router.worker import Router
from shared.clock import FixedClock
from shared.domain import ids
from shared.domain.broadcast import Broadcast, BroadcastText, Recipient, RecipientState, recipient_id
from shared.domain.conversation import Conversation, Mode
from shared.errors import DependencyAway, RetryLater
from shared.kafka.codec import decode
from shared.kafka.records import NewRecord, Record
from shared.maintenance.eraser import Eraser
from shared.messages.commands import TakeOver
from shared.messages.content import Contacts, Content, System, Text
from shared.messages.inbound import InboundMessage, Provider, Sender
from shared.messages.outbound import OutboundMessage, TextBody
from shared.operations.broadcasts.decide import SkipReason, decide
from shared.operations.broadcasts.profiles import RecipientProfile
from shared.operations.broadcasts.profiles import RecipientProfiles as BroadcastPeople
from shared.operations.customers.importer import ParsedCustomers, write_customers
from shared.operations.customers.rows import CustomerRow
from shared.providers.meta import wire
from shared.providers.meta.content import content_of
from shared.repositories.broadcast_recipients import BroadcastRecipients, RecipientUpdate
from shared.repositories.conversation_history import ConversationHistories
from shared.repositories.conversations import Conversations
from shared.repositories.customer_merges import CustomerMerges
from shared.repositories.customers import Customers
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.identities import Identities
from shared.repositories.identity_cache import IdentityCache
from shared.repositories.inbound import InboundMessages
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_history import OutboundHistory
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from tests.services.builders import FAQS, NOW

PHONE, USER, NEW_PHONE = "+2348030000001", "NG.1", "+2348030000099"
BY_PHONE, BY_USER = (ids.conversation_id("acme", "main", one) for one in (PHONE, f"bsuid:{USER}"))
HOURS, WHERE = "What are your opening hours?", "Where are you?"


class Kept:
    """A producer that keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[NewRecord] = []

    async def send(self, records: Sequence[NewRecord], timeout: float | None = 10.0) -> None:
        self.records += records


class Business:
    """The part of ingress that knows people, and a router, on one database."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        self.clock = FixedClock(NOW)
        self.producer = Kept()
        self.router = Router(mongo, Workspaces(mongo, self.clock), self.producer, self.clock)
        self.conversations = Conversations(mongo, "acme")
        self.number = 0

    async def arrived(
        self, said: str | Content, *, phone: str | None = None, user: str | None = None, number: int = 0
    ) -> InboundMessage:
        """Return the message as an ingress process with empty caches publishes it. number: of a redelivered one."""
        self.clock.advance(1)
        self.number += 1
        identity = phone or f"bsuid:{user}"
        met = await Senders(IdentityCache(self.mongo, self.clock)).resolve(
            "acme", Sender(identity=identity, address=identity, phone=phone, bsuid=user)
        )
        provider_id = f"wamid.{number or self.number}"
        message_id = ids.message_id("acme", Provider.META, provider_id)
        return InboundMessage(
            id=message_id,
            workspace="acme",
            correlation_id=ids.correlation_id(message_id),
            created_at=self.clock.now(),
            provider=Provider.META,
            provider_message_id=provider_id,
            channel="main",
            conversation_id=ids.conversation_id("acme", "main", met.sender.identity),
            sender=met.sender,
            content=Text(body=said) if isinstance(said, str) else said,
            sent_at=self.clock.now(),
            joins=met.joins,
            unresolved=met.unresolved,
        )

    async def write(self, said: str | Content, **who: str | None) -> InboundMessage:
        """A customer writes, and everything that is said reaches delivery."""
        message = await self.arrived(said, phone=who.get("phone"), user=who.get("user"))
        await self.router.on_message(message)
        await self.deliver()
        return message

    async def deliver(self) -> None:
        """Mark all messages to customers as sent."""
        sent = OutboundMessages(self.mongo, "acme")
        for message in self.said():
            if await sent.claim(message, "a", self.clock.now()) is None:
                await sent.record_accepted(message.id, "a", f"out.{message.id}", self.clock.now())

    def said(self) -> list[OutboundMessage]:
        """The messages to customers, each once, in the order of their first records."""
        records = [Record(one.topic, 0, 0, one.key, one.value) for one in self.producer.records]
        messages = [decode(one) for one in records if one.topic == "outbound.messages"]
        texts = [one for one in messages if isinstance(one, OutboundMessage) and isinstance(one.body, TextBody)]
        return list({one.id: one for one in texts}.values())

    async def only_customer(self) -> dict[str, object]:
        (customer,) = [one async for one in Customers(self.mongo, "acme").stream(None, NOW)]
        return customer

    async def open_conversations(self) -> list[Conversation]:
        documents = await self.mongo.collection("conversations").find({"workspace": "acme"}, fields={"_id": 1})
        found = await self.conversations.get_many([one["_id"] for one in documents])
        return [one for one in found.values() if one.moved_to is None]


@pytest.fixture
async def business(mongo: Mongo) -> Business:
    await mongo.collection("workspaces").insert(
        {"_id": "acme", "workspace": "acme", "name": "Acme", "faqs": FAQS, "channels": [], "revision": 1}
    )
    return Business(mongo)


async def test_customers_found_to_be_the_same_are_merged(business: Business) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write("STOP", user=USER)
    await business.write(WHERE, phone=PHONE, user=USER)
    customer = await business.only_customer()
    assert (customer["id"], customer["opted_out"]) == (ids.customer_id("acme", PHONE), True)
    assert customer["identities"] == sorted([PHONE, f"bsuid:{USER}"])
    (conversation,) = await business.open_conversations()
    assert (conversation.id, conversation.turn) == (BY_PHONE, 3)
    heard = await InboundMessages(business.mongo, "acme").last_messages(BY_PHONE, up_to_turn=9, limit=9)
    assert [(one.turn, one.text) for one in heard] == [(1, HOURS), (2, "STOP"), (3, WHERE)]
    said = await OutboundHistory(business.mongo, "acme").last_messages(BY_PHONE, before_turn=9, limit=9)
    assert [one.turn for one in said] == [1, 2, 3]
    await business.write(HOURS, user=USER)
    assert [one.id for one in await business.open_conversations()] == [BY_PHONE]


async def test_agent_of_either_conversation_has_the_merged_one(business: Business) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write("talk to a person", user=USER)
    told = len(business.said())
    await business.write(WHERE, phone=PHONE, user=USER)
    (conversation,) = await business.open_conversations()
    assert conversation.mode is Mode.HUMAN
    assert conversation.waiting_since is not None
    assert len(business.said()) == told, "the bot is quiet"
    assert len(await business.conversations.waiting()) == 1


async def test_message_in_flight_to_the_merged_conversation_is_answered_in_the_remaining_one(
    business: Business,
) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write(HOURS, user=USER)
    late = await business.arrived(WHERE, user=USER)
    assert late.conversation_id == BY_USER
    await business.write("STOP", phone=PHONE, user=USER)
    for _ in range(2):  # its record comes again
        await business.router.on_message(late)
    assert business.said()[-1].conversation_id == BY_PHONE
    assert len(business.said()) == 4
    (conversation,) = await business.open_conversations()
    assert conversation.turn == 4


@pytest.mark.parametrize("again", ["its record", "the webhook"])
async def test_redelivered_message_of_a_merged_conversation_is_not_decided_again(
    business: Business, again: str
) -> None:
    await business.write(HOURS, phone=PHONE)
    first = await business.write(HOURS, user=USER)
    await business.write(WHERE, phone=PHONE, user=USER)
    told = [(one.id, one.turn) for one in business.said()]
    if again == "the webhook":
        first = await business.arrived(HOURS, user=USER, number=2)
        assert first.conversation_id == BY_PHONE
    await business.router.on_message(first)
    assert [(one.id, one.turn) for one in business.said()] == told
    (conversation,) = await business.open_conversations()
    assert conversation.turn == 3
    assert (await business.only_customer())["identities"] == sorted([PHONE, f"bsuid:{USER}"])


async def test_sender_not_routed_before_both_identities_arrive_is_one_customer(business: Business) -> None:
    first = await business.arrived("STOP", user=USER)
    other = await business.arrived(HOURS, phone=PHONE)
    both = await business.arrived(WHERE, phone=PHONE, user=USER)
    assert both.joins
    for message in (both, first, other):
        await business.router.on_message(message)
    assert (await business.only_customer())["opted_out"] is True
    assert len(await business.open_conversations()) == 1
    assert len(business.said()) == 3


async def test_conversation_created_during_the_merge_is_merged_too(business: Business) -> None:
    """The first message of a customer is decided on, and not yet stored as seen, when another joins the two."""
    first = await business.arrived("STOP", user=USER)
    other = await business.arrived(HOURS, phone=PHONE)
    both = await business.arrived(WHERE, phone=PHONE, user=USER)
    await business.router.on_message(other)
    record_contact, before = Customers.record_contact, [True]

    async def record_late(self: Customers, customer_id: str, message: InboundMessage, at: datetime) -> bool:
        if before and before.pop():
            business.clock.advance(61)  # it is not waited for without end
            await business.router.on_message(both)
        return await record_contact(self, customer_id, message, at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Customers, "record_contact", record_late)
        await business.router.on_message(first)
    assert (await business.only_customer())["opted_out"] is True
    assert len(await business.open_conversations()) == 1


async def test_command_to_the_merged_conversation_is_carried_out_in_the_remaining_one(business: Business) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write(HOURS, user=USER)
    await business.write(WHERE, phone=PHONE, user=USER)
    command = TakeOver(
        id="c1",
        workspace="acme",
        correlation_id="0" * 32,
        created_at=business.clock.now(),
        conversation_id=BY_USER,
        by="u1",
    )
    await business.router.on_command(command)
    (conversation,) = await business.open_conversations()
    assert (conversation.mode, conversation.assigned_to) == (Mode.HUMAN, "u1")


async def test_pending_answer_is_sent_before_the_merged_conversation_goes_on(business: Business) -> None:
    await business.write(HOURS, phone=PHONE)
    asked = await business.arrived("tell me a story about oak", user=USER)
    await business.router.on_message(asked)
    both = await business.arrived(WHERE, phone=PHONE, user=USER)
    told = len(business.said())
    with pytest.raises(RetryLater):
        await business.router.on_message(both)
    assert len(business.said()) == told
    business.clock.advance(61)  # nothing came: it is not waited for without end
    await business.router.on_message(both)
    assert len(business.said()) == told + 1


@pytest.mark.parametrize("step", ["_merge_state", "_move_history", "merge", "join"])
async def test_interrupted_merge_is_finished(business: Business, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write("STOP", user=USER)
    both = await business.arrived(WHERE, phone=PHONE, user=USER)
    of = {"merge": Customers, "join": Identities}.get(step, CustomerMerges)

    async def away(*_: object, **__: object) -> None:
        raise DependencyAway("mongodb")

    with monkeypatch.context() as patch, pytest.raises(DependencyAway):
        patch.setattr(of, step, away)
        await business.router.on_message(both)
    for _ in range(2):
        await business.router.on_message(both)
    (conversation,) = await business.open_conversations()
    assert (conversation.turn, (await business.only_customer())["opted_out"]) == (3, True)
    heard = await InboundMessages(business.mongo, "acme").last_messages(BY_PHONE, up_to_turn=9, limit=9)
    assert [one.turn for one in heard] == [1, 2, 3]


async def test_router_resolves_a_sender_that_ingress_could_not_look_up(business: Business) -> None:
    await business.write("STOP", phone=PHONE, user=USER)
    message = await business.arrived(WHERE, user=USER)
    hidden = msgspec.structs.replace(
        message,
        unresolved=True,
        conversation_id=BY_USER,
        sender=msgspec.structs.replace(message.sender, identity=f"bsuid:{USER}"),
    )
    await business.router.on_message(hidden)
    assert (await business.only_customer())["opted_out"] is True
    assert [one.id for one in await business.open_conversations()] == [BY_PHONE]


async def test_conversation_continues_after_a_number_change(business: Business) -> None:
    await business.write("STOP", phone=PHONE, user=USER)
    told = System(kind="user_changed_number", new_address=NEW_PHONE, new_user_id="NG.2")
    change = await business.write(told, phone=PHONE, user=USER)
    for who in ({"phone": NEW_PHONE}, {"user": "NG.2"}):
        await business.write(HOURS, **who)
    customer = await business.only_customer()
    assert (customer["phone"], customer["bsuid"], customer["opted_out"]) == (NEW_PHONE, "NG.2", True)
    assert [one.id for one in await business.open_conversations()] == [BY_PHONE]
    stranger = await business.write(WHERE, phone=PHONE)
    assert stranger.conversation_id != BY_PHONE
    again = await business.arrived(told, phone=PHONE, user=USER, number=2)  # the webhook is delivered again
    assert again.id == change.id
    await business.router.on_message(again)
    people = {one["phone"]: one async for one in Customers(business.mongo, "acme").stream(None, NOW)}
    assert (people[NEW_PHONE]["opted_out"], people[PHONE]["opted_out"]) == (True, False)
    assert len(await business.open_conversations()) == 2


async def test_customer_who_writes_from_a_new_number_before_the_change_event_is_the_same(
    business: Business,
) -> None:
    await business.write("STOP", phone=PHONE)
    await business.write(HOURS, phone=NEW_PHONE)
    await business.write(System(kind="user_changed_number", new_address=NEW_PHONE), phone=PHONE)
    customer = await business.only_customer()
    assert (customer["phone"], customer["opted_out"]) == (NEW_PHONE, True)


async def test_erasure_removes_all_identities_of_the_customer(business: Business) -> None:
    await business.write(HOURS, phone=PHONE)
    late = await business.arrived(HOURS, user=USER)
    await business.write(WHERE, phone=PHONE, user=USER)
    person = await Eraser(business.mongo, "acme").find([PHONE], "", ["main"])
    assert {BY_PHONE, BY_USER} <= set(person.conversation_ids)
    assert {ids.customer_id("acme", one) for one in (PHONE, f"bsuid:{USER}")} <= set(person.customer_ids)
    assert late.conversation_id in person.conversation_ids
    business.clock.advance(timedelta(hours=1).total_seconds())
    await Eraser(business.mongo, "acme").remove(person)
    assert [one async for one in Customers(business.mongo, "acme").stream(None, NOW)] == []
    assert (await business.arrived(HOURS, user=USER)).conversation_id == BY_USER


def card(number: str = PHONE, origin: str = "contact_request", **more: object) -> dict[str, object]:
    """An address-book card as Meta sends one."""
    phones = [{"phone": number, "wa_id": number[1:], "type": "CELL"}]
    return {"name": {"formatted_name": "Ada"}, "phones": phones, "origin": origin, **more}


def cards(*given: dict[str, object], context: dict[str, object] | None = None) -> Contacts:
    """The content of a message with these cards, as the adapter reads it."""
    message = wire.Message(
        id="wamid.c",
        timestamp="1",
        type="contacts",
        from_user_id=USER,
        contacts=msgspec.Raw(msgspec.json.encode(given)),
        context=msgspec.convert(context, wire.Context) if context else None,
    )
    content = content_of(message)
    assert isinstance(content, Contacts)
    return content


@pytest.mark.parametrize("known_by_number", [True, False], ids=["a customer's number", "a new number"])
async def test_customer_who_shares_a_requested_number_is_known_by_both_identities(
    business: Business, known_by_number: bool
) -> None:
    if known_by_number:
        await business.write("STOP", phone=PHONE)
    await business.write(HOURS, user=USER)
    for _ in range(2):
        await business.write(cards(card()), user=USER)
    customer = await business.only_customer()
    assert customer["identities"] == sorted([PHONE, f"bsuid:{USER}"])
    assert (customer["phone"], customer["opted_out"]) == (PHONE, known_by_number)
    await business.write(WHERE, phone=PHONE)
    assert len(await business.open_conversations()) == 1
    assert (
        len(
            await InboundMessages(business.mongo, "acme").last_messages(
                (await business.open_conversations())[0].id, up_to_turn=99, limit=99
            )
        )
        == business.number
    )


STRANGERS = {
    "a card from the address book": cards(card(origin="other")),
    "a card that says nothing of where it is from": cards({"phones": card()["phones"]}),
    "one that answers a message of ours": cards(card(origin="other"), context={"id": "out.1"}),
    "two cards": cards(card(), card(NEW_PHONE)),
    "another user's card": cards(card(user_id="NG.77")),
    "a forwarded one": cards(card(), context={"forwarded": True}),
}


@pytest.mark.parametrize("content", STRANGERS.values(), ids=STRANGERS.keys())
@pytest.mark.parametrize("known", [True, False], ids=["known", "not known yet"])
async def test_contact_card_of_another_person_links_no_identities(
    business: Business, content: Contacts, known: bool
) -> None:
    if known:
        await business.write("STOP", phone=PHONE)
    await business.write(content, user=USER)
    await business.write(HOURS, phone=PHONE)
    people = {one["phone"]: one async for one in Customers(business.mongo, "acme").stream(None, NOW)}
    assert people.keys() == {PHONE, ""}
    assert people[""]["identities"] == [f"bsuid:{USER}"]
    assert (people[PHONE]["opted_out"], people[""]["opted_out"]) == (known, False)


async def test_shared_number_of_another_user_id_links_no_identities(business: Business) -> None:
    await business.write("STOP", phone=PHONE, user="NG.7")
    await business.write(cards(card()), user=USER)
    people = [one async for one in Customers(business.mongo, "acme").stream(None, NOW)]
    assert sorted(one["bsuid"] for one in people) == [USER, "NG.7"]


async def two_then_one(business: Business) -> InboundMessage:
    """A customer by number, one by user id who opted out, and then both are one."""
    await business.write(HOURS, phone=PHONE)
    await business.write("STOP", user=USER)
    return await business.write(WHERE, phone=PHONE, user=USER)


async def test_window_is_open_for_messages_waiting_in_the_merged_conversation(business: Business) -> None:
    both = await two_then_one(business)
    assert await business.conversations.last_inbound_at(BY_USER) == both.created_at


async def test_model_asked_in_the_merged_conversation_gets_the_whole_history(business: Business) -> None:
    await two_then_one(business)
    past = await ConversationHistories(business.mongo, "acme").read(BY_USER, "nobody", turn=1, limit=9)
    assert [one.text for one in past.inbound] == [HOURS, "STOP"]
    assert past.customer is not None
    assert past.conversation is not None
    assert past.conversation.id == BY_PHONE


BROADCAST = Broadcast(
    id="b1",
    workspace="acme",
    name="spring",
    channel="main",
    what=BroadcastText(text="Spring!"),
    created_at=NOW,
    by="u9",
)


async def listed(business: Business, *reached: RecipientState) -> list[RecipientProfile]:
    """The recipients of a broadcast that lists the customer under both identities, made before they were one."""
    recipients = [
        Recipient(
            id=recipient_id("b1", ids.customer_id("acme", one)), customer_id=ids.customer_id("acme", one), identity=one
        )
        for one in (PHONE, f"bsuid:{USER}")
    ]
    made = BroadcastRecipients(business.mongo, "acme")
    await made.add("b1", recipients)
    for recipient, now in zip(recipients, reached, strict=False):
        await made.update([RecipientUpdate(id=recipient.id, was=RecipientState.PENDING, reached=now)], NOW)
    people = BroadcastPeople(business.mongo, ErasureGuard(business.mongo, business.clock))
    return await people.read(BROADCAST, recipients)


async def test_customer_listed_twice_gets_a_broadcast_once(business: Business) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write(HOURS, user=USER)
    await business.write(WHERE, phone=PHONE, user=USER)
    by_number, by_user_id = await listed(business)
    asked = [decide(BROADCAST, Provider.META, one, business.clock.now()) for one in (by_number, by_user_id)]
    assert isinstance(asked[0], OutboundMessage)
    assert (asked[0].conversation_id, asked[1]) == (BY_PHONE, SkipReason.TWICE)


async def test_broadcast_is_not_sent_again_to_the_other_identity_of_a_customer(business: Business) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write(HOURS, user=USER)
    await business.write(WHERE, phone=PHONE, user=USER)
    by_number, by_user_id = await listed(business, RecipientState.PENDING, RecipientState.QUEUED)
    assert (by_number.twice, by_user_id.twice) == (True, False)


async def test_opt_out_under_one_identity_stops_broadcasts_to_the_other(business: Business) -> None:
    await two_then_one(business)
    for person in await listed(business):
        assert isinstance(decide(BROADCAST, Provider.META, person, business.clock.now()), SkipReason)


async def test_imported_file_with_both_identities_merges_customers(business: Business) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write("STOP", user=USER)
    row = CustomerRow(phone=PHONE, bsuid=USER, name="Ada")
    found = ParsedCustomers(header=["phone", "bsuid", "name"], rows=[row], rejects=[], erased=[])
    for _ in range(2):
        await write_customers(
            Customers(business.mongo, "acme"),
            "acme",
            found,
            business.clock.now(),
            dry_run=False,
            merges=CustomerMerges(business.mongo, "acme"),
        )
    customer = await business.only_customer()
    assert (customer["name"], customer["opted_out"], customer["phone"]) == ("Ada", True, PHONE)
    await business.write(WHERE, user=USER)
    assert [one.id for one in await business.open_conversations()] == [BY_PHONE]


async def test_number_identifies_its_current_owner(business: Business) -> None:
    await business.write(HOURS, phone=PHONE, user=USER)
    await business.write(System(kind="user_changed_number", new_address=NEW_PHONE), phone=PHONE, user=USER)
    await business.write(WHERE, phone=PHONE)
    customers = Customers(business.mongo, "acme")
    owners = await customers.ids_by_identity([PHONE, NEW_PHONE])
    assert owners[NEW_PHONE] == ids.customer_id("acme", PHONE)
    assert owners[PHONE] not in ("", ids.customer_id("acme", PHONE))
    recipient = Recipient(id="r1", customer_id=owners[PHONE], identity=PHONE)
    people = BroadcastPeople(business.mongo, ErasureGuard(business.mongo, business.clock))
    (person,) = await people.read(BROADCAST, [recipient])
    assert person.conversation is not None
    assert person.conversation.address == PHONE
