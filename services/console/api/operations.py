"""Commands to delivery that concern no conversation's state: a channel, templates, a failed message; their outcomes."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path

from services.console.caller import Principal, needs
from services.console.conversation_access import author_of, workspace_of
from services.console.idempotency import RequestKey, idempotent
from services.console.models import Accepted, AnswerModel, accepted
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import Problem
from services.console.reading import sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.messages.operations import OperationCommand, ResumeChannel, RetryMessage, SyncTemplates
from shared.operations.inbox.messages import MessageFinder
from shared.operations.masking import masked, masked_text
from shared.operations.operation_commands import OperationSender
from shared.repositories.channel_states import ChannelStates
from shared.repositories.operation_outcomes import OperationOutcomes

templates = workspace_router("/templates", "templates")
channels = workspace_router("/channels/{channel}", "channels")
messages = workspace_router("/messages", "messages")
commands = workspace_router("/commands", "commands")

Key = Annotated[RequestKey, idempotent()]
ChannelId = Annotated[str, Path(max_length=64, description="Id of a channel.")]


class OperationState(AnswerModel):
    """The outcome of a command. code: of the refusal, a problem's name. subject: the broadcast, message or channel."""

    command: str
    kind: str
    by: str
    at: datetime
    done: bool
    subject: str
    code: str
    detail: str
    result: dict[str, Any]


def sender_of(parts: Parts, caller: Principal) -> OperationSender:
    """Return the sender of a caller's commands."""
    return OperationSender(parts.producer, parts.clock, caller.workspace, author_of(caller))


async def send_operation(parts: Parts, caller: Principal, key: RequestKey, command: OperationCommand) -> Accepted:
    """Send a command, and answer that it is queued."""
    await sender_of(parts, caller).send(command)
    return accepted(key)


@templates.post("/sync", status_code=202)
async def sync_templates(
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)], key: Key, parts: PartsOf
) -> Accepted:
    """Fetch the templates of the workspace's accounts from the provider."""
    return await send_operation(parts, caller, key, SyncTemplates(**sender_of(parts, caller).fields(key.command)))


@channels.post("/resume", status_code=202)
async def resume_channel(
    channel: ChannelId, caller: Annotated[Principal, needs(Right.CHANNELS_OPERATE)], key: Key, parts: PartsOf
) -> Accepted:
    """Try a stopped channel again with its present credential; its held messages are sent in order."""
    if (await workspace_of(parts, caller)).channel(channel) is None:
        raise Problem("not-found", "there is no such channel")
    if await ChannelStates(parts.mongo).stopped_channel(caller.workspace, channel) is None:
        raise Problem("conflict", "the channel is not stopped", reason="channel-not-stopped")
    command = ResumeChannel(channel=channel, **sender_of(parts, caller).fields(key.command))
    return await send_operation(parts, caller, key, command)


@messages.post("/{message:path}/retry", status_code=202)
async def retry_message(
    message: Annotated[str, Path(max_length=400)],
    caller: Annotated[Principal, needs(Right.MESSAGES_WRITE)],
    key: Key,
    parts: PartsOf,
) -> Accepted:
    """Send a failed message again, unless it may have been sent all the same."""
    if await MessageFinder(parts.mongo, caller.workspace).get(message, sees_of(caller)) is None:
        raise Problem("not-found")
    command = RetryMessage(message_id=message, **sender_of(parts, caller).fields(key.command))
    await sender_of(parts, caller).send(command)
    return accepted(key, message)


@commands.get("/{command}")
async def operation_state(
    command: Annotated[str, Path(max_length=100)],
    caller: Annotated[Principal, needs(Right.COMMANDS_READ)],
    parts: PartsOf,
) -> OperationState:
    """Return the outcome of a command for a broadcast, channel, message or templates. 404: not yet, or over a week ago.

    Members with restrictions, and keys without `broadcasts:read`, see their own commands.
    """
    outcome = await OperationOutcomes(parts.mongo, caller.workspace).get(command)
    only_own = sees_of(caller).is_restricted or not caller.has(Right.BROADCASTS_READ)
    if outcome is None or (only_own and outcome.by != author_of(caller)):
        raise Problem("not-found", "the command is not carried out yet, or was too long ago")
    state = OperationState.model_validate(outcome, from_attributes=True)
    if caller.has(Right.PHONE_NUMBERS):
        return state
    return state.model_copy(update={"detail": masked_text(state.detail), "result": masked(state.result)})
