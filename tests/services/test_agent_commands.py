"""Agents' commands: guards against taking a conversation from each other, labels, snooze, notes, and their events."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.router.commands.dispatch import decide_command
from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.pipeline import decide_message, new_conversation
from shared.domain.conversation import MAX_LABELS, Conversation, FlowPosition, Mode, NoteAdded
from shared.domain.conversation_merge import merge_conversations
from shared.domain.flow_end import FlowEnd, FlowEndReason, parse_flow_end
from shared.messages.command_outcome import Refusal
from shared.messages.commands import (
    AddNote,
    AgentMessage,
    Assign,
    Close,
    ConversationCommand,
    HandOff,
    ReturnToBot,
    SetLabels,
    Snooze,
    StartFlow,
    StopFlow,
    TakeOver,
    TimeUp,
)
from shared.messages.content import Edit, Reaction, Revoke
from shared.messages.events import EventKind
from shared.messages.outbound import OutboundMessage, TextBody
from tests.services.builders import NOW, decision_context, inbound, of_kind, workspace

CONTEXT = decision_context(workspace(conversing={"return_minutes": 30}))
LATER = NOW + timedelta(hours=1)
SAY = TextBody(body="Hello, I am Bo.")


def about(by: str = "ada", id_: str = "c1") -> dict[str, Any]:
    """Return the fields that all commands have."""
    known = {"workspace": "acme", "correlation_id": "0" * 32, "created_at": NOW, "conversation_id": "conversation"}
    return {"id": id_, "by": by, **known}


def new() -> Conversation:
    return new_conversation(inbound("hello"))


def decided(state: Conversation, command: ConversationCommand, at: datetime = NOW) -> Decision:
    return decide_command(CONTEXT, state, command, at)


def after(state: Conversation, *commands: ConversationCommand, at: datetime = NOW) -> Conversation:
    """Return the state after some commands."""
    for command in commands:
        state = decided(state, command, at).conversation
    return state


def with_ada() -> Conversation:
    return after(new(), TakeOver(**about()))


GUARDED = (
    TakeOver(if_assigned="", **about("bob", "c2")),
    AgentMessage(body=SAY, if_assigned="", **about("bob", "c2")),
    ReturnToBot(if_assigned="", **about("bob", "c2")),
    Close(if_assigned="cy", **about("bob", "c2")),
    Assign(to="cy", if_assigned="bob", **about("bob", "c2")),
)


@pytest.mark.parametrize("command", GUARDED, ids=lambda command: type(command).__name__)
def test_command_that_would_take_the_conversation_from_another_agent_is_refused(command: ConversationCommand) -> None:
    before = with_ada()
    decision = decided(before, command)
    assert (decision.kind, decision.refusal) == (DecisionKind.REFUSED, Refusal.TAKEN_BY)
    assert decision.conversation == msgspec.structs.replace(before, version=before.version + 1)
    (event,) = [message for _, message in decision.outputs]
    (refused,) = of_kind(decision, EventKind.COMMAND_REFUSED)
    assert event == refused
    assert (refused.detail, refused.by, refused.command_id) == ("taken-by", "ada", "c2")


@pytest.mark.parametrize("if_assigned", [None, "", "ada", "bob"])
def test_own_conversation_passes_every_guard(if_assigned: str | None) -> None:
    decision = decided(with_ada(), AgentMessage(body=SAY, if_assigned=if_assigned, **about(id_="c2")))
    assert (decision.kind, decision.conversation.assigned_to) == (DecisionKind.COMMAND, "ada")


def test_without_a_guard_the_last_agent_has_the_conversation() -> None:
    assert after(with_ada(), TakeOver(**about("bob"))).assigned_to == "bob"
    assert after(with_ada(), TakeOver(if_assigned="ada", **about("bob"))).assigned_to == "bob"


def test_done_command_names_its_author_and_the_message_that_it_sends() -> None:
    decision = decided(new(), AgentMessage(body=SAY, **about()))
    (sent,) = [message for _, message in decision.outputs if isinstance(message, OutboundMessage)]
    (done,) = of_kind(decision, EventKind.COMMAND_DONE)
    assert (done.message_id, done.by, done.command_id, done.channel) == (sent.id, "ada", "c1", "main")


def test_commands_of_services_have_no_outcome_event() -> None:
    for command in (HandOff(reason="no answer", **about("ai")), StartFlow(flow="none", **about("broadcast"))):
        decision = decided(new(), command)
        assert not of_kind(decision, EventKind.COMMAND_DONE) + of_kind(decision, EventKind.COMMAND_REFUSED)


def test_conversation_is_assigned_and_queued_again() -> None:
    assigned = after(new(), Assign(to="bob", **about()))
    assert (assigned.mode, assigned.assigned_to, assigned.mode_by) == (Mode.HUMAN, "bob", "ada")
    queued = after(assigned, Assign(to="", **about()))
    assert (queued.mode, queued.assigned_to, queued.waiting_since) == (Mode.HUMAN, "", NOW)


def test_labels_are_added_and_removed_in_alphabetical_order() -> None:
    state = after(new(), SetLabels(add=(" urgent ", "b"), **about()), SetLabels(add=("a",), remove=("b",), **about()))
    assert state.labels == ("a", "urgent")
    decision = decided(state, SetLabels(add=("c",), **about()))
    (event,) = of_kind(decision, EventKind.CONVERSATION_UPDATED)
    assert event.detail == "labels"
    many = decided(state, SetLabels(add=tuple(map(str, range(MAX_LABELS))), **about()))
    assert (many.refusal, many.conversation.labels) == (Refusal.INVALID, state.labels)


def test_snoozed_conversation_wakes_at_its_time_and_then_waits_as_long_as_a_new_one() -> None:
    snoozed = after(with_ada(), Snooze(until=LATER, **about()))
    assert (snoozed.snoozed_until, snoozed.due_at) == (LATER, LATER)
    woken = decided(snoozed, TimeUp(due_at=LATER, **about("system")), LATER)
    assert (woken.conversation.snoozed_until, woken.conversation.assigned_to) == (None, "ada")
    assert woken.conversation.due_at == LATER + timedelta(minutes=30)
    assert [event.detail for event in of_kind(woken, EventKind.CONVERSATION_UPDATED)] == ["awake"]


def test_customers_message_ends_a_snooze() -> None:
    snoozed = after(with_ada(), Snooze(until=LATER, **about()))
    assert decide_message(CONTEXT, snoozed, inbound("hello?", number=2), NOW).conversation.snoozed_until is None


@pytest.mark.parametrize(
    ("state", "until", "refusal"),
    [(new(), LATER, Refusal.WITH_BOT), (with_ada(), NOW, Refusal.INVALID)],
    ids=["the bot has it", "the time has passed"],
)
def test_snooze_that_hides_nothing_is_refused(state: Conversation, until: datetime, refusal: Refusal) -> None:
    assert decided(state, Snooze(until=until, **about())).refusal is refusal


def test_note_is_an_effect_with_an_event_that_has_no_text() -> None:
    decision = decided(new(), AddNote(text=" Wants the red one. ", **about()))
    assert decision.effects == (NoteAdded(text="Wants the red one.", turn=0, by="ada"),)
    (event,) = of_kind(decision, EventKind.NOTE_ADDED)
    assert (event.detail, event.by) == ("c1", "ada")
    assert decided(new(), AddNote(text=" ", **about())).refusal is Refusal.INVALID


def in_flow() -> Conversation:
    position = FlowPosition(flow="welcome", version="v1", step="ask_name", started_at=NOW)
    return msgspec.structs.replace(new(), flow=position)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (StopFlow(**about()), FlowEndReason.STOPPED),
        (TakeOver(**about()), FlowEndReason.TAKEN_OVER),
        (Close(**about()), FlowEndReason.CLOSED),
        (HandOff(reason="asked", **about("ai")), FlowEndReason.HANDED_OFF),
    ],
    ids=lambda value: str(value) if isinstance(value, FlowEndReason) else "",
)
def test_end_of_a_flow_has_one_event(command: ConversationCommand, why: FlowEndReason) -> None:
    decision = decided(in_flow(), command)
    assert decision.conversation.flow is None
    (event,) = of_kind(decision, EventKind.FLOW_ENDED)
    assert parse_flow_end(event.detail) == FlowEnd("welcome", "v1", "ask_name", why)
    assert parse_flow_end("no flow") is None


def test_stopped_flow_leaves_the_conversation_to_the_bot() -> None:
    assert after(in_flow(), StopFlow(**about())).mode is Mode.BOT
    assert decided(new(), StopFlow(**about())).refusal is Refusal.NO_FLOW
    assert decided(with_ada(), StartFlow(flow="welcome", **about())).refusal is Refusal.WITH_PERSON


def test_first_answer_of_a_person_says_how_long_the_customer_waited() -> None:
    queued = after(new(), HandOff(reason="asked", **about("ai")))
    taken = after(queued, TakeOver(**about()), at=NOW + timedelta(seconds=10))
    answer = decided(taken, AgentMessage(body=SAY, **about()), NOW + timedelta(seconds=42))
    (event,) = of_kind(answer, EventKind.CONVERSATION_UPDATED)
    assert (event.waited_s, event.author, event.detail) == (42.0, "agent", "answered")
    again = decided(answer.conversation, AgentMessage(body=SAY, **about(id_="c3")), LATER)
    assert not of_kind(again, EventKind.CONVERSATION_UPDATED)


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (Edit(provider_message_id="wamid.1", body="other words"), "edited"),
        (Revoke(provider_message_id="wamid.1"), "deleted"),
        (Reaction(provider_message_id="wamid.9", emoji="👍"), "reaction"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_changed_message_has_an_event(content: Edit | Revoke | Reaction, detail: str) -> None:
    decision = decide_message(CONTEXT, new(), inbound(content, number=2), NOW)
    (event,) = of_kind(decision, EventKind.MESSAGE_CHANGED)
    changed = "acme:meta:wamid.2" if detail == "reaction" else "acme:meta:wamid.1"
    assert (event.detail, event.message_id) == (detail, changed)


def test_ordinary_message_publishes_no_further_event() -> None:
    decision = decide_message(CONTEXT, new(), inbound("Where are you?"), NOW)
    assert len([topic for topic, _ in decision.outputs if topic.name == "conversation.events"]) == 1


def test_opt_out_is_a_change_of_the_customer() -> None:
    decision = decide_message(CONTEXT, new(), inbound("STOP"), NOW)
    assert [event.detail for event in of_kind(decision, EventKind.CUSTOMER_CHANGED)] == [new().customer_id]


def test_merged_conversation_has_the_labels_of_both() -> None:
    one, other = (after(new(), SetLabels(add=(label,), **about())) for label in ("a", "b"))
    assert merge_conversations(one, other, one.id, one.customer_id).labels == ("a", "b")
