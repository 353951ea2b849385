"""Times that have come: each conversation is taken by one replica, and again when nothing came of it."""

import asyncio
from datetime import datetime, timedelta

import msgspec

from services.router.timer_poller import TimerPoller
from shared.clock import FixedClock
from shared.domain.conversation import Conversation
from shared.kafka.brokers import Brokers
from shared.kafka.producer import KafkaProducer
from shared.repositories.conversations import Conversations
from shared.repositories.timers import DueConversations
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, later
from tests.repositories.test_conversations import decision, state

LEASE = timedelta(seconds=30)


async def put(mongo: Mongo, number: int, due_at: datetime | None, workspace: str = "acme") -> Conversation:
    made = msgspec.structs.replace(state(1, due_at=due_at), id=f"c{number}", workspace=workspace)
    await Conversations(mongo, workspace).save(made, 0, decision(number))
    return made


async def test_due_timers_of_all_workspaces_are_taken_once(mongo: Mongo) -> None:
    timers = DueConversations(mongo)
    mine, other = await put(mongo, 1, NOW), await put(mongo, 2, NOW - timedelta(days=1), "other")
    await put(mongo, 3, later(1))
    await put(mongo, 4, None)
    taken = await asyncio.gather(*(timers.claim(NOW, lease=LEASE) for _ in range(6)))
    found = [one for one in taken if one is not None]
    assert sorted(found, key=lambda one: one.id) == [mine, other]


async def test_undecided_timer_is_taken_again_after_the_lease(mongo: Mongo) -> None:
    timers = DueConversations(mongo)
    mine = await put(mongo, 1, NOW)
    assert await timers.claim(NOW, lease=LEASE) == mine
    assert await timers.claim(NOW + timedelta(seconds=29), lease=LEASE) is None
    assert await timers.claim(NOW + LEASE, lease=LEASE) == mine


async def test_timer_set_by_a_decision_is_taken_next(mongo: Mongo) -> None:
    timers = DueConversations(mongo)
    await put(mongo, 1, NOW)
    await timers.claim(NOW, lease=LEASE)
    again = state(2, due_at=later(1))
    await Conversations(mongo, "acme").save(again, 1, decision(2))
    assert await timers.claim(NOW, lease=LEASE) is None
    assert await timers.claim(later(1), lease=LEASE) == again


async def test_due_conversations_are_sent_again_after_the_lease(
    mongo: Mongo, bootstrap: str, clock: FixedClock
) -> None:
    producer = KafkaProducer(Brokers(bootstrap), "timer-poller")
    await producer.start()
    try:
        keeper = TimerPoller(DueConversations(mongo), producer, clock)
        await put(mongo, 1, clock.now())
        assert await keeper.poll() == 1
        assert await keeper.poll() == 0
        clock.advance(31)
        assert await keeper.poll() == 1
    finally:
        await producer.stop()
