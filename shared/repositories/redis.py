"""Redis: caches, claims and counters. Nothing is kept only here; docs/architecture.md says what each key is for and
what happens without it. Every call is limited to a second and raises DependencyAway.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from redis.asyncio import BlockingConnectionPool
from redis.asyncio import Redis as Driver
from redis.exceptions import RedisError

from shared.errors import DependencyAway
from shared.telemetry import metrics

# Also a Redis that answers and refuses (full, read-only, another password): work goes on without it.
_AWAY = (RedisError, OSError, TimeoutError)


_PAUSE = """
local wanted = tonumber(ARGV[1])
if redis.call('PTTL', KEYS[1]) < wanted then redis.call('SET', KEYS[1], '1', 'PX', wanted) end
"""

_RENEW = """
local ours = {}
for i, key in ipairs(KEYS) do
  local holder = redis.call('GET', key)
  if holder and holder ~= ARGV[1] then
    ours[i] = 0
  else
    redis.call('SET', key, ARGV[1], 'EX', ARGV[2])
    ours[i] = 1
  end
end
return ours
"""


class Redis:
    """A connection pool; made once per process."""

    def __init__(self, url: str) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            socket_timeout=1.0,
            socket_connect_timeout=1.0,
            max_connections=100,
            timeout=1.0,
            health_check_interval=30,
            client_name="parley",
        )
        self._driver: Any = Driver.from_pool(pool)
        self._scripts: dict[str, Any] = {}  # by their text

    async def get(self, key: str) -> bytes | None:
        try:
            value: bytes | None = await self._driver.get(key)
        except _AWAY as error:
            raise _away(error) from None
        return value

    async def put(self, key: str, value: bytes, seconds: int) -> None:
        try:
            await self._driver.set(key, value, ex=seconds)
        except _AWAY as error:
            raise _away(error) from None

    async def claim(self, key: str, value: bytes, seconds: int, *, look_at: str) -> tuple[bytes | None, bytes | None]:
        """Put `value` unless the key is taken. Returns None when it is ours now, otherwise who has it, and what
        `look_at` holds.

        In several commands of one transaction: one that claims and tells the holder needs Redis 7.
        """
        try:
            pipe = self._driver.pipeline(transaction=True)
            pipe.set(key, value, ex=seconds, nx=True)
            pipe.get(key)
            pipe.get(look_at)
            made, holder, looked = await pipe.execute()
        except _AWAY as error:
            raise _away(error) from None
        return (None if made else holder), looked

    async def renew(self, keys: Sequence[str], value: bytes, seconds: int) -> list[bool]:
        """Have claims last `seconds` more, all in one step; False for each that is somebody else's by now."""
        return [bool(ours) for ours in await self.run(_RENEW, keys, (value, seconds))]

    async def delete(self, *keys: str) -> None:
        if not keys:
            return
        try:
            await self._driver.delete(*keys)
        except _AWAY as error:
            raise _away(error) from None

    async def add_many(self, counts: Mapping[str, int], seconds: int) -> dict[str, int]:
        """Add to counters in one round trip and return their values; one lives `seconds` after its last use."""
        if not counts:
            return {}
        try:
            pipe = self._driver.pipeline(transaction=False)
            for key, count in counts.items():
                pipe.incrby(key, count)
                pipe.expire(key, seconds)
            values = await pipe.execute()
        except _AWAY as error:
            raise _away(error) from None
        return dict(zip(counts, map(int, values[::2]), strict=True))

    async def pause(self, key: str, seconds: float) -> None:
        """Set a pause that ends by itself; a longer one that is in force stays."""
        try:
            await self._driver.eval(_PAUSE, 1, key, max(1, round(seconds * 1000)))
        except _AWAY as error:
            raise _away(error) from None

    async def paused(self, key: str) -> float:
        """Seconds that a pause still lasts; 0 for none."""
        try:
            left = await self._driver.pttl(key)
        except _AWAY as error:
            raise _away(error) from None
        return max(0.0, float(left) / 1000)

    async def run(self, script: str, keys: Sequence[str], arguments: Sequence[str | bytes | int]) -> list[Any]:
        """What a Lua script returns, a list; it runs as one step. It is sent once for each Redis, then named."""
        known = self._scripts.get(script)
        if known is None:
            known = self._scripts[script] = self._driver.register_script(script)
        try:
            found: list[Any] = await known(keys=list(keys), args=list(arguments))
        except _AWAY as error:
            raise _away(error) from None
        return found

    async def ping(self) -> None:
        try:
            await self._driver.ping()
        except _AWAY as error:
            raise _away(error) from None

    async def close(self) -> None:
        await self._driver.aclose()


def _away(error: Exception) -> DependencyAway:
    metrics.REDIS_FAILURES.inc()
    return DependencyAway("redis", type(error).__name__)
