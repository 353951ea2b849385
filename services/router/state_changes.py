"""The changes of a decision that people see in a conversation's history. Pure."""

from collections.abc import Iterator

from shared.decisions.decision import Decision
from shared.domain.conversation import ChangeKind, Conversation, Mode, StateChange
from shared.domain.flow_end import parse_flow_end
from shared.messages.events import ConversationEvent, EventKind


def state_changes(before: Conversation | None, decision: Decision) -> tuple[StateChange, ...]:
    """Return the changes, none for most messages. before: the state before the decision; None: it is new."""
    events = [message for _, message in decision.outputs if isinstance(message, ConversationEvent)]
    return (*_of_mode(before, decision.conversation), *_of_events(events))


def _of_mode(before: Conversation | None, after: Conversation) -> Iterator[StateChange]:
    mode, assigned_to = (before.mode, before.assigned_to) if before is not None else (Mode.BOT, "")
    if (after.mode, after.assigned_to) == (mode, assigned_to):
        return
    kind, by, given_by = _kind(mode, after), after.mode_by, ""
    if kind is ChangeKind.TAKEN:
        by, given_by = after.assigned_to, by if by != after.assigned_to else ""
    yield StateChange(kind=kind, by=by, given_by=given_by, detail=after.mode_reason, channel=after.channel)


def _kind(before: Mode, after: Conversation) -> ChangeKind:
    if after.mode is Mode.HUMAN:
        return ChangeKind.TAKEN if after.assigned_to else ChangeKind.HANDED_OFF
    if after.mode is Mode.CLOSED:
        return ChangeKind.CLOSED
    return ChangeKind.REOPENED if before is Mode.CLOSED else ChangeKind.RETURNED


def _of_events(events: list[ConversationEvent]) -> Iterator[StateChange]:
    for event in events:
        if event.waited_s is not None:
            yield StateChange(kind=ChangeKind.ANSWERED, by=event.by, waited=event.waited_s, channel=event.channel)
        if event.kind is EventKind.FLOW_ENDED and (end := parse_flow_end(event.detail)) is not None:
            detail = f"{end.flow} {end.step} {end.why} {end.version}"
            yield StateChange(kind=ChangeKind.FLOW_ENDED, detail=detail, channel=event.channel)
