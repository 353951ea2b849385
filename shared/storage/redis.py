"""Redis: caches, claims and counters. Nothing is stored only here; docs/architecture.md says what each key is for and
what happens without it. Every round trip is limited to one second, and every call raises DependencyAway.

Calls are batched (`shared.storage.batching`). Each call is atomic in Redis: one command, or one script.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from hashlib import sha1
from typing import Any

from redis.asyncio import BlockingConnectionPool
from redis.asyncio import Redis as Driver
from redis.exceptions import NoPermissionError, NoScriptError, RedisError

from shared.errors import AccessRefused, DependencyAway
from shared.storage.batching import Batcher
from shared.telemetry import metrics

# Including a Redis that refuses commands (full, read-only, another password): work continues without it.
_UNAVAILABLE = (RedisError, OSError, TimeoutError)
_MOST = 100  # calls in one round trip
_SCANNED = 500  # keys that one step of a scan looks at
_Command = tuple[str | bytes | int, ...]

_CLAIM = """
local made = redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2], 'NX')
return {not made and redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])}
"""

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


@dataclass(frozen=True, slots=True)
class RedisMemory:
    """used: bytes that count towards the limit. limit: bytes (`maxmemory`); 0: there is none. policy: the effect of
    reaching it; with `noeviction` writes fail, with any other keys are lost.
    """

    used: int
    limit: int
    policy: str


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A server. role: `master` or `slave`. clients: connections. keys: in the database of the URL."""

    memory: RedisMemory
    role: str
    version: str
    clients: int
    keys: int


class Redis:
    """A connection pool; made once per process. client: its name in `CLIENT LIST`."""

    def __init__(self, url: str, *, client: str = "parley") -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            socket_timeout=1.0,
            socket_connect_timeout=1.0,
            max_connections=100,
            timeout=1.0,
            health_check_interval=30,
            client_name=client,
        )
        self._driver: Any = Driver.from_pool(pool)
        self._batcher: Batcher[Sequence[_Command], list[Any]] = Batcher(self._round_trip, most=_MOST)

    async def get(self, key: str) -> bytes | None:
        value: bytes | None = await self._command("GET", key)
        return value

    async def put(self, key: str, value: bytes, seconds: int) -> None:
        await self._command("SET", key, value, "EX", seconds)

    async def claim(self, key: str, value: bytes, seconds: int, *, look_at: str) -> tuple[bytes | None, bytes | None]:
        """Set the key to `value` unless it exists. Return the existing value, or None if it was set now; and the value
        of the key `look_at`.
        """
        existing, other = await self.run_script(_CLAIM, (key, look_at), (value, seconds))
        return existing, other

    async def renew(self, keys: Sequence[str], value: bytes, seconds: int) -> list[bool]:
        """Extend claims to `seconds` from now, atomically; return False for each that another process has by now."""
        return [bool(ours) for ours in await self.run_script(_RENEW, keys, (value, seconds))]

    async def delete(self, *keys: str) -> int:
        """Delete keys; return how many existed."""
        return int(await self._command("DEL", *keys)) if keys else 0

    async def add_many(self, counts: Mapping[str, int], seconds: int) -> dict[str, int]:
        """Add to counters in one round trip and return their values; each expires `seconds` after its last use."""
        if not counts:
            return {}
        commands: list[_Command] = []
        for key, count in counts.items():
            commands += (("INCRBY", key, count), ("EXPIRE", key, seconds))
        values = await self._batcher(commands)
        return dict(zip(counts, map(int, values[::2]), strict=True))

    async def pause(self, key: str, seconds: float) -> None:
        """Begin a pause of so many seconds, unless a longer one lasts already."""
        await self._script(_PAUSE, (key,), (max(1, round(seconds * 1000)),))

    async def run_script(self, script: str, keys: Sequence[str], arguments: Sequence[str | bytes | int]) -> list[Any]:
        """Run a Lua script atomically and return its result, a list. It is sent once to each server, then named by its
        hash."""
        found: list[Any] = await self._script(script, keys, arguments)
        return found

    async def _script(self, script: str, keys: Sequence[str], arguments: Sequence[str | bytes | int]) -> Any:
        try:
            return await self._command("EVALSHA", _digest(script), len(keys), *keys, *arguments)
        except NoScriptError:
            return await self._command("EVAL", script, len(keys), *keys, *arguments)

    async def _command(self, *command: str | bytes | int) -> Any:
        return (await self._batcher((command,)))[0]

    async def _round_trip(self, calls: Sequence[Sequence[_Command]]) -> list[list[Any] | Exception]:
        """Return the answers to the commands of each call, or the error of one of them."""
        if len(calls) == len(calls[0]) == 1:
            return [await self._alone(calls[0][0])]
        try:
            pipe = self._driver.pipeline(transaction=False)
            for commands in calls:
                for command in commands:
                    pipe.execute_command(*command)
            answers = iter(await pipe.execute(raise_on_error=False))
        except _UNAVAILABLE as error:
            raise _unavailable(error) from None
        return [_answers_or_error([next(answers) for _ in commands]) for commands in calls]

    async def _alone(self, command: _Command) -> list[Any] | Exception:
        """Return the answer to a single command, which costs the driver less than a pipeline of one."""
        try:
            return [await self._driver.execute_command(*command)]
        except NoScriptError as error:
            return error
        except _UNAVAILABLE as error:
            raise _unavailable(error) from None

    async def ping(self) -> None:
        try:
            await self._driver.ping()
        except _UNAVAILABLE as error:
            raise _unavailable(error) from None

    async def time(self) -> datetime:
        """Return the server's time (UTC). Raises DependencyAway."""
        try:
            seconds, microseconds = await self._driver.time()
        except _UNAVAILABLE as error:
            raise _unavailable(error) from None
        return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)

    async def memory(self) -> RedisMemory | None:
        """Return how full the server is; None if it does not tell, as those of some providers. Raises DependencyAway;
        AccessRefused if the user may not run INFO.
        """
        return _memory(await self._asked(lambda: self._driver.info("memory")))

    async def server(self) -> RedisServer:
        """Return what the server tells of itself; what it does not tell is 0 or empty. Raises as `memory`."""
        found = await self._asked(self._driver.info)
        return RedisServer(
            memory=_memory(found) or RedisMemory(0, 0, "unknown"),
            role=str(found.get("role", "")),
            version=str(found.get("redis_version", "")),
            clients=int(found.get("connected_clients", 0)),
            keys=int(await self._asked(self._driver.dbsize)),
        )

    async def keys(self, prefix: str = "", *, most: int) -> list[str]:
        """Return keys that begin so, in no order, at most so many. It blocks the server for a moment only, and a key
        that is made or removed meanwhile may be missing. Raises as `memory`.
        """
        found: set[str] = set()
        pattern, cursor = f"{_literally(prefix)}*", 0
        while True:
            cursor, keys = await self._asked(partial(self._driver.scan, cursor, match=pattern, count=_SCANNED))
            found.update(key.decode(errors="replace") for key in keys)
            if not cursor or len(found) >= most:
                return sorted(found)[:most]

    async def sizes(self, keys: Sequence[str]) -> list[int]:
        """Return the bytes of memory that keys take; 0: the key is gone. Raises as `memory`."""
        sizes: list[int] = []
        for start in range(0, len(keys), _SCANNED):
            pipe = self._driver.pipeline(transaction=False)
            for key in keys[start : start + _SCANNED]:
                pipe.memory_usage(key)
            sizes += [size or 0 for size in await self._asked(pipe.execute)]
        return sizes

    async def _asked(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await ask()
        except NoPermissionError:
            raise AccessRefused("redis", "the user lacks a right") from None
        except _UNAVAILABLE as error:
            metrics.REDIS_FAILURES.inc()
            raise DependencyAway("redis", str(error) or type(error).__name__) from None  # in its words: for operators

    async def close(self) -> None:
        await self._driver.aclose()


def _memory(found: Mapping[str, Any]) -> RedisMemory | None:
    if "used_memory" not in found:
        return None
    used = int(found["used_memory"]) - int(found.get("mem_not_counted_for_evict", 0))
    return RedisMemory(used, int(found.get("maxmemory", 0)), str(found.get("maxmemory_policy", "unknown")))


def _literally(text: str) -> str:
    """Return the pattern of SCAN that matches just this text."""
    return re.sub(r"([*?\[\]\\])", r"\\\1", text)


@cache
def _digest(script: str) -> str:
    return sha1(script.encode(), usedforsecurity=False).hexdigest()


def _answers_or_error(answers: list[Any]) -> list[Any] | Exception:
    failed = next((answer for answer in answers if isinstance(answer, Exception)), None)
    return answers if failed is None else failed if isinstance(failed, NoScriptError) else _unavailable(failed)


def _unavailable(error: Exception) -> DependencyAway:
    metrics.REDIS_FAILURES.inc()
    return DependencyAway("redis", type(error).__name__)
