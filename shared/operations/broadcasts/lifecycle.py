"""Starts, pauses, resumes, cancels and retries the broadcasts of a workspace, as a person requests it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.broadcast import Broadcast, BroadcastStage, broadcast_id
from shared.operations.broadcasts.estimate import Estimate, estimate, problems_now
from shared.operations.broadcasts.profiles import RecipientProfiles
from shared.operations.errors import NotFound, OperationRefused
from shared.repositories.broadcast_recipients import BroadcastRecipients, DeferredRetries
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.erasure_guard import ErasureGuard
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace

_MOST_LATE = timedelta(minutes=5)  # of a start that is asked for


class BroadcastNotFound(NotFound):
    """Raised when the workspace has no broadcast of that name."""


@dataclass(frozen=True, slots=True)
class BroadcastLifecycle:
    """Makes, starts, pauses, resumes, cancels and retries the broadcasts of a workspace. now: when the operation began.
    command: id of the command that asks for it, if one does: carried out again, it changes nothing more and is not
    refused. All methods raise DependencyAway.
    """

    mongo: Mongo
    workspace: Workspace
    clock: Clock
    now: datetime
    command: str = ""

    @property
    def broadcasts(self) -> Broadcasts:
        """The broadcasts of the workspace."""
        return Broadcasts(self.mongo, self.workspace.workspace)

    @property
    def recipients(self) -> BroadcastRecipients:
        """The recipients of its broadcasts."""
        return BroadcastRecipients(self.mongo, self.workspace.workspace)

    async def find(self, name: str) -> Broadcast:
        """Return the broadcast of that name. Raises BroadcastNotFound."""
        workspace = self.workspace.workspace
        found = await self.broadcasts.get(broadcast_id(workspace, name))
        if found is None:
            raise BroadcastNotFound(f"{workspace} has no broadcast {name!r}")
        return found

    async def find_by_id(self, id_: str) -> Broadcast:
        """Return the broadcast of that id. Raises BroadcastNotFound."""
        found = await self.broadcasts.get(id_)
        if found is None:
            raise BroadcastNotFound("there is no such broadcast")
        return found

    async def estimate(self, broadcast: Broadcast) -> Estimate:
        """Return how many would get it now, how long that takes and what it costs."""
        profiles = RecipientProfiles(self.mongo, ErasureGuard(self.mongo, self.clock))
        return await estimate(self.mongo, profiles, broadcast, self.workspace, self.now)

    async def start(self, name: str, at: datetime | None) -> None:
        """Start a draft at a time; None: now. Raises NotFound, and OperationRefused with all that is wrong with it."""
        broadcast = await self.find(name)
        if await self.broadcasts.was_changed_by(broadcast.id, self.command):
            return
        wrong = await problems_now(self.mongo, broadcast, self.workspace, self.now)
        if wrong:
            raise OperationRefused(f"{name} cannot start: {'; '.join(wrong)}")
        if not await self.broadcasts.start(broadcast.id, at or self.now, command=self.command):
            raise OperationRefused(f"{name} cannot start: it is {broadcast.stage}")

    async def pause(self, name: str) -> None:
        """Send nothing more for now. Raises NotFound, OperationRefused."""
        why = "paused by a person"
        await self._change(
            name,
            "paused",
            lambda id_: self.broadcasts.pause(id_, why, self.now, cause="person", command=self.command),
        )

    async def resume(self, name: str) -> None:
        """Continue a paused broadcast. Raises NotFound, OperationRefused."""
        await self._change(name, "resumed", self._resume)

    async def _resume(self, id_: str) -> bool:
        # Messages that were held while it was paused have results soon, however old they are.
        await self.recipients.read_at_once(id_, self.now)
        found = await self.broadcasts.get(id_)
        if found and found.segment and found.stage is BroadcastStage.PAUSED and found.frozen_at is None:
            await self.recipients.clear(id_)  # its segment may have been edited: it is read anew
        return await self.broadcasts.resume(id_, self.now, command=self.command)

    async def cancel(self, name: str) -> None:
        """End a broadcast for good. Raises NotFound, OperationRefused."""
        await self._change(name, "cancelled", lambda id_: self.broadcasts.cancel(id_, self.now, command=self.command))

    async def retry(self, name: str, *, dry_run: bool) -> tuple[int, DeferredRetries]:
        """Retry failed recipients, but not those whose message is in doubt, and none before the provider allows it.

        Return how many are retried (dry_run: would be), and who cannot be retried yet. Raises NotFound,
        OperationRefused.
        """
        broadcast = await self.find(name)
        if broadcast.stage not in (BroadcastStage.RUNNING, BroadcastStage.PAUSED, BroadcastStage.DONE):
            raise OperationRefused(f"no recipient of {name} can be retried: it is {broadcast.stage}")
        deferred = await self.recipients.deferred_retries(broadcast.id, self.now)
        if dry_run:
            return await self.recipients.retryable(broadcast.id, self.now), deferred
        count = await self.recipients.retry(broadcast.id, self.now)
        if count or await self.recipients.pending(broadcast.id, 1):  # an interrupted retry has made them pending
            await self.broadcasts.reopen(broadcast.id, self.now)
        return count, deferred

    async def _change(self, name: str, done: str, change: Callable[[str], Awaitable[bool]]) -> None:
        broadcast = await self.find(name)
        if await self.broadcasts.was_changed_by(broadcast.id, self.command):
            return
        if not await change(broadcast.id):
            now = await self.broadcasts.get(broadcast.id)
            raise OperationRefused(f"{name} cannot be {done}: it is {now.stage if now else 'gone'}")


def is_past(at: datetime, now: datetime) -> bool:
    """Return whether a start would be so late that the time was mistyped: it would send to everybody at once."""
    return at < now - _MOST_LATE
