"""What people and the AI ask of a conversation."""

from typing import Any

import msgspec
import pytest

from services.router.decision import Kind
from services.router.handoff import carry_out
from services.router.route import new_conversation
from shared.conversation import Mode
from shared.messages.commands import AgentMessage, Close, ConversationCommand, HandOff, ReturnToBot, TakeOver
from shared.messages.events import ConversationEvent
from shared.messages.outbound import Author, OutboundMessage, TextBody
from tests.services.builders import NOW, inbound

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
def test_a_command_changes_who_answers_and_tells_only_what_changed(
    before: Mode, command: ConversationCommand, after: Mode, reason: str
) -> None:
    state = msgspec.structs.replace(new_conversation(inbound("hello")), mode=before, mode_reason="asked", version=7)
    decision = carry_out(state, command, NOW)
    assert (decision.kind, decision.conversation.mode, decision.conversation.mode_reason) == (
        Kind.COMMAND,
        after,
        reason,
    )
    assert (decision.conversation.version, decision.conversation.turn) == (
        8,
        state.turn + isinstance(command, AgentMessage),
    )
    assert decision.conversation.mode_by == "u1"
    events = [message for _, message in decision.outputs if isinstance(message, ConversationEvent)]
    assert len(events) == (before is not after)


def test_what_a_person_writes_is_sent_once_as_that_person() -> None:
    state = new_conversation(inbound("hello"))
    first, second = (carry_out(state, SAY, NOW) for _ in range(2))
    (sent,) = [message for _, message in first.outputs if isinstance(message, OutboundMessage)]
    assert (sent.author, sent.body, sent.address) == (Author.AGENT, SAY.body, "2348030000001")
    assert first == second
