"""Finds the conversations whose time has come and sends `TimeUp` for each. Any replica does; none keeps a timer."""

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

_LOOK = 1.0  # seconds
_LEASE = timedelta(seconds=30)
_AT_ONCE = 200  # in one look; the rest comes with the next


class TimerPoller:
    """A part of each router process."""

    def __init__(self, timers: DueConversations, producer: Producer, clock: Clock) -> None:
        self._timers = timers
        self._producer = producer
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Look once a second until stopped; a dependency that is away is waited for."""
        await repeat(self.look, stop, every=_LOOK)

    async def look(self) -> int:
        """Send what is due; how many that were. Raises DependencyAway: what was taken comes again after the lease."""
        for number in range(_AT_ONCE):
            due = await self._timers.take(self._clock.now(), lease=_LEASE)
            if due is None:
                return number
            await self._tell(due)
        return _AT_ONCE

    async def _tell(self, due: Conversation) -> None:
        assert due.due_at is not None  # noqa: S101 - it was found by it
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
