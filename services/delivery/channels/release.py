"""Resumes stopped channels, and releases their held messages in the order they were made.

A channel is resumed when its credential differs from the one that was refused (`parley apply`), or when an operator
asks for it (`parley channels resume`). The state of a channel that was removed is deleted. Messages held for a channel
that is not stopped are released too, so a crash in between leaves none behind. A message released twice is sent once:
its claim guarantees it.

The event of a change follows the change in MongoDB, which records that it is due until it has been published: Kafka may
be away, or the process may end in between.
"""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from cachetools import TTLCache

from services.delivery.channels.gate import ChannelGate
from services.delivery.publisher import DeliveryPublisher
from shared.clock import Clock
from shared.errors import DependencyAway
from shared.periodic import repeat_when_due
from shared.providers.port import Channel
from shared.repositories.channel_states import ChannelChange, ChannelStates, StoppedChannel
from shared.repositories.directory import Directory
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import HeldMessage
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics

log = logging.get(__name__)

T = TypeVar("T")
_EVERY = 2.0  # seconds
_ANNOUNCED_AT_ONCE = timedelta(seconds=10)  # after a change; the process that made it does so meanwhile
_BATCH = 200  # messages of a channel in one run
_LEASE = 30.0  # seconds
_REMOVED = 30.0  # seconds for which a removed channel is not looked up again
_MOST_REMOVED = 10_000


class HeldMessageRelease:
    """A part of the process. instance: this replica."""

    def __init__(
        self,
        mongo: Mongo,
        states: ChannelStates,
        gate: ChannelGate,
        directory: Directory,
        publisher: DeliveryPublisher,
        clock: Clock,
        *,
        instance: str,
    ) -> None:
        self._mongo = mongo
        self._states = states
        self._gate = gate
        self._directory = directory
        self._publisher = publisher
        self._clock = clock
        self._instance = instance
        self._removed: TTLCache[tuple[str, str], None] = TTLCache(_MOST_REMOVED, _REMOVED, timer=clock.monotonic)

    async def run(self, stop: asyncio.Event, due: asyncio.Event) -> None:
        """Resume and release when `due` is set, at most every two seconds, until `stop` is set."""
        await repeat_when_due(self.run_once, stop, due, every=_EVERY)

    async def run_once(self) -> None:
        """Publish changes whose event is still due, resume the channels that work again, and release messages of all
        open channels. Raises DependencyAway.
        """
        still_stopped: set[tuple[str, str]] = set()
        stopped_channels = await self._gate.refresh()
        for change in await self._states.unannounced(self._clock.now() - _ANNOUNCED_AT_ONCE):
            await self._isolated(self._announce(change), change.workspace, change.channel)
        for stopped in stopped_channels:
            if not await self._isolated(self._resume(stopped), stopped.workspace, stopped.channel):
                still_stopped.add((stopped.workspace, stopped.channel))
        for workspace, channel_id in await self._states.channels_with_held():
            if (workspace, channel_id) not in still_stopped:
                await self._isolated(self._release(workspace, channel_id), workspace, channel_id)

    async def _isolated(self, work: Awaitable[T], workspace: str, channel_id: str) -> T | None:
        """Log the error of one channel, so that the others are processed all the same."""
        try:
            return await work
        except DependencyAway:
            raise
        except Exception:
            log.exception(
                "Resuming a channel or releasing its messages failed", workspace_id=workspace, channel=channel_id
            )
            return None

    async def _announce(self, change: ChannelChange) -> None:
        await self._publisher.channel_changed(change)
        await self._states.mark_announced(change)

    async def _resume(self, stopped: StoppedChannel) -> bool:
        """Resume a channel if it may be; return whether it is resumed."""
        channel = await self._directory.channel(stopped.workspace, stopped.channel)
        if channel is None:
            log.info("State of a removed channel deleted", workspace_id=stopped.workspace, channel=stopped.channel)
            await self._states.delete(stopped)
            return False
        renewed = not channel.has_credential(stopped.credential)
        if not renewed and not stopped.resume_requested:
            return False
        resumed = await self._states.mark_resumed(stopped, self._clock.now())
        await self._gate.refresh()
        if resumed:
            log.info("Channel resumed", workspace_id=stopped.workspace, channel=stopped.channel, renewed=renewed)
            await self._announce(
                ChannelChange(stopped.workspace, stopped.channel, resumed=True, stopped_at=stopped.since)
            )
        return True

    async def _release(self, workspace: str, channel_id: str) -> None:
        if (workspace, channel_id) in self._removed:
            return
        channel = await self._directory.channel(workspace, channel_id)
        if channel is None:  # removed from the workspace file; its messages stay held until it is applied again
            self._removed[workspace, channel_id] = None
            return
        if not await self._states.lease(workspace, channel_id, self._instance, self._clock.now(), _LEASE):
            return
        repository = OutboundMessages(self._mongo, workspace)
        conversations: dict[str, list[HeldMessage]] = {}
        for held in await repository.held_for(channel_id, limit=_BATCH):
            conversations.setdefault(held.message.conversation_id, []).append(held)
        await asyncio.gather(
            *(self._release_conversation(held, channel, repository) for held in conversations.values())
        )

    async def _release_conversation(
        self, conversation: list[HeldMessage], channel: Channel, repository: OutboundMessages
    ) -> None:
        """Release messages one after another. The record is published first: after a crash in between the message is
        still held, and is released again.
        """
        for held in conversation:
            now = self._clock.now()
            await self._publisher.schedule_retry(held.message, channel, attempt=held.message.attempt, not_before=now)
            if await repository.release(held, now):
                metrics.HELD.labels("released").inc()
