"""Decides on commands of agents, the AI service, timers and providers. Pure: state and command in, decision out."""

from dataclasses import replace
from datetime import datetime

import msgspec

from services.router.cart_proposals import ask_to_confirm, drop_superseded
from services.router.commands.flows import start_flow, time_out_flow
from services.router.commands.orders import change_order
from services.router.commands.provider_reports import decide_on_report
from services.router.context import DecisionContext
from services.router.decision import Decision, DecisionKind
from services.router.due_time import return_time, with_due_time
from services.router.modes import assigned_to_agent, queued_for_agent, send_in_new_turn, void_decision, with_mode
from services.router.outputs import Outputs, conversation_event, order_events
from shared.domain.conversation import Conversation, Effect, Mode, UnansweredQuestion
from shared.messages.commands import (
    AI,
    AgentMessage,
    Close,
    ConsentChanged,
    ConversationCommand,
    HandOff,
    OrderChanged,
    ProposeCart,
    ReturnToBot,
    StartFlow,
    TakeOver,
    TimeUp,
    WrittenOnPhone,
)
from shared.messages.events import EventKind
from shared.messages.outbound import Author, TextBody
from shared.topics import CONVERSATION_EVENTS

_Request = HandOff | TakeOver | ReturnToBot | Close | AgentMessage | StartFlow | OrderChanged | ProposeCart | TimeUp


def decide_command(
    context: DecisionContext, before: Conversation, command: ConversationCommand, now: datetime
) -> Decision:
    """Return the decision on a command. A command that changes nothing only increments the version."""
    after = msgspec.structs.replace(before, version=before.version + 1)
    if isinstance(command, WrittenOnPhone | ConsentChanged):
        decision = decide_on_report(after, command, now)
    else:
        decision = _decide(context, after, command, now)
    state = drop_superseded(before, decision.conversation)
    events = order_events(state, command, decision.effects, now)
    state = with_due_time(state, context.workspace.conversing)
    decision = replace(decision, conversation=state, outputs=(*decision.outputs, *events))
    return _with_mode_event(before, decision, command, now)


def _decide(context: DecisionContext, after: Conversation, command: _Request, now: datetime) -> Decision:
    note = f"{type(command).__name__} by {command.by}"
    match command:
        case TimeUp():
            return _time_out(context, after, command, now)
        case StartFlow():
            return start_flow(context, after, command, now)
        case OrderChanged():
            return change_order(context, after, command, now)
        case ProposeCart():
            return ask_to_confirm(context, after, command, now)
        case AgentMessage(body=body, author=author):
            reason = after.mode_reason if after.mode is Mode.HUMAN else "taken over"
            after = assigned_to_agent(after, command.by, now, reason)
            return send_in_new_turn(after, command, (body,), author, now, note)
        case TakeOver():
            return Decision(DecisionKind.COMMAND, assigned_to_agent(after, command.by, now, "taken over"), (), note)
        case HandOff():
            return _hand_off(context, after, command, now, note)
        case ReturnToBot():
            return Decision(DecisionKind.COMMAND, with_mode(after, command.by, Mode.BOT), (), note)
        case Close():
            closed = with_mode(after, command.by, Mode.CLOSED, flow=None, options=())
            return Decision(DecisionKind.COMMAND, closed, (), note)


def _hand_off(context: DecisionContext, after: Conversation, command: HandOff, now: datetime, note: str) -> Decision:
    """Queue the conversation for an agent. Outside business hours the AI service's hand-off sends the `away` text,
    unless the conversation is queued already.
    """
    effects: tuple[Effect, ...] = (UnansweredQuestion(text=command.question[:500]),) if command.question.strip() else ()
    if after.mode is Mode.HUMAN and after.assigned_to:
        return Decision(DecisionKind.COMMAND, after, (), note, effects)
    away = context.away_text(now, after) if command.by == AI and after.mode is not Mode.HUMAN else ""
    after = queued_for_agent(after, command.by, now, command.reason)
    if not away:
        return Decision(DecisionKind.COMMAND, after, (), note, effects)
    bodies = (TextBody(body=away),)
    return replace(send_in_new_turn(after, command, bodies, Author.SYSTEM, now, note), effects=effects)


def _time_out(context: DecisionContext, after: Conversation, command: TimeUp, now: datetime) -> Decision:
    if command.due_at != after.due_at:
        return void_decision(after, command, "another time is due by now")
    returns_at = return_time(after, context.workspace.conversing)
    if returns_at is not None and returns_at <= now:
        returned = with_mode(after, "system", Mode.BOT)
        return Decision(DecisionKind.COMMAND, returned, (), "the person was silent: back to the bot")
    return time_out_flow(context, after, command, now)


def _with_mode_event(before: Conversation, decision: Decision, command: ConversationCommand, now: datetime) -> Decision:
    """Add an event if mode or assignee have changed."""
    after = decision.conversation
    if (after.mode, after.assigned_to) == (before.mode, before.assigned_to):
        return decision
    detail = f"mode {after.mode}: {after.mode_reason}" if after.mode_reason else f"mode {after.mode}"
    event = conversation_event(after, command, EventKind.CONVERSATION_UPDATED, now, detail=detail)
    events: Outputs = ((CONVERSATION_EVENTS, event),)
    return replace(decision, outputs=(*decision.outputs, *events))
