"""Paused and stopped channels, seen by two replicas."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from structlog.testing import capture_logs

from services.delivery.channels.gate import ChannelAvailability, ChannelGate
from services.delivery.channels.pacing import SendPacing
from shared.clock import FixedClock, SystemClock
from shared.messages.inbound import Provider
from shared.providers.errors import ErrorKind, SendError
from shared.providers.port import Channel
from shared.repositories.channel_states import ChannelStates
from shared.storage.buckets import RateBuckets
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.telemetry import metrics
from tests.repositories.builders import outbound

EXPIRED = SendError(ErrorKind.CHANNEL, code="190", title="The access token has expired.")


def channel(name: str = "main", credential: str = "one") -> Channel:
    return Channel(
        workspace="acme", id=name, provider=Provider.META, address="+1", settings={}, secrets={}, credential=credential
    )


class Two(NamedTuple):
    """Two replicas with one Redis, each with a clock of its own."""

    one: ChannelGate
    two: ChannelGate
    clock: FixedClock
    redis: Redis

    async def available_for_two(self, name: str = "main") -> ChannelAvailability:
        """Return what the second replica knows after it has made a message's round trip."""
        pacing = SendPacing(RateBuckets(self.redis), self.two, SystemClock(), most_wait=0.0)
        await pacing.acquire(channel(name), outbound())
        return self.two.availability(channel(name))


@pytest.fixture
def gates(mongo: Mongo, redis: Redis) -> Two:
    clocks = FixedClock(datetime(2026, 3, 14, tzinfo=UTC)), FixedClock(datetime(2026, 3, 14, tzinfo=UTC))
    one, two = (ChannelGate(ChannelStates(mongo), redis, clock) for clock in clocks)
    return Two(one, two, clocks[0], redis)


@pytest.fixture
async def no_redis() -> AsyncIterator[Redis]:
    redis = Redis("redis://127.0.0.1:1/0")
    yield redis
    await redis.close()


async def test_throttled_channel_is_paused_for_all_replicas(gates: Two) -> None:
    assert (await gates.available_for_two()).seconds == 0
    assert await gates.one.pause_throttled(channel(), 30.0) == 30
    assert 29 < gates.one.availability(channel()).seconds <= 30
    assert 29 < (await gates.available_for_two()).seconds <= 30
    assert (await gates.available_for_two("other")).seconds == 0


async def test_shorter_pause_does_not_end_a_longer_one(gates: Two) -> None:
    await gates.one.pause_throttled(channel(), 50.0)
    await gates.two.pause_throttled(channel(), 2.0)
    assert gates.one.availability(channel()).seconds > 49
    assert (await gates.available_for_two()).seconds > 48


async def test_calls_in_flight_when_the_pause_began_do_not_lengthen_it(gates: Two) -> None:
    first = await gates.one.pause_unreachable(channel())
    assert [await gates.one.pause_unreachable(channel()) for _ in range(50)] == [first] * 50


async def test_unreachable_provider_is_retried_for_up_to_a_minute_and_reported_after_ten_failures(
    gates: Two,
) -> None:
    waits = []
    with capture_logs() as logs:
        for _ in range(12):
            waits.append(await gates.one.pause_unreachable(channel()))
            gates.clock.advance(waits[-1] + 0.01)
    assert 0.5 <= waits[0] <= 1
    assert all(wait <= 60 for wait in waits)
    assert waits[-1] >= 30
    assert waits[:5] == sorted(waits[:5])
    assert [entry["failures"] for entry in logs if entry["event"] == "A provider cannot be reached"] == [10]


async def test_answer_ends_the_failure_streak(gates: Two) -> None:
    for _ in range(5):
        gates.clock.advance(await gates.one.pause_unreachable(channel()) + 0.01)
    gates.one.record_answer(channel())
    assert await gates.one.pause_unreachable(channel()) <= 1


async def _fail(gate: ChannelGate, clock: FixedClock, times: int, name: str = "main") -> None:
    for _ in range(times):
        clock.advance(await gate.pause_unreachable(channel(name)) + 0.01)


async def _unreachable(gate: ChannelGate) -> float:
    await gate.observe()
    return float(metrics.UNREACHABLE_CHANNELS.labels(Provider.META)._value.get())


async def test_channel_counts_as_unreachable_from_ten_failures_until_an_answer(gates: Two) -> None:
    await _fail(gates.one, gates.clock, 9)
    assert await _unreachable(gates.one) == 0
    await _fail(gates.one, gates.clock, 1)
    await _fail(gates.one, gates.clock, 10, "other")
    assert await _unreachable(gates.one) == 2
    await _fail(gates.one, gates.clock, 120)  # two hours
    gates.one.record_answer(channel())
    assert await _unreachable(gates.one) == 0, "and nothing was sent on the other for two hours"


async def test_unreachable_channel_without_further_messages_is_forgotten_after_ten_minutes(gates: Two) -> None:
    await _fail(gates.one, gates.clock, 10)
    gates.clock.advance(590)
    assert await _unreachable(gates.one) == 1
    gates.clock.advance(20)
    assert await _unreachable(gates.one) == 0
    await _fail(gates.one, gates.clock, 1)
    assert await _unreachable(gates.one) == 1, "it fails again"


async def test_three_unanswered_calls_pause_the_channel(gates: Two) -> None:
    await gates.one.record_no_answer(channel())
    await gates.one.record_no_answer(channel())
    assert gates.one.availability(channel()).seconds == 0
    await gates.one.record_no_answer(channel())
    assert gates.one.availability(channel()).seconds > 0


async def test_each_replica_pauses_by_itself_without_redis(mongo: Mongo, no_redis: Redis) -> None:
    clock = FixedClock(datetime(2026, 3, 14, tzinfo=UTC))
    gate = ChannelGate(ChannelStates(mongo), no_redis, clock)
    await gate.pause_throttled(channel(), 10.0)
    assert gate.availability(channel()).seconds == 10
    clock.advance(10.1)
    assert gate.availability(channel()).seconds == 0


async def test_stopped_channel_is_stopped_in_all_replicas(gates: Two, mongo: Mongo) -> None:
    await gates.one.stop(channel(), EXPIRED)
    assert gates.one.availability(channel()).stopped
    assert (await gates.available_for_two()).seconds > 0, "paused until it has read the mark"
    (found,) = await gates.two.refresh()
    assert gates.two.availability(channel()).stopped
    assert (found.workspace, found.channel, found.error["code"]) == ("acme", "main", "190")
    assert not gates.two.availability(channel("other")).stopped


async def test_new_credential_opens_a_stopped_channel(gates: Two) -> None:
    await gates.one.stop(channel(), EXPIRED)
    assert not gates.one.availability(channel(credential="two")).stopped


async def test_channel_stop_is_logged_once(gates: Two, mongo: Mongo) -> None:
    with capture_logs() as logs:
        for gate in (gates.one, gates.one, gates.two, gates.two):
            await gate.stop(channel(), EXPIRED)
    assert len(logs) == 1
    assert len(await ChannelStates(mongo).stopped()) == 1


async def test_resumption_and_lease_succeed_once(gates: Two, mongo: Mongo) -> None:
    states, at = ChannelStates(mongo), gates.clock.now()
    assert not await states.request_resume("acme", "main")
    await gates.one.stop(channel(), EXPIRED)
    assert await states.request_resume("acme", "main")
    (stopped,) = await states.stopped()
    assert stopped.resume_requested
    assert [await states.mark_resumed(stopped, at) for _ in range(2)] == [True, False]
    assert await states.lease("acme", "main", "one", at, 30)
    assert not await states.lease("acme", "main", "two", at, 30)
    gates.clock.advance(31)
    assert await states.lease("acme", "main", "two", gates.clock.now(), 30)
