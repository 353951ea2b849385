"""Pacing per number and per customer, and priority of replies over bulk; with and without Redis."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.delivery.channels.gate import ChannelGate
from services.delivery.channels.pacing import SendPacing
from services.delivery.sending.retry_policy import IN_PLACE
from shared.clock import SystemClock
from shared.errors import RetryLater
from shared.messages.inbound import Provider
from shared.messages.outbound import Author, OutboundMessage, TextBody
from shared.providers.pace import Rate, rate_within, reserved_for_replies, spend
from shared.providers.port import Channel
from shared.providers.registry import PROVIDERS, pace_of
from shared.repositories.channel_states import ChannelStates
from shared.storage.buckets import RateBuckets, SendSlot
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.services.builders import NOW

CHANNEL = Channel(workspace="acme", id="main", provider=Provider.META, address="+1", settings={}, secrets={})
SLOW = Rate(every=1000.0, burst=4)  # no slot becomes free while a test runs


def message(customer: str = "ada", *, bulk: bool = False) -> OutboundMessage:
    return OutboundMessage(
        id=f"m-{customer}",
        workspace="acme",
        correlation_id="0" * 32,
        created_at=NOW,
        provider=Provider.META,
        channel="main",
        conversation_id=customer,
        customer_id=customer,
        address="+2348030000001",
        body=TextBody(body="hi"),
        author=Author.BROADCAST if bulk else Author.FAQ,
        cause="cause",
        turn=1,
    )


@pytest.fixture(params=["redis", "no redis"])
async def buckets(request: pytest.FixtureRequest, redis: Redis) -> AsyncIterator[RateBuckets]:
    if request.param == "redis":
        yield RateBuckets(redis)
        return
    unavailable = Redis("redis://127.0.0.1:1/0")
    yield RateBuckets(unavailable)
    await unavailable.close()


@pytest.fixture
def pacing(buckets: RateBuckets, mongo: Mongo, redis: Redis) -> SendPacing:
    clock = SystemClock()
    return SendPacing(buckets, ChannelGate(ChannelStates(mongo), redis, clock), clock, most_wait=IN_PLACE)


LIMITS = [
    ("Meta's 80 in a second", 80, 1.0),
    ("MSG91's 100 in a minute", 100, 60.0),
    ("a number of a high tier", 1000, 1.0),
    ("one in a second", 1, 1.0),
    ("less than one in a second", 0.5, 1.0),
]


@pytest.mark.parametrize(("count", "seconds"), [case[1:] for case in LIMITS], ids=[case[0] for case in LIMITS])
def test_no_period_exceeds_the_limit(count: float, seconds: float) -> None:
    rate, due, now = rate_within(count, seconds), 0.0, 0.0
    sent: list[float] = []
    while len(sent) < 300:
        answer = spend(due, now, rate, most_wait=10**6)
        due = answer.due
        sent.append(now + answer.wait)
    for index, first in enumerate(sent):
        assert sum(first <= at < first + seconds - 1e-6 for at in sent[index:]) <= max(1, count)
    steady = (len(sent) - rate.burst) / (sent[-1] - sent[0])
    assert steady >= 0.85 * count / seconds, "most of the provider's limit is used"


def test_customer_of_a_meta_number_gets_45_at_once_then_one_in_six_seconds() -> None:
    pair = PROVIDERS[Provider.META].pace.customer
    assert pair is not None
    due = 0.0
    for _ in range(45):
        answer = spend(due, 0.0, pair)
        assert (answer.taken, answer.wait) == (True, 0.0)
        due = answer.due
    assert spend(due, 0.0, pair).wait == pytest.approx(6.0)
    assert spend(due, 6.0, pair).taken
    assert PROVIDERS[Provider.TWILIO].pace.customer is PROVIDERS[Provider.MSG91].pace.customer is None


def test_messages_per_second_overrides_the_providers_pace() -> None:
    fast = pace_of(replace(CHANNEL, messages_per_second=1000.0))
    assert fast.number.every < pace_of(CHANNEL).number.every / 10
    assert fast.customer == PROVIDERS[Provider.META].pace.customer


async def test_replicas_share_one_bucket_and_a_refusal_takes_nothing(redis: Redis) -> None:
    replicas = RateBuckets(redis), RateBuckets(redis)

    async def take(replica: int, customer: str, *, keep: int = 0, most_wait: float = 0.0) -> SendSlot:
        return await replicas[replica].take(
            "acme/main", customer, SLOW, Rate(every=1000, burst=2), pause="pause", keep=keep, most_wait=most_wait
        )

    assert [(await take(number % 2, "ada")).refused for number in range(3)] == ["", "", "customer"]
    assert (await take(0, "bo", keep=2)).refused == "number", "bulk leaves a part of the burst to replies"
    assert [(await take(number % 2, f"c{number}")).refused for number in range(3)] == ["", "", "number"]
    ahead = await take(0, "dan", most_wait=5000.0)
    assert (ahead.refused, round(ahead.seconds, -2)) == ("", 1000)
    assert (await take(1, "eve", most_wait=5000.0)).seconds > ahead.seconds, "the next slot comes later"


async def test_pause_of_another_replica_is_found_with_the_place_and_takes_none(mongo: Mongo, redis: Redis) -> None:
    clock = SystemClock()
    gate = ChannelGate(ChannelStates(mongo), redis, clock)
    await ChannelGate(ChannelStates(mongo), redis, clock).pause_throttled(CHANNEL, 30.0)
    assert gate.availability(CHANNEL).seconds == 0
    pacing = SendPacing(RateBuckets(redis), gate, clock, most_wait=IN_PLACE)
    assert 29 < await pacing.acquire(CHANNEL, message()) <= 30
    assert 29 < await pacing.acquire(CHANNEL, message(bulk=True)) <= 30
    assert 29 < gate.availability(CHANNEL).seconds <= 30
    assert await redis.get("parley:pace:acme/main") is None


async def test_redis_and_python_buckets_agree(redis: Redis) -> None:
    rate, due = Rate(every=1000.0, burst=3), 0.0
    for keep, most_wait in [(0, 0.0), (1, 0.0), (1, 0.0), (0, 0.0), (0, 0.0), (0, 1500.0), (0, 1500.0)]:
        here = spend(due, 0.0, rate, keep=keep, most_wait=most_wait)
        there = await RateBuckets(redis).take("n", "c", rate, None, pause="pause", keep=keep, most_wait=most_wait)
        due = here.due
        assert bool(there.refused) is not here.taken
        assert round(there.seconds, -1) == pytest.approx(here.wait)


async def test_replies_go_before_waiting_bulk(pacing: SendPacing) -> None:
    slow = replace(CHANNEL, messages_per_second=0.1)  # one immediately, the next in ten seconds
    assert await pacing.acquire(slow, message()) == 0
    with pytest.raises(RetryLater):
        await pacing.acquire(slow, message("bo", bulk=True))
    fast = replace(CHANNEL, id="fast", messages_per_second=80.0)
    kept = reserved_for_replies(pace_of(fast).number)
    assert kept == 4
    bulk = [asyncio.create_task(pacing.acquire(fast, message(f"c{n}", bulk=True))) for n in range(20)]
    assert await pacing.acquire(fast, message("cyd")) == 0
    assert await asyncio.gather(*bulk) == [0.0] * 20


async def test_reply_beyond_the_limit_waits_or_is_retried(pacing: SendPacing) -> None:
    number = replace(CHANNEL, messages_per_second=0.5)
    assert await pacing.acquire(number, message("ada")) == 0
    assert await pacing.acquire(number, message("bo")) == 0, "it waited two seconds for its slot"
    seconds = await pacing.acquire(number, message("cyd"))
    assert seconds == 0 or seconds > 3.0


async def test_bulk_beyond_the_queue_is_retried_when_its_turn_is_likely(pacing: SendPacing) -> None:
    number = replace(CHANNEL, messages_per_second=5.0)
    waits: list[float] = []

    async def send_bulk(customer: int) -> None:
        try:
            await pacing.acquire(number, message(f"c{customer}", bulk=True))
        except RetryLater as later:
            waits.append(later.seconds)

    others = asyncio.create_task(send_bulk(0))
    await asyncio.gather(*(send_bulk(n) for n in range(1, 101)), others)
    assert len(waits) >= 100 - 32
    assert max(waits) > min(waits) + 5, "spread over the time in which the queue empties"
    assert await pacing.acquire(replace(CHANNEL, id="other"), message("bo", bulk=True)) == 0, (
        "other numbers do not wait"
    )


async def test_customer_beyond_the_pair_rate_delays_no_other(pacing: SendPacing) -> None:
    assert [await pacing.acquire(replace(CHANNEL, messages_per_second=5000), message()) for _ in range(45)] == [
        0.0
    ] * 45
    assert 5 < await pacing.acquire(replace(CHANNEL, messages_per_second=5000), message()) <= 6
    assert await pacing.acquire(replace(CHANNEL, messages_per_second=5000), message("bo")) == 0
