"""A reply's slot in the pace is taken while its claim is stored; a slot that is not free at once leaves no doubt."""

import asyncio
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from services.delivery.sending.attempts import MessageAttempts
from services.delivery.sending.order import OutboundJob
from shared.clock import SystemClock
from shared.messages.outbound import Author, OutboundMessage
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import OutboundState, StoredOutbound
from shared.storage.buckets import PAUSE, RateBuckets, SendSlot
from shared.storage.mongo import Collection, Mongo
from shared.storage.redis import Redis
from shared.topics import OUTBOUND_RETRY
from tests.repositories.builders import outbound
from tests.services.send_parts import CHANNEL, Calls, Producer, Sender, message_attempts

AT_ONCE = SendSlot(seconds=0.0)


class World:
    """Delivery's replicas on one database. slots: answers of the pace, one after another, then a place at once."""

    def __init__(self, mongo: Mongo, redis: Redis) -> None:
        self.mongo, self.redis, self.calls = mongo, redis, Calls()
        self.sender, self.producer = Sender(self.calls), Producer(self.calls)
        self.repository = OutboundMessages(mongo, "acme")
        self.slots: list[SendSlot] = []
        self.asked: Callable[[], None] = lambda: None

    async def take(self, *_: object, **__: object) -> SendSlot:
        self.calls.stores.append("pace")
        self.asked()
        return self.slots.pop(0) if self.slots else AT_ONCE

    def replica(self, instance: str = "a") -> MessageAttempts:
        return message_attempts(self.mongo, self.redis, self.producer, instance=instance)

    async def deliver(self, attempts: MessageAttempts, message: OutboundMessage, *, retried: bool = False) -> None:
        await attempts.deliver(OutboundJob(message, CHANNEL, self.repository), self.sender, retried=retried)

    async def stored(self, message: OutboundMessage) -> StoredOutbound:
        found = await self.repository.get(message.id)
        assert found is not None
        return found

    async def waits(self, message: OutboundMessage) -> None:
        while True:
            found = await self.repository.get(message.id)
            if found is not None and found.state is OutboundState.WAITING:
                return
            await asyncio.sleep(0.01)


@pytest.fixture
def world(mongo: Mongo, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(mongo, redis)
    monkeypatch.setattr(RateBuckets, "take", world.take)
    return world


def reply(turn: int = 1) -> OutboundMessage:
    return replace(outbound(turn), received_at=SystemClock().now())


async def test_place_is_asked_for_while_the_claim_is_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    inserting, asked, insert = asyncio.Event(), asyncio.Event(), Collection.insert

    async def both(self: Collection, document: dict[str, object]) -> None:
        inserting.set()
        await asyncio.wait_for(asked.wait(), 20)
        await insert(self, document)

    monkeypatch.setattr(Collection, "insert", both)
    world.asked = lambda: asked.set() if inserting.is_set() else None
    await world.deliver(world.replica(), reply())
    assert len(world.sender.sent) == 1


async def test_bulk_takes_its_place_before_its_claim(world: World) -> None:
    message = replace(reply(), author=Author.BROADCAST)
    world.slots = [SendSlot(seconds=9.0, refused="customer")]
    await world.deliver(world.replica(), message)
    assert world.sender.sent == []
    assert (await world.stored(message)).attempt == 0, "it was not claimed"


async def test_reply_waits_for_its_place_as_waiting_and_is_then_sent(world: World) -> None:
    message = reply()
    world.slots = [SendSlot(seconds=0.4)]
    sending = asyncio.create_task(world.deliver(world.replica(), message))
    await asyncio.wait_for(world.waits(message), 20)
    assert world.sender.sent == []
    await sending
    stored = await world.stored(message)
    assert (stored.state, stored.possible_duplicate) == (OutboundState.SENT, False)
    assert world.sender.sent == [message.id]
    assert world.calls.stores.count("pace") == 1, "the place is not taken twice"


async def test_replies_after_one_that_waited_are_claimed_when_they_have_a_place(world: World) -> None:
    attempts, first, second = world.replica(), reply(1), reply(2)
    world.slots = [SendSlot(seconds=0.1), SendSlot(seconds=9.0, refused="number")]
    await world.deliver(attempts, first)
    await world.deliver(attempts, second)
    assert world.sender.sent == [first.id]
    assert (await world.stored(second)).attempt == 0, "it was not claimed"


async def test_process_that_dies_while_a_reply_waits_leaves_no_doubt(world: World) -> None:
    message = reply()
    world.slots = [SendSlot(seconds=60.0)]
    sending = asyncio.create_task(world.deliver(world.replica(), message))
    await asyncio.wait_for(world.waits(message), 20)
    sending.cancel()
    other = world.replica("b")
    await world.deliver(other, message)  # the record is redelivered, and goes to the retry topic
    assert world.sender.sent == []
    assert world.producer.topics[-1] == OUTBOUND_RETRY.name
    await world.deliver(other, replace(message, attempt=(await world.stored(message)).attempt), retried=True)
    stored = await world.stored(message)
    assert (stored.state, stored.possible_duplicate) == (OutboundState.SENT, False)
    assert world.sender.sent == [message.id]


@pytest.mark.parametrize("refused", ["customer", "number", PAUSE])
async def test_claimed_reply_without_a_place_is_retried_later(world: World, refused: str) -> None:
    message = reply()
    world.slots = [SendSlot(seconds=0.2, refused=refused)]
    attempts = world.replica()
    await world.deliver(attempts, message)
    stored = await world.stored(message)
    assert (world.sender.sent, stored.state) == ([], OutboundState.WAITING)
    assert world.producer.topics == [OUTBOUND_RETRY.name]
    await asyncio.sleep(0.25)
    await world.deliver(attempts, replace(message, attempt=stored.attempt), retried=True)
    stored = await world.stored(message)
    assert (stored.state, stored.possible_duplicate) == (OutboundState.SENT, False)
    assert world.sender.sent == [message.id]


async def test_attempt_that_ends_before_it_has_a_place_leaves_no_doubt_in_its_process(world: World) -> None:
    message, attempts = reply(), world.replica()

    def away() -> None:
        raise RuntimeError

    world.asked = away
    with pytest.raises(RuntimeError):
        await world.deliver(attempts, message)
    assert (await world.stored(message)).state is OutboundState.SENDING
    world.asked = lambda: None
    await world.deliver(attempts, message)
    stored = await world.stored(message)
    assert (stored.state, stored.possible_duplicate) == (OutboundState.SENT, False)
