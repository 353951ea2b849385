"""Limits per minute, shared by all replicas through Redis; a webhook never waits for Redis.

Each replica counts locally. Four times a second it adds its new counts to Redis and reads the totals, in one round
trip. A decision uses the last known total plus the local counts since, so all replicas together may exceed a limit by
the hits of one interval, and by a tenth of the limit each. While Redis is unavailable each replica uses its own counts
only.
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
_MAX_KEYS = 100_000  # counted at once; further keys are not limited until the next minute
_STEPS = 10  # a key is sent to Redis per tenth of its limit, so that ordinary senders cost Redis nothing


class WindowLimiter:
    """Counts `name` per key and minute. limit: 0 for none."""

    def __init__(self, name: str, limit: int, redis: Redis, clock: Clock) -> None:
        self._name = name
        self._limit = limit
        self._redis = redis
        self._clock = clock
        self._window = self._now()
        self._total: dict[str, int] = {}
        self._new: dict[str, int] = {}  # not yet to be shared
        self._due: dict[str, int] = {}  # to be shared
        self._step = max(1, limit // _STEPS)

    def hit(self, key: str) -> bool:
        """Count one; return whether the key is over its limit now."""
        if not self._limit:
            return False
        self._roll()
        if key in self._new or len(self._new) < _MAX_KEYS:
            count = self._new.get(key, 0) + 1
            if count < self._step:
                self._new[key] = count
            else:
                self._new.pop(key, None)
                self._due[key] = self._due.get(key, 0) + count
        return self._count(key) > self._limit

    def over(self, key: str) -> bool:
        """Return whether the key is over its limit, without counting."""
        if not self._limit:
            return False
        self._roll()
        return self._count(key) > self._limit

    async def share(self) -> None:
        """Add new counts to Redis and read the totals; counts that could not be added are added next time."""
        window, batch, self._due = self._window, self._due, {}
        totals: dict[str, int] | None = None
        try:
            totals = await self._redis.add_many(
                {f"parley:limit:{self._name}:{window}:{key}": count for key, count in batch.items()}, 2 * _WINDOW
            )
        except DependencyAway:
            log.debug("Redis is unavailable: counts are kept locally until it is back", limiter=self._name)
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
