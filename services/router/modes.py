"""How a conversation changes hands, and how something is said in it without a customer's message. Pure."""

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
    """The conversation in a mode, with nobody waiting or at work in it, unless `changes` say so."""
    changes = {"waiting_since": None, "person_at": None, "assigned_to": "", "proposal": None} | changes
    return msgspec.structs.replace(conversation, mode=mode, mode_reason=reason, mode_by=by, **changes)


def assigned_to_agent(conversation: Conversation, by: str, now: datetime, reason: str) -> Conversation:
    """A person has the conversation; flows and the shop have ended in it."""
    return with_mode(conversation, by, Mode.HUMAN, reason, person_at=now, assigned_to=by, flow=None, options=())


def queued_for_agent(conversation: Conversation, by: str, now: datetime, reason: str) -> Conversation:
    """The conversation in the queue of those that need a person."""
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
    """Say something in a turn of its own. if_closed: instead of it while the 24-hour window is closed."""
    after = msgspec.structs.replace(conversation, turn=conversation.turn + 1)
    said = outbound_messages(after, command, Provider(after.provider), bodies, author, now, if_closed=if_closed)
    return Decision(kind, after, said, note)


def void_decision(conversation: Conversation, command: ConversationCommand, why: str) -> Decision:
    """Nothing is done. why: for `parley trace`."""
    return Decision(DecisionKind.VOID, conversation, (), f"{type(command).__name__} by {command.by}: {why}")
