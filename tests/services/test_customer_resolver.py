"""The router merges customers that turn out to be the same: nothing is lost, nothing is sent twice."""

from datetime import datetime, timedelta

import msgspec
import pytest

from services.ingress.provider_commands import command_of
from shared.domain import ids
from shared.domain.conversation import Mode
from shared.errors import DependencyAway, RetryLater
from shared.maintenance.eraser import Eraser
from shared.messages.commands import ConsentChanged, TakeOver, WrittenOnPhone
from shared.messages.content import System, Text
from shared.messages.inbound import InboundMessage, Provider
from shared.operations.customers.erasure import erase_customer
from shared.providers.port import Channel, ParsedEcho
from shared.repositories.customer_merges import CustomerMerges
from shared.repositories.customers import Customers
from shared.repositories.identities import Identities
from shared.repositories.inbound import InboundMessages
from shared.repositories.outbound_history import OutboundHistory
from tests.services.builders import NOW
from tests.services.identity_builders import BY_PHONE, BY_USER, HOURS, NEW_PHONE, PHONE, USER, WHERE, IngressAndRouter


async def test_customers_found_to_be_the_same_are_merged(business: IngressAndRouter) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write("STOP", user=USER)
    await business.write(WHERE, phone=PHONE, user=USER)
    customer = await business.only_customer()
    assert (customer["id"], customer["opted_out"]) == (ids.customer_id("acme", PHONE), True)
    assert customer["identities"] == sorted([PHONE, f"bsuid:{USER}"])
    (conversation,) = await business.open_conversations()
    assert (conversation.id, conversation.turn) == (BY_PHONE, 3)
    inbound = await InboundMessages(business.mongo, "acme").last_messages(BY_PHONE, up_to_turn=9, limit=9)
    assert [(one.turn, one.text) for one in inbound] == [(1, HOURS), (2, "STOP"), (3, WHERE)]
    outbound = await OutboundHistory(business.mongo, "acme").last_messages(BY_PHONE, before_turn=9, limit=9)
    assert [one.turn for one in outbound] == [1, 2, 3]
    await business.write(HOURS, user=USER)
    assert [conversation.id for conversation in await business.open_conversations()] == [BY_PHONE]


async def test_agent_of_either_conversation_has_the_merged_one(business: IngressAndRouter) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write("talk to a person", user=USER)
    sent_before = len(business.sent_messages())
    await business.write(WHERE, phone=PHONE, user=USER)
    (conversation,) = await business.open_conversations()
    assert conversation.mode is Mode.HUMAN
    assert conversation.waiting_since is not None
    assert len(business.sent_messages()) == sent_before, "the bot is quiet"
    assert len(await business.conversations.waiting()) == 1


async def test_message_in_flight_to_the_merged_conversation_is_answered_in_the_remaining_one(
    business: IngressAndRouter,
) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write(HOURS, user=USER)
    late = await business.receive(WHERE, user=USER)
    assert late.conversation_id == BY_USER
    await business.write("STOP", phone=PHONE, user=USER)
    for _ in range(2):  # its record comes again
        await business.router.on_message(late)
    assert business.sent_messages()[-1].conversation_id == BY_PHONE
    assert len(business.sent_messages()) == 4
    (conversation,) = await business.open_conversations()
    assert conversation.turn == 4


@pytest.mark.parametrize("again", ["its record", "the webhook"])
async def test_redelivered_message_of_a_merged_conversation_is_not_decided_again(
    business: IngressAndRouter, again: str
) -> None:
    await business.write(HOURS, phone=PHONE)
    first = await business.write(HOURS, user=USER)
    await business.write(WHERE, phone=PHONE, user=USER)
    sent_before = [(message.id, message.turn) for message in business.sent_messages()]
    if again == "the webhook":
        first = await business.receive(HOURS, user=USER, number=2)
        assert first.conversation_id == BY_PHONE
    await business.router.on_message(first)
    assert [(message.id, message.turn) for message in business.sent_messages()] == sent_before
    (conversation,) = await business.open_conversations()
    assert conversation.turn == 3
    assert (await business.only_customer())["identities"] == sorted([PHONE, f"bsuid:{USER}"])


async def test_sender_not_routed_before_both_identities_arrive_is_one_customer(business: IngressAndRouter) -> None:
    first = await business.receive("STOP", user=USER)
    other = await business.receive(HOURS, phone=PHONE)
    both = await business.receive(WHERE, phone=PHONE, user=USER)
    assert both.joins
    for message in (both, first, other):
        await business.router.on_message(message)
    assert (await business.only_customer())["opted_out"] is True
    assert len(await business.open_conversations()) == 1
    assert len(business.sent_messages()) == 3


async def test_conversation_created_during_the_merge_is_merged_too(business: IngressAndRouter) -> None:
    """The first message of a customer is decided on, and not yet stored as seen, when another merges the two."""
    first = await business.receive("STOP", user=USER)
    other = await business.receive(HOURS, phone=PHONE)
    both = await business.receive(WHERE, phone=PHONE, user=USER)
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


async def test_command_to_the_merged_conversation_is_carried_out_in_the_remaining_one(
    business: IngressAndRouter,
) -> None:
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


async def test_pending_answer_is_sent_before_the_merged_conversation_goes_on(business: IngressAndRouter) -> None:
    await business.write(HOURS, phone=PHONE)
    asked = await business.receive("tell me a story about oak", user=USER)
    await business.router.on_message(asked)
    both = await business.receive(WHERE, phone=PHONE, user=USER)
    sent_before = len(business.sent_messages())
    with pytest.raises(RetryLater):
        await business.router.on_message(both)
    assert len(business.sent_messages()) == sent_before
    business.clock.advance(61)  # nothing came: it is not waited for without end
    await business.router.on_message(both)
    assert len(business.sent_messages()) == sent_before + 1


@pytest.mark.parametrize("step", ["_merge_state", "_move_history", "merge", "redirect"])
async def test_interrupted_merge_is_finished(
    business: IngressAndRouter, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.write("STOP", user=USER)
    both = await business.receive(WHERE, phone=PHONE, user=USER)
    of = {"merge": Customers, "redirect": Identities}.get(step, CustomerMerges)

    async def away(*_: object, **__: object) -> None:
        raise DependencyAway("mongodb")

    with monkeypatch.context() as patch, pytest.raises(DependencyAway):
        patch.setattr(of, step, away)
        await business.router.on_message(both)
    for _ in range(2):
        await business.router.on_message(both)
    (conversation,) = await business.open_conversations()
    assert (conversation.turn, (await business.only_customer())["opted_out"]) == (3, True)
    inbound = await InboundMessages(business.mongo, "acme").last_messages(BY_PHONE, up_to_turn=9, limit=9)
    assert [one.turn for one in inbound] == [1, 2, 3]


async def test_router_resolves_a_sender_that_ingress_could_not_look_up(business: IngressAndRouter) -> None:
    await business.write("STOP", phone=PHONE, user=USER)
    message = await business.receive(WHERE, user=USER)
    hidden = msgspec.structs.replace(
        message,
        unresolved=True,
        conversation_id=BY_USER,
        sender=msgspec.structs.replace(message.sender, identity=f"bsuid:{USER}"),
    )
    await business.router.on_message(hidden)
    assert (await business.only_customer())["opted_out"] is True
    assert [conversation.id for conversation in await business.open_conversations()] == [BY_PHONE]


async def test_conversation_continues_after_a_number_change(business: IngressAndRouter) -> None:
    await business.write("STOP", phone=PHONE, user=USER)
    change_message = System(kind="user_changed_number", new_address=NEW_PHONE, new_user_id="NG.2")
    change = await business.write(change_message, phone=PHONE, user=USER)
    for identity in ({"phone": NEW_PHONE}, {"user": "NG.2"}):
        await business.write(HOURS, **identity)
    customer = await business.only_customer()
    assert (customer["phone"], customer["bsuid"], customer["opted_out"]) == (NEW_PHONE, "NG.2", True)
    assert [conversation.id for conversation in await business.open_conversations()] == [BY_PHONE]
    stranger = await business.write(WHERE, phone=PHONE)
    assert stranger.conversation_id != BY_PHONE
    again = await business.receive(change_message, phone=PHONE, user=USER, number=2)  # the webhook is delivered again
    assert again.id == change.id
    await business.router.on_message(again)
    people = {customer["phone"]: customer async for customer in Customers(business.mongo, "acme").stream(None, NOW)}
    assert (people[NEW_PHONE]["opted_out"], people[PHONE]["opted_out"]) == (True, False)
    assert len(await business.open_conversations()) == 2


async def test_customer_who_writes_from_a_new_number_before_the_change_event_is_the_same(
    business: IngressAndRouter,
) -> None:
    await business.write("STOP", phone=PHONE)
    await business.write(HOURS, phone=NEW_PHONE)
    await business.write(System(kind="user_changed_number", new_address=NEW_PHONE), phone=PHONE)
    customer = await business.only_customer()
    assert (customer["phone"], customer["opted_out"]) == (NEW_PHONE, True)


def written_on_phone(business: IngressAndRouter) -> ConsentChanged | WrittenOnPhone:
    """Return the command for an echo that names the customer by number and by user id."""
    business.clock.advance(1)
    now = business.clock.now()
    echo = ParsedEcho(
        recipient="1",
        provider_message_id="wamid.E",
        identity=PHONE,
        bsuid=USER,
        content=Text(body="Tunde here"),
        sent_at=now,
        raw=b"{}",
    )
    channel = Channel(workspace="acme", id="main", provider=Provider.META, address="+1", settings={}, secrets={})
    return command_of(channel, echo, now)


@pytest.mark.parametrize("known", [(), ("phone",), ("user",), ("phone", "user"), ("user", "phone")])
async def test_echo_with_number_and_user_id_is_of_one_customer(
    business: IngressAndRouter, known: tuple[str, ...]
) -> None:
    given = {"phone": PHONE, "user": USER}
    for one in known:
        await business.write(HOURS, **{one: given[one]})
    command = written_on_phone(business)
    for _ in range(2):  # its record comes again
        await business.router.on_command(command)
    sent_before = len(business.sent_messages())
    for one in given:
        await business.write(WHERE, **{one: given[one]})
    customer = await business.only_customer()
    assert (customer["phone"], customer["bsuid"]) == (PHONE, USER)
    (conversation,) = await business.open_conversations()
    assert (conversation.mode, conversation.assigned_to) == (Mode.HUMAN, "phone")
    assert len(business.sent_messages()) == sent_before, "the bot is quiet"


async def test_echo_waits_for_answers_of_a_conversation_that_it_merges(business: IngressAndRouter) -> None:
    await business.write(HOURS, phone=PHONE)
    await business.router.on_message(await business.receive("tell me a story about oak", user=USER))
    with pytest.raises(RetryLater):
        await business.router.on_command(written_on_phone(business))


@pytest.mark.parametrize("identity", [{"phone": PHONE}, {"user": USER}])
async def test_echo_does_not_recreate_a_customer_who_was_erased_by_either_identity(
    business: IngressAndRouter, identity: dict[str, str]
) -> None:
    await business.write(HOURS, **identity)
    command = written_on_phone(business)
    named = next(iter(identity.values())) if "phone" in identity else f"bsuid:{USER}"
    person = await Eraser(business.mongo, "acme").find([named], "", ["main"])
    business.clock.advance(60)
    await erase_customer(business.mongo, "acme", person, business.clock, no_wait)
    business.clock.advance(60)
    await business.router.on_command(command)
    assert [customer async for customer in Customers(business.mongo, "acme").stream(None, NOW)] == []


async def no_wait() -> None:
    """Stand for the time in which other processes learn of an erasure."""


async def test_erasure_removes_all_identities_of_the_customer(business: IngressAndRouter) -> None:
    await business.write(HOURS, phone=PHONE)
    late = await business.receive(HOURS, user=USER)
    await business.write(WHERE, phone=PHONE, user=USER)
    person = await Eraser(business.mongo, "acme").find([PHONE], "", ["main"])
    assert {BY_PHONE, BY_USER} <= set(person.conversation_ids)
    assert {ids.customer_id("acme", identity) for identity in (PHONE, f"bsuid:{USER}")} <= set(person.customer_ids)
    assert late.conversation_id in person.conversation_ids
    business.clock.advance(timedelta(hours=1).total_seconds())
    await Eraser(business.mongo, "acme").remove(person)
    assert [customer async for customer in Customers(business.mongo, "acme").stream(None, NOW)] == []
    assert (await business.receive(HOURS, user=USER)).conversation_id == BY_USER
