"""Attempts are limited in the same way in Redis and, without it, in the process."""

from random import Random
from typing import Any

import pytest

from services.console.auth.throttle import Limit, Throttle, TooManyAttempts
from shared.clock import FixedClock
from shared.errors import DependencyAway
from shared.storage.redis import Redis

ACCOUNT, ADDRESS = Limit("account ada", 5), Limit("address 10.0.0.1", 20)


class RedisAway:
    """Stands for a Redis that cannot be reached."""

    async def run_script(self, *_: Any) -> list[Any]:
        raise DependencyAway("redis")

    async def delete(self, *_: Any) -> None:
        raise DependencyAway("redis")


def away() -> Any:
    return RedisAway()


@pytest.fixture(params=["redis", "alone"])
def throttle(request: pytest.FixtureRequest, redis: Redis, clock: FixedClock) -> Throttle:
    return Throttle(redis if request.param == "redis" else away(), clock)


async def waits(throttle: Throttle, *limits: Limit) -> float:
    """Try once, and return the seconds to wait; 0: the attempt was allowed."""
    try:
        await throttle.attempt(*limits)
    except TooManyAttempts as error:
        return error.seconds
    return 0


async def test_waits_double_up_to_a_quarter_of_an_hour(throttle: Throttle, clock: FixedClock) -> None:
    seen = []
    for _ in range(6):
        assert [await waits(throttle, ACCOUNT) for _ in range(5)] == [0] * 5
        seen.append(await waits(throttle, ACCOUNT))
        clock.advance(seen[-1])
    assert seen == [60, 120, 240, 480, 900, 900]


async def test_slow_attempts_are_never_refused(throttle: Throttle, clock: FixedClock) -> None:
    for _ in range(50):
        assert await waits(throttle, ACCOUNT) == 0
        clock.advance(15.1)


async def test_refused_attempt_counts_nowhere(throttle: Throttle) -> None:
    for _ in range(5):
        await waits(throttle, ACCOUNT, ADDRESS)
    for _ in range(100):
        assert await waits(throttle, ACCOUNT, ADDRESS) == 60
    assert [await waits(throttle, ADDRESS) for _ in range(15)] == [0] * 15
    assert await waits(throttle, ADDRESS) == 60


async def test_success_forgets_an_account_and_not_its_address(throttle: Throttle) -> None:
    for _ in range(5):
        await waits(throttle, ACCOUNT, ADDRESS)
    await throttle.forgive(ACCOUNT)
    assert [await waits(throttle, ACCOUNT) for _ in range(5)] == [0] * 5
    assert await waits(throttle, ACCOUNT) == 60


async def test_attempt_that_is_given_back_was_never_counted(throttle: Throttle) -> None:
    for _ in range(50):
        assert await waits(throttle, ADDRESS) == 0
        await throttle.give_back(ADDRESS)
    assert [await waits(throttle, ACCOUNT) for _ in range(5)] == [0] * 5
    await throttle.give_back(ACCOUNT)
    assert [await waits(throttle, ACCOUNT) for _ in range(2)] == [0, 60], "the wait that began with it is the first one"
    await throttle.give_back(Limit("account nobody", 5))


async def test_names_are_not_stored(redis: Redis, clock: FixedClock) -> None:
    await Throttle(redis, clock).attempt(Limit("account ada@example.com", 5))
    keys = await redis._driver.keys("*")
    assert len(keys) == 1
    assert b"ada" not in keys[0]


@pytest.mark.parametrize("seed", range(10))
async def test_redis_and_the_process_decide_alike(redis: Redis, clock: FixedClock, seed: int) -> None:
    random = Random(seed)
    shared, alone = Throttle(redis, clock), Throttle(away(), clock)
    for _ in range(80):
        clock.advance(round(random.choice((0.0, 0.5, 5.0, 70.0, 300.0)) * random.random(), 3))
        limits = random.choice([(ACCOUNT,), (ADDRESS,), (ACCOUNT, ADDRESS)])
        assert await waits(shared, *limits) == pytest.approx(await waits(alone, *limits))
        if random.random() < 0.3:
            await shared.give_back(*limits)
            await alone.give_back(*limits)
