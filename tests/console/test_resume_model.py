"""No event is lost, without servers: browsers that are cut off at any frame, and resume at replicas that lag behind
each other, show in the end what is stored.
"""

import asyncio
import json
import random
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

import pytest

from services.console.live.copies import Row
from services.console.live.hub import LiveHub
from services.console.live.presence import Presence
from services.console.live.subscriber import Subscriber
from shared.clock import SystemClock
from shared.kafka.brokers import Brokers
from shared.kafka.records import Record
from tests.console.live_builders import TOPIC_ID, FakeCaller, FakeReads

T = TypeVar("T")
PARTITIONS = 3
CONVERSATIONS = [f"c{number}" for number in range(6)]


class _SlowReads(FakeReads):
    """Answers late: with what was stored when it was asked."""

    async def rows(self, workspace: str, conversations: Collection[str]) -> Mapping[str, Row]:
        return await self._late(await super().rows(workspace, conversations))

    async def customer_messages(self, workspace: str, ids: Collection[str]) -> Mapping[str, Any]:
        return await self._late(await super().customer_messages(workspace, ids))

    async def _late(self, found: T) -> T:
        await asyncio.sleep(random.random() * 0.006)
        return found


class _World:
    """The stored rows, and the topic. Rows have a text that changes without their version, as previews do."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.reads = _SlowReads()
        self.topic: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
        self.numbers = 0
        self.versions = dict.fromkeys(CONVERSATIONS, 0)
        for conversation in CONVERSATIONS:
            self._row(conversation)

    async def step(self) -> None:
        """Let a customer write: the event may precede the stored message."""
        conversation = self.rng.choice(CONVERSATIONS)
        self.numbers += 1
        message = f"m{self.numbers}"
        self.versions[conversation] += self.rng.random() < 0.5
        self._row(conversation)
        if self.rng.random() < 0.5:
            self._publish(conversation, message)
            await asyncio.sleep(self.rng.random() * 0.004)
            self._store(conversation, message)
        else:
            self._store(conversation, message)
            self._publish(conversation, message)

    def _store(self, conversation: str, message: str) -> None:
        self.reads.stored[message] = {"id": message, "conversation": conversation}
        self._row(conversation, text=message)

    def _row(self, conversation: str, text: str | None = None) -> None:
        known = self.reads.known.get(conversation)
        text = text or (known.data["text"] if known else "")
        self.reads.row(conversation, version=self.versions[conversation], text=text)

    def _publish(self, conversation: str, message: str) -> None:
        event = {"kind": "message.received", "conversation_id": conversation, "message_id": message}
        self.topic[hash(conversation) % PARTITIONS].append(json.dumps(event).encode())


class _Replica(LiveHub):
    """Reads the topic when the test says so."""

    def __init__(self, world: _World) -> None:
        clock = SystemClock()
        super().__init__(
            Brokers("127.0.0.1:1"),
            world.reads,
            clock,
            recheck=_same,
            presence=Presence("a", None, clock.monotonic),
            most_waiting=2000,
        )
        self.world = world
        self.tail.topic_id, self.tail.ready = TOPIC_ID, True
        self.tail.positions = (0,) * PARTITIONS
        self._rings.reset(self.tail.positions)
        self.tail.ends = self._ends  # type: ignore[method-assign]

    async def _ends(self) -> tuple[int, ...]:
        return tuple(map(len, self.world.topic))

    def read(self, most: int) -> None:
        """Read some of the next records."""
        before = self.tail.positions
        records = []
        after = list(before)
        for partition, log in enumerate(self.world.topic):
            for offset in range(before[partition], min(len(log), before[partition] + most)):
                records.append(Record("conversation.events", partition, offset, b"acme", log[offset]))
                after[partition] = offset + 1
        self.tail._note_positions(tuple(after))
        if records:
            self.tail._hand_over(records, before)


async def _same(callers: Sequence[Any]) -> Sequence[Any]:
    return list(callers)


class _Browser:
    def __init__(self, world: _World) -> None:
        self.world = world
        self.rows: dict[str, Any] = {}
        self.messages: set[str] = set()
        self.cursor: str | None = None
        self.replica: _Replica | None = None
        self.subscriber: Subscriber | None = None

    async def connect(self, replica: _Replica) -> None:
        self.replica = replica
        self.subscriber = await replica.join(FakeCaller(), self.cursor, ["inbox"], CONVERSATIONS)

    def drop(self) -> None:
        assert self.replica is not None
        assert self.subscriber is not None
        self.replica.leave(self.subscriber)

    def read(self, most: int) -> None:
        assert self.subscriber is not None
        for _ in range(most):
            text = self.subscriber.outbox.take_now()
            if text is None:
                return
            self._apply(json.loads(text))

    def _apply(self, frame: dict[str, Any]) -> None:
        assert frame["type"] != "resync"
        if frame["type"] == "ready" and frame["resumed"] != "replayed":
            self.rows = {id_: dict(row.data) for id_, row in self.world.reads.known.items()}
            self.messages = set(self.world.reads.stored)
        elif frame["type"] == "message:new":
            assert not frame["data"]["message"].get("partial")
            self.messages.add(frame["data"]["message"]["id"])
        elif frame["type"] == "conversation:changed":
            for row in frame["data"]["rows"]:
                if row["version"] >= self.rows[row["id"]]["version"]:
                    self.rows[row["id"]] = row
        self.cursor = frame.get("cursor") or self.cursor


async def _go_on(rng: random.Random, world: _World, replicas: list[_Replica], browsers: list[_Browser]) -> None:
    steps = [asyncio.create_task(world.step()) for _ in range(rng.randrange(4))]
    await asyncio.sleep(rng.random() * 0.004)
    for replica in replicas:
        if rng.random() < 0.7:
            replica.read(rng.randrange(1, 5))
    for browser in browsers:
        browser.read(rng.randrange(6))
        if rng.random() < 0.2:
            browser.drop()
            await browser.connect(rng.choice(replicas))
    await asyncio.gather(*steps)


@pytest.mark.parametrize("seed", range(2))
async def test_browsers_that_are_cut_off_anywhere_show_what_is_stored(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.console.live.feed.COALESCE", 0.002)
    monkeypatch.setattr("services.console.live.feed._ROWS_EVERY", 0.006)
    monkeypatch.setattr("services.console.live.resume._LOOK_AGAIN", 0.001)
    rng = random.Random(seed)
    world = _World(rng)
    replicas = [_Replica(world), _Replica(world)]
    browsers = [_Browser(world), _Browser(world)]
    for browser in browsers:
        await browser.connect(rng.choice(replicas))
    for _ in range(150):
        await _go_on(rng, world, replicas, browsers)
    for _ in range(60):
        for replica in replicas:
            replica.read(1000)
        await asyncio.sleep(0.005)
        for browser in browsers:
            browser.read(1000)
    for browser in browsers:
        assert browser.messages == set(world.reads.stored)
        assert browser.rows == {id_: dict(row.data) for id_, row in world.reads.known.items()}
        browser.drop()
