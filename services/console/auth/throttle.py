"""Limits the attempts to sign in, per account, address and session, with waits that grow: 60 seconds after the first
minute's attempts are used up, then 120, 240 … up to 15 minutes. A quiet hour forgets them.

Shared by all replicas through Redis; without Redis each process counts alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from cachetools import TTLCache

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.storage.redis import Redis

_WINDOW = 60_000  # ms
_LONGEST = 900_000
_FORGOTTEN = 3_600_000
_MOST_KEYS = 10_000

# KEYS: a hash each; ARGV: milliseconds now, then the attempts per window of each key. Counts all keys or none. Returns
# the milliseconds to wait; 0: the attempt is allowed.
_TRY = f"""
local now, wait = tonumber(ARGV[1]), 0
local states = {{}}
for i, key in ipairs(KEYS) do
  local found = redis.call('HMGET', key, 'n', 'since', 'strikes', 'ends')
  for j = 1, 4 do found[j] = tonumber(found[j] or 0) or 0 end
  states[i] = found
  wait = math.max(wait, found[4] - now)
end
if wait > 0 then return {{wait}} end
for i, key in ipairs(KEYS) do
  local n, since, strikes, ends = unpack(states[i])
  if now - since >= {_WINDOW} then n, since = 0, now end
  n = n + 1
  if n >= tonumber(ARGV[i + 1]) then
    n, strikes = 0, strikes + 1
    ends = now + math.min({_WINDOW} * 2 ^ (strikes - 1), {_LONGEST})
  end
  redis.call('HSET', key, 'n', n, 'since', string.format('%.0f', since), 'strikes', strikes,
    'ends', string.format('%.0f', ends))
  redis.call('PEXPIRE', key, {_FORGOTTEN})
end
return {{0}}
"""

# KEYS: a hash each; ARGV: milliseconds now, then the attempts per window of each key. Takes one attempt off each count;
# a wait that began with it ends.
_RETURN = """
local now = tonumber(ARGV[1])
for i, key in ipairs(KEYS) do
  local found = redis.call('HMGET', key, 'n', 'strikes', 'ends')
  local n, strikes, ends = tonumber(found[1] or 0) or 0, tonumber(found[2] or 0) or 0, tonumber(found[3] or 0) or 0
  if n > 0 then
    redis.call('HSET', key, 'n', n - 1)
  elseif ends > now then
    redis.call('HSET', key, 'n', tonumber(ARGV[i + 1]) - 1, 'strikes', strikes - 1, 'ends', 0)
  end
end
return {0}
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of attempts. name: what is limited, such as an account; a digest of it is stored. attempts: per
    minute.
    """

    name: str
    attempts: int

    @property
    def key(self) -> str:
        return f"parley:signin:{sha256(self.name.encode()).hexdigest()[:32]}"


class TooManyAttempts(Exception):
    """Raised instead of an attempt. seconds: until the next one is allowed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds:.0f} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class _State:
    attempts: int = 0
    since: float = 0
    strikes: int = 0
    ends: float = 0

    def after_attempt(self, now: float, limit: int) -> "_State":
        attempts, since = (0, now) if now - self.since >= _WINDOW else (self.attempts, self.since)
        if attempts + 1 < limit:
            return _State(attempts + 1, since, self.strikes, self.ends)
        wait = min(_WINDOW * 2**self.strikes, _LONGEST)
        return _State(0, since, self.strikes + 1, now + wait)

    def after_return(self, now: float, limit: int) -> "_State":
        if self.attempts:
            return replace(self, attempts=self.attempts - 1)
        return _State(limit - 1, self.since, self.strikes - 1) if self.ends > now else self


class Throttle:
    """One per process."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._alone: TTLCache[str, _State] = TTLCache(_MOST_KEYS, _FORGOTTEN / 1000, timer=clock.monotonic)

    async def attempt(self, *limits: Limit) -> None:
        """Count an attempt under all limits. Raises TooManyAttempts, and then counts it under none."""
        now = self._now()
        try:
            (wait,) = await self._redis.run_script(_TRY, [limit.key for limit in limits], _arguments(now, limits))
        except DependencyAway:
            wait = self._attempt_alone(now, limits)
        if wait > 0:
            raise TooManyAttempts(wait / 1000)

    async def give_back(self, *limits: Limit) -> None:
        """Count an attempt that succeeded no more: only failures fill these limits."""
        now = self._now()
        try:
            await self._redis.run_script(_RETURN, [limit.key for limit in limits], _arguments(now, limits))
        except DependencyAway:
            for limit in limits:
                if limit.key in self._alone:
                    self._alone[limit.key] = self._alone[limit.key].after_return(now, limit.attempts)

    async def forgive(self, *limits: Limit) -> None:
        """Forget the attempts of an account after a success."""
        for limit in limits:
            self._alone.pop(limit.key, None)
        try:
            await self._redis.delete(*(limit.key for limit in limits))
        except DependencyAway:
            return

    def _now(self) -> int:
        return round(self._clock.now().timestamp() * 1000)

    def _attempt_alone(self, now: float, limits: Sequence[Limit]) -> float:
        states = [self._alone.get(limit.key, _State()) for limit in limits]
        wait = max(state.ends - now for state in states)
        if wait > 0:
            return wait
        for limit, state in zip(limits, states, strict=True):
            self._alone[limit.key] = state.after_attempt(now, limit.attempts)
        return 0


def _arguments(now: int, limits: Sequence[Limit]) -> tuple[int, ...]:
    return (now, *(limit.attempts for limit in limits))
