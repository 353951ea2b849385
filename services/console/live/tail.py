"""Reads `conversation.events` to its end, forever, and hands each record to the rings and feeds.

The key is compared before a record is decoded: most records are of workspaces that nobody watches here.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from services.console.live.cursor import NO_TOPIC_ID, Positions
from services.console.live.ring import Entry, Rings
from shared.background import run_until
from shared.clock import Clock
from shared.errors import DependencyAway
from shared.kafka.brokers import Brokers
from shared.kafka.records import Record
from shared.kafka.topic_reader import TopicMissing
from shared.kafka.topic_tail import TopicChanged, TopicTail, open_tail
from shared.telemetry import logging, metrics
from shared.topics import CONVERSATION_EVENTS, workspace_of

log = logging.get(__name__)

PREFILL = 2000  # records of a partition that are read at the start
_POLL = 0.5
_CHECK_EVERY = 2.0
_EXPIRE_EVERY = 5.0
_RETRY = 1.0
_SETTLED_AFTER = 2.0  # seconds after which what an event announces is surely stored


class Receiver(Protocol):
    """Gets what the tail reads."""

    def on_events(self, workspace: str, records: list[Record], before: Positions) -> None:
        """Records of one workspace, read together. before: the positions before all of them."""
        ...

    def on_changed(self) -> None:
        """All positions are void: everybody must fetch anew."""
        ...

    def on_paused(self, paused: bool) -> None:
        """Kafka cannot be reached, or is back."""
        ...


class EventTail:
    """One per process. positions: behind the records handed over; topic_id: see `shared.kafka.topic_id`."""

    def __init__(self, brokers: Brokers, rings: Rings, receiver: Receiver, clock: Clock) -> None:
        self._brokers = brokers
        self._rings = rings
        self._receiver = receiver
        self._clock = clock
        self._recent: deque[tuple[float, Positions]] = deque()
        self.positions: Positions = ()
        self.topic_id = NO_TOPIC_ID
        self.ready = False
        self.paused = False
        self._tail: TopicTail | None = None
        self._ends: Callable[[], object] | None = None

    @property
    def settled(self) -> Positions:
        """The positions of two seconds ago: what came before is stored and can be fetched."""
        return self._recent[0][1] if self._recent else self.positions

    async def ends(self) -> Positions:
        """Return the ends of all partitions. Raises DependencyAway."""
        if self._tail is None:
            raise DependencyAway("kafka", "the events are not being read")
        return tuple(await self._tail.ends())

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop` is set; connect anew after failures."""
        await run_until(stop, self._read_forever())

    async def _read_forever(self) -> None:
        while True:
            try:
                await self._read()
            except TopicChanged as error:
                log.warning("Live events start over, and browsers fetch anew", detail=str(error))
                self.ready = False
            except (DependencyAway, TopicMissing) as error:
                self._pause(True)
                log.warning("Live events are paused", detail=str(error))
                await asyncio.sleep(_RETRY)

    async def _read(self) -> None:
        async with open_tail(
            self._brokers, CONVERSATION_EVENTS.name, prefill=PREFILL, client_id="parley-console-live"
        ) as tail:
            self._tail = tail
            await self._begin(tail)
            self._pause(False)
            checking = asyncio.create_task(self._check_forever(tail))
            try:
                while not checking.done():
                    before = self.positions
                    records = await tail.poll(_POLL)
                    self._note_positions(tuple(tail.positions))
                    if records:
                        self._hand_over(records, before)
                checking.result()
            finally:
                checking.cancel()
                await asyncio.wait([checking])

    async def _begin(self, tail: TopicTail) -> None:
        """Go on where the last connection ended, or begin anew."""
        if self.ready and self.topic_id == tail.topic_id and len(self.positions) == len(tail.positions):
            await tail.move(self.positions)
            return
        changed = bool(self.positions)
        self.topic_id, self.positions = tail.topic_id, tuple(tail.positions)
        self._recent.clear()
        self._rings.reset(self.positions)
        await self._catch_up(tail)
        self.ready = True
        if changed:
            self._receiver.on_changed()

    async def _catch_up(self, tail: TopicTail) -> None:
        """Fill the rings, so that a browser that was at another replica resumes here from memory."""
        ends = await tail.ends()
        while any(position < end for position, end in zip(tail.positions, ends, strict=True)):
            records = await tail.poll(_POLL)
            self.positions = tuple(tail.positions)
            self._hand_over(records, self.positions)

    async def _check_forever(self, tail: TopicTail) -> None:
        """Return never; raise TopicChanged. Notes when Kafka goes away and comes back."""
        expired = self._clock.monotonic()
        failures = 0
        while True:
            await asyncio.sleep(_CHECK_EVERY)
            try:
                await tail.check()
                failures = 0
            except DependencyAway as error:
                failures += 1
                log.warning("Kafka does not answer live events", detail=str(error))
            self._pause(failures > 0)
            if self._clock.monotonic() >= expired + _EXPIRE_EVERY:
                expired = self._clock.monotonic()
                self._rings.expire(expired)
                metrics.LIVE_RING_BYTES.set(self._rings.bytes)

    def _note_positions(self, positions: Positions) -> None:
        now = self._clock.monotonic()
        if not self._recent or now - self._recent[-1][0] >= _SETTLED_AFTER / 4:
            self._recent.append((now, self.positions))
        while len(self._recent) > 1 and self._recent[1][0] <= now - _SETTLED_AFTER:
            self._recent.popleft()
        if positions != self.positions:
            self.positions = positions

    def _hand_over(self, records: list[Record], before: Positions) -> None:
        at = self._clock.monotonic()
        by_workspace: dict[bytes, list[Record]] = {}
        for record in records:
            by_workspace.setdefault(record.key, []).append(record)
        for key, mine in by_workspace.items():
            workspace = workspace_of(key)
            for record in mine:
                self._rings.add(workspace, Entry(record.partition, record.offset, at, record.value))
            self._receiver.on_events(workspace, mine, before)

    def _pause(self, paused: bool) -> None:
        if paused != self.paused:
            self.paused = paused
            metrics.LIVE_PAUSED.set(int(paused))
            self._receiver.on_paused(paused)
