"""Watches over stopped channels: when one is mended, its held messages go out again, in the order they were made.

A channel is mended when its credential is another one than the one that was refused (`parley apply`), or when an
operator says so (`parley channels resume`). What is held for a channel that is not stopped is released too, so a crash
in between leaves nothing behind. A message released twice is sent once: its claim sees to that.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from services.delivery.channels.gate import ChannelGate
from services.delivery.publisher import DeliveryPublisher
from shared.clock import Clock
from shared.errors import DependencyAway
from shared.periodic import repeat
from shared.providers.port import Channel
from shared.repositories.channel_states import ChannelStates, StoppedChannel
from shared.repositories.directory import Directory
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import HeldMessage
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics

log = logging.get(__name__)

T = TypeVar("T")
_EVERY = 2.0
_AT_ONCE = 200
_LEASE = 30.0  # seconds


class HeldMessageRelease:
    """A part of the process; `instance` is this replica."""

    def __init__(
        self,
        mongo: Mongo,
        states: ChannelStates,
        gate: ChannelGate,
        directory: Directory,
        reporter: DeliveryPublisher,
        clock: Clock,
        *,
        instance: str,
    ) -> None:
        self._mongo = mongo
        self._states = states
        self._gate = gate
        self._directory = directory
        self._reporter = reporter
        self._clock = clock
        self._instance = instance

    async def run(self, stop: asyncio.Event) -> None:
        """Look every two seconds until `stop` is set; while a dependency is away it waits with the rest."""
        await repeat(self.look, stop, every=_EVERY)

    async def look(self) -> None:
        """One look. Raises DependencyAway."""
        still: set[tuple[str, str]] = set()
        for stopped in await self._gate.refresh():
            if not await self._alone(self._mended(stopped), stopped.workspace, stopped.channel):
                still.add((stopped.workspace, stopped.channel))
        for workspace, channel_id in await self._states.holding():
            if (workspace, channel_id) not in still:
                await self._alone(self._release(workspace, channel_id), workspace, channel_id)

    async def _alone(self, work: Awaitable[T], workspace: str, channel_id: str) -> T | None:
        """What goes wrong with one channel is no reason to neglect the others."""
        try:
            return await work
        except DependencyAway:
            raise
        except Exception:
            log.exception("A channel could not be looked after", workspace_id=workspace, channel=channel_id)
            return None

    async def _mended(self, stopped: StoppedChannel) -> bool:
        channel = await self._directory.channel(stopped.workspace, stopped.channel)
        renewed = channel is not None and channel.credential != stopped.credential
        if not renewed and not stopped.resume_requested:
            return False
        if await self._states.mended(stopped, self._clock.now()):
            log.info("Channel resumed", workspace_id=stopped.workspace, channel=stopped.channel, renewed=renewed)
        await self._gate.refresh()
        return True

    async def _release(self, workspace: str, channel_id: str) -> None:
        channel = await self._directory.channel(workspace, channel_id)
        if channel is None:  # not applied any more; its messages wait for whoever brings it back
            return
        if not await self._states.lease(workspace, channel_id, self._instance, self._clock.now(), _LEASE):
            return
        repository = OutboundMessages(self._mongo, workspace)
        conversations: dict[str, list[HeldMessage]] = {}
        for held in await repository.held(channel_id, limit=_AT_ONCE):
            conversations.setdefault(held.message.conversation_id, []).append(held)
        await asyncio.gather(*(self._send_on(held, channel, repository) for held in conversations.values()))

    async def _send_on(self, conversation: list[HeldMessage], channel: Channel, repository: OutboundMessages) -> None:
        """One after another. The record first: a crash in between leaves a message that is held, and released again."""
        for held in conversation:
            now = self._clock.now()
            await self._reporter.put_off(held.message, channel, attempt=held.message.attempt, not_before=now)
            if await repository.release(held, now):
                metrics.HELD.labels("released").inc()
