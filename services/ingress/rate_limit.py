"""Limits per minute, shared by all replicas through Redis, without a wait on the way of a webhook.

Each replica counts for itself and, a few times a second, adds what is new to Redis in one round trip and learns the
totals. A decision uses the last known total and what has come since, so replicas together may overshoot by what arrives
within one interval, and by a tenth of the limit each. While Redis is away each replica goes on with its own counts:
intake never stops for it.
"""

import asyncio

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.periodic import repeat
from shared.storage.redis import Redis
from shared.telemetry import logging

log = logging.get(__name__)

_WINDOW = 60
_EVERY = 0.25
_MOST_KEYS = 100_000  # counted at once; beyond, new keys are not limited until the next minute
_STEPS = 10  # a key is shared each time a tenth of its limit has come, so that ordinary senders cost Redis nothing


class WindowLimiter:
    """Counts `name` per key and minute. limit: 0 for none."""

    def __init__(self, name: str, limit: int, redis: Redis, clock: Clock) -> None:
        self._name = name
        self._limit = limit
        self._redis = redis
        self._clock = clock
        self._window = self._now()
        self._total: dict[str, int] = {}
        self._new: dict[str, int] = {}  # too few to be shared
        self._due: dict[str, int] = {}  # to be shared
        self._step = max(1, limit // _STEPS)

    def hit(self, key: str) -> bool:
        """Count one; whether the key is over its limit now."""
        if not self._limit:
            return False
        self._roll()
        if key in self._new or len(self._new) < _MOST_KEYS:
            count = self._new.get(key, 0) + 1
            if count < self._step:
                self._new[key] = count
            else:
                self._new.pop(key, None)
                self._due[key] = self._due.get(key, 0) + count
        return self._count(key) > self._limit

    def over(self, key: str) -> bool:
        """Whether the key is over its limit, without counting."""
        if not self._limit:
            return False
        self._roll()
        return self._count(key) > self._limit

    async def share(self) -> None:
        """Add what is new to Redis and take over the totals; what cannot be added now is tried again."""
        window, batch, self._due = self._window, self._due, {}
        totals: dict[str, int] | None = None
        try:
            totals = await self._redis.add_many(
                {f"parley:limit:{self._name}:{window}:{key}": count for key, count in batch.items()}, 2 * _WINDOW
            )
        except DependencyAway:
            log.debug("Redis is away: the counts are kept until it is back", limiter=self._name)
        if window != self._window:
            return
        for key, count in batch.items():
            if totals is None:
                self._due[key] = self._due.get(key, 0) + count
            else:
                self._total[key] = totals[f"parley:limit:{self._name}:{window}:{key}"]

    async def run(self, stop: asyncio.Event) -> None:
        """Share until stopped."""
        await repeat(self.share, stop, every=_EVERY)

    def _roll(self) -> None:
        now = self._now()
        if now != self._window:
            self._window = now
            self._total.clear()
            self._new.clear()
            self._due.clear()

    def _count(self, key: str) -> int:
        return self._total.get(key, 0) + self._due.get(key, 0) + self._new.get(key, 0)

    def _now(self) -> int:
        return int(self._clock.now().timestamp()) // _WINDOW
