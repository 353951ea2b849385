"""Number of calls that wait for a retry, of each webhook, without counting them anew for each one more.

A count reads an index entry per waiting call, so ten thousand calls of an endpoint that never answers would cost each
further event of its workspace, and with it the database of all others, tens of milliseconds.
"""

import asyncio
from dataclasses import dataclass, field

from cachetools import LRUCache

from shared.clock import Clock
from shared.repositories.webhook_deliveries import WebhookDeliveries
from shared.storage.mongo import Mongo

_VALID = 10.0  # seconds; other replicas add calls of their own meanwhile
_VALID_AT_LIMIT = 1.0  # a call made or given up meanwhile leaves room
_MOST_WEBHOOKS = 10_000


@dataclass(slots=True)
class _Count:
    """at: on the monotonic clock; None: not counted yet. counting: held while MongoDB counts, so that it does once."""

    calls: int = 0
    at: float | None = None
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)


class WaitingCalls:
    """Counted by MongoDB now and then, and by this process in between. most: calls of one webhook that may wait."""

    def __init__(self, mongo: Mongo, clock: Clock, *, most: int) -> None:
        self._mongo = mongo
        self._clock = clock
        self._most = most
        self._counts: LRUCache[tuple[str, str], _Count] = LRUCache(maxsize=_MOST_WEBHOOKS)

    async def has_room(self, workspace: str, webhook: str) -> bool:
        """Return whether one more call of a webhook may wait. Raises DependencyAway."""
        count = self._counts.setdefault((workspace, webhook), _Count())
        if not self._is_valid(count):
            async with count.counting:
                if not self._is_valid(count):
                    deliveries = WebhookDeliveries(self._mongo, workspace)
                    count.calls = await deliveries.waiting(webhook, limit=self._most)
                    count.at = self._clock.monotonic()
        return count.calls < self._most

    def _is_valid(self, count: _Count) -> bool:
        valid = _VALID if count.calls < self._most else _VALID_AT_LIMIT
        return count.at is not None and self._clock.monotonic() - count.at < valid

    def added(self, workspace: str, webhook: str) -> None:
        """Count a call that this process has stored."""
        if count := self._counts.get((workspace, webhook)):
            count.calls += 1
