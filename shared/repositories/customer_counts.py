"""Numbers of customers of all workspaces in one process: counted up to their limits, for new customers only."""

from shared.clock import Clock
from shared.repositories.usage import Usage
from shared.storage.kept_counts import KeptCounts
from shared.storage.mongo import Mongo

_VALID = 5.0  # seconds; other replicas add customers of their own meanwhile, and erasures leave room
_KEYS_PER_SECOND = 10_000  # index entries that a workspace's counts may read; larger counts are valid for longer


class CustomerCounts:
    """Made once per process."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        async def count(workspace: str, limit: int) -> int:
            return await Usage(mongo, workspace).customers(limit=limit)

        self._counts = KeptCounts(count, _seconds, clock)

    async def up_to(self, workspace: str, limit: int) -> int:
        """Return how many customers a workspace has; `limit`, above 0, or more stands for that many or more. Concurrent
        callers share one count. Raises DependencyAway.
        """
        return await self._counts.up_to(workspace, limit)

    def added(self, workspace: str) -> None:
        """Count a customer that this process has stored."""
        self._counts.added(workspace)


def _seconds(customers: int, _limit: int) -> float:
    return max(_VALID, customers / _KEYS_PER_SECOND)
