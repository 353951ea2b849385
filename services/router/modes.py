"""Changes a conversation's mode, and sends in it without a customer's message. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from services.router.decision import Decision, DecisionKind
from services.router.outputs import outbound_messages
from shared.domain.conversation import Conversation, Mode
from shared.messages.commands import ConversationCommand
from shared.messages.inbound import Provider
from shared.messages.outbound import Author, Body, TemplateBody


def with_mode(conversation: Conversation, by: str, mode: Mode, reason: str = "", **changes: Any) -> Conversation:
    """Return the conversation in a mode, neither assigned nor waiting for an agent unless `changes` say so."""
    changes = {"waiting_since": None, "person_at": None, "assigned_to": "", "proposal": None} | changes
    return msgspec.structs.replace(conversation, mode=mode, mode_reason=reason, mode_by=by, **changes)


def assigned_to_agent(conversation: Conversation, by: str, now: datetime, reason: str) -> Conversation:
    """Return the conversation assigned to an agent; its flow and offered options end."""
    return with_mode(conversation, by, Mode.HUMAN, reason, person_at=now, assigned_to=by, flow=None, options=())


def queued_for_agent(conversation: Conversation, by: str, now: datetime, reason: str) -> Conversation:
    """Return the conversation in the queue for agents; its flow and offered options end."""
    return with_mode(conversation, by, Mode.HUMAN, reason, waiting_since=now, flow=None, options=())


def send_in_new_turn(
    conversation: Conversation,
    command: ConversationCommand,
    bodies: Iterable[Body],
    author: Author,
    now: datetime,
    note: str,
    *,
    kind: DecisionKind = DecisionKind.COMMAND,
    if_closed: TemplateBody | None = None,
) -> Decision:
    """Return the decision that sends bodies in a turn of their own. if_closed: replaces them outside the
    customer-service window.
    """
    after = msgspec.structs.replace(conversation, turn=conversation.turn + 1)
    records = outbound_messages(after, command, Provider(after.provider), bodies, author, now, if_closed=if_closed)
    return Decision(kind, after, records, note)


def void_decision(conversation: Conversation, command: ConversationCommand, why: str) -> Decision:
    """Return the decision that does nothing. why: for `parley trace`."""
    return Decision(DecisionKind.VOID, conversation, (), f"{type(command).__name__} by {command.by}: {why}")
