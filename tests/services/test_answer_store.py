"""Requests that several replicas have: one answers, another one takes over soon after it died."""

import asyncio
from contextlib import ExitStack

import msgspec
import pytest

from services.ai.gate.call_scripts import encode_answer
from shared.clock import FixedClock
from shared.domain.conversation import RecordedOutput
from shared.errors import DependencyAway
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.services.ai_replica import AiReplica, Died, store_workspace
from tests.services.builders import NOW

CALL = AiCall(
    id="request",
    workspace="acme",
    conversation_id="c1",
    correlation_id="0" * 32,
    turn=1,
    outputs=(RecordedOutput("outbound.messages", b"acme", b"{}"),),
    requested_at=NOW,
    started_at=NOW,
    finished_at=NOW,
    model="fast",
    outcome="answered",
    attempts=1,
)


@pytest.fixture
async def one(mongo: Mongo, redis: Redis, clock: FixedClock) -> AiReplica:
    await store_workspace(mongo)
    return AiReplica(mongo, redis, clock, "ai-0")


@pytest.fixture
def other(mongo: Mongo, redis: Redis, clock: FixedClock, one: AiReplica) -> AiReplica:
    return AiReplica(mongo, redis, clock, "ai-1")


async def _until_called(replica: AiReplica) -> None:
    async with asyncio.timeout(30):
        while not replica.vendor.calls:  # noqa: ASYNC110  (the vendor has no event)
            await asyncio.sleep(0.01)


async def _paid(mongo: Mongo) -> int:
    return len(await mongo.collection("ai_calls").find({"workspace": "acme"}))


async def _left(replica: AiReplica, clock: FixedClock) -> tuple[int, int]:
    """Return what the day has spent and reserved in Redis, in millionths of a dollar."""
    keys = await replica.answers._redis._driver.keys("parley:ai:budget:*}")
    spent, held = await replica.answers._redis._driver.hmget(keys[0], "spent", "held")
    return int(spent), int(held or 0)


async def test_other_replicas_wait_for_the_first_ones_answer(one: AiReplica, other: AiReplica) -> None:
    one.vendor.hold = asyncio.Event()
    first = asyncio.create_task(one.handle())
    await _until_called(one)
    waiting = asyncio.create_task(other.handle())
    done, _ = await asyncio.wait([waiting], timeout=1.6)  # longer than the lease
    assert not done
    one.vendor.hold.set()
    await asyncio.gather(first, waiting)
    assert (one.vendor.calls, other.vendor.calls) == (one.vendor.calls[:1], [])
    assert one.producer.ids == other.producer.ids, "delivery sends the message once"
    assert one.producer.texts == other.producer.texts


async def test_claim_of_a_dead_replica_expires(one: AiReplica, other: AiReplica, clock: FixedClock) -> None:
    one.vendor.hold = asyncio.Event()
    dying = asyncio.create_task(one.handle())
    await _until_called(one)
    dying.cancel()
    async with asyncio.timeout(18):  # less than the 20 s of a claim
        await other.handle()
    assert len(other.producer.texts) == 1
    assert (await _left(other, clock))[1] == 0, "the dead one's reservation was of the same call"


async def test_restarted_replica_continues_its_own_claim(one: AiReplica, mongo: Mongo, clock: FixedClock) -> None:
    one.vendor.hold = asyncio.Event()
    dying = asyncio.create_task(one.handle())
    await _until_called(one)
    dying.cancel()
    again = AiReplica(mongo, one.answers._redis, clock, "ai-0")
    async with asyncio.timeout(30):
        await again.handle()
    assert len(again.producer.texts) == 1


async def test_first_stored_answer_counts(one: AiReplica, other: AiReplica, mongo: Mongo, redis: Redis) -> None:
    """A replica that was paused resumes and has an answer after another one has answered."""
    one.vendor.hold = asyncio.Event()
    paused = asyncio.create_task(one.handle())
    await _until_called(one)
    one.answers._claimed.clear()  # it renews nothing
    await redis.delete("parley:ai:claim:r1")  # as if its lease had run out
    other.vendor.calls.append("so that the texts differ")
    await other.handle()
    one.vendor.hold.set()
    await paused
    assert one.producer.texts == other.producer.texts == ["Answer number 2."]
    assert await _paid(mongo) == 1


async def test_lost_claim_is_not_renewed(one: AiReplica, redis: Redis) -> None:
    await redis.put("parley:ai:claim:request", b"ai-1", 5)
    with one.answers.claimed("request"), one.answers.claimed("another"):
        for _ in range(3):
            await one.answers._renew_all(["request", "another"])
        assert list(one.answers._claimed) == ["another"]
    assert await redis.get("parley:ai:claim:request") == b"ai-1"
    assert await redis.get("parley:ai:claim:another") == b"ai-0"
    assert not one.answers._claimed


async def test_all_claims_of_a_replica_are_renewed_together(one: AiReplica, redis: Redis) -> None:
    names = [f"request-{number}" for number in range(20)]
    calls: list[int] = []
    renew = redis.renew

    async def counting(keys: list[str], value: bytes, seconds: int) -> list[bool]:
        calls.append(len(keys))
        return await renew(keys, value, seconds)

    redis.renew = counting  # type: ignore[method-assign, assignment]  # counts
    with ExitStack() as held:
        for name in names:
            held.enter_context(one.answers.claimed(name))
        async with asyncio.timeout(30):
            while not calls:  # noqa: ASYNC110  (Redis has no event)
                await asyncio.sleep(0.01)
    assert set(calls) == {20}


async def test_short_call_renews_nothing(one: AiReplica, redis: Redis) -> None:
    with one.answers.claimed("request"):
        assert one.answers._timer is not None
    assert one.answers._timer is None, "no timer wakes the process up"


async def test_finished_request_has_no_claim(one: AiReplica, redis: Redis) -> None:
    await one.handle()
    assert await redis.get("parley:ai:claim:r1") is None
    assert await redis.get("parley:ai:answer:r1") is not None


async def test_process_that_dies_before_publishing_pays_once(
    one: AiReplica, other: AiReplica, mongo: Mongo, clock: FixedClock
) -> None:
    one.producer.dies = True
    with pytest.raises(Died):
        await one.handle()
    await mongo.collection("ai_calls").delete({"workspace": "acme"})  # as if it had died before this as well
    spent = await _left(other, clock)
    await other.handle()
    assert (len(one.vendor.calls), other.vendor.calls, len(other.producer.texts)) == (1, [], 1)
    assert await _paid(mongo) == 1
    assert await _left(other, clock) == spent, "it reserves nothing"


async def test_process_that_dies_before_storing_publishes_the_same_answer_again(
    one: AiReplica, other: AiReplica, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying, pytest.raises(Died):
        dying.setattr(AiCalls, "add", _die)
        await one.handle()
    assert await _paid(mongo) == 0
    await other.handle()
    assert (len(one.vendor.calls), other.vendor.calls) == (1, [])
    assert other.producer.texts == ["Answer number 1."]
    assert await _paid(mongo) == 1


async def _die(self: AiCalls, call: AiCall) -> AiCall:
    raise Died


async def test_redis_lost_with_the_process_costs_a_second_call_with_the_same_message_ids(
    one: AiReplica, other: AiReplica, redis: Redis, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying, pytest.raises(Died):
        dying.setattr(AiCalls, "add", _die)
        await one.handle()
    await asyncio.sleep(0)  # the publishing of the other half
    await redis._driver.flushdb()
    await other.handle()
    assert (len(one.vendor.calls), len(other.vendor.calls)) == (1, 1)
    assert one.producer.ids == other.producer.ids, "delivery sends one of them"
    assert await _paid(mongo) == 1


async def test_mongodb_away_after_the_call_costs_no_second_one(
    one: AiReplica, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(self: AiCalls, call: AiCall) -> AiCall:
        raise DependencyAway("mongodb", "down")

    with monkeypatch.context() as outage, pytest.raises(DependencyAway):
        outage.setattr(AiCalls, "add", away)
        await one.handle()
    await one.handle()
    assert len(one.vendor.calls) == 1
    assert await _paid(mongo) == 1


async def test_without_redis_the_call_is_stored_before_it_is_published(
    nowhere: Redis, mongo: Mongo, clock: FixedClock
) -> None:
    await store_workspace(mongo)
    replica = AiReplica(mongo, nowhere, clock)
    replica.producer.dies = True
    with pytest.raises(Died):
        await replica.handle()
    assert await _paid(mongo) == 1
    replica.producer.dies = False
    await replica.handle()
    assert (len(replica.vendor.calls), len(replica.producer.texts)) == (1, 1)


async def test_kept_answer_is_published_although_an_agent_has_taken_over(
    one: AiReplica, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = msgspec.structs.replace(CALL, id="r1")
    await redis.put("parley:ai:answer:r1", encode_answer(call), 60)
    monkeypatch.setattr("services.ai.worker._reason_to_skip", lambda request, conversation: "silenced")
    await one.handle()
    assert len(one.producer.sent) == 1
    assert one.vendor.calls == []
    await one.handle("r2")
    assert len(one.producer.sent) == 1


async def test_cost_is_settled_with_the_answer(one: AiReplica, clock: FixedClock) -> None:
    await one.handle()
    spent, held = await _left(one, clock)
    assert (spent > 0, held) == (True, 0)
