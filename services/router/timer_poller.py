"""Sends `TimeUp` for conversations whose due time has passed. Every replica polls; none keeps timers in memory."""

import asyncio
from datetime import timedelta

from shared.clock import Clock
from shared.domain import ids
from shared.domain.conversation import Conversation
from shared.kafka.codec import encode
from shared.kafka.ports import Producer
from shared.kafka.records import NewRecord
from shared.messages.commands import TimeUp
from shared.periodic import repeat
from shared.repositories.timers import DueConversations
from shared.telemetry import logging, tracing
from shared.topics import CONVERSATION_COMMANDS, key_for

log = logging.get(__name__)

_INTERVAL = 1.0  # seconds
_LEASE = timedelta(seconds=30)
_BATCH = 200  # conversations per poll


class TimerPoller:
    """A background task of each router process."""

    def __init__(self, timers: DueConversations, producer: Producer, clock: Clock) -> None:
        self._timers = timers
        self._producer = producer
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Poll once a second until stopped, also while dependencies are away."""
        await repeat(self.poll, stop, every=_INTERVAL)

    async def poll(self) -> int:
        """Send `TimeUp` for what is due; return the count. Raises DependencyAway; what was claimed is due again after
        the lease.
        """
        for number in range(_BATCH):
            due = await self._timers.claim(self._clock.now(), lease=_LEASE)
            if due is None:
                return number
            await self._send(due)
        return _BATCH

    async def _send(self, due: Conversation) -> None:
        assert due.due_at is not None  # noqa: S101 - the query selects by it
        cause = ids.derived_id("time-up", due.workspace, due.id, due.due_at.isoformat())
        command = TimeUp(
            id=cause,
            workspace=due.workspace,
            correlation_id=ids.correlation_id(cause),
            created_at=self._clock.now(),
            conversation_id=due.id,
            by="system",
            due_at=due.due_at,
        )
        key = key_for(due.workspace, due.id, due.shards)
        headers = tracing.headers_for(command.correlation_id)
        await self._producer.send([NewRecord(CONVERSATION_COMMANDS.name, key, encode(command), headers)])
