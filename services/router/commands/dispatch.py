"""Carries out what people, the AI and the clock ask of a conversation. Pure: state and command in, decision out."""

from dataclasses import replace
from datetime import datetime

import msgspec

from services.router.cart_proposals import ask_to_confirm, drop_superseded
from services.router.commands.flows import flow_time_up, order_changed, start_flow
from services.router.commands.provider_reports import decide_on_report
from services.router.context import DecisionContext
from services.router.decision import Decision, DecisionKind
from services.router.due_time import returns_at, with_due_time
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

_Asked = HandOff | TakeOver | ReturnToBot | Close | AgentMessage | StartFlow | OrderChanged | ProposeCart | TimeUp


def decide_command(
    context: DecisionContext, before: Conversation, command: ConversationCommand, now: datetime
) -> Decision:
    """The decision on a command. A command that asks for what is so already changes only the version."""
    after = msgspec.structs.replace(before, version=before.version + 1)
    if isinstance(command, WrittenOnPhone | ConsentChanged):
        decision = decide_on_report(after, command, now)
    else:
        decision = _carry_out(context, after, command, now)
    settled = drop_superseded(before, decision.conversation)
    placed = order_events(settled, command, decision.effects, now)
    settled = with_due_time(settled, context.workspace.conversing)
    decision = replace(decision, conversation=settled, outputs=(*decision.outputs, *placed))
    return _with_event(before, decision, command, now)


def _carry_out(context: DecisionContext, after: Conversation, command: _Asked, now: datetime) -> Decision:
    named = f"{type(command).__name__} by {command.by}"
    match command:
        case TimeUp():
            return _time_up(context, after, command, now)
        case StartFlow():
            return start_flow(context, after, command, now)
        case OrderChanged():
            return order_changed(context, after, command, now)
        case ProposeCart():
            return ask_to_confirm(context, after, command, now)
        case AgentMessage(body=body, author=author):
            after = assigned_to_agent(
                after, command.by, now, after.mode_reason if after.mode is Mode.HUMAN else "taken over"
            )
            return send_in_new_turn(after, command, (body,), author, now, named)
        case TakeOver():
            return Decision(DecisionKind.COMMAND, assigned_to_agent(after, command.by, now, "taken over"), (), named)
        case HandOff():
            return _hand_off(context, after, command, now, named)
        case ReturnToBot():
            return Decision(DecisionKind.COMMAND, with_mode(after, command.by, Mode.BOT), (), named)
        case Close():
            closed = with_mode(after, command.by, Mode.CLOSED, flow=None, options=())
            return Decision(DecisionKind.COMMAND, closed, (), named)


def _hand_off(context: DecisionContext, after: Conversation, command: HandOff, now: datetime, named: str) -> Decision:
    """While nobody is there the customer hears when somebody is; not again while the conversation waits already."""
    effects: tuple[Effect, ...] = (UnansweredQuestion(text=command.question[:500]),) if command.question.strip() else ()
    if after.mode is Mode.HUMAN and after.assigned_to:
        return Decision(DecisionKind.COMMAND, after, (), named, effects)
    away = context.away(now, after) if command.by == AI and after.mode is not Mode.HUMAN else ""
    after = queued_for_agent(after, command.by, now, command.reason)
    if not away:
        return Decision(DecisionKind.COMMAND, after, (), named, effects)
    return replace(send_in_new_turn(after, command, (TextBody(body=away),), Author.SYSTEM, now, named), effects=effects)


def _time_up(context: DecisionContext, after: Conversation, command: TimeUp, now: datetime) -> Decision:
    if command.due_at != after.due_at:
        return void_decision(after, command, "another time is due by now")
    back = returns_at(after, context.workspace.conversing)
    if back is not None and back <= now:
        returned = with_mode(after, "system", Mode.BOT)
        return Decision(DecisionKind.COMMAND, returned, (), "the person was silent: back to the bot")
    return flow_time_up(context, after, command, now)


def _with_event(before: Conversation, decision: Decision, command: ConversationCommand, now: datetime) -> Decision:
    after = decision.conversation
    if (after.mode, after.assigned_to) == (before.mode, before.assigned_to):
        return decision
    detail = f"mode {after.mode}: {after.mode_reason}" if after.mode_reason else f"mode {after.mode}"
    changed: Outputs = (
        (CONVERSATION_EVENTS, conversation_event(after, command, EventKind.CONVERSATION_UPDATED, now, detail=detail)),
    )
    return replace(decision, outputs=(*decision.outputs, *changed))
