"""Counts of documents that are used for some seconds, with what this process adds meanwhile.

MongoDB reads an index entry for each document that it counts, so a count for each message would cost more the more
there is. Other replicas add documents of their own: a kept count is exact only when it has just been made.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from cachetools import LRUCache

from shared.clock import Clock

_MOST = 10_000  # counts

K = TypeVar("K", bound=Hashable)


@dataclass(slots=True, eq=False)
class _Kept:
    """A number of documents, counted up to `limit`. at: when; None: never. counting: held by whoever counts."""

    number: int = 0
    limit: int = 0
    at: float | None = None
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)


class KeptCounts(Generic[K]):
    """Made once per process. count: counts the documents of a key, up to a limit. seconds: for how long a number, that
    was counted up to a limit, is used.
    """

    def __init__(
        self, count: Callable[[K, int], Awaitable[int]], seconds: Callable[[int, int], float], clock: Clock
    ) -> None:
        self._count = count
        self._seconds = seconds
        self._clock = clock
        self._kept: LRUCache[K, _Kept] = LRUCache(maxsize=_MOST)

    async def up_to(self, key: K, limit: int) -> int:
        """Return how many documents a key has; `limit`, above 0, or more stands for that many or more. Concurrent
        callers share one count. Raises DependencyAway.
        """
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _Kept()
        if not self._is_valid(kept, limit):
            async with kept.counting:
                if not self._is_valid(kept, limit):
                    at = self._clock.monotonic()
                    kept.number, kept.limit, kept.at = await self._count(key, limit), limit, at
        return kept.number

    def added(self, key: K) -> None:
        """Count a document that this process has stored."""
        if kept := self._kept.get(key):
            kept.number += 1

    def _is_valid(self, kept: _Kept, limit: int) -> bool:
        if kept.at is None or kept.limit != limit:
            return False
        return self._clock.monotonic() - kept.at < self._seconds(kept.number, limit)
