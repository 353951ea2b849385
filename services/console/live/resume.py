"""Finds the events after a cursor: in memory, in Kafka, or nowhere, so that the browser must fetch anew."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from services.console.live import cursor as cursors
from services.console.live.cursor import NO_TOPIC_ID, Cursor, InvalidCursor, Positions
from services.console.live.events import LiveEvent, decode
from services.console.live.frames import Why
from services.console.live.ring import Rings
from services.console.live.tail import EventTail
from shared.errors import DependencyAway
from shared.kafka.brokers import Brokers
from shared.kafka.topic_reader import TopicMissing
from shared.kafka.topic_tail import TopicChanged, read_between
from shared.telemetry import logging
from shared.topics import CONVERSATION_EVENTS, workspace_of

log = logging.get(__name__)

MOST_RECORDS = 20_000
MOST_SECONDS = 2.0
AT_ONCE = 4
_LOOKS, _LOOK_AGAIN = 10, 0.05


@dataclass(frozen=True, slots=True)
class Missed:
    """The events that a browser missed. how: `nothing`: it had no cursor; `memory`, `kafka`: events has all of it;
    `resync`: it must fetch anew, because of `why`. since: the positions before the events; those of a `nothing` or
    `resync` are only of the last seconds, which may be announced and not stored yet.
    """

    how: Literal["nothing", "memory", "kafka", "resync"]
    since: Positions
    events: list[LiveEvent] = field(default_factory=list)
    why: Why | None = None


class Resumer:
    """One per process."""

    def __init__(self, brokers: Brokers, rings: Rings, tail: EventTail) -> None:
        self._brokers = brokers
        self._rings = rings
        self._tail = tail
        self._reading = asyncio.Semaphore(AT_ONCE)

    async def missed(self, workspace: str, text: str | None) -> Missed:
        """Return what happened in a workspace after a cursor, until the moment of the call."""
        settled = self._tail.settled
        if text is None:
            return Missed("nothing", settled, self._kept(workspace, settled))
        since = self._positions(text)
        if isinstance(since, str):
            return Missed("resync", settled, self._kept(workspace, settled), since)
        floor = self._rings.floor(workspace)
        kept = self._kept(workspace, tuple(map(max, since, floor)))
        gap = sum(max(0, end - start) for start, end in zip(since, floor, strict=True))
        if not await self._is_of_topic(since):
            return Missed("resync", settled, self._kept(workspace, settled), "topic")
        if not gap:
            return Missed("memory", since, kept)
        if gap > MOST_RECORDS:
            return Missed("resync", settled, self._kept(workspace, settled), "too-old")
        older = await self._read_back(workspace, since, floor)
        if older is None:
            return Missed("resync", settled, self._kept(workspace, settled), "too-old")
        return Missed("kafka", since, older + kept)

    def _positions(self, text: str) -> Positions | Why:
        """Return the positions of a cursor for the partitions that there are now, or why it is of no use."""
        try:
            found = cursors.decode(text)
        except InvalidCursor:
            return "too-old"
        partitions = len(self._tail.positions)
        if _is_other_topic(found, self._tail.topic_id) or len(found.positions) > partitions:
            return "topic"
        return cursors.widened(found.positions, partitions)

    def recent(self, workspace: str) -> list[LiveEvent]:
        """Return the events of the last seconds."""
        return self._kept(workspace, self._tail.settled)

    def _kept(self, workspace: str, since: Positions) -> list[LiveEvent]:
        return [event for value in self._rings.kept_since(workspace, since) if (event := decode(value))]

    async def _is_of_topic(self, since: Positions) -> bool:
        """Return whether a cursor may be one of this topic. One ahead of this replica is, if another one has read more:
        then this one reads as much in a moment, or Kafka says that there is more.
        """
        for _ in range(_LOOKS):
            if all(map(int.__le__, since, self._tail.positions)):
                return True
            await asyncio.sleep(_LOOK_AGAIN)
        try:
            ends = await self._tail.ends()
        except DependencyAway:
            return True
        return all(position <= end for position, end in zip(since, ends, strict=True))

    async def _read_back(self, workspace: str, since: Positions, floor: Positions) -> list[LiveEvent] | None:
        """Return the events between two positions, from Kafka; None: they are gone, or that takes too long."""

        def is_wanted(key: bytes) -> bool:
            return workspace_of(key) == workspace

        try:
            async with asyncio.timeout(MOST_SECONDS), self._reading:
                records = await read_between(
                    self._brokers,
                    CONVERSATION_EVENTS.name,
                    since,
                    tuple(map(max, since, floor)),
                    client_id="parley-console-resume",
                    wanted=is_wanted,
                )
        except (TimeoutError, DependencyAway, TopicChanged, TopicMissing) as error:
            log.info("Older events were not read", detail=str(error) or "it takes too long")
            return None
        return [event for record in records if (event := decode(record.value))]


def _is_other_topic(cursor: Cursor, topic_id: bytes) -> bool:
    known = NO_TOPIC_ID not in (cursor.topic_id, topic_id)
    return known and cursor.topic_id != topic_id
