"""Changes of conversations in the history: stored once, whatever is redelivered and whoever dies."""

from typing import Any

import pytest

from shared.domain import ids
from shared.domain.conversation import ChangeKind, StateChange
from shared.errors import DependencyAway
from shared.messages.commands import AgentMessage, Assign, Close, Command, HandOff, ReturnToBot, TakeOver
from shared.messages.outbound import TextBody
from shared.repositories.conversation_changes import COLLECTION, ConversationChanges
from shared.storage.documents import from_document
from shared.storage.mongo import Mongo
from tests.services.router_replicas import CONVERSATION, Business, stored_business


@pytest.fixture
async def acme(mongo: Mongo) -> Business:
    return await stored_business(mongo)


def command(acme: Business, kind: type[Command], number: int, **fields: Any) -> Any:
    acme.clock.advance(30)
    id_ = ids.derived_id("command", "acme", "ann", str(number))
    return kind(
        id=id_,
        workspace="acme",
        correlation_id=ids.correlation_id(id_),
        created_at=acme.clock.now(),
        conversation_id=CONVERSATION,
        by=fields.pop("by", "ann"),
        **fields,
    )


async def changes(acme: Business) -> list[StateChange]:
    """Return the stored changes, oldest first."""
    query = {"workspace": "acme", "conversation_id": CONVERSATION}
    found = await acme.mongo.collection(COLLECTION).find(query, sort=[("at", 1), ("_id", 1)])
    return [from_document(one["change"], StateChange) for one in found]


async def test_changes_of_a_conversation_are_recorded_in_order(acme: Business) -> None:
    router = acme.router()
    await router.on_message(acme.message(1))
    assert await changes(acme) == []
    commands: tuple[tuple[type[Command], dict[str, Any]], ...] = (
        (HandOff, {"reason": "complaint", "by": "ai"}),
        (TakeOver, {}),
        (AgentMessage, {"body": TextBody(body="Hello, I am Ann.")}),
        (AgentMessage, {"body": TextBody(body="How can I help?")}),
        (ReturnToBot, {}),
        (Close, {}),
    )
    for number, (kind, fields) in enumerate(commands):
        await router.on_command(command(acme, kind, number, **fields))
    await router.on_message(acme.message(2))
    assert await changes(acme) == [
        StateChange(kind=ChangeKind.HANDED_OFF, by="ai", detail="complaint", channel="main"),
        StateChange(kind=ChangeKind.TAKEN, by="ann", detail="taken over", channel="main"),
        StateChange(kind=ChangeKind.ANSWERED, by="ann", waited=60.0, channel="main"),
        StateChange(kind=ChangeKind.RETURNED, by="ann", channel="main"),
        StateChange(kind=ChangeKind.CLOSED, by="ann", channel="main"),
        StateChange(kind=ChangeKind.REOPENED, by="ann", channel="main"),
    ]


async def test_assignment_names_who_gave_and_who_got_the_conversation(acme: Business) -> None:
    router = acme.router()
    await router.on_message(acme.message(1))
    for number, fields in enumerate(({"to": "bea"}, {"to": "ann"}, {"to": ""})):
        await router.on_command(command(acme, Assign, number, **fields))
    assert [(one.kind, one.given_by, one.by) for one in await changes(acme)] == [
        (ChangeKind.TAKEN, "ann", "bea"),
        (ChangeKind.TAKEN, "", "ann"),
        (ChangeKind.HANDED_OFF, "", "ann"),
    ]


async def test_redelivered_command_stores_its_change_once(acme: Business) -> None:
    await acme.router().on_message(acme.message(1))
    taken = command(acme, TakeOver, 1)
    for _ in range(2):
        await acme.router().on_command(taken)
    assert len(await changes(acme)) == 1


async def test_process_killed_after_the_decision_stores_the_change_later(
    acme: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = ConversationChanges.add

    async def killed(self: ConversationChanges, *arguments: Any, **named: Any) -> None:
        raise DependencyAway("mongodb")

    await acme.router().on_message(acme.message(1))
    monkeypatch.setattr(ConversationChanges, "add", killed)
    taken = command(acme, TakeOver, 1)
    with pytest.raises(DependencyAway):
        await acme.router().on_command(taken)
    monkeypatch.setattr(ConversationChanges, "add", add)
    await acme.router().on_command(taken)
    assert [one.kind for one in await changes(acme)] == [ChangeKind.TAKEN]
