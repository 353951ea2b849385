"""Counts and limits of all workspaces in one process, at next to no cost for a message.

Reading asks MongoDB every few seconds for each workspace that has limits, and never for one that has none. Writing puts
together what comes while a write of the same workspace is under way.
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from shared.clock import Clock
from shared.domain import limits
from shared.domain.limits import UsageCounts, local_month
from shared.repositories.usage import Usage
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace

_FRESH = 5.0  # seconds
_Key = tuple[str, str]  # workspace and month


@dataclass(slots=True)
class _CachedCounts:
    at: float
    counts: UsageCounts


@dataclass(slots=True)
class _Batch:
    messages: int = 0
    new_customers: int = 0
    ai_usd: Decimal = field(default_factory=Decimal)
    written: "asyncio.Task[None] | None" = None


class UsageMeter:
    """Made once per process. All raise DependencyAway.

    Several replicas may go over a limit together by what they do within five seconds.
    """

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._known: dict[str, tuple[str, _CachedCounts]] = {}
        self._reading: dict[_Key, asyncio.Task[UsageCounts]] = {}
        self._waiting: dict[_Key, _Batch] = {}
        self._writing: dict[_Key, asyncio.Lock] = {}

    async def exceeded(self, workspace: Workspace, now: datetime, *, new_customer: bool) -> str:
        """The name of a limit that leaves no room for a further message of a customer, or empty."""
        own = limits.effective_limits(workspace.tier, workspace.limits)
        if own.messages_per_month is None and own.customers is None:
            return ""
        return limits.exceeded_limit(own, await self._this_month(workspace, now), new_customer=new_customer)

    async def ai_exceeded(self, workspace: Workspace, now: datetime) -> bool:
        """Whether the model has cost what it may cost this month."""
        own = limits.effective_limits(workspace.tier, workspace.limits)
        if own.ai_usd_per_month is None:
            return False
        return limits.ai_limit_exceeded(own, await self._this_month(workspace, now))

    async def count_message(self, workspace: Workspace, at: datetime, *, new_customer: bool = False) -> None:
        """A message of a customer that was stored just now, for the first time. at: when it was taken in."""
        await self._count(workspace, at, messages=1, new_customers=int(new_customer))

    async def count_ai(self, workspace: Workspace, at: datetime, usd: Decimal) -> None:
        """What an answer of the model cost, when it was stored for the first time."""
        await self._count(workspace, at, ai_usd=usd)

    async def _this_month(self, workspace: Workspace, now: datetime) -> UsageCounts:
        month = local_month(now, workspace.timezone)
        of, known = self._known.get(workspace.workspace, ("", None))
        if known is not None and of == month and self._clock.monotonic() - known.at < _FRESH:
            return known.counts
        key = (workspace.workspace, month)
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.create_task(self._read(workspace, month))
            reading.add_done_callback(lambda task: self._read_by_now(key, task))
        return await asyncio.shield(reading)

    async def _read(self, workspace: Workspace, month: str) -> UsageCounts:
        at = self._clock.monotonic()
        wanted = workspace.limit("customers") is not None
        counts = await Usage(self._mongo, workspace.workspace).this_month(month, with_customers=wanted)
        self._known[workspace.workspace] = (month, _CachedCounts(at, counts))
        return counts

    def _read_by_now(self, key: _Key, reading: "asyncio.Task[UsageCounts]") -> None:
        self._reading.pop(key, None)
        if not reading.cancelled():
            reading.exception()  # who asked may be gone: nobody else looks at it

    async def _count(
        self,
        workspace: Workspace,
        at: datetime,
        *,
        messages: int = 0,
        new_customers: int = 0,
        ai_usd: Decimal = Decimal(0),
    ) -> None:
        key = (workspace.workspace, local_month(at, workspace.timezone))
        batch = self._waiting.get(key)
        if batch is None:
            batch = self._waiting[key] = _Batch()
            batch.written = asyncio.create_task(self._write(key, batch))
            batch.written.add_done_callback(lambda task: task.cancelled() or task.exception())
        batch.messages += messages
        batch.new_customers += new_customers
        batch.ai_usd += ai_usd
        if batch.written is not None:
            await asyncio.shield(batch.written)

    async def _write(self, key: _Key, batch: _Batch) -> None:
        lock = self._writing.setdefault(key, asyncio.Lock())
        async with lock:
            del self._waiting[key]  # what comes from now on is written next
            await Usage(self._mongo, key[0]).add(
                key[1], messages=batch.messages, new_customers=batch.new_customers, ai_usd=batch.ai_usd
            )
            self._add_to_known(key, batch)
        if key not in self._waiting:
            self._writing.pop(key, None)

    def _add_to_known(self, key: _Key, batch: _Batch) -> None:
        """So that a replica that is alone keeps to a limit exactly."""
        month, known = self._known.get(key[0], ("", None))
        if known is None or month != key[1]:
            return
        counts = known.counts
        known.counts = replace(
            counts,
            messages=counts.messages + batch.messages,
            new_customers=counts.new_customers + batch.new_customers,
            customers=counts.customers + batch.new_customers,
            ai_usd=counts.ai_usd + batch.ai_usd,
        )
