"""Changes of conversations: messages, who has them, labels, snooze, notes, flows. Each is a command to the router."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import Field, StringConstraints

from services.console.api.bodies import Content, MessageReference, ReactionContent, body_of
from services.console.audit import NOT_AUDITED
from services.console.caller import Principal, needs
from services.console.conversation_access import author_of, conversation_of, workspace_of
from services.console.idempotency import REPEATABLE, RequestKey, idempotent
from services.console.limits import MESSAGES, limited
from services.console.media import with_file
from services.console.models import Accepted, AnswerModel, RequestModel, Time, accepted
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.reading import ConversationId
from services.console.references import References
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain import window
from shared.domain.accounts import can_answer
from shared.domain.conversation import MAX_LABELS, Conversation
from shared.domain.ids import derived_id
from shared.errors import DependencyAway
from shared.messages.commands import (
    AddNote,
    AgentMessage,
    Assign,
    Close,
    Command,
    HandOff,
    ReturnToBot,
    SetLabels,
    ShowTyping,
    Snooze,
    StartFlow,
    StopFlow,
    TakeOver,
)
from shared.operations.conversations.commands import CommandSender, first_message_of
from shared.operations.conversations.outcome import outcome_of
from shared.operations.conversations.sendable import SendableCheck
from shared.repositories.members import Members

router = workspace_router("/conversations/{conversation}", "conversations")

Writer = Annotated[Principal, needs(Right.CONVERSATIONS_WRITE)]
Key = Annotated[RequestKey, idempotent()]
_Label = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"\S")]
_Labels = Annotated[tuple[_Label, ...], Field(max_length=MAX_LABELS)]
_UserId = Annotated[str, StringConstraints(max_length=100)]
_LONGEST_SNOOZE = timedelta(days=366)
_TYPING_FOR = 20  # seconds; Meta ends an indicator after 25


class Guard(RequestModel):
    """The condition of a command. if_assigned: refuse unless this agent has the conversation; empty: unless nobody has
    it; null: never refuse. The caller's own conversation always passes.
    """

    if_assigned: _UserId | None = None


class NewMessage(Guard):
    """A message to the customer. reply_to: id of the message of the conversation that this one quotes; not through all
    providers (`quotes` of the channel). replace_outside_window: 24 hours after the customer's last message send the
    workspace's template instead.
    """

    content: Content
    reply_to: MessageReference = ""
    replace_outside_window: bool = False


class NewAssignment(Guard):
    """The agent who gets a conversation. to: an agent's id; empty: the queue."""

    to: _UserId


class LabelChange(RequestModel):
    """Labels are added first, then others removed."""

    add: _Labels = ()
    remove: _Labels = ()


class NewSnooze(RequestModel):
    """The end of a snooze. until: null ends the snooze."""

    until: Time | None


class NewNote(RequestModel):
    """A note for colleagues."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"\S")]


class HandOffReason(RequestModel):
    """The reason of a hand-off. reason: for the agents."""

    reason: Annotated[str, StringConstraints(max_length=200)] = "handed off by an agent"


NO_GUARD, USUAL_REASON = Guard(), HandOffReason()


class FlowStart(RequestModel):
    """A flow to be started. flow: the name of a published flow. variables: JSON values that the flow begins with."""

    flow: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    variables: Annotated[dict[str, Any], Field(max_length=50)] = Field(default={})


class CommandState(AnswerModel):
    """The outcome of a command. reason: why it was refused. by: its author; with `taken-by` the agent who has the
    conversation.
    """

    command: str
    state: Literal["done", "refused"]
    reason: str = ""
    by: str = ""
    message: str | None = None


@router.post("/messages", status_code=202)
async def send_message(
    conversation: ConversationId,
    body: NewMessage,
    caller: Annotated[Principal, needs(Right.MESSAGES_WRITE)],
    _: Annotated[None, limited(MESSAGES, people=True)],
    key: Key,
    parts: PartsOf,
) -> Accepted:
    """Send a message; the conversation is assigned to the caller, except for a reaction.

    `message` is the id that it will have.
    """
    found = await conversation_of(parts, caller, conversation)
    references = References(parts, caller, found)
    content, workspace = body_of(await _with_message(body.content, references)), await workspace_of(parts, caller)
    quoted = await references.quoted(body.reply_to) if body.reply_to else None
    check = SendableCheck(parts.mongo, workspace)
    as_sent = await with_file(parts, caller.workspace, found, content)
    await check.check(found, as_sent, parts.clock.now(), may_replace=body.replace_outside_window)
    fields = _fields(parts, caller, key, found)
    command = AgentMessage(body=content, if_assigned=body.if_assigned, reply_to=quoted, **fields)
    return await _send(parts, key, found, command, message=first_message_of(key.command))


@router.post("/take-over", status_code=202)
async def take_over(
    conversation: ConversationId, caller: Writer, key: Key, parts: PartsOf, body: Guard = NO_GUARD
) -> Accepted:
    """Assign the conversation to the caller; the bot is silent."""
    found = await conversation_of(parts, caller, conversation)
    command = TakeOver(if_assigned=body.if_assigned, **_fields(parts, caller, key, found))
    return await _send(parts, key, found, command)


@router.post("/return-to-bot", status_code=202)
async def return_to_bot(
    conversation: ConversationId, caller: Writer, key: Key, parts: PartsOf, body: Guard = NO_GUARD
) -> Accepted:
    """Let the bot answer again."""
    found = await conversation_of(parts, caller, conversation)
    command = ReturnToBot(if_assigned=body.if_assigned, **_fields(parts, caller, key, found))
    return await _send(parts, key, found, command)


@router.post("/close", status_code=202)
async def close(
    conversation: ConversationId, caller: Writer, key: Key, parts: PartsOf, body: Guard = NO_GUARD
) -> Accepted:
    """Close the conversation; the customer's next message opens it again."""
    found = await conversation_of(parts, caller, conversation)
    command = Close(if_assigned=body.if_assigned, **_fields(parts, caller, key, found))
    return await _send(parts, key, found, command)


@router.post("/hand-off", status_code=202)
async def hand_off(
    conversation: ConversationId, caller: Writer, key: Key, parts: PartsOf, body: HandOffReason = USUAL_REASON
) -> Accepted:
    """Queue the conversation for an agent, unless one has it."""
    found = await conversation_of(parts, caller, conversation)
    return await _send(parts, key, found, HandOff(reason=body.reason, **_fields(parts, caller, key, found)))


@router.post("/assign", status_code=202)
async def assign(
    conversation: ConversationId, body: NewAssignment, caller: Writer, key: Key, parts: PartsOf
) -> Accepted:
    """Assign the conversation to an agent who may answer it (`assignable`, `channels` of `members`), or queue it."""
    found = await conversation_of(parts, caller, conversation)
    if body.to:
        member = await Members(parts.mongo, caller.workspace).get(body.to)
        if not can_answer(member, await parts.accounts.users.get(body.to), found.channel):
            raise Problem(
                "invalid", errors=[FieldError("#/to", "is no member who may answer customers of this channel")]
            )
    fields = _fields(parts, caller, key, found)
    return await _send(parts, key, found, Assign(to=body.to, if_assigned=body.if_assigned, **fields))


@router.post("/labels", status_code=202)
async def set_labels(
    conversation: ConversationId, body: LabelChange, caller: Writer, key: Key, parts: PartsOf
) -> Accepted:
    """Add and remove labels."""
    found = await conversation_of(parts, caller, conversation)
    command = SetLabels(add=body.add, remove=body.remove, **_fields(parts, caller, key, found))
    return await _send(parts, key, found, command)


@router.post("/snooze", status_code=202)
async def snooze(conversation: ConversationId, body: NewSnooze, caller: Writer, key: Key, parts: PartsOf) -> Accepted:
    """Hide the conversation until a time, or the customer's next message."""
    now = parts.clock.now()
    if body.until is not None and not now < body.until <= now + _LONGEST_SNOOZE:
        raise Problem("invalid", errors=[FieldError("#/until", "must be in the future, within a year")])
    found = await conversation_of(parts, caller, conversation)
    return await _send(parts, key, found, Snooze(until=body.until, **_fields(parts, caller, key, found)))


@router.post("/notes", status_code=202)
async def add_note(conversation: ConversationId, body: NewNote, caller: Writer, key: Key, parts: PartsOf) -> Accepted:
    """Add a note, whose id will be the command's; the customer never sees it."""
    found = await conversation_of(parts, caller, conversation)
    return await _send(parts, key, found, AddNote(text=body.text, **_fields(parts, caller, key, found)))


@router.post("/start-flow", status_code=202)
async def start_flow(
    conversation: ConversationId, body: FlowStart, caller: Writer, key: Key, parts: PartsOf
) -> Accepted:
    """Start a flow, replacing a running one; refused while an agent has the conversation."""
    found = await conversation_of(parts, caller, conversation)
    if body.flow not in {flow.name for flow in (await workspace_of(parts, caller)).flows}:
        raise Problem("invalid", errors=[FieldError("#/flow", "is no published flow")])
    command = StartFlow(flow=body.flow, variables=body.variables, **_fields(parts, caller, key, found))
    return await _send(parts, key, found, command)


@router.post("/stop-flow", status_code=202)
async def stop_flow(conversation: ConversationId, caller: Writer, key: Key, parts: PartsOf) -> Accepted:
    """End the running flow."""
    found = await conversation_of(parts, caller, conversation)
    return await _send(parts, key, found, StopFlow(**_fields(parts, caller, key, found)))


@router.post("/typing", status_code=204, dependencies=[REPEATABLE, NOT_AUDITED])
async def show_typing(conversation: ConversationId, caller: Writer, parts: PartsOf) -> None:
    """Show the customer that an answer is being written; at most once in 20 seconds, and with an open window."""
    found, now = await conversation_of(parts, caller, conversation), parts.clock.now()
    if not window.is_open(found.last_inbound_at, now) or not await _may_show_typing(parts, found):
        return
    sender = CommandSender(parts.producer, parts.clock, caller.workspace)
    id_ = derived_id("typing", found.id, now.isoformat())
    await sender.send(ShowTyping(**sender.fields(id_, author_of(caller), found.id)), found.shards)


@router.get("/commands/{command}")
async def command_state(
    conversation: ConversationId,
    command: Annotated[str, Path(max_length=100)],
    caller: Annotated[Principal, needs(Right.CONVERSATIONS_READ)],
    parts: PartsOf,
) -> CommandState:
    """Return the outcome of a command. 404: not decided yet, or more than fifty decisions ago."""
    found = await conversation_of(parts, caller, conversation)
    outcome = await outcome_of(parts.mongo, caller.workspace, found.id, command)
    if outcome is None:
        raise Problem("not-found", "the command is not decided yet, or too long ago")
    return CommandState.model_validate(outcome, from_attributes=True)


async def _with_message(content: Content, references: References) -> Content:
    """Return the content; a reaction with the provider's id of its message. Raises Problem, DependencyAway."""
    if not isinstance(content, ReactionContent) or not content.message:
        return content
    return content.model_copy(update={"provider_message_id": await references.reacted_to(content.message)})


def _fields(parts: Parts, caller: Principal, key: RequestKey, conversation: Conversation) -> dict[str, Any]:
    sender = CommandSender(parts.producer, parts.clock, caller.workspace)
    return sender.fields(key.command, author_of(caller), conversation.id)


async def _send(
    parts: Parts, key: RequestKey, conversation: Conversation, command: Command, *, message: str | None = None
) -> Accepted:
    sender = CommandSender(parts.producer, parts.clock, conversation.workspace)
    await sender.send(command, conversation.shards)
    return accepted(key, message)


async def _may_show_typing(parts: Parts, conversation: Conversation) -> bool:
    """Return whether no indicator was shown lately; without Redis always."""
    name = f"parley:typing:{conversation.workspace}:{conversation.id}"
    try:
        existing, _ = await parts.redis.claim(name, b"1", _TYPING_FOR, look_at=name)
    except DependencyAway:
        return True
    return not existing
