"""The handler of `operations.commands`: carries out a command once, stores its outcome, then reports it by events.

A redelivered command with an outcome is only reported again. One that was interrupted before its outcome was stored is
carried out again; each operation has the same result then.
"""

from typing import Any

import msgspec

from services.delivery.operations.messages import retry_message
from services.delivery.publisher import DeliveryPublisher
from shared.clock import Clock
from shared.domain.broadcast import broadcast_id
from shared.kafka.runtime.external_wait import external_wait
from shared.messages.events import EventKind
from shared.messages.operations import (
    BroadcastCommand,
    CancelBroadcast,
    CreateBroadcast,
    OperationRecord,
    PauseBroadcast,
    ResumeBroadcast,
    ResumeChannel,
    RetryMessage,
    RetryRecipients,
    StartBroadcast,
    SyncTemplates,
)
from shared.operations.broadcasts.create import BroadcastCreator, NewBroadcast
from shared.operations.broadcasts.lifecycle import BroadcastLifecycle
from shared.operations.channels import resume_channel
from shared.operations.errors import NotFound, OperationRefused
from shared.operations.templates import TemplateSync
from shared.repositories.directory import Directory
from shared.repositories.operation_outcomes import OperationOutcome, OperationOutcomes
from shared.repositories.workspaces import Workspaces
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.telemetry import logging
from shared.workspace.config import Workspace

log = logging.get(__name__)


class OperationHandler:
    """Made once per process. Raises DependencyAway."""

    def __init__(
        self,
        mongo: Mongo,
        directory: Directory,
        workspaces: Workspaces,
        publisher: DeliveryPublisher,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._mongo = mongo
        self._directory = directory
        self._workspaces = workspaces
        self._publisher = publisher
        self._settings = settings
        self._clock = clock

    async def on_command(self, command: OperationRecord) -> None:
        """Carry out a command, unless it has an outcome already; report the outcome."""
        outcomes = OperationOutcomes(self._mongo, command.workspace)
        outcome = await outcomes.get(command.id)
        if outcome is None:
            outcome = await self._carry_out(command)
            await outcomes.add(outcome)
            log.info("Operation", operation=outcome.kind, done=outcome.done, code=outcome.code)
        await self._publisher.operation(command, outcome, _changes(command) if outcome.done else ())

    async def _carry_out(self, command: OperationRecord) -> OperationOutcome:
        about = {
            "command": command.id,
            "kind": str(command.__struct_config__.tag),
            "by": command.by,
            "at": self._clock.now(),
            "subject": subject_of(command),
        }
        try:
            result = await self._run(command, await self._workspace(command.workspace))
        except OperationRefused as error:
            return msgspec.convert({**about, "done": False, "code": error.code, "detail": str(error)}, OperationOutcome)
        return msgspec.convert({**about, "done": True, "result": result}, OperationOutcome)

    async def _run(self, command: OperationRecord, workspace: Workspace) -> dict[str, Any]:
        match command:
            case CreateBroadcast():
                return await self._create(command, workspace)
            case BroadcastCommand():
                return await self._change_broadcast(command, workspace)
            case RetryMessage(message_id=message_id):
                await retry_message(self._mongo, self._directory, self._publisher, command.workspace, message_id)
                return {}
            case ResumeChannel(channel=channel):
                await resume_channel(self._mongo, command.workspace, channel, command=command.id)
                return {}
            case SyncTemplates():
                return await self._sync_templates(command)

    async def _create(self, command: CreateBroadcast, workspace: Workspace) -> dict[str, Any]:
        wanted = NewBroadcast(
            name=command.name,
            content=command.content,
            other=command.other,
            by=command.by,
            channel=command.channel,
            segment=command.segment,
            rate=command.rate,
            max_failures=command.max_failures,
            price=command.price,
            currency=command.currency,
            created_at=command.created_at,
        )
        creator = BroadcastCreator(self._mongo, workspace, self._clock)
        draft, _ = await creator.create(wanted, listed=command.recipients)
        return {"broadcast": draft.id}

    async def _change_broadcast(self, command: BroadcastCommand, workspace: Workspace) -> dict[str, Any]:
        lifecycle = BroadcastLifecycle(self._mongo, workspace, self._clock, self._clock.now(), command.id)
        name = (await lifecycle.find_by_id(command.broadcast)).name
        match command:
            case StartBroadcast(at=at):
                await lifecycle.start(name, at)
            case PauseBroadcast():
                await lifecycle.pause(name)
            case ResumeBroadcast():
                await lifecycle.resume(name)
            case CancelBroadcast():
                await lifecycle.cancel(name)
            case RetryRecipients():
                retried, deferred = await lifecycle.retry(name, dry_run=False)
                return {"retried": retried, "not_yet": deferred.count}
        return {}

    async def _sync_templates(self, command: SyncTemplates) -> dict[str, Any]:
        with external_wait():
            sync = TemplateSync(self._mongo, self._directory, self._settings, self._clock)
            accounts = await sync.sync(command.workspace)
        return {"accounts": [{"account": one.account, "templates": one.templates} for one in accounts]}

    async def _workspace(self, name: str) -> Workspace:
        found = await self._workspaces.current(name)
        if found is None:
            raise NotFound("there is no such workspace")
        return found


def subject_of(command: OperationRecord) -> str:
    """Return the id of what a command is about: a broadcast, message or channel. Commands about one keep order."""
    match command:
        case CreateBroadcast(workspace=workspace, name=name):
            return broadcast_id(workspace, name)
        case BroadcastCommand(broadcast=broadcast):
            return broadcast
        case RetryMessage(message_id=message_id):
            return message_id
        case ResumeChannel(channel=channel):
            return channel
        case SyncTemplates():
            return ""


def lane_of(command: OperationRecord) -> str:
    """Return the lane of a command."""
    kind = "broadcast" if isinstance(command, CreateBroadcast | BroadcastCommand) else type(command).__name__
    return f"{kind}/{subject_of(command)}"


def _changes(command: OperationRecord) -> tuple[tuple[EventKind, str], ...]:
    """Return the events of what a command changes at once, each with its detail."""
    match command:
        case CreateBroadcast() | BroadcastCommand():
            return ((EventKind.BROADCAST_CHANGED, subject_of(command)),)
        case SyncTemplates():
            return ((EventKind.TEMPLATE_CHANGED, ""),)
    return ()
