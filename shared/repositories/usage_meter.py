"""Counts and limits of all workspaces in one process, at next to no cost for a message.

Reading asks MongoDB every few seconds for each workspace that has limits, and never for one without. Counts that come
while others of the same workspace are being written are added up and written together.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from cachetools import LRUCache, TTLCache

from shared.clock import Clock
from shared.domain import limits
from shared.domain.limits import UsageCounts, local_month
from shared.repositories.usage import Usage
from shared.storage.batching import Batcher
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace

_FRESH = 5.0  # seconds
_MAX_CACHED = 10_000  # workspaces
_MAX_BATCH = 1000  # counts
_Key = tuple[str, str]  # workspace and month


@dataclass(slots=True)
class _CachedCounts:
    counts: UsageCounts


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


class UsageMeter:
    """Made once per process. All raise DependencyAway.

    Several replicas may exceed a limit together by what they do within five seconds.
    """

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._cache: TTLCache[_Key, _CachedCounts] = TTLCache(_MAX_CACHED, _FRESH, timer=clock.monotonic)
        self._reading: dict[_Key, asyncio.Task[UsageCounts]] = {}
        # One for each workspace's month, so that a slow write delays no other workspace.
        self._batchers: LRUCache[_Key, Batcher[_Increment, None]] = LRUCache(_MAX_CACHED)

    async def exceeded(self, workspace: Workspace, now: datetime, *, new_customer: bool) -> str:
        """Return the name of a limit that is reached, so that no further message is answered; empty: none."""
        own = limits.effective_limits(workspace.tier, workspace.limits)
        if own.messages_per_month is None and own.customers is None:
            return ""
        return limits.exceeded_limit(own, await self._this_month(workspace, now), new_customer=new_customer)

    async def ai_exceeded(self, workspace: Workspace, now: datetime) -> bool:
        """Return whether models have cost what they may cost this month."""
        own = limits.effective_limits(workspace.tier, workspace.limits)
        if own.ai_usd_per_month is None:
            return False
        return limits.ai_limit_exceeded(own, await self._this_month(workspace, now))

    async def count_message(self, workspace: Workspace, at: datetime, *, new_customer: bool = False) -> None:
        """Count a customer's message that was stored for the first time. at: when it was accepted."""
        await self._count(workspace, at, _Increment(messages=1, new_customers=int(new_customer)))

    async def count_ai(self, workspace: Workspace, at: datetime, usd: Decimal) -> None:
        """Count what a model's answer cost, when it was stored for the first time."""
        await self._count(workspace, at, _Increment(ai_usd=usd))

    async def _this_month(self, workspace: Workspace, now: datetime) -> UsageCounts:
        key = (workspace.workspace, local_month(now, workspace.timezone))
        cached = self._cache.get(key)
        if cached is not None:
            return cached.counts
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.create_task(self._read(workspace, key))
            reading.add_done_callback(lambda task: self._forget_reading(key, task))
        return await asyncio.shield(reading)

    async def _read(self, workspace: Workspace, key: _Key) -> UsageCounts:
        with_customers = workspace.limit("customers") is not None
        counts = await Usage(self._mongo, key[0]).this_month(key[1], with_customers=with_customers)
        self._cache[key] = _CachedCounts(counts)
        return counts

    def _forget_reading(self, key: _Key, reading: "asyncio.Task[UsageCounts]") -> None:
        self._reading.pop(key, None)
        _ignore_error(reading)

    async def _count(self, workspace: Workspace, at: datetime, increment: _Increment) -> None:
        """Write a count, also when the caller is cancelled meanwhile."""
        key = (workspace.workspace, local_month(at, workspace.timezone))
        adding = asyncio.create_task(self._batcher(key)(increment))
        adding.add_done_callback(_ignore_error)
        await asyncio.shield(adding)

    def _batcher(self, key: _Key) -> Batcher[_Increment, None]:
        batcher = self._batchers.get(key)
        if batcher is None:
            batcher = self._batchers[key] = Batcher(partial(self._write, key), most=_MAX_BATCH)
        return batcher

    async def _write(self, key: _Key, increments: Sequence[_Increment]) -> Sequence[Exception | None]:
        """Write the sum of the increments; return its error, or None, for each of them."""
        workspace, month = key
        sum_ = sum(increments, _Increment())
        try:
            await Usage(self._mongo, workspace).add(
                month, messages=sum_.messages, new_customers=sum_.new_customers, ai_usd=sum_.ai_usd
            )
        except Exception as error:  # returned, as the Batcher would write each increment again
            return [error] * len(increments)
        self._add_to_cached(key, sum_)
        return [None] * len(increments)

    def _add_to_cached(self, key: _Key, sum_: _Increment) -> None:
        """Keep cached counts exact, so that a replica that is alone keeps to a limit exactly."""
        cached = self._cache.get(key)
        if cached is None:
            return
        counts = cached.counts
        cached.counts = replace(
            counts,
            messages=counts.messages + sum_.messages,
            new_customers=counts.new_customers + sum_.new_customers,
            customers=counts.customers + sum_.new_customers,
            ai_usd=counts.ai_usd + sum_.ai_usd,
        )


def _ignore_error(task: "asyncio.Task[object]") -> None:
    """Ignore the error of a task whose caller is gone; callers get it through `asyncio.shield`."""
    if not task.cancelled():
        task.exception()
