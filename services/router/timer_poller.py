"""Sends `TimeUp` for conversations whose due time has passed.

The due times are in the conversations' documents, and every replica polls them. A replica remembers the next due times
that it has stored itself only to know when to poll: at most once a second, and every five seconds when it knows none.
While more is due than one poll takes, the next follows at once.
"""

import asyncio
from datetime import datetime, timedelta
from math import ceil

import msgspec

from shared.clock import Clock
from shared.domain import ids
from shared.domain.conversation import Conversation
from shared.kafka.codec import encode
from shared.kafka.ports import Producer
from shared.kafka.records import NewRecord
from shared.messages.commands import TimeUp
from shared.periodic import repeat, wait_for
from shared.repositories.timers import DueConversations
from shared.telemetry import logging, tracing
from shared.topics import CONVERSATION_COMMANDS, key_for

log = logging.get(__name__)

_LONGEST = 5  # seconds between two polls, for due times that other replicas have stored
_STEP = 1.0  # seconds
_REMEMBERED = timedelta(hours=1)  # into the future; polls of every few seconds find later ones
_LEASE = timedelta(seconds=30)
_BATCH = 200  # conversations per poll


class TimerPoller:
    """A background task of each router process."""

    def __init__(self, timers: DueConversations, producer: Producer, clock: Clock) -> None:
        self._timers = timers
        self._producer = producer
        self._clock = clock
        self._due_seconds: set[int] = set()  # since 1970; at most one for each second of `_REMEMBERED`
        self._more_due = False

    def expect(self, due_at: datetime) -> None:
        """Poll when this time has come."""
        if due_at - self._clock.now() < _REMEMBERED:
            self._due_seconds.add(ceil(due_at.timestamp()))

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until stopped, also while dependencies are away."""
        await repeat(self.poll, stop, every=_LONGEST, wait=self._wait)

    async def _wait(self, stop: asyncio.Event, seconds: float) -> bool:
        """Wait until something is due that this replica has stored, but not longer than that; return whether the
        process stops.
        """
        if self._more_due:
            return stop.is_set()
        for _ in range(round(seconds / _STEP)):
            if await wait_for(stop, _STEP) or self._is_due():
                break
        return stop.is_set()

    def _is_due(self) -> bool:
        now = self._clock.now().timestamp()
        return any(second <= now for second in self._due_seconds)

    async def poll(self) -> int:
        """Send `TimeUp` for what is due; return the count. Raises DependencyAway; what was claimed is due again after
        the lease.
        """
        now = self._clock.now().timestamp()
        self._more_due = False  # also if this fails: then there is a wait
        sent = await self._send_due()
        self._due_seconds = {second for second in self._due_seconds if second > now}
        return sent

    async def _send_due(self) -> int:
        sent, found = 0, await self._timers.find(self._clock.now(), lease=_LEASE, limit=_BATCH)
        for conversation_id in found:
            due = await self._claim(conversation_id)
            if due is not None:
                await self._send(due)
                sent += 1
        self._more_due = len(found) == _BATCH
        return sent

    async def _claim(self, conversation_id: str) -> Conversation | None:
        """Claim a due conversation. One that a newer release has written, and this one cannot read, stays claimed until
        the lease ends: it must not keep the times of all others from coming.
        """
        try:
            return await self._timers.claim(conversation_id, self._clock.now(), lease=_LEASE)
        except msgspec.ValidationError as error:
            log.error("A due conversation cannot be read", conversation_id=conversation_id, error=str(error))
            return None

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
