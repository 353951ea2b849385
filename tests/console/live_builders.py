"""Builders for tests of live events: callers, events, a tail and reads that tests control."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from services.console.live.copies import Message, Row
from services.console.live.cursor import Cursor, Positions
from services.console.live.events import LiveEvent
from services.console.live.feed import Feed
from services.console.live.presence import Presence
from services.console.live.subscriber import Subscriber
from services.console.rights import RULES, Right
from shared.clock import Clock, SystemClock
from shared.errors import DependencyAway

TOPIC_ID = b"0123456789abcdef"


@dataclass(frozen=True)
class FakeCaller:
    """A member, or a key with scopes."""

    id: str = "ann"
    name: str = "Ann"
    role: str = "agent"
    workspace: str = "acme"
    sees: str = "all"
    channels: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None  # of a key

    def has(self, right: Right) -> bool:
        if self.scopes is not None:
            return not RULES[right].scopes.isdisjoint(self.scopes)
        return self.role in RULES[right].roles


@dataclass
class FakeTail:
    """A tail whose positions a test moves."""

    positions: Positions = (0, 0)
    topic_id: bytes = TOPIC_ID


@dataclass
class FakeReads:
    """Counts reads. stored: messages of customers; sent: ours; rows: by conversation."""

    stored: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    known: dict[str, Row] = field(default_factory=dict)
    reads: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    away: bool = False

    def row(self, conversation: str, *, channel: str = "main", assigned_to: str = "", **more: Any) -> None:
        """Store a conversation."""
        data = {"id": conversation, "assigned_to": assigned_to, **more}
        self.known[conversation] = Row(data, {**data, "masked": True}, channel, assigned_to)

    async def rows(self, workspace: str, conversations: Collection[str]) -> Mapping[str, Row]:
        return self._found("rows", conversations, self.known)

    async def customer_messages(self, workspace: str, ids: Collection[str]) -> Mapping[str, Message]:
        return {id_: _message(data) for id_, data in self._found("theirs", ids, self.stored).items()}

    async def our_messages(self, workspace: str, ids: Collection[str]) -> Mapping[str, Message]:
        return {id_: _message(data) for id_, data in self._found("ours", ids, self.sent).items()}

    def _found(self, kind: str, ids: Collection[str], among: Mapping[str, Any]) -> dict[str, Any]:
        self.reads.append((kind, frozenset(ids)))
        if self.away:
            raise DependencyAway("mongodb")
        return {id_: among[id_] for id_ in ids if id_ in among}


def _message(data: dict[str, Any]) -> Message:
    return Message(data, {**data, "masked": True}, hidden=bool(data.get("hidden")))


class World:
    """A feed with its subscribers."""

    def __init__(self) -> None:
        self.tail = FakeTail()
        self.reads = FakeReads()
        self.feed = Feed("acme", self.reads, self.tail, SystemClock())

    def subscriber(self, *open_: str, see: tuple[str, ...] = ("inbox",), most: int = 256, **caller: Any) -> Subscriber:
        """Return a new subscriber of the feed."""
        made = Subscriber(FakeCaller(**caller), lambda: self.feed.resync("overflow"), most)
        made.see = frozenset(see)
        self.feed.subscribers.add(made)
        for conversation in open_:
            self.feed.open(made, conversation)
        return made

    def happens(self, kind: str, conversation: str = "c1", message: str | None = None, **more: Any) -> None:
        """Let an event be read."""
        before = self.tail.positions
        self.tail.positions = (before[0] + 1, before[1])
        self.feed.add(LiveEvent(kind=kind, conversation_id=conversation, message_id=message, **more), before)


class Bus:
    """Stands for Redis between replicas."""

    def __init__(self) -> None:
        self.receivers: list[Callable[[str, bytes], None]] = []
        self.sent = 0

    async def publish(self, channel: str, message: bytes) -> None:
        self.sent += 1
        for receive in self.receivers:
            receive(channel, message)

    async def listen(self, channel: str) -> None:
        return

    async def leave(self, channel: str) -> None:
        return

    async def receive(self, on_message: Callable[[str, bytes], None]) -> None:
        self.receivers.append(on_message)
        await asyncio.Event().wait()

    @asynccontextmanager
    async def replicas(self, clock: Clock, *names: str) -> AsyncIterator[list[Presence]]:
        """Run the presence of some replicas."""
        made = [Presence(name, self, clock.monotonic) for name in names]
        tasks = [asyncio.create_task(one.run()) for one in made]
        await delivered()
        try:
            yield made
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def delivered() -> None:
    """Let the tasks pass messages on."""
    for _ in range(20):  # more than they need
        await asyncio.sleep(0)


def cursor(*positions: int) -> str:
    """Return the cursor at these positions."""
    return Cursor(TOPIC_ID, positions).encode()


async def next_frame(subscriber: Subscriber) -> dict[str, Any]:
    """Return the next frame of a subscriber."""
    text = await subscriber.outbox.take()
    assert text is not None
    found: dict[str, Any] = json.loads(text)
    return found


def waiting(subscriber: Subscriber) -> list[dict[str, Any]]:
    """Return all frames that wait for a subscriber."""
    found = []
    while (text := subscriber.outbox.take_now()) is not None:
        found.append(json.loads(text))
    return found
