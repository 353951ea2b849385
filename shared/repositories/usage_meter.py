"""Counts and limits of all workspaces in one process, at next to no cost for a message.

Reading asks MongoDB every few seconds for each workspace that has limits, and never for one without; customers are
counted for new ones only (`shared.repositories.customer_counts`). Counts are added up in memory and written every
second, and before offsets are committed (`flush`): a process that is killed loses the counts of its last second, never
a message.
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from shared.clock import Clock
from shared.domain import limits
from shared.domain.limits import UsageCounts, local_month
from shared.errors import DependencyAway
from shared.repositories.customer_counts import CustomerCounts
from shared.repositories.usage import Usage
from shared.storage.mongo import Mongo
from shared.storage.write_behind import EVERY, WriteBehind
from shared.telemetry import logging
from shared.workspace.config import Workspace

log = logging.get(__name__)

_FRESH = 5.0 - EVERY  # seconds; other replicas write their counts within `EVERY`
_MAX_CACHED = 10_000  # months of workspaces
_Key = tuple[str, str]  # workspace and month


@dataclass(frozen=True, slots=True, kw_only=True)
class _Increment:
    messages: int = 0
    new_customers: int = 0
    ai_usd: Decimal = field(default_factory=Decimal)

    def __add__(self, other: "_Increment") -> "_Increment":
        return _Increment(
            messages=self.messages + other.messages,
            new_customers=self.new_customers + other.new_customers,
            ai_usd=self.ai_usd + other.ai_usd,
        )


@dataclass(slots=True, eq=False)
class _Month:
    """Counts of one workspace's month. unwritten: of this process, not in MongoDB yet. counts: those in MongoDB and
    the unwritten ones; None: not read. writing: held by whoever reads or writes, so that nothing is counted twice.
    """

    unwritten: _Increment = field(default_factory=_Increment)
    counts: UsageCounts | None = None
    read_at: float = 0.0
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def add(self, increment: _Increment) -> None:
        """Add a count, also to those that were read, so that a replica that is alone keeps to a limit exactly."""
        self.unwritten += increment
        if self.counts is not None:
            self.counts = _sum(self.counts, increment)

    async def write(self, usage: Usage, month: str) -> None:
        """Write the unwritten counts; after a failure they stay unwritten. Raises DependencyAway."""
        async with self.writing:
            taken, self.unwritten = self.unwritten, _Increment()
            try:
                await usage.add(month, messages=taken.messages, new_customers=taken.new_customers, ai_usd=taken.ai_usd)
            except (DependencyAway, asyncio.CancelledError):
                self.unwritten += taken
                raise

    async def read(self, usage: Usage, month: str, clock: Clock) -> UsageCounts:
        """Return the counts, at most a few seconds old; concurrent callers share one read. Raises DependencyAway."""
        async with self.writing:
            if (counts := self.fresh(clock)) is None:
                counts = self.counts = _sum(await usage.this_month(month), self.unwritten)
                self.read_at = clock.monotonic()
        return counts

    def fresh(self, clock: Clock) -> UsageCounts | None:
        """Return the counts if they were read lately, else None."""
        return self.counts if clock.monotonic() - self.read_at < _FRESH else None


class UsageMeter:
    """Made once per process. Several replicas may exceed a limit together by what they do within five seconds; the
    limit of more than 50,000 customers within up to a second for each 10,000.
    """

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._months: dict[_Key, _Month] = {}
        self._customers = CustomerCounts(mongo, clock)
        self._behind = WriteBehind(self._write)

    async def exceeded(self, workspace: Workspace, now: datetime, *, new_customer: bool) -> str:
        """Return the name of a limit that is reached, so that no further message is answered; empty: none. Raises
        DependencyAway.
        """
        own = limits.effective_limits(workspace.tier, workspace.limits)
        counts = UsageCounts()
        if own.messages_per_month is not None:
            counts = await self._this_month(workspace, now)
        if new_customer and own.customers:
            counts = replace(counts, customers=await self._customers.up_to(workspace.workspace, own.customers))
        return limits.exceeded_limit(own, counts, new_customer=new_customer)

    async def ai_exceeded(self, workspace: Workspace, now: datetime) -> bool:
        """Return whether models have cost what they may cost this month. Raises DependencyAway."""
        own = limits.effective_limits(workspace.tier, workspace.limits)
        if own.ai_usd_per_month is None:
            return False
        return limits.ai_limit_exceeded(own, await self._this_month(workspace, now))

    async def count_message(self, workspace: Workspace, at: datetime, *, new_customer: bool = False) -> None:
        """Count a customer's message that was stored for the first time. at: when it was accepted."""
        self._count(workspace, at, _Increment(messages=1, new_customers=int(new_customer)))
        if new_customer:
            self._customers.added(workspace.workspace)

    async def count_ai(self, workspace: Workspace, at: datetime, usd: Decimal) -> None:
        """Count what a model's answer cost, when it was stored for the first time."""
        self._count(workspace, at, _Increment(ai_usd=usd))

    async def flush(self) -> None:
        """Write all counts. Raises DependencyAway; what is not written is written later."""
        await self._behind.flush()

    async def _this_month(self, workspace: Workspace, now: datetime) -> UsageCounts:
        key = (workspace.workspace, local_month(now, workspace.timezone))
        month = self._month(key)
        if (counts := month.fresh(self._clock)) is not None:
            return counts
        return await month.read(Usage(self._mongo, key[0]), key[1], self._clock)

    def _count(self, workspace: Workspace, at: datetime, increment: _Increment) -> None:
        self._month((workspace.workspace, local_month(at, workspace.timezone))).add(increment)
        self._behind.note()

    def _month(self, key: _Key) -> _Month:
        month = self._months.get(key)
        if month is None:
            if len(self._months) >= _MAX_CACHED:
                self._forget_written()
            month = self._months[key] = _Month()
        return month

    async def _write(self) -> None:
        """Write all months beside each other, so that a slow write delays no other workspace."""
        unwritten = [(key, month) for key, month in self._months.items() if month.unwritten != _Increment()]
        writes = [month.write(Usage(self._mongo, workspace), name) for (workspace, name), month in unwritten]
        results = await asyncio.gather(*writes, return_exceptions=True)
        for error in filter(None, results):
            if isinstance(error, DependencyAway):
                raise error
            log.error("Counts of a workspace could not be stored", exc_info=error)

    def _forget_written(self) -> None:
        """Drop what can be read again."""
        self._months = {
            key: month
            for key, month in self._months.items()
            if month.unwritten != _Increment() or month.writing.locked()
        }


def _sum(counts: UsageCounts, increment: _Increment) -> UsageCounts:
    return replace(
        counts,
        messages=counts.messages + increment.messages,
        new_customers=counts.new_customers + increment.new_customers,
        ai_usd=counts.ai_usd + increment.ai_usd,
    )
