"""Carries out what people, the AI and the clock ask of a conversation. Pure: state and command in, decision out."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from services.router.decision import Decision, Kind
from services.router.desk import Desk
from services.router.replies import Outputs, event, speak
from services.router.timing import returns_at, timed
from shared.conversation import Conversation, Effect, Mode, Unanswered
from shared.messages.commands import (
    AgentMessage,
    Close,
    ConversationCommand,
    HandOff,
    OrderChanged,
    ReturnToBot,
    StartFlow,
    TakeOver,
    TimeUp,
)
from shared.messages.events import EventKind
from shared.messages.inbound import Provider
from shared.messages.outbound import Author, Body
from shared.topics import CONVERSATION_EVENTS


def carry_out(desk: Desk, before: Conversation, command: ConversationCommand, now: datetime) -> Decision:
    """The decision on a command. A command that asks for what is so already changes only the version."""
    conversing = desk.workspace.conversing
    after = msgspec.structs.replace(before, version=before.version + 1)
    match command:
        case TimeUp(due_at=due):
            decision = _time_up(desk, after, command, now) if due == before.due_at else _void(after, command)
        case StartFlow():
            decision = Decision(Kind.VOID, after, (), f"{_named(command)}: flows are not run by the router yet")
        case OrderChanged():  # orders are not changed here yet, so nobody is told that one was
            decision = Decision(Kind.VOID, after, (), f"{_named(command)}: orders are not changed by the router yet")
        case AgentMessage(body=body, author=author):
            after = _person_has(after, command, now, before.mode_reason if before.mode is Mode.HUMAN else "taken over")
            decision = _say(after, command, (body,), author, now, _named(command))
        case TakeOver():
            decision = Decision(Kind.COMMAND, _person_has(after, command, now, "taken over"), (), _named(command))
        case HandOff():
            decision = _hand_off(after, command, now)
        case ReturnToBot():
            decision = Decision(Kind.COMMAND, _in_mode(after, command.by, Mode.BOT), (), _named(command))
        case Close():
            closed = msgspec.structs.replace(_in_mode(after, command.by, Mode.CLOSED), flow=None, options=())
            decision = Decision(Kind.COMMAND, closed, (), _named(command))
    decision = replace(decision, conversation=timed(decision.conversation, conversing))
    return _with_event(before, decision, command, now)


def _named(command: ConversationCommand) -> str:
    return f"{type(command).__name__} by {command.by}"


def _void(after: Conversation, command: ConversationCommand) -> Decision:
    return Decision(Kind.VOID, after, (), f"{type(command).__name__}: another time is due by now")


def _in_mode(conversation: Conversation, by: str, mode: Mode, reason: str = "", **changes: Any) -> Conversation:
    changes = {"waiting_since": None, "person_at": None, "assigned_to": ""} | changes
    return msgspec.structs.replace(conversation, mode=mode, mode_reason=reason, mode_by=by, **changes)


def _person_has(conversation: Conversation, command: ConversationCommand, now: datetime, reason: str) -> Conversation:
    return _in_mode(
        conversation, command.by, Mode.HUMAN, reason, person_at=now, assigned_to=command.by, flow=None, options=()
    )


def _hand_off(after: Conversation, command: HandOff, now: datetime) -> Decision:
    effects: tuple[Effect, ...] = (Unanswered(text=command.question[:500]),) if command.question.strip() else ()
    if after.mode is Mode.HUMAN and after.assigned_to:
        return Decision(Kind.COMMAND, after, (), _named(command), effects)
    handed = _in_mode(after, command.by, Mode.HUMAN, command.reason, waiting_since=now, flow=None, options=())
    return Decision(Kind.COMMAND, handed, (), _named(command), effects)


def _say(
    conversation: Conversation,
    command: ConversationCommand,
    bodies: tuple[Body, ...],
    author: Author,
    now: datetime,
    note: str,
    *,
    kind: Kind = Kind.COMMAND,
) -> Decision:
    """In a turn of its own."""
    after = msgspec.structs.replace(conversation, turn=conversation.turn + 1)
    said = speak(after, command, Provider(after.provider), bodies, author, now)
    return Decision(kind, after, said, note)


def _time_up(desk: Desk, after: Conversation, command: TimeUp, now: datetime) -> Decision:
    back = returns_at(after, desk.workspace.conversing)
    if back is None or back > now:
        return _void(after, command)
    returned = _in_mode(after, "system", Mode.BOT)
    return Decision(Kind.COMMAND, returned, (), "the person was silent: back to the bot")


def _with_event(before: Conversation, decision: Decision, command: ConversationCommand, now: datetime) -> Decision:
    after = decision.conversation
    if (after.mode, after.assigned_to) == (before.mode, before.assigned_to):
        return decision
    detail = f"mode {after.mode}: {after.mode_reason}" if after.mode_reason else f"mode {after.mode}"
    changed: Outputs = (
        (CONVERSATION_EVENTS, event(after, command, EventKind.CONVERSATION_UPDATED, now, detail=detail)),
    )
    return replace(decision, outputs=(*decision.outputs, *changed))
