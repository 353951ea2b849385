"""Carries out what people, the AI and the clock ask of a conversation. Pure: state and command in, decision out."""

from dataclasses import replace
from datetime import datetime

import msgspec

from services.router.cart_proposals import propose, still_open
from services.router.commands.flows import flow_time_up, order_changed, start_flow
from services.router.commands.provider_reports import reported
from services.router.context import Desk
from services.router.decision import Decision, Kind
from services.router.due_time import returns_at, timed
from services.router.modes import in_mode, person_has, say, void, waits_for_person
from services.router.outputs import Outputs, event, order_events
from shared.domain.conversation import Conversation, Effect, Mode, Unanswered
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


def carry_out(desk: Desk, before: Conversation, command: ConversationCommand, now: datetime) -> Decision:
    """The decision on a command. A command that asks for what is so already changes only the version."""
    after = msgspec.structs.replace(before, version=before.version + 1)
    if isinstance(command, WrittenOnPhone | ConsentChanged):
        decision = reported(after, command, now)
    else:
        decision = _carry_out(desk, after, command, now)
    settled = still_open(before, decision.conversation)
    placed = order_events(settled, command, decision.effects, now)
    settled = timed(settled, desk.workspace.conversing)
    decision = replace(decision, conversation=settled, outputs=(*decision.outputs, *placed))
    return _with_event(before, decision, command, now)


def _carry_out(desk: Desk, after: Conversation, command: _Asked, now: datetime) -> Decision:
    named = f"{type(command).__name__} by {command.by}"
    match command:
        case TimeUp():
            return _time_up(desk, after, command, now)
        case StartFlow():
            return start_flow(desk, after, command, now)
        case OrderChanged():
            return order_changed(desk, after, command, now)
        case ProposeCart():
            return propose(desk, after, command, now)
        case AgentMessage(body=body, author=author):
            after = person_has(after, command.by, now, after.mode_reason if after.mode is Mode.HUMAN else "taken over")
            return say(after, command, (body,), author, now, named)
        case TakeOver():
            return Decision(Kind.COMMAND, person_has(after, command.by, now, "taken over"), (), named)
        case HandOff():
            return _hand_off(desk, after, command, now, named)
        case ReturnToBot():
            return Decision(Kind.COMMAND, in_mode(after, command.by, Mode.BOT), (), named)
        case Close():
            closed = in_mode(after, command.by, Mode.CLOSED, flow=None, options=())
            return Decision(Kind.COMMAND, closed, (), named)


def _hand_off(desk: Desk, after: Conversation, command: HandOff, now: datetime, named: str) -> Decision:
    """While nobody is there the customer hears when somebody is; not again while the conversation waits already."""
    effects: tuple[Effect, ...] = (Unanswered(text=command.question[:500]),) if command.question.strip() else ()
    if after.mode is Mode.HUMAN and after.assigned_to:
        return Decision(Kind.COMMAND, after, (), named, effects)
    away = desk.away(now, after) if command.by == AI and after.mode is not Mode.HUMAN else ""
    after = waits_for_person(after, command.by, now, command.reason)
    if not away:
        return Decision(Kind.COMMAND, after, (), named, effects)
    return replace(say(after, command, (TextBody(body=away),), Author.SYSTEM, now, named), effects=effects)


def _time_up(desk: Desk, after: Conversation, command: TimeUp, now: datetime) -> Decision:
    if command.due_at != after.due_at:
        return void(after, command, "another time is due by now")
    back = returns_at(after, desk.workspace.conversing)
    if back is not None and back <= now:
        returned = in_mode(after, "system", Mode.BOT)
        return Decision(Kind.COMMAND, returned, (), "the person was silent: back to the bot")
    return flow_time_up(desk, after, command, now)


def _with_event(before: Conversation, decision: Decision, command: ConversationCommand, now: datetime) -> Decision:
    after = decision.conversation
    if (after.mode, after.assigned_to) == (before.mode, before.assigned_to):
        return decision
    detail = f"mode {after.mode}: {after.mode_reason}" if after.mode_reason else f"mode {after.mode}"
    changed: Outputs = (
        (CONVERSATION_EVENTS, event(after, command, EventKind.CONVERSATION_UPDATED, now, detail=detail)),
    )
    return replace(decision, outputs=(*decision.outputs, *changed))
