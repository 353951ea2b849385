"""Commits what is finished: the only place that does, and only behind what handlers have collected."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.errors import DependencyAway
from shared.kafka.ports import Source
from shared.kafka.runtime.membership import Membership
from shared.kafka.runtime.periodic_when_busy import PeriodicWhenBusy
from shared.kafka.runtime.windows import Windows
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_WRITE_LIMIT = 3.0  # seconds for `before_commit`, so that a revocation is not held up while a store is away
BeforeCommit = Callable[[], Awaitable[None]]


async def write_nothing() -> None:
    """Do nothing: most handlers write everything before they return."""


class Committer:
    """Commits the offsets of finished records. name: of the consumer group. before_commit: see `Runner`. every,
    early_after: offsets are committed so many seconds after a record is finished, or when so many are.
    """

    def __init__(
        self,
        name: str,
        source: Source,
        windows: Windows,
        before_commit: BeforeCommit,
        *,
        every: float,
        early_after: int,
        membership: Membership,
    ) -> None:
        self._name = name
        self._membership = membership
        self._source = source
        self._windows = windows
        self._before_commit = before_commit
        self._periodic = PeriodicWhenBusy(self._commit_finished, every=every, early_after=early_after)
        self.committing = asyncio.Lock()  # held until the outcome of a commit is known

    def note(self) -> None:
        """Note that a record is finished or skipped."""
        self._periodic.note()

    async def run(self) -> None:
        """Commit periodically until cancelled. Raises what `before_commit` raises, except DependencyAway."""
        await self._periodic.run()

    async def commit(self) -> None:
        """Commit what is finished; nothing while collected changes cannot be written."""
        async with self.committing:
            offsets = self._windows.committable()
            if not offsets:
                return
            if not await self.write_collected():
                self._membership.forget_refusals()  # the broker was not asked
                return
            if await self._source.commit(offsets):
                self._windows.committed(offsets)
                self._membership.forget_refusals()
                metrics.COMMITS.labels(self._name, "ok").inc()
            else:
                self._membership.note_refusal()
                metrics.COMMITS.labels(self._name, "refused").inc()

    async def write_collected(self) -> bool:
        """Write the changes that handlers have collected; return whether all are written."""
        try:
            async with asyncio.timeout(_WRITE_LIMIT):
                await self._before_commit()
        except (DependencyAway, TimeoutError) as error:
            log.info("Offsets are not committed, as collected changes could not be written", detail=repr(error))
            return False
        return True

    async def _commit_finished(self) -> None:
        await self.commit()
        if self._windows.has_uncommitted():  # refused, or finished meanwhile
            self._periodic.note()
