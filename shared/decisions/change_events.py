"""Builds the events of what a decision changes beside the conversation: orders, the customer, notes, flows, earlier
messages. Pure.
"""

from collections.abc import Iterator
from datetime import datetime

from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.outputs import Outputs, conversation_event
from shared.domain import ids
from shared.domain.conversation import (
    Conversation,
    CustomerChange,
    FlowPosition,
    MessageEdited,
    NoteAdded,
    OrderAdvanced,
    OrderPlaced,
)
from shared.domain.flow_end import FlowEnd, FlowEndReason
from shared.messages.base import Message
from shared.messages.commands import (
    AgentMessage,
    Assign,
    ChangeCustomer,
    Close,
    ConsentChanged,
    HandOff,
    StartFlow,
    StopFlow,
    TakeOver,
    TimeUp,
    WrittenOnPhone,
)
from shared.messages.content import Reaction
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.inbound import InboundMessage
from shared.topics import CONVERSATION_EVENTS

_BY_COMMAND: dict[type[Message], FlowEndReason] = {
    StopFlow: FlowEndReason.STOPPED,
    StartFlow: FlowEndReason.REPLACED,
    TimeUp: FlowEndReason.TIMED_OUT,
    HandOff: FlowEndReason.HANDED_OFF,
    Close: FlowEndReason.CLOSED,
    ConsentChanged: FlowEndReason.OPTED_OUT,
    **dict.fromkeys((AgentMessage, TakeOver, Assign, WrittenOnPhone), FlowEndReason.TAKEN_OVER),
}
_BY_KIND = {
    DecisionKind.FLOW: FlowEndReason.FINISHED,
    DecisionKind.AI: FlowEndReason.FINISHED,  # its last step asks the model
    DecisionKind.OPTED_OUT: FlowEndReason.OPTED_OUT,
    **dict.fromkeys((DecisionKind.HANDED_OFF, DecisionKind.LOOP, DecisionKind.NO_ANSWER), FlowEndReason.HANDED_OFF),
}


def change_events(before: Conversation | None, decision: Decision, cause: Message, now: datetime) -> Outputs:
    """Return the events, each in its topic. before: the conversation's state before; None: it is new."""
    events = (*_effect_events(decision, cause, now), *_flow_events(before, decision, cause, now))
    return tuple((CONVERSATION_EVENTS, event) for event in events)


def _effect_events(decision: Decision, cause: Message, now: datetime) -> Iterator[ConversationEvent]:
    state = decision.conversation
    for effect in decision.effects:
        match effect:
            case OrderPlaced(number=number):  # consumers read the order itself for its lines and note
                yield conversation_event(state, cause, EventKind.ORDER_PLACED, now, detail=number)
            case OrderAdvanced(number=number, by=by):
                yield conversation_event(state, cause, EventKind.ORDER_CHANGED, now, detail=number, by=by)
            case NoteAdded(by=by):
                yield conversation_event(state, cause, EventKind.NOTE_ADDED, now, detail=cause.id, by=by)
            case MessageEdited(provider_message_id=changed, body=body):
                yield _message_changed(state, cause, changed, "deleted" if body is None else "edited", now)
            case CustomerChange() if _has_event(effect, cause):
                yield conversation_event(state, cause, EventKind.CUSTOMER_CHANGED, now, detail=state.customer_id)
    if isinstance(cause, InboundMessage) and isinstance(cause.content, Reaction):
        yield _message_changed(state, cause, cause.content.provider_message_id, "reaction", now)


def _message_changed(
    state: Conversation, cause: Message, provider_message_id: str, detail: str, now: datetime
) -> ConversationEvent:
    """Return the event that the customer changed a message. Its id is known for the customer's own messages alone."""
    message_id = ids.message_id(state.workspace, state.provider, provider_message_id)
    if detail == "reaction":
        message_id = cause.id
    return conversation_event(state, cause, EventKind.MESSAGE_CHANGED, now, message_id=message_id, detail=detail)


def _has_event(change: CustomerChange, cause: Message) -> bool:
    """Return whether a change has an event: all but the fields and tags that the bot stores in passing, so that an
    ordinary message publishes no more records.
    """
    if isinstance(cause, ChangeCustomer):
        return True
    return any(one is not None for one in (change.opted_out, change.marketing, change.qualified))


def _flow_events(
    before: Conversation | None, decision: Decision, cause: Message, now: datetime
) -> Iterator[ConversationEvent]:
    """Yield the event of a flow that has ended or was replaced; one that never waited for the customer has none."""
    flow = before.flow if before is not None else None
    after = decision.conversation.flow
    if flow is None or (after is not None and _run(after) == _run(flow)):
        return
    why = _BY_COMMAND.get(type(cause)) or _BY_KIND.get(decision.kind, FlowEndReason.LEFT)
    end = FlowEnd(flow=_outermost(flow), version=flow.version, step=flow.step, why=why)
    yield conversation_event(decision.conversation, cause, EventKind.FLOW_ENDED, now, detail=end.text())


def _run(flow: FlowPosition) -> tuple[str, datetime]:
    return _outermost(flow), flow.started_at


def _outermost(flow: FlowPosition) -> str:
    return flow.stack[0].flow if flow.stack else flow.flow
