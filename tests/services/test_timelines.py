"""The timeline of a conversation: both directions, in the conversation's order, with all that people see in it."""

from typing import Any

import msgspec
import pytest

from shared.domain.conversation import (
    ChangeKind,
    Conversation,
    NoteAdded,
    RecordedDecision,
    RecordedOutput,
    StateChange,
)
from shared.domain.timeline import TimelinePosition
from shared.kafka.codec import encode
from shared.messages.content import Reaction, Text
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import Context, ProviderError, Status
from shared.messages.outbound import Author
from shared.operations.timeline.entries import TimelineEntry
from shared.operations.timeline.read import TimelinePage, TimelineReader
from shared.repositories.conversation_changes import ConversationChanges
from shared.repositories.conversations import Conversations
from shared.repositories.inbound import InboundMessages
from shared.repositories.notes import Notes
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, inbound, later, outbound, status

CONVERSATION = Conversation(
    id=inbound().conversation_id,
    workspace="acme",
    channel="main",
    provider="meta",
    customer_id="u1",
    address="234803",
    version=1,
)


async def write(mongo: Mongo, number: int, *, answers: int = 1, **changes: Any) -> None:
    """Store a turn: the customer's message and its answers."""
    message = msgspec.structs.replace(inbound(number), **changes)
    await InboundMessages(mongo, "acme").add(message, turn=number, decision="faq", routed_at=NOW)
    for index in range(answers):
        await OutboundMessages(mongo, "acme").claim(outbound(number, index=index), "a", NOW)


@pytest.fixture
def reader(mongo: Mongo) -> TimelineReader:
    return TimelineReader(mongo, "acme")


def positions(page: TimelinePage) -> list[str]:
    return [entry.position for entry in page.entries]


def entry(page: TimelinePage, **wanted: Any) -> TimelineEntry:
    """The only entry of a page with these fields."""
    (found,) = [one for one in page.entries if all(getattr(one, name) == value for name, value in wanted.items())]
    return found


async def test_pages_in_both_directions_have_each_entry_once(mongo: Mongo, reader: TimelineReader) -> None:
    for number in range(1, 8):
        await write(mongo, number, answers=2)
    await Notes(mongo, "acme").add("n1", CONVERSATION.id, NoteAdded(text="call her", turn=3, by="ann"), later(9))
    every = positions(await reader.latest(CONVERSATION, 100))
    assert len(every) == 7 * 3 + 1
    assert every[:3] == ["1.0", "1.1", "1.2"]
    back: list[str] = []
    page = await reader.latest(CONVERSATION, 4)
    back = positions(page)
    while page.before is not None:
        page = await reader.before(CONVERSATION, TimelinePosition.parse(page.before), 4)
        back = positions(page) + back
    assert back == every
    forth: list[str] = []
    at: str | None = "0"
    while at is not None:
        page = await reader.after(CONVERSATION, TimelinePosition.parse(at), 4)
        forth += positions(page)
        at = page.after
    assert forth == every


async def test_entries_of_one_moment_are_not_torn_apart_by_pages(mongo: Mongo, reader: TimelineReader) -> None:
    """Their positions are the same, so a page that began among them would never show the others."""
    await write(mongo, 1)
    for number in range(5):
        await Notes(mongo, "acme").add(f"n{number}", CONVERSATION.id, NoteAdded(text="x", turn=1, by="ann"), later(9))
    await write(mongo, 2)
    every = sorted(one.id for one in (await reader.latest(CONVERSATION, 100)).entries)
    page = await reader.latest(CONVERSATION, 3)
    back = [one.id for one in page.entries]
    while page.before is not None:
        page = await reader.before(CONVERSATION, TimelinePosition.parse(page.before), 3)
        back += [one.id for one in page.entries]
    assert sorted(back) == every
    forth: list[str] = []
    at: str | None = "0"
    while at is not None:
        page = await reader.after(CONVERSATION, TimelinePosition.parse(at), 3)
        forth += [one.id for one in page.entries]
        at = page.after
    assert sorted(forth) == every


@pytest.mark.parametrize("place", range(22))
async def test_page_around_an_entry_has_its_neighbours(mongo: Mongo, reader: TimelineReader, place: int) -> None:
    if place % 7:  # a few of them are enough
        return
    for number in range(1, 8):
        await write(mongo, number, answers=2)
    await Notes(mongo, "acme").add("n1", CONVERSATION.id, NoteAdded(text="call her", turn=3, by="ann"), later(9))
    every = positions(await reader.latest(CONVERSATION, 100))
    page = await reader.around(CONVERSATION, TimelinePosition.parse(every[place]), 6)
    assert positions(page) == every[max(0, place - 3) : place + 3]
    assert (page.before is None) == (place <= 3)
    assert (page.after is None) == (place + 3 >= len(every))


async def test_decided_message_is_shown_before_delivery_has_it(mongo: Mongo, reader: TimelineReader) -> None:
    message = msgspec.structs.replace(outbound(1), author=Author.AGENT, cause="cmd1")
    decision = RecordedDecision(
        cause="cmd1",
        turn=1,
        decision="command: AgentMessage by ann",
        outputs=(RecordedOutput("outbound.messages", b"acme", encode(message)),),
        at=NOW,
    )
    await Conversations(mongo, "acme").save(CONVERSATION, 0, decision)
    queued = entry(await reader.latest(CONVERSATION, 9))
    assert queued.delivery is not None
    assert (queued.id, queued.delivery.state, queued.by) == (message.id, "queued", "ann")
    await OutboundMessages(mongo, "acme").claim(message, "a", NOW)
    sending = entry(await reader.latest(CONVERSATION, 9))
    assert sending.delivery is not None
    assert (sending.id, sending.delivery.state, sending.by) == (message.id, "sending", "ann")


async def test_answers_of_the_bot_name_their_flow_or_model(mongo: Mongo, reader: TimelineReader) -> None:
    flow = msgspec.structs.replace(outbound(1), author=Author.FLOW, cause="message-1")
    model = msgspec.structs.replace(outbound(2), author=Author.AI, cause="request-2")
    for message in (flow, model):
        await OutboundMessages(mongo, "acme").claim(message, "a", NOW)
    note = "flow: flow order: waits at step size"
    decision = RecordedDecision(cause="message-1", turn=1, decision=note, outputs=(), at=NOW)
    await Conversations(mongo, "acme").save(CONVERSATION, 0, decision)
    call = {"_id": "request-2", "workspace": "acme", "conversation_id": CONVERSATION.id, "turn": 2, "model": "small"}
    await mongo.collection("ai_calls").insert({**call, "outputs": [{"topic": "t", "key": b"", "value": b""}]})
    page = await reader.latest(CONVERSATION, 9)
    assert [(one.flow, one.step, one.model) for one in page.entries] == [("order", "size", ""), ("", "", "small")]


async def test_note_and_change_of_the_state_have_lines_of_their_own(mongo: Mongo, reader: TimelineReader) -> None:
    await write(mongo, 1)
    changes = [StateChange(kind=ChangeKind.TAKEN, by="ann"), StateChange(kind=ChangeKind.ANSWERED, by="ann")]
    await ConversationChanges(mongo, "acme").add("cmd", CONVERSATION.id, 1, changes, later(5))
    await Notes(mongo, "acme").add("n1", CONVERSATION.id, NoteAdded(text="call her", turn=1, by="ann"), later(9))
    page = await reader.latest(CONVERSATION, 9)
    assert [(one.kind, one.event, one.text, one.by) for one in page.entries[2:]] == [
        ("event", "taken", "", "ann"),
        ("note", "", "call her", "ann"),
    ]


async def test_assignment_has_both_names(mongo: Mongo, reader: TimelineReader) -> None:
    await write(mongo, 1)
    changes = ConversationChanges(mongo, "acme")
    given = StateChange(kind=ChangeKind.TAKEN, by="bea", given_by="ann")
    await changes.add("cmd", CONVERSATION.id, 1, [given], later(5))
    await changes.add("cmd2", CONVERSATION.id, 1, [StateChange(kind=ChangeKind.TAKEN, by="cy")], later(6))
    page = await reader.latest(CONVERSATION, 9)
    assert [(one.event, one.by, one.to) for one in page.entries[2:]] == [
        ("assigned", "ann", "bea"),
        ("taken", "cy", ""),  # as versions before stored all of them
    ]


async def test_edit_taking_back_and_reaction_change_their_message(mongo: Mongo, reader: TimelineReader) -> None:
    messages = InboundMessages(mongo, "acme")
    await write(mongo, 1)
    await write(mongo, 2, answers=0)
    await OutboundMessages(mongo, "acme").record_accepted(outbound(1).id, "a", "wamid.out", NOW)
    await messages.apply_edit(CONVERSATION.id, inbound(1).provider_message_id, "message one", later(20))
    await messages.apply_edit(CONVERSATION.id, inbound(2).provider_message_id, None, later(21))
    await write(mongo, 3, answers=0, content=Reaction(provider_message_id="wamid.out", emoji="👍"))
    page = await reader.latest(CONVERSATION, 9)
    edited = entry(page, turn=1, author="customer")
    assert (edited.text, [one.text for one in edited.earlier]) == ("message one", ["message 1"])
    assert entry(page, turn=2).taken_back_at == later(21)
    assert [(one.author, one.emoji) for one in entry(page, id=outbound(1).id).reactions] == [("customer", "👍")]
    assert entry(page, turn=3).reacts_to == outbound(1).id


async def test_quoted_message_is_named_also_from_an_older_page(mongo: Mongo, reader: TimelineReader) -> None:
    for number in range(1, 5):
        await write(mongo, number, answers=0)
    reply = Context(reply_to=inbound(1).provider_message_id)
    await write(mongo, 5, answers=0, context=reply, content=Text(body="this one"))
    (last,) = (await reader.latest(CONVERSATION, 1)).entries
    assert last.quote is not None
    assert (last.quote.id, last.quote.author, last.quote.text) == (inbound(1).id, "customer", "message 1")


FAILURES = {
    DeadLetterReason.SEND_REJECTED: False,
    DeadLetterReason.IN_DOUBT: False,  # delivery refuses it
    DeadLetterReason.WINDOW_CLOSED: False,
    DeadLetterReason.SEND_EXHAUSTED: True,
}


@pytest.mark.parametrize(("reason", "can_retry"), FAILURES.items())
async def test_failed_message_says_why_and_what_to_do(
    mongo: Mongo, reader: TimelineReader, reason: DeadLetterReason, can_retry: bool
) -> None:
    await write(mongo, 1)
    error = ProviderError(code="131026", title="Message undeliverable")
    await OutboundMessages(mongo, "acme").record_failure(outbound(1).id, "a", error, reason, NOW)
    delivery = entry(await reader.latest(CONVERSATION, 9), author="faq").delivery
    assert delivery is not None
    assert (delivery.state, delivery.code, delivery.title) == ("failed", "131026", "Message undeliverable")
    assert delivery.advice
    assert delivery.can_retry is can_retry


async def test_status_of_the_provider_is_the_state(mongo: Mongo, reader: TimelineReader) -> None:
    await write(mongo, 1)
    sent = OutboundMessages(mongo, "acme")
    await sent.record_accepted(outbound(1).id, "a", "wamid.out", NOW)
    await sent.status(status(Status.READ, outbound(1)))
    delivery = entry(await reader.latest(CONVERSATION, 9), author="faq").delivery
    assert delivery is not None
    assert (delivery.state, [one.status for one in delivery.statuses]) == ("read", ["read"])


async def test_first_page_says_that_older_messages_are_archived(mongo: Mongo, reader: TimelineReader) -> None:
    await write(mongo, 5)
    await write(mongo, 6)
    page = await reader.latest(CONVERSATION, 9)
    assert (page.archived, page.archived_before) == (True, later(5))
    assert not (await reader.latest(CONVERSATION, 2)).archived, "there are older ones"


async def test_other_workspace_has_no_entries(mongo: Mongo) -> None:
    await write(mongo, 1)
    assert (await TimelineReader(mongo, "zeta").latest(CONVERSATION, 9)).entries == []
