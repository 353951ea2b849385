"""Commands of agents and of the AI to a conversation."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.router.commands.dispatch import decide_command
from shared.decisions.context import DecisionContext
from shared.decisions.decision import DecisionKind
from shared.decisions.pipeline import new_conversation
from shared.domain.conversation import Conversation, Mode, UnansweredQuestion
from shared.messages.command_outcome import Refusal
from shared.messages.commands import (
    AgentMessage,
    Close,
    ConversationCommand,
    HandOff,
    OrderChanged,
    ReturnToBot,
    TakeOver,
    TimeUp,
)
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.outbound import Author, OutboundMessage, TextBody
from tests.services.builders import NOW, decision_context, inbound, of_kind, workspace

_BASE: dict[str, Any] = {
    "id": "c1",
    "workspace": "acme",
    "correlation_id": "0" * 32,
    "created_at": NOW,
    "conversation_id": "conversation",
    "by": "u1",
}
HAND_OFF = HandOff(reason="no answer", **_BASE)
TAKE_OVER = TakeOver(**_BASE)
RETURN = ReturnToBot(**_BASE)
CLOSE = Close(**_BASE)
SAY = AgentMessage(body=TextBody(body="Hello, I am Bo."), **_BASE)


@pytest.mark.parametrize(
    ("before", "command", "after", "reason"),
    [
        (Mode.BOT, HAND_OFF, Mode.HUMAN, "no answer"),
        (Mode.BOT, TAKE_OVER, Mode.HUMAN, "taken over"),
        (Mode.BOT, SAY, Mode.HUMAN, "taken over"),
        (Mode.BOT, CLOSE, Mode.CLOSED, ""),
        (Mode.BOT, RETURN, Mode.BOT, ""),
        (Mode.HUMAN, RETURN, Mode.BOT, ""),
        (Mode.HUMAN, CLOSE, Mode.CLOSED, ""),
        (Mode.HUMAN, SAY, Mode.HUMAN, "asked"),
        (Mode.HUMAN, HAND_OFF, Mode.HUMAN, "no answer"),
        (Mode.CLOSED, RETURN, Mode.BOT, ""),
        (Mode.CLOSED, SAY, Mode.HUMAN, "taken over"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, ConversationCommand) else str(value),
)
def test_command_changes_the_mode_and_publishes_only_changes(
    before: Mode, command: ConversationCommand, after: Mode, reason: str
) -> None:
    state = msgspec.structs.replace(new_conversation(inbound("hello")), mode=before, mode_reason="asked", version=7)
    decision = decide_command(decision_context(), state, command, NOW)
    assert (decision.kind, decision.conversation.mode, decision.conversation.mode_reason) == (
        DecisionKind.COMMAND,
        after,
        reason,
    )
    assert (decision.conversation.version, decision.conversation.turn) == (
        8,
        state.turn + isinstance(command, AgentMessage),
    )
    assert decision.conversation.mode_by == "u1"
    events = of_kind(decision, EventKind.CONVERSATION_UPDATED)
    assigned = isinstance(command, TakeOver | AgentMessage)
    assert len(events) == (before is not after or assigned)
    assert (decision.conversation.assigned_to == "u1") == assigned
    assert (decision.conversation.waiting_since == NOW) == isinstance(command, HandOff)


def test_agents_message_is_sent_once_under_the_agents_name() -> None:
    state = new_conversation(inbound("hello"))
    first, second = (decide_command(decision_context(), state, SAY, NOW) for _ in range(2))
    (sent,) = [message for _, message in first.outputs if isinstance(message, OutboundMessage)]
    assert (sent.author, sent.body, sent.address) == (Author.AGENT, SAY.body, "2348030000001")
    assert first == second


def _with_a_person(at: datetime, **conversing: Any) -> tuple[DecisionContext, Conversation]:
    of = decision_context(workspace(conversing={"return_minutes": 30, **conversing}))
    return of, decide_command(of, new_conversation(inbound("hello")), SAY, at).conversation


def _time_up(due_at: datetime) -> TimeUp:
    return TimeUp(due_at=due_at, **{**_BASE, "id": "t1", "by": "system"})


def test_conversation_returns_to_the_bot_when_the_agent_is_silent() -> None:
    of, state = _with_a_person(NOW)
    due = NOW + timedelta(minutes=30)
    assert state.due_at == due
    back = decide_command(of, state, _time_up(due), due).conversation
    assert (back.mode, back.assigned_to, back.due_at) == (Mode.BOT, "", None)


def test_replaced_timer_changes_nothing() -> None:
    of, state = _with_a_person(NOW)
    later = NOW + timedelta(minutes=20)
    said_more = decide_command(of, state, SAY, later).conversation
    decision = decide_command(of, said_more, _time_up(NOW + timedelta(minutes=30)), NOW + timedelta(minutes=30))
    assert (decision.kind, decision.conversation.mode) == (DecisionKind.VOID, Mode.HUMAN)
    assert decision.conversation.due_at == later + timedelta(minutes=30)


def test_agent_keeps_the_conversation_when_the_ai_hands_it_off() -> None:
    state = decide_command(decision_context(), new_conversation(inbound("hello")), TAKE_OVER, NOW).conversation
    after = decide_command(decision_context(), state, HAND_OFF, NOW).conversation
    assert (after.assigned_to, after.waiting_since) == ("u1", None)


def test_question_that_no_model_could_answer_is_collected() -> None:
    asked = HandOff(reason="no answer", question="Do you fly?", **_BASE)
    decision = decide_command(decision_context(), new_conversation(inbound("hello")), asked, NOW)
    assert decision.effects == (UnansweredQuestion(text="Do you fly?"),)


def test_hand_off_by_the_ai_outside_hours_sends_the_opening_time_once() -> None:
    of = decision_context(workspace(hours={"mon": ["09:00-17:00"]}))  # NOW is a Saturday
    by_ai = msgspec.structs.replace(HAND_OFF, by="ai", question="Do you fly?")
    first = decide_command(of, new_conversation(inbound("hello")), by_ai, NOW)
    (sent,) = [message for _, message in first.outputs if isinstance(message, OutboundMessage)]
    assert isinstance(sent.body, TextBody)
    assert "We are back on Monday at 09:00" in sent.body.body
    assert (sent.author, first.conversation.mode, first.effects) == (
        Author.SYSTEM,
        Mode.HUMAN,
        (UnansweredQuestion(text="Do you fly?"),),
    )
    for state, command in (
        (first.conversation, by_ai),
        (new_conversation(inbound("hello")), HAND_OFF),  # an agent hands off
    ):
        outputs = decide_command(of, state, command, NOW).outputs
        assert not [message for _, message in outputs if isinstance(message, OutboundMessage)]


def test_refused_order_change_sends_no_message() -> None:
    command = OrderChanged(number="K7M4-Q2XC", state="shipped", text="", **_BASE)
    decision = decide_command(decision_context(), new_conversation(inbound("hello")), command, NOW)
    (event,) = [message for _, message in decision.outputs]
    assert (decision.kind, decision.refusal) == (DecisionKind.VOID, Refusal.UNKNOWN_ORDER)
    assert isinstance(event, ConversationEvent)
    assert (event.kind, event.detail, event.command_id) == (EventKind.COMMAND_REFUSED, "unknown-order", "c1")
