"""Decides on agents' commands: who has the conversation, its labels, its snooze, notes. Pure."""

from datetime import datetime

import msgspec

from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.modes import assigned_to_agent, queued_for_agent, void_decision
from shared.domain.conversation import MAX_LABELS, Conversation, Mode, NoteAdded
from shared.domain.customer import normalised_tag
from shared.messages.command_outcome import Refusal
from shared.messages.commands import RELEASES, AddNote, Assign, ConversationCommand, GuardedCommand, SetLabels, Snooze

MAX_NOTE = 4000  # characters


def taken_by_other(before: Conversation, command: ConversationCommand) -> str:
    """Return the agent who has the conversation although the command must not take it from them; empty: none."""
    if not isinstance(command, GuardedCommand) or command.if_assigned is None:
        return ""
    allowed = ("", command.if_assigned, command.by)
    return before.assigned_to if before.assigned_to not in allowed else ""


def refuse_taken(after: Conversation, command: ConversationCommand, other: str) -> Decision:
    """Return the decision that changes nothing because another agent has the conversation."""
    return void_decision(after, command, f"taken by {other}", Refusal.TAKEN_BY, kind=DecisionKind.REFUSED)


def assign(after: Conversation, command: Assign, now: datetime, note: str) -> Decision:
    """Assign the conversation to an agent, or queue it for anybody."""
    reason = after.mode_reason if after.mode is Mode.HUMAN else "assigned"
    if command.by == RELEASES:
        return _release(after, command, now, note)
    if not command.to:
        return Decision(DecisionKind.COMMAND, queued_for_agent(after, command.by, now, reason), (), note)
    if command.to == after.assigned_to:
        return Decision(DecisionKind.COMMAND, after, (), note)
    assigned = assigned_to_agent(after, command.by, now, reason, to=command.to)
    return Decision(DecisionKind.COMMAND, assigned, (), note)


def _release(after: Conversation, command: Assign, now: datetime, note: str) -> Decision:
    """Queue a conversation whose agent can answer no more, unless the agent does not have it by now."""
    if after.assigned_to != command.if_assigned:
        return void_decision(after, command, "the agent does not have it")
    queued = queued_for_agent(after, command.by, now, "the agent can answer no more")
    return Decision(DecisionKind.COMMAND, queued, (), note)


def set_labels(after: Conversation, command: SetLabels, note: str) -> Decision:
    """Add labels, then remove others."""
    added, removed = ({normalised_tag(one) for one in labels} - {""} for labels in (command.add, command.remove))
    labels = tuple(sorted({*after.labels, *added} - removed))
    if len(labels) > MAX_LABELS:
        return void_decision(after, command, f"more than {MAX_LABELS} labels", Refusal.INVALID)
    return Decision(DecisionKind.COMMAND, msgspec.structs.replace(after, labels=labels), (), note)


def snooze(after: Conversation, command: Snooze, now: datetime, note: str) -> Decision:
    """Hide a conversation that agents have, until a time."""
    if after.mode is not Mode.HUMAN:
        return void_decision(after, command, "no agent has the conversation", Refusal.WITH_BOT)
    if command.until is not None and command.until <= now:
        return void_decision(after, command, "the time has passed", Refusal.INVALID)
    return Decision(DecisionKind.COMMAND, msgspec.structs.replace(after, snoozed_until=command.until), (), note)


def add_note(after: Conversation, command: AddNote, note: str) -> Decision:
    """Add a note to the present turn."""
    text = command.text.replace("\0", " ").strip()[:MAX_NOTE]
    if not text:
        return void_decision(after, command, "the note is empty", Refusal.INVALID)
    effect = NoteAdded(text=text, turn=after.turn, by=command.by)
    return Decision(DecisionKind.COMMAND, after, (), note, (effect,))
