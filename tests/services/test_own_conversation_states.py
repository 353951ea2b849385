"""A router does not read what it has stored last, and still loses, repeats and revives nothing."""

from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from services.router.conversation_states import ConversationStates, OwnState
from shared.domain.conversation import CartLine, CustomerChange
from shared.errors import DependencyAway
from shared.messages.commands import OrderChanged, TakeOver
from shared.repositories.conversations import KEPT
from shared.repositories.inbound import InboundMessages
from shared.repositories.orders import Orders
from shared.repositories.usage import Usage
from shared.storage.mongo import Mongo
from tests.repositories.test_orders import order
from tests.services.builders import inbound
from tests.services.router_replicas import CONVERSATION, CUSTOMER, Business, stored_business


@pytest.fixture
async def acme(mongo: Mongo) -> Business:
    return await stored_business(mongo)


async def test_process_killed_between_decision_and_message_loses_neither(
    acme: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    router, add = acme.router(), InboundMessages.add

    async def killed(self: InboundMessages, *arguments: Any, **named: Any) -> bool:
        raise DependencyAway("mongodb")

    await router.on_message(acme.message(1))
    monkeypatch.setattr(InboundMessages, "add", killed)
    second = acme.message(2)
    with pytest.raises(DependencyAway):
        await router.on_message(second)
    assert (await acme.state()).turn == 2
    monkeypatch.setattr(InboundMessages, "add", add)
    for _ in range(2):
        await acme.router().on_message(second)
    assert (await acme.state()).turn == 2
    stored = await InboundMessages(acme.mongo, "acme").last_messages(CONVERSATION, up_to_turn=9, limit=9)
    assert [(one.id, one.turn) for one in stored][-1] == (second.id, 2)
    published = [one for one in acme.texts() if one.cause == second.id]
    assert len({one.id for one in published}) == 1


async def test_process_killed_before_kafka_has_the_outputs_publishes_them_later(acme: Business) -> None:
    router = acme.router()
    await router.on_message(acme.message(1))
    second, acme.kafka.away = acme.message(2), True
    with pytest.raises(DependencyAway):
        await router.on_message(second)
    acme.kafka.away = False
    assert second.id not in acme.answered()
    await router.on_message(second)
    await acme.router().on_message(second)
    assert second.id in acme.answered()
    assert (await acme.state()).turn == 2


async def test_counts_survive_a_failed_publication(acme: Business) -> None:
    router = acme.router()
    await router.on_message(acme.message(1))
    second, acme.kafka.away = acme.message(2), True
    with pytest.raises(DependencyAway):
        await router.on_message(second)
    acme.kafka.away = False
    await router.on_message(second)
    await router.flush()
    assert (await Usage(acme.mongo, "acme").this_month("2026-03")).messages == 2


async def test_message_decided_on_by_another_replica_meanwhile_is_not_overwritten(acme: Business) -> None:
    one, other = acme.router(), acme.router()
    sent = [acme.message(number) for number in range(1, 6)]
    for router, message in zip((one, one, other, one, other), sent, strict=True):
        await router.on_message(message)
    assert (await acme.state()).turn == 5
    assert acme.answered() == [message.id for message in sent]
    assert [one.turn for one in await acme.conversations.recent_decisions(CONVERSATION)] == [1, 2, 3, 4, 5]


async def test_record_processed_by_two_replicas_has_one_decision(acme: Business) -> None:
    one, other = acme.router(), acme.router()
    await one.on_message(acme.message(1))
    second = acme.message(2)
    await other.on_message(second)
    await one.on_message(second)
    assert (await acme.state()).turn == 2
    assert len({text.id for text in acme.texts()}) == 2


async def test_redelivered_message_finds_its_decision(acme: Business) -> None:
    """In the process that made it, whatever came after it."""
    router = acme.router()
    sent = [acme.message(number) for number in range(1, 5)]
    for message in (*sent, sent[1], sent[3], sent[0]):
        await router.on_message(message)
    assert (await acme.state()).turn == 4
    assert [one.cause for one in acme.texts()] == [one.id for one in (*sent, sent[1], sent[3], sent[0])]


@pytest.mark.parametrize("by_arrival", [False, True], ids=["provider's time", "time of arrival"])
async def test_message_sent_again_after_its_decision_was_dropped_is_not_answered(
    acme: Business, *, by_arrival: bool
) -> None:
    """A provider without times of its own is Twilio: the second arrival looks like a new message."""
    router = acme.router()
    first = acme.message(0)
    await router.on_message(first)
    for number in range(1, KEPT + 3):
        acme.clock.advance(120)
        await router.on_message(acme.message(number))
    acme.clock.advance(60)
    now: datetime = acme.clock.now()
    again = replace(first, created_at=now, sent_at=now.replace(microsecond=5) if by_arrival else first.sent_at)
    published = len(acme.kafka.records)
    await router.on_message(again)
    assert len(acme.kafka.records) == published


async def test_states_are_read_again_after_a_reassignment(acme: Business) -> None:
    one, other = acme.router(), acme.router()
    await one.on_message(acme.message(1))
    await other.on_command(_take_over(acme, "c1"))
    one.forget_states()
    await one.on_message(acme.message(2))
    assert len(acme.texts()) == 1, "an agent has the conversation"
    assert len(await acme.conversations.recent_decisions(CONVERSATION)) == 3


async def test_command_of_another_replica_is_respected_without_a_reassignment(acme: Business) -> None:
    one, other = acme.router(), acme.router()
    await one.on_message(acme.message(1))
    await other.on_command(_take_over(acme, "c1"))
    await one.on_message(acme.message(2))
    assert len(acme.texts()) == 1
    await one.on_command(_take_over(acme, "c1"))
    assert (await acme.state()).version == 3, "the command has its decision"


async def test_erased_customer_is_not_revived_by_a_state_in_memory(acme: Business) -> None:
    router = acme.router()
    await router.on_message(acme.message(1))
    state = await acme.state()
    recorded = (await acme.conversations.recent_decisions(CONVERSATION))[-1]
    cart = replace(state, version=2, cart=(CartLine(sku="secret", quantity=1),))
    await acme.conversations.save(cart, 1, replace(recorded, cause="a command"))
    await router.on_message(acme.message(2))
    await router.on_message(acme.message(3))  # the contact is not written yet
    await acme.erase()
    await router.flush()
    assert await acme.customers.get(CUSTOMER) is None
    acme.clock.advance(60)
    await router.on_message(acme.message(4))
    state = await acme.state()
    assert (state.turn, state.version, state.cart) == (1, 1, ())
    assert len(await acme.conversations.recent_decisions(CONVERSATION)) == 1
    found = await acme.customers.get(CUSTOMER)
    assert found is not None and found["first_seen_at"] == acme.clock.now()
    await router.on_message(acme.message(5))
    assert (await acme.state()).turn == 2


async def test_customer_changed_by_an_operator_is_seen_at_once(acme: Business) -> None:
    router = acme.router()
    await router.on_message(acme.message(1))
    await router.on_message(acme.message(2, "START"))
    assert not await acme.decided("opted_in"), "there is nothing to start"
    opt_out = CustomerChange(opted_out=True)
    assert await acme.customers.apply(CUSTOMER, opt_out, "operator:import", acme.clock.now())
    await router.on_message(acme.message(3, "START"))
    found = await acme.customers.get(CUSTOMER)
    assert found is not None and not found["opted_out"]
    assert await acme.decided("opted_in")


async def test_order_news_are_not_sent_to_whom_an_operator_has_just_opted_out(acme: Business) -> None:
    router = acme.router()
    await router.on_message(acme.message(1))
    await Orders(acme.mongo, "acme").place(order(), CUSTOMER, CONVERSATION, acme.clock.now())
    assert await acme.customers.apply(CUSTOMER, CustomerChange(opted_out=True), "operator:1", acme.clock.now())
    published = len(acme.texts())
    command = OrderChanged(
        id="c1",
        workspace="acme",
        correlation_id="x",
        created_at=acme.clock.now(),
        conversation_id=CONVERSATION,
        by="ada",
        number=order().number,
        state="confirmed",
        text="",
    )
    await router.on_command(command)
    assert len(acme.texts()) == published
    decided = (await acme.conversations.recent_decisions(CONVERSATION))[-1]
    assert "not told" in decided.decision


async def test_state_in_memory_is_the_one_that_would_be_loaded(acme: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    """Times have whole milliseconds in MongoDB."""
    kept: list[OwnState] = []
    monkeypatch.setattr(ConversationStates, "keep", lambda _, own: kept.append(own))
    acme.clock.advance(0.123456)
    for number in range(2):
        await acme.router().on_message(acme.message(number))
    await acme.router().on_command(_take_over(acme, "c1"))
    assert kept[-1].conversation == await acme.state()
    assert kept[-1].conversation.person_at is not None


async def test_contact_is_written_with_the_next_flush(acme: Business) -> None:
    router = acme.router()
    for number in range(3):
        await router.on_message(acme.message(number))
    await router.flush()
    found = await acme.customers.get(CUSTOMER)
    assert found is not None
    assert found["last_contacted_at"] == acme.clock.now()
    assert found["first_seen_at"] < found["last_contacted_at"]


async def test_name_of_an_earlier_message_is_written_too(acme: Business) -> None:
    """Of the messages between two flushes, each may name the customer."""
    router = acme.router()
    await router.on_message(acme.message(1))
    sender = replace(inbound("x").sender, name="Ada")
    await router.on_message(acme.message(2, sender=sender))
    await router.on_message(acme.message(3))
    await router.flush()
    found = await acme.customers.get(CUSTOMER)
    assert found is not None and found["name"] == "Ada"


async def test_contact_of_another_workspaces_command_is_not_used(acme: Business) -> None:
    """A state belongs to a workspace and a conversation."""
    await acme.mongo.collection("workspaces").insert(
        {"_id": "rival", "workspace": "rival", "name": "Rival", "faqs": [], "channels": [], "revision": 1}
    )
    router = acme.router()
    await router.on_message(acme.message(1))
    with pytest.raises(Exception, match=CONVERSATION):
        await router.on_command(replace(_take_over(acme, "c1"), workspace="rival"))
    assert (await acme.state()).version == 1


def _take_over(acme: Business, id_: str) -> TakeOver:
    acme.clock.advance(1)
    return TakeOver(
        id=id_,
        workspace="acme",
        correlation_id="x",
        created_at=acme.clock.now(),
        conversation_id=CONVERSATION,
        by="ada",
    )
