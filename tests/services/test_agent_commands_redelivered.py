"""Agents' commands that the router reads twice, or that two agents give at once: each has one result."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from shared.domain import ids
from shared.domain.conversation import NoteAdded
from shared.kafka.codec import decode
from shared.kafka.records import Record
from shared.messages.commands import (
    AddNote,
    AgentMessage,
    Assign,
    ChangeCustomer,
    CommandRecord,
    OrderChanged,
    SetLabels,
    ShowTyping,
    Snooze,
    StopFlow,
    TakeOver,
    Undeliverable,
)
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.outbound import OutboundMessage, Presence, TextBody
from shared.repositories.notes import Notes
from shared.repositories.orders import Orders
from shared.storage.mongo import Mongo
from tests.repositories.test_orders import order
from tests.services.builders import NOW
from tests.services.router_replicas import CONVERSATION, CUSTOMER, Business, stored_business

OUTCOMES = (EventKind.COMMAND_DONE, EventKind.COMMAND_REFUSED)


@pytest.fixture
async def business(mongo: Mongo) -> Business:
    return await stored_business(mongo)


def about(of: Business, number: int = 1, by: str = "ada") -> dict[str, Any]:
    id_ = ids.derived_id("command", "acme", by, f"key-{number}")
    known = {"workspace": "acme", "conversation_id": CONVERSATION, "created_at": of.clock.now()}
    return {"id": id_, "correlation_id": ids.correlation_id(id_), "by": by, **known}


def published(of: Business) -> list[Any]:
    return [decode(Record(one.topic, 0, 0, one.key, one.value)) for one in of.kafka.records]


def outcomes(of: Business) -> list[ConversationEvent]:
    """Return the events of commands, each once."""
    events = [one for one in published(of) if isinstance(one, ConversationEvent) and one.kind in OUTCOMES]
    return list({event.id: event for event in events}.values())


def commands(of: Business) -> list[CommandRecord]:
    later = of.clock.now() + timedelta(hours=1)
    return [
        TakeOver(if_assigned="", **about(of)),
        AgentMessage(body=TextBody(body="Hello"), if_assigned="", **about(of)),
        Assign(to="bob", **about(of)),
        SetLabels(add=("vip",), **about(of)),
        Snooze(until=later, **about(of)),
        AddNote(text="likes tea", **about(of)),
        StopFlow(**about(of)),
        OrderChanged(number="K7M4-Q2XC", state="paid", text="", tell=False, **about(of)),
        ChangeCustomer(customer_id=CUSTOMER, add_tags=("vip",), **about(of)),
        ChangeCustomer(customer_id="nobody", add_tags=("vip",), **about(of)),
    ]


@pytest.mark.parametrize("place", range(10), ids=str)
async def test_redelivered_command_has_one_result(business: Business, place: int) -> None:
    """Also in another replica, and when the first one stopped before it published."""
    command = commands(business)[place]
    assert not isinstance(command, Undeliverable | ShowTyping)
    await business.router().on_message(business.message(1))
    await Orders(business.mongo, "acme").place(replace(order(1), number="K7M4-Q2XC"), CUSTOMER, CONVERSATION, NOW)
    business.kafka.records.clear()
    router = business.router()
    business.kafka.away = True
    with pytest.raises(Exception, match="kafka"):
        await router.on_command(command)
    business.kafka.away = False
    before = await business.state()
    for replica in (router, business.router()):
        await replica.on_command(command)
    assert await business.state() == before
    sent = {one.id for one in published(business) if isinstance(one, OutboundMessage)}
    assert len(sent) == isinstance(command, AgentMessage)
    (outcome,) = outcomes(business)
    assert outcome.command_id == command.id
    customer = await business.customers.get(CUSTOMER)
    assert customer is not None
    assert len(await Notes(business.mongo, "acme").of_turns(CONVERSATION, 0, 9)) == isinstance(command, AddNote)
    changed = isinstance(command, ChangeCustomer) and command.customer_id == CUSTOMER
    assert customer["tags"] == (["vip"] if changed else [])


async def test_of_two_agents_at_once_exactly_one_gets_the_conversation(business: Business) -> None:
    await business.router().on_message(business.message(1))
    for number in range(10):
        business.kafka.records.clear()
        held = (await business.state()).assigned_to
        rivals = [name for name in ("ada", "bob", "cy") if name != held][:2]
        answers = [
            AgentMessage(body=TextBody(body=f"I am {name}"), if_assigned=held, **about(business, number, name))
            for name in rivals
        ]
        await asyncio.gather(*(business.router().on_command(answer) for answer in answers))
        winner = (await business.state()).assigned_to
        by_kind = {event.kind: event for event in outcomes(business)}
        assert set(by_kind) == set(OUTCOMES)
        assert by_kind[EventKind.COMMAND_DONE].by == winner
        assert by_kind[EventKind.COMMAND_REFUSED].by == winner
        assert [text.body for text in business.texts()] == [TextBody(body=f"I am {winner}")]


async def test_typing_is_shown_without_a_decision_and_not_when_it_is_late(business: Business) -> None:
    router = business.router()
    await router.on_message(business.message(1))
    before, command = await business.state(), ShowTyping(**about(business))
    business.kafka.records.clear()
    await router.on_command(command)
    (shown,) = published(business)
    assert isinstance(shown, OutboundMessage)
    assert shown.body == Presence(provider_message_id=before.last_message, typing=True)
    business.clock.advance(30)
    await router.on_command(command)
    assert (len(business.kafka.records), await business.state()) == (1, before)


async def test_note_follows_a_merged_conversation_and_is_kept_in_order(mongo: Mongo) -> None:
    notes = Notes(mongo, "acme")

    for number, turn in ((1, 2), (2, 1)):
        await notes.add(f"c{number}", CONVERSATION, NoteAdded(text=str(number), turn=turn, by="ada"), NOW)
    assert [note.text for note in await notes.of_turns(CONVERSATION, 1, 2)] == ["2", "1"]
    assert [note.text for note in await notes.of_turns(CONVERSATION, 2, 2)] == ["1"]
