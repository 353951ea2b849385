"""The partitions that a consumer has, and those that it is losing."""

import asyncio
from collections.abc import Collection

from shared.kafka.records import TopicPartition
from shared.periodic import wait_for


class Assignment:
    """The partitions of this consumer. first: set once partitions were assigned."""

    def __init__(self) -> None:
        self.sources: set[TopicPartition] = set()
        self.first = asyncio.Event()
        self._revoking: set[TopicPartition] = set()
        self._leaving = asyncio.Event()

    def assign(self, sources: Collection[TopicPartition]) -> None:
        self.sources = set(sources)
        self._revoking.clear()
        self._leaving.clear()
        self.first.set()

    def begin_revocation(self, sources: Collection[TopicPartition]) -> None:
        """Mark partitions that are about to be given up: nothing more of them is fetched."""
        self._revoking.update(sources)
        self._leaving.set()

    def end_revocation(self, sources: Collection[TopicPartition]) -> None:
        self.sources.difference_update(sources)

    def is_revoking(self, source: TopicPartition) -> bool:
        return source in self._revoking

    def keeps(self, source: TopicPartition) -> bool:
        """Return whether the partition is assigned and not about to be given up."""
        return source in self.sources and source not in self._revoking

    async def wait(self, source: TopicPartition, seconds: float) -> bool:
        """Wait, but not for a partition that is about to be given up; return whether it is kept after the wait.

        Any revocation ends the wait.
        """
        if source not in self._revoking:
            await wait_for(self._leaving, seconds)
        return source not in self._revoking
