"""Rate limits of numbers and of customers, shared by all replicas through Redis. The algorithm is that of
`shared.providers.pace`, on the clock of the Redis server.
"""

from dataclasses import dataclass

from shared.providers.pace import Rate
from shared.storage.redis import Redis

# KEYS: customer, number, pause of the channel; ARGV: microseconds and counts for the first two. Changes either both or
# none. Returns what refused (0 none, 1 customer, 2 number, 3 pause), and the microseconds to wait.
_TAKE = """
local paused = redis.call('PTTL', KEYS[3])
if paused > 0 then return {3, paused * 1000} end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local most_wait = tonumber(ARGV[1])
local function look(key, every, ahead)
  local full = math.max(now, tonumber(redis.call('GET', key) or 0)) + every
  return full, math.max(0, full - now - every * ahead)
end
local function move(key, full)
  redis.call('SET', key, string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1000)
end
local pair, pair_wait
if ARGV[4] ~= '0' then
  pair, pair_wait = look(KEYS[1], tonumber(ARGV[4]), tonumber(ARGV[5]))
  if pair_wait > 0 then return {1, math.ceil(pair_wait)} end
end
local full, wait = look(KEYS[2], tonumber(ARGV[2]), tonumber(ARGV[3]))
if wait > most_wait then return {2, math.ceil(wait)} end
move(KEYS[2], full)
if pair then move(KEYS[1], pair) end
return {0, math.ceil(wait)}
"""
_MICRO = 1_000_000
PAUSE = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSlot:
    """The answer of the rate limits to a message. seconds: to wait before sending. refused: the limit, `number` or
    `customer`, that allows no slot, or `pause` when the channel is paused: then seconds are to wait before the next
    call.
    """

    seconds: float
    refused: str = ""


_REFUSED = {0: "", 1: "customer", 2: "number", 3: PAUSE}


class RateBuckets:
    """One per process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def take(
        self, number: str, customer: str, rate: Rate, pair: Rate | None, *, pause: str, keep: int, most_wait: float
    ) -> SendSlot:
        """Take a slot for one message from both limits, or from none. number, customer: names of the limits. pause: the
        key that exists while the channel is paused.

        keep, most_wait: see `shared.providers.pace.spend`. Raises DependencyAway.
        """
        arguments = (
            round(most_wait * _MICRO),
            round(rate.every * _MICRO),
            max(1, rate.burst - keep),
            round(pair.every * _MICRO) if pair else 0,
            pair.burst if pair else 0,
        )
        keys = (f"parley:pair:{customer}", f"parley:pace:{number}", pause)
        limit, wait = await self._redis.run_script(_TAKE, keys, arguments)
        return SendSlot(seconds=wait / _MICRO, refused=_REFUSED[limit])
