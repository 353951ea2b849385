"""Numbers of customers of all workspaces in one process, for their limits.

MongoDB reads an index entry per customer to count them, so they are counted up to the limit only, for new customers
only, at most every few seconds, and by this process in between.
"""

import asyncio
from dataclasses import dataclass, field

from cachetools import LRUCache

from shared.clock import Clock
from shared.repositories.usage import Usage
from shared.storage.mongo import Mongo

_VALID = 5.0  # seconds; other replicas add customers of their own meanwhile, and erasures leave room
_KEYS_PER_SECOND = 10_000  # index entries that a workspace's counts may read; larger counts are valid for longer
_MOST_WORKSPACES = 10_000


@dataclass(slots=True, eq=False)
class _Count:
    """The customers of one workspace, counted up to `limit`. at: when; None: never. counting: held by whoever does."""

    customers: int = 0
    limit: int = 0
    at: float | None = None
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)

    def is_valid(self, limit: int, now: float) -> bool:
        if self.at is None or self.limit != limit:
            return False
        return now - self.at < max(_VALID, self.customers / _KEYS_PER_SECOND)


class CustomerCounts:
    """Made once per process."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._counts: LRUCache[str, _Count] = LRUCache(maxsize=_MOST_WORKSPACES)

    async def up_to(self, workspace: str, limit: int) -> int:
        """Return how many customers a workspace has; `limit`, above 0, or more stands for that many or more. Concurrent
        callers share one count. Raises DependencyAway.
        """
        count = self._counts.get(workspace)
        if count is None:
            count = self._counts[workspace] = _Count()
        if not count.is_valid(limit, self._clock.monotonic()):
            async with count.counting:
                if not count.is_valid(limit, now := self._clock.monotonic()):
                    count.customers = await Usage(self._mongo, workspace).customers(limit=limit)
                    count.limit, count.at = limit, now
        return count.customers

    def added(self, workspace: str) -> None:
        """Count a customer that this process has stored."""
        if count := self._counts.get(workspace):
            count.customers += 1
