"""Token buckets for rate limits, shared by all replicas through Redis; each replica for itself while Redis is away.

A bucket holds `burst` tokens and gets `count` back each `seconds`. Stored is the time at which it is full again.
"""

from dataclasses import dataclass
from math import ceil

from cachetools import LRUCache

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.storage.cooldown import Cooldown
from shared.storage.redis import Redis

# ARGV: microseconds per token, tokens of a full bucket. Returns whether a token was taken, and the microseconds until
# the bucket is full (taken) or until there is a token (not taken).
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local every, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0)) + every
local over = full - now - every * burst
if over > 0 then return {0, math.ceil(over)} end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1000)
return {1, math.ceil(full - now)}
"""
_MICRO = 1_000_000
_COOLDOWN = 5.0  # seconds without Redis after it could not be reached
_MOST = 50_000  # buckets that a replica keeps itself


@dataclass(frozen=True, slots=True)
class Policy:
    """So many requests in so many seconds, and at most `burst` at once. name: for headers and metrics."""

    name: str
    count: int
    seconds: int
    burst: int

    @property
    def every(self) -> float:
        """Seconds until a token comes back."""
        return self.seconds / self.count


@dataclass(frozen=True, slots=True)
class Taken:
    """The result of taking a token. allowed: a token was taken. remaining: tokens left. reset: seconds until the bucket
    is full, or until there is a token again if there was none.
    """

    policy: Policy
    allowed: bool
    remaining: int
    reset: int


class TokenBuckets:
    """One per process."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._cooldown = Cooldown(_COOLDOWN, clock)
        self._own: LRUCache[str, float] = LRUCache(_MOST)  # when a bucket is full again, by the monotonic clock

    async def take(self, policy: Policy, subject: str) -> Taken:
        """Take a token from the bucket of a subject. Never raises DependencyAway."""
        name = f"parley:rate:{policy.name}:{subject}"
        if self._cooldown.is_active():
            return _taken(policy, *self._take_own(policy, name))
        try:
            every = max(1, round(policy.every * _MICRO))
            allowed, wait = await self._redis.run_script(_TAKE, (name,), (every, policy.burst))
        except DependencyAway:
            self._cooldown.start()
            return _taken(policy, *self._take_own(policy, name))
        return _taken(policy, bool(allowed), wait / _MICRO)

    def _take_own(self, policy: Policy, name: str) -> tuple[bool, float]:
        now = self._clock.monotonic()
        full = max(now, self._own.get(name, now)) + policy.every
        over = full - now - policy.every * policy.burst
        if over > 1e-9:
            return False, over
        self._own[name] = full
        return True, full - now


def _taken(policy: Policy, allowed: bool, wait: float) -> Taken:
    remaining = int(policy.burst - wait / policy.every + 1e-3) if allowed else 0
    return Taken(policy, allowed, max(0, remaining), ceil(wait))
