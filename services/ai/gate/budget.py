"""A workspace's daily budget for models: an upper bound is reserved before each call and settled after it.

Redis has it for all replicas, one script call per step (`budget.lua`), so that concurrent calls never spend more than
the budget. MongoDB's `ai_calls` have the cost of every answer: the day is rebuilt from them when Redis has lost it, and
each replica uses them while Redis is away.

Each customer may spend a share of the day. A call's name begins with its customer's id and a slash.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from enum import IntEnum
from pathlib import Path
from typing import Any

from services.ai.gate.day_ledger import DayLedger
from shared.clock import Clock
from shared.domain.limits import day_bounds, local_day
from shared.errors import DependencyAway
from shared.repositories.ai_calls import AiCalls
from shared.storage.cooldown import Cooldown
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.telemetry import logging
from shared.workspace.config import Workspace

log = logging.get(__name__)

_SCRIPT = Path(__file__).with_name("budget.lua").read_text(encoding="utf-8")
_MICRO = 1_000_000  # of a dollar: whole numbers are added without loss
_TTL = 2 * 24 * 3600  # seconds in Redis
_FRESH = 5.0  # seconds for which a sum read from MongoDB is used while Redis is away
_REDIS_COOLDOWN = 2.0  # seconds
_TRIES = 4  # of a script: the day and the customer may be unknown, and each may be lost again
_MOST_DAYS = 10_000  # ledgers kept, of workspaces and days
_MOST_SUMS = 8  # days that are summed by MongoDB at the same time


class Reservation(IntEnum):
    """The result of a reservation; the numbers are those of `budget.lua`."""

    NOT_IN_DAY = 0
    RESERVED = 1
    NOT_IN_SHARE = 2  # of the customer


_DAY_UNKNOWN, _CUSTOMER_UNKNOWN = -1, -2


@dataclass(frozen=True, slots=True)
class BudgetDay:
    """A workspace's day. limit: in millionths of a dollar; share: of one customer, likewise; -1: no limit."""

    workspace: str
    day: str
    timezone: str
    limit: int
    share: int = -1


class DailyBudget:
    """Made once per process. lapse: seconds after which a reservation that was never settled counts as spent. trust:
    seconds for which a cached sum is good enough to choose a model by.

    clock_in_redis: whether Redis uses our clock instead of its own, for tests.
    """

    def __init__(
        self,
        redis: Redis,
        mongo: Mongo,
        clock: Clock,
        *,
        lapse: float,
        trust: float = 1.0,
        clock_in_redis: bool = False,
    ) -> None:
        self._redis = redis
        self._mongo = mongo
        self._clock = clock
        self._lapse = lapse
        self._trust = trust
        self._clock_in_redis = clock_in_redis
        self._ledgers: dict[tuple[str, str], DayLedger] = {}
        self._cooldown = Cooldown(_REDIS_COOLDOWN, clock)
        self._sums = asyncio.Semaphore(_MOST_SUMS)

    def today(self, workspace: Workspace, now: datetime) -> BudgetDay:
        """Return the day that a call made now belongs to."""
        bot = workspace.bot
        limit = to_micro_usd(bot.daily_budget_usd)
        share = to_micro_usd(bot.daily_budget_usd * bot.customer_budget_share) if bot.customer_budget_share < 1 else -1
        return BudgetDay(workspace.workspace, local_day(now, workspace.timezone), workspace.timezone, limit, share)

    async def left(self, day: BudgetDay) -> float:
        """Return the share of the budget that is neither spent nor reserved, from 0 to 1. Raises DependencyAway."""
        if day.limit <= 0:
            return 0.0
        return min(1.0, max(0.0, 1 - await self._used(day) / day.limit))

    async def _used(self, day: BudgetDay) -> int:
        ledger, now = self._ledger(day), self._clock.monotonic()
        if ledger.used_at is not None and now < ledger.used_at + self._trust:
            return ledger.used
        found = await self._run(day, "look", "", 0)
        if found is not None:
            return found[1]
        ledger = await self._current_ledger(day)
        return ledger.spent + sum(ledger.held.values())

    async def reserve(self, day: BudgetDay, call: str, amount: int) -> Reservation:
        """Reserve the upper bound of a call's cost. call: CUSTOMER/NAME. Raises DependencyAway."""
        found = await self._run(day, "reserve", call, amount)
        return await self.note_reserved(day, call, amount, found[0] if found is not None else None)

    async def note_reserved(self, day: BudgetDay, call: str, amount: int, done: int | None) -> Reservation:
        """Note the result of `budget.lua` for a reservation and return it; None: decide it without Redis."""
        reservation = Reservation(done) if done is not None else await self._reserve_locally(day, call, amount)
        if reservation is Reservation.RESERVED:
            self._ledger(day).held[call] = amount
        return reservation

    async def _reserve_locally(self, day: BudgetDay, call: str, amount: int) -> Reservation:
        """Decide without Redis: by MongoDB and by the calls that this process has in flight."""
        customer = customer_of(call)
        stored = await self._stored(day, customer) if customer and day.share >= 0 else 0
        ledger = await self._current_ledger(day)
        if not ledger.allows(call, amount, day.limit):
            return Reservation.NOT_IN_DAY
        theirs = stored + ledger.settled_or_held_by(customer, but=call) if customer and day.share >= 0 else 0
        return Reservation.NOT_IN_SHARE if theirs > 0 and theirs + amount > day.share else Reservation.RESERVED

    async def settle(self, day: BudgetDay, call: str, amount: int) -> None:
        """Replace a call's reservation by its cost. What cannot be written to Redis is written later: no answer that
        was paid for is lost for that.
        """
        found = await self.run_settling(day, call, lambda: self._script(day, "settle", call, amount))
        self.note_settled(day, call, amount, written=found is not None)

    async def run_settling(self, day: BudgetDay, call: str, do: Callable[[], Awaitable[list[Any]]]) -> list[Any] | None:
        """Run a script that settles a call, as `run` does, but raise nothing: what was paid for is not lost."""
        self._ledger(day).held.pop(call, None)
        try:
            return await self.run(day, call, do)
        except DependencyAway:
            return None

    def note_settled(self, day: BudgetDay, call: str, amount: int, *, written: bool) -> None:
        """Note the cost of a call. written: whether Redis has it."""
        ledger = self._ledger(day)
        if not written:
            ledger.add_missed(call, amount)
        ledger.settle(call, amount)

    def mark_stored(self, day: BudgetDay, calls: list[str]) -> None:
        """Note that MongoDB has the cost of these calls now."""
        self._ledger(day).mark_stored(calls, self._clock.monotonic(), _FRESH)

    def discard(self, day: BudgetDay, calls: list[str]) -> None:
        """Drop calls whose request was cut off before their cost was stored."""
        self._ledger(day).discard(calls)

    async def _run(self, day: BudgetDay, what: str, call: str, amount: int) -> tuple[int, int] | None:
        """Run `budget.lua`; return its result code and the sum spent and reserved. None: Redis is away."""
        found = await self.run(day, call, lambda: self._script(day, what, call, amount))
        return (found[0], found[1] + found[2]) if found is not None else None

    async def run(self, day: BudgetDay, call: str, do: Callable[[], Awaitable[list[Any]]]) -> list[Any] | None:
        """Run a script that returns what `budget.lua` returns, and perhaps more; load before it, or between two runs of
        it, what Redis lacks. Return what the last run did; None: Redis is away, or loses what is loaded. Raises
        DependencyAway when MongoDB is away.

        After -1 nothing of the budget's step was done, after -2 nothing was reserved. spent below 0: unknown.
        """
        ledger = self._ledger(day)
        if self._cooldown.is_active():
            ledger.unsure = True
            return None
        try:
            if ledger.unsure:
                await self._load(day, ledger)
            found = await self._do_and_load(day, ledger, call, do)
        except DependencyAway as error:
            if error.dependency != "redis":
                raise
            self._cooldown.start()
            ledger.unsure = True
            log.debug("Redis is away: the budget uses MongoDB", detail=str(error))
            return None
        if found is not None and found[1] >= 0:
            ledger.used, ledger.used_at = found[1] + found[2], self._clock.monotonic()
        return found

    async def _do_and_load(
        self, day: BudgetDay, ledger: DayLedger, call: str, do: Callable[[], Awaitable[list[Any]]]
    ) -> list[Any] | None:
        """Run a script until Redis knows all that it needs; None: Redis has lost it each time. Raises DependencyAway.

        Redis may lose the day while it is being loaded: it was flushed, or a replica without the data has taken over.
        """
        for _ in range(_TRIES):
            found = await do()
            if found[0] == _DAY_UNKNOWN:
                ledger.unsure = True
                await self._load(day, ledger)
            elif found[0] == _CUSTOMER_UNKNOWN:
                await self._load_customer(day, ledger, call)
            else:
                return found
        ledger.unsure = True
        log.info("Redis loses the budget: MongoDB is used", workspace_id=day.workspace)
        return None

    async def _load_customer(self, day: BudgetDay, ledger: DayLedger, call: str) -> None:
        """Write to Redis what a customer has spent, after it lost the day."""
        customer = customer_of(call)
        amount = await self._stored(day, customer) + ledger.settled_by(customer)
        await self._script(day, "load_customer", call, amount)

    async def _stored(self, day: BudgetDay, customer: str) -> int:
        """Return the customer's cost of the day as stored in MongoDB, in micro-dollars."""
        span = day_bounds(day.day, day.timezone)
        return to_micro_usd(await AiCalls(self._mongo, day.workspace).cost(*span, customer_id=customer))

    async def _load(self, day: BudgetDay, ledger: DayLedger) -> None:
        """Write to Redis all that MongoDB and this process know, once for concurrent callers."""
        async with ledger.reading:
            if not ledger.unsure:
                return
            await self._read(day, ledger)
            for call, amount in list(ledger.missed.items()):
                await self._script(day, "settle", call, amount)
                ledger.missed.pop(call, None)
            await self._script(day, "load", "", ledger.spent)
            for call, amount in list(ledger.held.items()):
                await self._script(day, "reserve", call, amount, bound=False)
            ledger.unsure = False

    async def _current_ledger(self, day: BudgetDay) -> DayLedger:
        ledger = self._ledger(day)
        async with ledger.reading:
            if ledger.is_stale(self._clock.monotonic(), _FRESH):
                await self._read(day, ledger)
        return ledger

    async def _read(self, day: BudgetDay, ledger: DayLedger) -> None:
        async with self._sums:
            at = self._clock.monotonic()
            total = await AiCalls(self._mongo, day.workspace).cost(*day_bounds(day.day, day.timezone))
        ledger.set_stored(to_micro_usd(total), at)

    async def _script(self, day: BudgetDay, what: str, call: str, amount: int, *, bound: bool = True) -> list[int]:
        return await self._redis.run_script(
            _SCRIPT, self.keys(day), self.arguments(day, what, call, amount, bound=bound)
        )

    def keys(self, day: BudgetDay) -> tuple[str, str]:
        """Return the keys of `budget.lua`."""
        key = f"parley:ai:budget:{{{day.workspace}:{day.day}}}"
        return key, f"{key}:calls"

    def arguments(
        self, day: BudgetDay, what: str, call: str, amount: int, *, bound: bool = True
    ) -> tuple[str | int, ...]:
        """Return the arguments of `budget.lua`. bound: whether the limits hold."""
        now = round(self._clock.now().timestamp() * 1000) if self._clock_in_redis else 0
        limit, share = (day.limit, day.share) if bound else (2**53, -1)
        return what, call, amount, limit, now, round(self._lapse * 1000), _TTL, share

    def _ledger(self, day: BudgetDay) -> DayLedger:
        key = (day.workspace, day.day)
        ledger = self._ledgers.get(key)
        if ledger is None:
            if len(self._ledgers) >= _MOST_DAYS:
                self._ledgers = {of: ledger for of, ledger in self._ledgers.items() if not ledger.is_idle}
            ledger = self._ledgers[key] = DayLedger()
        return ledger


def customer_of(call: str) -> str:
    """Return the customer of a call; empty: none."""
    return call.partition("/")[0]


def to_micro_usd(usd: Decimal) -> int:
    """Return millionths of a dollar, rounded up, so that no call is free; at most what a Lua number holds exactly."""
    return min(int((usd * _MICRO).to_integral_value(ROUND_CEILING)), 2**52)
