"""Carries out what people and the AI ask of a conversation. Pure: state and command in, decision out."""

from datetime import datetime

import msgspec

from services.router.decision import Decision, Kind
from services.router.replies import Outputs, event, to_send
from shared.conversation import Conversation, Mode
from shared.messages.commands import AgentMessage, Close, ConversationCommand, HandOff, ReturnToBot, TakeOver
from shared.messages.events import EventKind
from shared.messages.inbound import Provider
from shared.messages.outbound import Body, TextBody
from shared.providers.registry import limits_of
from shared.text import split
from shared.topics import CONVERSATION_EVENTS, OUTBOUND_MESSAGES


def carry_out(before: Conversation, command: ConversationCommand, now: datetime) -> Decision:
    """The decision on a command. A command that asks for what is so already changes only the version."""
    mode, reason = _wanted(before, command)
    after = msgspec.structs.replace(
        before,
        turn=before.turn + isinstance(command, AgentMessage),
        version=before.version + 1,
        mode=mode,
        mode_reason=reason,
        mode_by=command.by,
    )
    outputs: Outputs = ()
    if isinstance(command, AgentMessage):
        outputs = tuple(
            (OUTBOUND_MESSAGES, to_send(after, command, body, command.author, now, index=index))
            for index, body in enumerate(_pieces(command.body, Provider(after.provider)))
        )
    if after.mode is not before.mode:
        detail = f"mode {after.mode}: {reason}" if reason else f"mode {after.mode}"
        changed = event(after, command, EventKind.CONVERSATION_UPDATED, now, detail=detail)
        outputs = (*outputs, (CONVERSATION_EVENTS, changed))
    return Decision(Kind.COMMAND, after, outputs, f"{type(command).__name__} by {command.by}")


def _pieces(body: Body, provider: Provider) -> list[Body]:
    if not isinstance(body, TextBody):
        return [body]
    return [TextBody(body=piece, preview_url=body.preview_url) for piece in split(body.body, limits_of(provider).text)]


def _wanted(before: Conversation, command: ConversationCommand) -> tuple[Mode, str]:
    match command:
        case HandOff(reason=reason):
            return Mode.HUMAN, reason
        case TakeOver():
            return Mode.HUMAN, "taken over"
        case AgentMessage():
            return Mode.HUMAN, before.mode_reason if before.mode is Mode.HUMAN else "taken over"
        case ReturnToBot():
            return Mode.BOT, ""
        case Close():
            return Mode.CLOSED, ""
