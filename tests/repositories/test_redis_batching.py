"""`shared.storage.redis`: few round trips for many calls, each with its own result."""

import asyncio

from shared.errors import DependencyAway
from shared.storage.redis import Redis

_ADD = "return {redis.call('INCRBY', KEYS[1], ARGV[1]), ARGV[2]}"


async def reads(redis: Redis) -> int:
    """Return how often Redis has read from a connection; a pipeline that fits into a packet is read once."""
    return int((await redis._driver.info("stats"))["total_reads_processed"])


async def test_concurrent_calls_are_few_round_trips(redis: Redis) -> None:
    await redis.put("shop", b"acme", 60)
    before = await reads(redis)
    got, added, claimed, counted = await asyncio.gather(
        asyncio.gather(*(redis.get("shop" if number % 2 else "none") for number in range(10))),
        asyncio.gather(*(redis.run_script(_ADD, [f"count:{number}"], [number, f"n{number}"]) for number in range(10))),
        asyncio.gather(*(redis.claim("claimed", str(n).encode(), 60, look_at="shop") for n in range(10))),
        asyncio.gather(*(redis.add_many({"one": 1, f"own:{number}": number}, 60) for number in range(10))),
    )
    assert await reads(redis) - before <= 10
    assert got == 5 * [None, b"acme"]
    assert added == [[number, f"n{number}".encode()] for number in range(10)]
    holder = await redis.get("claimed")
    assert sorted(claimed, key=str) == sorted([(None, b"acme"), *9 * [(holder, b"acme")]], key=str)
    assert [one[f"own:{number}"] for number, one in enumerate(counted)] == list(range(10))
    assert sorted(one["one"] for one in counted) == list(range(1, 11))


async def test_script_unknown_to_redis_is_sent_again(redis: Redis) -> None:
    assert await redis.run_script(_ADD, ["count"], [1, "a"]) == [1, b"a"]
    await redis._driver.script_flush()
    told = await asyncio.gather(*(redis.run_script(_ADD, ["count"], [1, "b"]) for _ in range(5)))
    assert sorted(count for count, _ in told) == [2, 3, 4, 5, 6]


async def test_error_of_one_call_reaches_only_its_caller(redis: Redis) -> None:
    await redis.put("shop", b"acme", 60)
    good, bad, other = await asyncio.gather(
        redis.get("shop"), redis.add_many({"shop": 1}, 60), redis.get("other"), return_exceptions=True
    )
    assert good == b"acme"
    assert isinstance(bad, DependencyAway)
    assert other is None


async def test_cancelled_call_leaves_the_connection_usable(redis: Redis) -> None:
    await redis.put("shop", b"acme", 60)
    asked = [asyncio.create_task(redis.get("shop")) for _ in range(4)]
    await asyncio.sleep(0)
    asked[0].cancel()
    assert await asyncio.gather(*asked[1:]) == 3 * [b"acme"]
    assert await redis.get("none") is None
