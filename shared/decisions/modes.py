"""Changes a conversation's mode, and sends in it without a customer's message. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.outputs import outbound_messages
from shared.domain.conversation import Conversation, Mode
from shared.messages.command_outcome import Refusal
from shared.messages.commands import ConversationCommand
from shared.messages.inbound import Provider
from shared.messages.outbound import Author, Body, TemplateBody


def with_mode(conversation: Conversation, by: str, mode: Mode, reason: str = "", **changes: Any) -> Conversation:
    """Return the conversation in a mode, neither assigned nor waiting for an agent unless `changes` say so."""
    nobody = {"waiting_since": None, "unanswered_since": None, "asked_at": None, "person_at": None}
    changes = {**nobody, "assigned_to": "", "proposal": None, "snoozed_until": None} | changes
    return msgspec.structs.replace(conversation, mode=mode, mode_reason=reason, mode_by=by, **changes)


def assigned_to_agent(
    conversation: Conversation, by: str, now: datetime, reason: str, *, to: str = "", answered: bool = False
) -> Conversation:
    """Return the conversation assigned to an agent; its flow and offered options end. to: the agent, if not the author
    of the command. answered: an agent has written to the customer.
    """
    waits = {name: None if answered else getattr(conversation, name) for name in ("unanswered_since", "asked_at")}
    agent = {"person_at": now, "assigned_to": to or by, **waits}
    return with_mode(conversation, by, Mode.HUMAN, reason, **agent, flow=None, options=())


def queued_for_agent(conversation: Conversation, by: str, now: datetime, reason: str) -> Conversation:
    """Return the conversation in the queue for agents; its flow and offered options end."""
    since = conversation.unanswered_since or conversation.asked_at or now
    waits = {"waiting_since": now, "unanswered_since": since}
    return with_mode(conversation, by, Mode.HUMAN, reason, **waits, flow=None, options=())


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
    reply_to: str | None = None,
    broadcast_flow: bool = False,
) -> Decision:
    """Return the decision that sends bodies in a turn of their own. if_closed: replaces them outside the
    customer-service window. reply_to: provider's id of the message that the first one quotes. broadcast_flow: of
    `OutboundMessage`.
    """
    after = msgspec.structs.replace(conversation, turn=conversation.turn + 1)
    provider = Provider(after.provider)
    records = outbound_messages(
        after,
        command,
        provider,
        bodies,
        author,
        now,
        if_closed=if_closed,
        reply_to=reply_to,
        broadcast_flow=broadcast_flow,
    )
    return Decision(kind, after, records, note)


def void_decision(
    conversation: Conversation,
    command: ConversationCommand,
    why: str,
    refusal: Refusal | None = None,
    *,
    kind: DecisionKind = DecisionKind.VOID,
) -> Decision:
    """Return the decision that does nothing. why: for `parley trace`. refusal: for the person who gave the command."""
    note = f"{type(command).__name__} by {command.by}: {why}"
    return Decision(kind, conversation, (), note, refusal=refusal)
