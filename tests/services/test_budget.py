"""Daily budgets of workspaces: never exceeded under concurrency, and kept without Redis."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from services.ai.gate.budget import DailyBudget, to_micro_usd
from services.ai.gate.request_budget import RequestBudget
from shared.clock import FixedClock
from shared.domain.limits import day_bounds, local_day
from shared.errors import DependencyAway
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.workspace.config import Workspace
from tests.services.builders import workspace
from tests.services.test_answer_store import CALL

CENT = Decimal("0.01")


def _shop(usd: str = "1", share: str = "0.1") -> Workspace:
    return workspace(timezone="Africa/Lagos", bot={"daily_budget_usd": usd, "customer_budget_share": share})


class SwitchableRedis:
    """A Redis client that can be made unavailable. losses: how often Redis loses all data just before a script that
    reserves or settles.
    """

    def __init__(self, real: Redis, nowhere: Redis) -> None:
        self._real, self._nowhere = real, nowhere
        self.away = False
        self.losses = 0

    async def run_script(self, *arguments: object) -> list[object]:
        if self.losses and {"reserve", "settle"} & set(arguments[2]):  # type: ignore[call-overload]
            self.losses -= 1
            await self._real._driver.flushdb()
        return await (self._nowhere if self.away else self._real).run_script(*arguments)  # type: ignore[arg-type]


@pytest.fixture
def switchable(redis: Redis, nowhere: Redis) -> SwitchableRedis:
    return SwitchableRedis(redis, nowhere)


class Replica:
    """One process of the AI service that pays for calls."""

    def __init__(self, redis: object, mongo: Mongo, clock: FixedClock, shop: Workspace) -> None:
        self.budget = DailyBudget(redis, mongo, clock, lapse=90, trust=0, clock_in_redis=True)  # type: ignore[arg-type]
        self._calls = AiCalls(mongo, "acme")
        self._clock = clock
        self.day = self.budget.today(shop, clock.now())

    def request_budget(self, request: str, customer: str = "") -> RequestBudget:
        return RequestBudget(self.budget, self.day, request, customer)

    async def pay(self, request: str, most: Decimal, cost: Decimal, customer: str = "") -> bool:
        """Pay one request with one call; return False if the budget refused it."""
        request_budget = self.request_budget(request, customer)
        if not await request_budget.reserve(1, most):
            return False
        await asyncio.sleep(0)
        await request_budget.settle(1, cost)
        await self._calls.add(_call(request, cost, self._clock.now(), customer))
        request_budget.mark_stored()
        return True

    async def left(self) -> float:
        return round(await self.budget.left(self.day), 6)


def _call(request: str, cost: Decimal, at: datetime, customer: str = "") -> AiCall:
    return msgspec.structs.replace(CALL, id=request, cost_usd=str(cost), finished_at=at, customer_id=customer)


@pytest.fixture
def replica(switchable: SwitchableRedis, mongo: Mongo, clock: FixedClock) -> Replica:
    return Replica(switchable, mongo, clock, _shop())


@pytest.fixture
def other(switchable: SwitchableRedis, mongo: Mongo, clock: FixedClock) -> Replica:
    return Replica(switchable, mongo, clock, _shop())


async def test_concurrent_calls_never_exceed_the_budget(replica: Replica, other: Replica) -> None:
    request_budgets = [(replica, other)[number % 2].request_budget(f"r{number}") for number in range(200)]
    held = await asyncio.gather(*(request_budget.reserve(1, CENT) for request_budget in request_budgets))
    assert sum(held) == 100
    assert await other.left() == 0


async def test_concurrent_calls_of_a_customer_never_exceed_the_share(replica: Replica, other: Replica) -> None:
    request_budgets = [(replica, other)[number % 2].request_budget(f"r{number}", "ada") for number in range(200)]
    held = await asyncio.gather(*(request_budget.reserve(1, CENT) for request_budget in request_budgets))
    assert sum(held) == 10
    assert sum(request_budget.over_share for request_budget in request_budgets) == 190
    assert await replica.pay("r", CENT, CENT, "eve"), "another customer's share is their own"
    assert round(await other.left(), 2) == 0.89


async def test_share_counts_over_a_day(replica: Replica, other: Replica, clock: FixedClock) -> None:
    paid = [await (replica, other)[number % 2].pay(f"r{number}", CENT, CENT, "ada") for number in range(12)]
    assert paid == [True] * 10 + [False] * 2
    clock.advance(24 * 3600)
    replica.day = replica.budget.today(_shop(), clock.now())
    assert await replica.pay("tomorrow", CENT, CENT, "ada")


async def test_first_call_of_a_day_fits_into_any_share(replica: Replica) -> None:
    """Otherwise a share below the upper bound of a call's cost would allow no call."""
    assert await replica.pay("r1", Decimal("0.3"), Decimal("0.05"), "ada")
    assert not await replica.pay("r2", Decimal("0.3"), Decimal("0.05"), "ada")
    assert await replica.pay("r3", Decimal("0.05"), Decimal("0.05"), "ada"), (
        "the unused part of a reservation is released"
    )
    request_budget = replica.request_budget("r4", "eve")
    assert not await request_budget.reserve(1, Decimal("0.95"))
    assert not request_budget.over_share, "the day's budget refused it, not the share"


async def test_share_of_one_is_no_limit(switchable: SwitchableRedis, mongo: Mongo, clock: FixedClock) -> None:
    replica = Replica(switchable, mongo, clock, _shop(share="1"))
    for number in range(5):
        assert await replica.pay(f"r{number}", CENT, Decimal("0.2"), "ada")
    assert await replica.left() == 0


async def test_lapsed_reservation_counts_for_the_customers_share(replica: Replica, clock: FixedClock) -> None:
    cut_off = replica.request_budget("r1", "ada")
    assert await cut_off.reserve(1, Decimal("0.08"))
    cut_off.discard()
    clock.advance(91)
    assert not await replica.pay("r2", Decimal("0.03"), CENT, "ada")
    assert await replica.pay("r3", Decimal("0.02"), CENT, "ada")


async def test_lost_share_is_rebuilt_from_mongodb(replica: Replica, other: Replica, redis: Redis) -> None:
    assert await replica.pay("r1", CENT, Decimal("0.04"), "ada")
    assert await other.pay("r2", CENT, Decimal("0.04"), "ada")
    assert await other.pay("r3", CENT, Decimal("0.04"), "eve")
    under_way = replica.request_budget("r4", "ada")
    assert await under_way.reserve(1, CENT)
    await redis._driver.flushdb()
    held = await asyncio.gather(
        *(replica.request_budget(f"m{number}", "ada").reserve(1, CENT) for number in range(200))
    )
    assert sum(held) == 1, "0.08 is spent and 0.01 under way"
    await redis._driver.flushdb()
    assert not await other.pay("r5", Decimal("0.03"), CENT, "ada")
    assert await other.pay("r6", Decimal("0.03"), CENT, "eve")


async def test_shares_use_mongodb_without_redis(
    replica: Replica, other: Replica, switchable: SwitchableRedis, clock: FixedClock
) -> None:
    assert await replica.pay("r1", CENT, Decimal("0.03"), "ada")
    switchable.away = True
    request_budgets = [replica.request_budget(f"m{number}", "ada") for number in range(200)]
    held = await asyncio.gather(*(request_budget.reserve(1, CENT) for request_budget in request_budgets))
    assert sum(held) == 7
    assert sum(request_budget.over_share for request_budget in request_budgets) == 193
    assert await replica.pay("r2", CENT, CENT, "eve")
    switchable.away = False
    clock.advance(3)
    assert not await other.request_budget("r3", "ada").reserve(1, Decimal("0.08"))


async def test_unused_part_of_a_reservation_is_released(replica: Replica, other: Replica) -> None:
    paid = [
        await asyncio.gather(
            *((replica, other)[number % 2].pay(f"r{wave}-{number}", CENT, CENT / 10) for number in range(200))
        )
        for wave in range(8)
    ]
    assert 500 < sum(map(sum, paid)) <= 1000, "without releasing unused parts it would have been 100"
    assert await replica.left() >= 0


async def test_repeated_call_is_reserved_once(replica: Replica) -> None:
    """A redelivered request has calls of the same names."""
    for _ in range(9):
        assert await replica.request_budget("r1").reserve(1, Decimal("0.9"))
    assert await replica.left() == 0.1


async def test_lapsed_reservation_counts_as_spent(replica: Replica, clock: FixedClock) -> None:
    cut_off = replica.request_budget("r1")
    assert await cut_off.reserve(1, Decimal("0.4"))
    cut_off.discard()
    clock.advance(91)
    assert await replica.left() == 0.6
    assert not await replica.request_budget("r2").reserve(1, Decimal("0.7"))
    assert await replica.request_budget("r2").reserve(1, Decimal("0.6"))


async def test_budget_restarts_with_the_workspaces_calendar_day(replica: Replica, clock: FixedClock) -> None:
    assert await replica.pay("r1", Decimal(1), Decimal(1))
    assert not await replica.request_budget("r2").reserve(1, CENT)
    clock.advance((datetime(2026, 3, 14, 23, tzinfo=UTC) - clock.now()).total_seconds())  # midnight in Lagos
    replica.day = replica.budget.today(_shop(), clock.now())
    assert (replica.day.day, await replica.left()) == ("2026-03-15", 1)
    assert await replica.request_budget("r3").reserve(1, Decimal(1))


async def test_zero_budget_allows_no_call(switchable: SwitchableRedis, mongo: Mongo, clock: FixedClock) -> None:
    replica = Replica(switchable, mongo, clock, _shop("0"))
    assert await replica.left() == 0
    assert not await replica.request_budget("r1").reserve(1, Decimal("0.000001"))


async def test_lost_day_is_rebuilt_from_mongodb(replica: Replica, other: Replica, redis: Redis) -> None:
    assert await replica.pay("r1", CENT, Decimal("0.3"))
    assert await other.pay("r2", CENT, Decimal("0.2"))
    under_way = replica.request_budget("r3")
    assert await under_way.reserve(1, Decimal("0.1"))
    await redis._driver.flushdb()
    assert await replica.left() == 0.4, "the call under way too"
    await redis._driver.flushdb()
    assert await other.left() == 0.5
    await under_way.settle(1, Decimal("0.05"))
    assert await other.left() == 0.45
    assert not await other.request_budget("r4").reserve(1, Decimal("0.5"))


async def test_concurrent_calls_after_redis_lost_the_day_stay_within_the_budget(replica: Replica, redis: Redis) -> None:
    assert await replica.pay("r1", CENT, Decimal("0.5"))
    await redis._driver.flushdb()
    held = await asyncio.gather(*(replica.request_budget(f"m{number}").reserve(1, CENT) for number in range(200)))
    assert sum(held) == 50


@pytest.mark.parametrize("losses", [1, 2, 3, 4, 20])
@pytest.mark.parametrize("customer", ["", "ada"])
async def test_day_that_redis_loses_while_it_is_loaded(
    replica: Replica, switchable: SwitchableRedis, customer: str, losses: int
) -> None:
    """As often as it likes: the call is decided, and its cost is counted once."""
    assert await replica.pay("r1", CENT, Decimal("0.5"))
    assert await replica.pay("r2", CENT, Decimal("0.09"), customer)
    switchable.losses = losses
    under_way = replica.request_budget("r3", customer)
    assert await under_way.reserve(1, CENT)
    assert not await replica.request_budget("r4").reserve(1, Decimal("0.5"))
    await under_way.settle(1, CENT)
    switchable.losses = 0
    assert await replica.left() == 0.4


async def test_days_and_workspaces_are_separate(replica: Replica, mongo: Mongo, clock: FixedClock) -> None:
    yesterday = clock.now() - timedelta(hours=11)  # 23:26 in Lagos
    await AiCalls(mongo, "acme").add(_call("old", Decimal(1), yesterday))
    theirs = msgspec.structs.replace(_call("theirs", Decimal(1), clock.now()), workspace="rival", outputs=())
    await AiCalls(mongo, "rival").add(theirs)
    assert await replica.left() == 1


async def test_budget_uses_mongodb_without_redis(
    replica: Replica, other: Replica, switchable: SwitchableRedis, clock: FixedClock
) -> None:
    assert await replica.pay("r1", CENT, Decimal("0.3"))
    switchable.away = True
    held = await asyncio.gather(*(replica.request_budget(f"m{number}").reserve(1, CENT) for number in range(200)))
    assert sum(held) == 70
    assert await other.pay("r2", CENT, Decimal("0.1"))
    assert await other.left() == 0.6
    clock.advance(6)
    assert await replica.left() == 0, "spent here 0.3, there 0.1, and 0.7 held"


async def test_slow_sum_of_one_workspace_delays_no_other(
    replica: Replica, switchable: SwitchableRedis, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    """Each is read once for concurrent callers."""
    begun, released, cost, summed = asyncio.Event(), asyncio.Event(), AiCalls.cost, list[str]()

    async def slow(self: AiCalls, since: datetime, until: datetime, *, customer_id: str = "") -> Decimal:
        summed.append(self._collection.workspace)
        if self._collection.workspace == "slow":
            begun.set()
            await released.wait()
        return await cost(self, since, until, customer_id=customer_id)

    monkeypatch.setattr(AiCalls, "cost", slow)
    switchable.away = True
    slow_day = replica.budget.today(workspace(workspace="slow", bot={"daily_budget_usd": "1"}), clock.now())
    waiting = [asyncio.create_task(replica.budget.left(slow_day)) for _ in range(9)]
    await begun.wait()
    assert await replica.left() == 1
    released.set()
    assert await asyncio.gather(*waiting) == [1.0] * 9
    assert sorted(summed) == ["acme", "slow"]


async def test_nothing_is_counted_twice_without_redis(
    replica: Replica, switchable: SwitchableRedis, clock: FixedClock
) -> None:
    switchable.away = True
    for number in range(5):
        assert await replica.pay(f"r{number}", CENT, Decimal("0.1"))
        clock.advance(2)
    assert await replica.left() == 0.5


async def test_missed_costs_are_written_when_redis_is_back(
    replica: Replica, other: Replica, switchable: SwitchableRedis, clock: FixedClock
) -> None:
    assert await replica.pay("r1", CENT, Decimal("0.1"))
    assert await other.left() == 0.9
    switchable.away = True
    assert await replica.pay("r2", CENT, Decimal("0.6"))
    switchable.away = False
    clock.advance(3)
    assert await replica.left() == 0.3
    assert await other.left() == 0.3


async def test_settling_survives_unavailable_redis(
    replica: Replica, switchable: SwitchableRedis, clock: FixedClock
) -> None:
    request_budget = replica.request_budget("r1")
    assert await request_budget.reserve(1, CENT)
    switchable.away = True
    await request_budget.settle(1, CENT / 2)
    switchable.away = False
    clock.advance(3)
    assert await replica.left() == 0.995


async def test_reserving_without_both_stores_raises(nowhere: Redis, clock: FixedClock) -> None:
    mongo = Mongo("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100", "test")
    replica = Replica(nowhere, mongo, clock, _shop())
    try:
        with pytest.raises(DependencyAway):
            await replica.request_budget("r1").reserve(1, CENT)
    finally:
        await mongo.close()


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-14", 24), ("2026-03-29", 23), ("2026-10-25", 25)],
    ids=["an ordinary day", "the day that loses an hour", "the day that has one more"],
)
def test_day_has_the_length_of_the_local_calendar_day(day: str, hours: int) -> None:
    begins, ends = day_bounds(day, "Europe/Berlin")
    assert ends - begins == timedelta(hours=hours)
    assert (local_day(begins, "Europe/Berlin"), local_day(ends - timedelta(seconds=1), "Europe/Berlin")) == (day, day)


def test_cost_is_rounded_up() -> None:
    assert [to_micro_usd(Decimal(usd)) for usd in ("0", "0.0000001", "0.0000010", "1e40")] == [0, 1, 1, 2**52]
