"""Builds the events that report a command: what it changed of the conversation, and whether it is done. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shared.decisions.decision import Decision
from shared.decisions.outputs import Outputs, conversation_event
from shared.domain.conversation import Conversation
from shared.messages.command_outcome import Refusal
from shared.messages.commands import SERVICES, AgentMessage, ConversationCommand, ProviderReport
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.outbound import Author, OutboundMessage
from shared.topics import CONVERSATION_EVENTS


def outcome_events(before: Conversation, decision: Decision, command: ConversationCommand, now: datetime) -> Outputs:
    """Return the events of a decision on a command, each in its topic."""
    events = (*_update(before, decision.conversation, command, now), *_outcome(before, decision, command, now))
    return tuple((CONVERSATION_EVENTS, event) for event in events)


def _update(
    before: Conversation, after: Conversation, command: ConversationCommand, now: datetime
) -> Iterator[ConversationEvent]:
    """Yield the event if what agents see of the conversation has changed."""
    detail = _change(before, after)
    if not detail:
        return
    waited = None
    if before.unanswered_since is not None and isinstance(command, AgentMessage | ProviderReport):
        waited = max(0.0, (now - before.unanswered_since).total_seconds())
    author = Author.AGENT.value if waited is not None else ""
    about: dict[str, Any] = {"by": command.by, "author": author, "waited_s": waited}
    yield conversation_event(after, command, EventKind.CONVERSATION_UPDATED, now, detail=detail, **about)


def _change(before: Conversation, after: Conversation) -> str:
    """Return the event's detail; empty: nothing has changed."""
    if (after.mode, after.assigned_to) != (before.mode, before.assigned_to):
        return f"mode {after.mode}: {after.mode_reason}" if after.mode_reason else f"mode {after.mode}"
    if after.labels != before.labels:
        return "labels"
    if after.snoozed_until != before.snoozed_until:
        return "snoozed" if after.snoozed_until is not None else "awake"
    return "answered" if before.unanswered_since is not None and after.unanswered_since is None else ""


def _outcome(
    before: Conversation, decision: Decision, command: ConversationCommand, now: datetime
) -> Iterator[ConversationEvent]:
    """Yield the event for the person who gave the command; services get none, so that they publish no more records."""
    if command.by in SERVICES or isinstance(command, ProviderReport):
        return
    if decision.refusal is not None:
        by = before.assigned_to if decision.refusal is Refusal.TAKEN_BY else command.by
        about: dict[str, Any] = {"detail": decision.refusal.value, "by": by, "command_id": command.id}
        yield conversation_event(decision.conversation, command, EventKind.COMMAND_REFUSED, now, **about)
        return
    sent = (message.id for _, message in decision.outputs if isinstance(message, OutboundMessage))
    yield conversation_event(
        decision.conversation,
        command,
        EventKind.COMMAND_DONE,
        now,
        message_id=next(sent, None),
        by=command.by,
        command_id=command.id,
    )
