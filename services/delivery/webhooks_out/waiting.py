"""Number of calls that wait for a retry, of each webhook, without counting them anew for each one more.

Ten thousand calls of an endpoint that never answers would cost each further event of its workspace, and with it the
database of all others, tens of milliseconds.
"""

from shared.clock import Clock
from shared.repositories.webhook_deliveries import WebhookDeliveries
from shared.storage.kept_counts import KeptCounts
from shared.storage.mongo import Mongo

_VALID = 10.0  # seconds; other replicas add calls of their own meanwhile
_VALID_AT_LIMIT = 1.0  # a call made or given up meanwhile leaves room


class WaitingCalls:
    """Made once per process. most: calls of one webhook that may wait."""

    def __init__(self, mongo: Mongo, clock: Clock, *, most: int) -> None:
        async def count(webhook: tuple[str, str], limit: int) -> int:
            workspace, name = webhook
            return await WebhookDeliveries(mongo, workspace).waiting(name, limit=limit)

        self._counts = KeptCounts(count, _seconds, clock)
        self._most = most

    async def has_room(self, workspace: str, webhook: str) -> bool:
        """Return whether one more call of a webhook may wait. Raises DependencyAway."""
        return await self._counts.up_to((workspace, webhook), self._most) < self._most

    def added(self, workspace: str, webhook: str) -> None:
        """Count a call that this process has stored."""
        self._counts.added((workspace, webhook))


def _seconds(calls: int, most: int) -> float:
    return _VALID if calls < most else _VALID_AT_LIMIT
