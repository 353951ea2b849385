"""Limits per minute, shared by replicas through Redis, local without it."""

import asyncio
from datetime import UTC, datetime

from services.ingress.rate_limit import WindowLimiter
from shared.clock import FixedClock
from shared.storage.redis import Redis


def _hits(limiter: WindowLimiter, count: int, key: str = "ada") -> list[bool]:
    return [limiter.hit(key) for _ in range(count)]


async def test_key_over_its_limit_does_not_affect_others(nowhere: Redis, clock: FixedClock) -> None:
    limiter = WindowLimiter("sender", 3, nowhere, clock)
    assert _hits(limiter, 5) == [False, False, False, True, True]
    assert limiter.over("ada")
    assert not limiter.over("bo")
    assert not limiter.hit("bo")


async def test_new_minute_starts_at_zero(nowhere: Redis, clock: FixedClock) -> None:
    limiter = WindowLimiter("sender", 1, nowhere, clock)
    assert _hits(limiter, 2) == [False, True]
    clock.advance(60)
    assert not limiter.over("ada")
    assert _hits(limiter, 2) == [False, True]


async def test_zero_means_no_limit(nowhere: Redis, clock: FixedClock) -> None:
    assert not any(_hits(WindowLimiter("sender", 0, nowhere, clock), 500))


async def test_counts_continue_without_redis(nowhere: Redis, clock: FixedClock) -> None:
    limiter = WindowLimiter("sender", 5, nowhere, clock)
    for _ in range(3):
        assert _hits(limiter, 1) == [False]
        await limiter.share()
    assert _hits(limiter, 3) == [False, False, True]


async def test_unshared_counts_are_added_when_redis_is_back(infra_url: str, nowhere: Redis) -> None:
    clock = FixedClock(datetime(2026, 3, 14, tzinfo=UTC))
    real = Redis(infra_url)
    try:
        limiter, other = (WindowLimiter("later", 5, redis, clock) for redis in (nowhere, real))
        _hits(limiter, 4)
        await limiter.share()
        limiter._redis = real
        assert not limiter.hit("ada")
        await limiter.share()
        await other.share()
        other.hit("ada")
        await other.share()
        assert other.over("ada")
    finally:
        await real.close()


async def test_replicas_count_together(redis: Redis, clock: FixedClock) -> None:
    one, other = (WindowLimiter("sender", 5, redis, clock) for _ in range(2))
    _hits(one, 3)
    _hits(other, 2)
    await one.share()
    await other.share()
    assert other.hit("ada")
    assert not one.hit("bo")


async def test_counts_in_redis_expire(redis: Redis, clock: FixedClock) -> None:
    limiter = WindowLimiter("sender", 5, redis, clock)
    _hits(limiter, 1)
    await limiter.share()
    (key,) = await redis._driver.keys("parley:limit:sender:*")
    assert 0 < await redis._driver.ttl(key) <= 120


async def test_counts_are_shared_until_stopped(redis: Redis, clock: FixedClock) -> None:
    one, other, stop = WindowLimiter("s", 5, redis, clock), WindowLimiter("s", 5, redis, clock), asyncio.Event()
    _hits(one, 6)
    running = asyncio.create_task(one.run(stop))
    async with asyncio.timeout(30):
        while not other.over("ada"):
            other.hit("ada")
            await other.share()
    stop.set()
    async with asyncio.timeout(30):
        await running
