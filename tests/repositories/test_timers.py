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
from shared.storage.mongo import Document, Mongo
from tests.profiler import profiled
from tests.repositories.builders import NOW, later
from tests.repositories.test_conversations import decision, state

LEASE = timedelta(seconds=30)


async def put(mongo: Mongo, number: int, due_at: datetime | None, workspace: str = "acme") -> Conversation:
    made = msgspec.structs.replace(state(1, due_at=due_at), id=f"c{number}", workspace=workspace)
    await Conversations(mongo, workspace).save(made, 0, decision(number))
    return made


async def due_ids(timers: DueConversations, now: datetime, limit: int = 9) -> list[str]:
    return await timers.find(now, lease=LEASE, limit=limit)


async def test_due_timers_of_all_workspaces_are_found_and_claimed_once(mongo: Mongo) -> None:
    timers = DueConversations(mongo)
    mine, other = await put(mongo, 1, NOW), await put(mongo, 2, NOW - timedelta(days=1), "other")
    await put(mongo, 3, later(1))
    await put(mongo, 4, None)
    found = await due_ids(timers, NOW)
    assert found == [other.id, mine.id], "those due first"
    taken = await asyncio.gather(*(timers.claim(one, NOW, lease=LEASE) for one in found * 3))
    claimed = [one for one in taken if one is not None]
    assert sorted(claimed, key=lambda one: one.id) == [mine, other]
    assert await timers.claim("c3", NOW, lease=LEASE) is None, "not due"


async def test_undecided_timer_is_taken_again_after_the_lease_and_after_others(mongo: Mongo) -> None:
    timers = DueConversations(mongo)
    mine = await put(mongo, 1, NOW)
    assert await timers.claim(mine.id, NOW, lease=LEASE) == mine
    soon, after = NOW + timedelta(seconds=29), NOW + LEASE
    assert await due_ids(timers, soon) == []
    assert await timers.claim(mine.id, soon, lease=LEASE) is None
    other = await put(mongo, 2, after, "other")
    assert await due_ids(timers, after) == [other.id, mine.id], "one that is never decided on delays no others"
    assert await timers.claim(mine.id, after, lease=LEASE) == mine


async def test_timer_set_by_a_decision_is_taken_next(mongo: Mongo) -> None:
    timers = DueConversations(mongo)
    await put(mongo, 1, NOW)
    await timers.claim("c1", NOW, lease=LEASE)
    again = state(2, due_at=later(1))
    await Conversations(mongo, "acme").save(again, 1, decision(2))
    assert await due_ids(timers, NOW) == []
    assert await due_ids(timers, later(1)) == ["c1"]
    assert await timers.claim("c1", later(1), lease=LEASE) == again


async def test_polls_do_not_read_what_is_claimed_and_undecided(mongo: Mongo) -> None:
    """Thousands that are due together, as at the end of business hours, cost each poll its own batch only."""
    timers, now = DueConversations(mongo), later(1)
    due = await put(mongo, 0, NOW)
    document = await mongo.collection("conversations").find_one({"_id": due.id}) or {}
    copies: list[Document] = [{**document, "_id": f"claimed{number}", "told_at": now} for number in range(1500)]
    copies += [{**document, "_id": f"due{number}"} for number in range(100)]
    await mongo.collection("conversations").insert_all(copies)
    async with profiled(mongo, "conversations") as profile:
        found = await due_ids(timers, now, 20)
        claimed = [await timers.claim(one, now, lease=LEASE) for one in found]
    assert len(claimed) == 20
    assert None not in claimed
    assert profile.total("docsExamined") <= 2 * 20, profile.plans
    assert profile.total("keysExamined") <= 2 * 20 + 2, profile.plans
    assert len(profile.commands) == 1 + 20


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
