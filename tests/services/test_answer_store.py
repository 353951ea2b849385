"""Requests that several replicas have: one answers, another one takes over soon after it died."""

import asyncio
from contextlib import AsyncExitStack

import msgspec
import pytest

from services.ai.answer_store import AnswerStore
from shared.domain.conversation import RecordedOutput
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
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


def _kept(redis: Redis, instance: str) -> AnswerStore:
    return AnswerStore(redis, instance=instance, claim_for=20, keep_for=60, lease=1)


@pytest.fixture
def calls(mongo: Mongo) -> AiCalls:
    return AiCalls(mongo, "acme")


async def test_other_replicas_wait_for_the_first_ones_answer(redis: Redis, calls: AiCalls) -> None:
    one, other = _kept(redis, "ai-0"), _kept(redis, "ai-1")
    assert await one.find("request", calls) is None
    waiting = asyncio.create_task(other.find("request", calls))
    async with one.claimed("request"):
        done, _ = await asyncio.wait([waiting], timeout=1.6)  # longer than the lease
        assert not done
        await one.store(CALL)
    assert await waiting == CALL


async def test_claim_of_a_dead_replica_expires(redis: Redis, calls: AiCalls) -> None:
    one, other = _kept(redis, "ai-0"), _kept(redis, "ai-1")
    assert await one.find("request", calls) is None
    async with one.claimed("request"):
        await asyncio.sleep(0)
    async with asyncio.timeout(5):  # far less than a request may take
        assert await other.find("request", calls) is None


async def test_restarted_replica_continues_its_own_claim(redis: Redis, calls: AiCalls) -> None:
    assert await _kept(redis, "ai-0").find("request", calls) is None
    async with asyncio.timeout(0.9):
        assert await _kept(redis, "ai-0").find("request", calls) is None


async def test_stored_answer_is_found_by_every_replica(redis: Redis, calls: AiCalls) -> None:
    await _kept(redis, "ai-0").store(CALL)
    assert await _kept(redis, "ai-1").find("request", calls) == CALL


async def test_first_stored_answer_counts(redis: Redis, calls: AiCalls) -> None:
    """A replica that was paused resumes and stores an apology after another one has answered."""
    apology = msgspec.structs.replace(CALL, outcome="apology")
    assert await _kept(redis, "ai-1").store(CALL) == CALL
    assert await _kept(redis, "ai-0").store(apology) == CALL
    assert await _kept(redis, "ai-2").find("request", calls) == CALL


async def test_lost_claim_is_not_renewed(redis: Redis, calls: AiCalls) -> None:
    one, other = _kept(redis, "ai-0"), _kept(redis, "ai-1")
    assert await one.find("request", calls) is None
    await redis.delete("parley:ai:claim:request")  # as if its lease had run out
    assert await other.find("request", calls) is None
    async with one.claimed("request"), one.claimed("another"):
        for _ in range(3):
            await one._renew_all(["request", "another"])
        assert list(one._claimed) == ["another"]
    assert await redis.get("parley:ai:claim:request") == b"ai-1"
    assert await redis.get("parley:ai:claim:another") == b"ai-0"
    assert not one._claimed


async def test_all_claims_of_a_replica_are_renewed_together(redis: Redis, calls: AiCalls) -> None:
    one, other = _kept(redis, "ai-0"), _kept(redis, "ai-1")
    names = [f"request-{number}" for number in range(20)]
    async with AsyncExitStack() as held:
        for name in names:
            assert await one.find(name, calls) is None
            await held.enter_async_context(one.claimed(name))
        waiting = [asyncio.create_task(other.find(name, calls)) for name in names]
        done, _ = await asyncio.wait(waiting, timeout=1.6)  # longer than the lease
        assert not done
    async with asyncio.timeout(10):
        assert await asyncio.gather(*waiting) == [None] * len(names)
