"""The usage of workspaces: concurrent counts are not lost, and reads are cached."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from shared.clock import FixedClock
from shared.domain.limits import UsageCounts
from shared.errors import DependencyAway
from shared.repositories.customer_counts import CustomerCounts
from shared.repositories.customers import Customers
from shared.repositories.usage import Usage
from shared.repositories.usage_meter import UsageMeter
from shared.storage.mongo import Collection, Mongo
from shared.workspace.config import Workspace
from tests.e2e.waiting import until
from tests.profiler import profiled
from tests.repositories.builders import NOW, inbound


def shop(**fields: Any) -> Workspace:
    return Workspace.model_validate({"workspace": "acme", "timezone": "Africa/Lagos", **fields})


@pytest.fixture
def meter(mongo: Mongo, clock: FixedClock) -> UsageMeter:
    return UsageMeter(mongo, clock)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what was asked of MongoDB."""
    made: list[str] = []
    for name in ("find_one", "update", "count"):

        def watched(original: Any, name: str) -> Any:
            async def call(self: Collection, *arguments: Any, **named: Any) -> Any:
                made.append(name)
                return await original(self, *arguments, **named)

            return call

        monkeypatch.setattr(Collection, name, watched(getattr(Collection, name), name))
    return made


async def test_usage_of_a_month_is_summed(mongo: Mongo) -> None:
    usage = Usage(mongo, "acme")
    assert await usage.this_month("2026-03") == UsageCounts()
    await usage.add("2026-03", messages=2, new_customers=1)
    await usage.add("2026-03", messages=1, ai_usd=Decimal("0.000123"))
    await usage.add("2026-03", ai_usd=Decimal("0.1"))
    await usage.add("2026-04", messages=7)
    await usage.add("2026-05")
    assert await usage.this_month("2026-03") == UsageCounts(messages=3, new_customers=1, ai_usd=Decimal("0.100123"))
    assert (await usage.this_month("2026-04")).messages == 7
    assert await Usage(mongo, "rival").this_month("2026-03") == UsageCounts()


async def test_usage_is_counted_per_workspace(mongo: Mongo) -> None:
    await Usage(mongo, "acme").add("2026-03", messages=1)
    await Usage(mongo, "rival").add("2026-03", messages=5)
    assert (await Usage(mongo, "acme").this_month("2026-03")).messages == 1


async def test_concurrent_first_counts_of_a_month_lose_nothing(mongo: Mongo) -> None:
    await asyncio.gather(*(Usage(mongo, "acme").add("2026-03", messages=1) for _ in range(30)))
    assert (await Usage(mongo, "acme").this_month("2026-03")).messages == 30


async def test_concurrent_counts_need_few_writes(meter: UsageMeter, mongo: Mongo, calls: list[str]) -> None:
    await asyncio.gather(*(meter.count_message(shop(), NOW, new_customer=n < 3) for n in range(200)))
    assert calls.count("update") == 0
    await meter.flush()
    assert calls.count("update") == 1
    counted = await Usage(mongo, "acme").this_month("2026-03")
    assert (counted.messages, counted.new_customers) == (200, 3)


async def test_slow_write_of_one_workspace_delays_no_other(
    meter: UsageMeter, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, add = asyncio.Event(), Usage.add

    async def slow(self: Usage, month: str, **counts: Any) -> None:
        if self._collection.workspace == "slow":
            await released.wait()
        await add(self, month, **counts)

    monkeypatch.setattr(Usage, "add", slow)
    await meter.count_message(shop(workspace="slow"), NOW)
    for _ in range(2):
        await meter.count_message(shop(), NOW)
    writing = asyncio.create_task(meter.flush())
    await until(lambda: _has(mongo, 2), "the other workspace's counts are written")
    assert not writing.done()
    released.set()
    await writing
    assert [(await Usage(mongo, name).this_month("2026-03")).messages for name in ("acme", "slow")] == [2, 1]


async def test_limit_is_enforced_with_one_query(meter: UsageMeter, calls: list[str]) -> None:
    """By the count that this process has made itself, too."""
    limited = shop(limits={"messages_per_month": 3})
    told = []
    for _ in range(5):
        told.append(await meter.exceeded(limited, NOW, new_customer=False))
        await meter.count_message(limited, NOW)
    assert told == ["", "", "", "messages_per_month", "messages_per_month"]
    assert calls.count("find_one") == 1


async def test_workspace_without_limits_needs_no_query(meter: UsageMeter, calls: list[str]) -> None:
    assert await meter.exceeded(shop(), NOW, new_customer=True) == ""
    assert not await meter.ai_exceeded(shop(), NOW)
    assert calls == []


async def test_counts_of_another_replica_are_seen_within_five_seconds(
    meter: UsageMeter, mongo: Mongo, clock: FixedClock
) -> None:
    limited = shop(limits={"messages_per_month": 1})
    assert await meter.exceeded(limited, NOW, new_customer=False) == ""
    other = UsageMeter(mongo, clock)
    await other.count_message(limited, NOW)
    await other.flush()
    assert await meter.exceeded(limited, NOW, new_customer=False) == ""
    clock.advance(5)
    assert await meter.exceeded(limited, NOW, new_customer=False) == "messages_per_month"


async def test_concurrent_checks_share_one_query(meter: UsageMeter, calls: list[str]) -> None:
    limited = shop(tier="free")
    assert set(await asyncio.gather(*(meter.exceeded(limited, NOW, new_customer=True) for _ in range(300)))) == {""}
    assert calls == ["find_one", "count"]


async def test_month_begins_in_the_workspaces_time_zone(meter: UsageMeter) -> None:
    limited = shop(limits={"messages_per_month": 1})
    late = datetime(2026, 3, 31, 22, 59, tzinfo=UTC)  # a minute before midnight in Lagos
    await meter.count_message(limited, late)
    assert await meter.exceeded(limited, late, new_customer=False) == "messages_per_month"
    assert await meter.exceeded(limited, late.replace(hour=23), new_customer=False) == ""


async def test_customer_limit_excludes_new_customers_only(meter: UsageMeter, mongo: Mongo) -> None:
    """An erased customer does not count any more."""
    await Customers(mongo, "acme").record_contact("u1", inbound(1), NOW)
    full = shop(limits={"customers": 1})
    assert await meter.exceeded(full, NOW, new_customer=False) == ""
    assert await meter.exceeded(full, NOW, new_customer=True) == "customers"


async def test_customers_are_counted_only_for_new_ones(meter: UsageMeter, calls: list[str]) -> None:
    limited = shop(tier="free")
    for _ in range(3):
        assert await meter.exceeded(limited, NOW, new_customer=False) == ""
    assert not await meter.ai_exceeded(limited, NOW)
    assert calls == ["find_one"]


async def test_customers_are_counted_up_to_the_limit(mongo: Mongo) -> None:
    await mongo.collection("customers").insert_all([{"_id": f"acme:{n}", "workspace": "acme"} for n in range(3000)])
    async with profiled(mongo, "customers") as work:
        assert await Usage(mongo, "acme").customers(limit=100) == 100
    assert work.total("keysExamined") <= 101
    assert work.total("docsExamined") == 0
    assert await Usage(mongo, "acme").customers() == 3000


async def test_customers_of_this_process_are_added_between_counts(
    meter: UsageMeter, mongo: Mongo, clock: FixedClock, calls: list[str]
) -> None:
    """Those of other replicas, erasures and another limit are known within five seconds."""
    full, customers = shop(limits={"customers": 2}), mongo.collection("customers")
    found = []
    for number in range(3):
        found.append(await meter.exceeded(full, NOW, new_customer=True))
        await customers.insert({"_id": f"acme:{number}", "workspace": "acme"})
        await meter.count_message(full, NOW, new_customer=True)
    assert found == ["", "", "customers"]
    assert calls == ["count"]
    assert await meter.exceeded(shop(limits={"customers": 4}), NOW, new_customer=True) == ""
    assert await meter.exceeded(full, NOW, new_customer=True) == "customers"
    await customers.delete({"_id": {"$ne": "acme:0"}})
    clock.advance(4.9)
    assert await meter.exceeded(full, NOW, new_customer=True) == "customers"
    clock.advance(0.1)
    assert await meter.exceeded(full, NOW, new_customer=True) == ""
    assert calls == ["count"] * 4


async def test_count_of_many_customers_is_valid_for_longer(
    mongo: Mongo, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that each workspace's counts read at most ten thousand index entries per second."""
    limits: list[int] = []

    async def counted(self: Usage, *, limit: int = 0) -> int:
        limits.append(limit)
        return 100_000

    monkeypatch.setattr(Usage, "customers", counted)
    counts = CustomerCounts(mongo, clock)
    for seconds in (0, 9.9, 0.1):
        clock.advance(seconds)
        assert await counts.up_to("acme", 200_000) == 100_000
    assert limits == [200_000] * 2


async def test_model_costs_have_their_own_limit(meter: UsageMeter) -> None:
    """FAQs and flows go on answering."""
    poor = shop(limits={"ai_usd_per_month": "0.10"})
    await meter.count_ai(poor, NOW, Decimal("0.099999"))
    assert not await meter.ai_exceeded(poor, NOW)
    await meter.count_ai(poor, NOW, Decimal("0.000001"))
    assert await meter.ai_exceeded(poor, NOW)
    assert await meter.exceeded(poor, NOW, new_customer=True) == ""


async def test_unreachable_mongodb_is_reported_to_checks_and_counts(clock: FixedClock) -> None:
    nothing = Mongo("mongodb://127.0.0.1:9", "none")
    meter = UsageMeter(nothing, clock)
    with pytest.raises(DependencyAway):
        await meter.exceeded(shop(tier="free"), NOW, new_customer=False)
    await meter.count_message(shop(), NOW)
    with pytest.raises(DependencyAway):
        await meter.flush()
    await nothing.close()


async def test_counts_that_could_not_be_written_are_written_later(
    meter: UsageMeter, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit is kept meanwhile."""
    add = Usage.add

    async def away(self: Usage, month: str, **counts: Any) -> None:
        raise DependencyAway("mongodb")

    limited = shop(limits={"messages_per_month": 2})
    assert await meter.exceeded(limited, NOW, new_customer=False) == ""
    monkeypatch.setattr(Usage, "add", away)
    for _ in range(2):
        await meter.count_message(limited, NOW)
        with pytest.raises(DependencyAway):
            await meter.flush()
    assert await meter.exceeded(limited, NOW, new_customer=False) == "messages_per_month"
    monkeypatch.setattr(Usage, "add", add)
    await meter.flush()
    await meter.flush()
    assert (await Usage(mongo, "acme").this_month("2026-03")).messages == 2


async def test_counts_are_written_within_a_second_without_a_flush(meter: UsageMeter, mongo: Mongo) -> None:
    await meter.count_message(shop(), NOW)
    await until(lambda: _has(mongo, 1), "the count is written")


async def _has(mongo: Mongo, messages: int) -> bool:
    return (await Usage(mongo, "acme").this_month("2026-03")).messages == messages


async def test_unwritten_counts_are_part_of_what_is_read(meter: UsageMeter, mongo: Mongo) -> None:
    """A new customer is counted once: by the collection of customers."""
    full = shop(limits={"messages_per_month": 1, "customers": 2})
    await Customers(mongo, "acme").record_contact("u1", inbound(1), NOW)
    await meter.count_message(full, NOW, new_customer=True)
    assert await meter.exceeded(full, NOW, new_customer=False) == "messages_per_month"
    roomy = shop(limits={"customers": 2})
    assert await meter.exceeded(roomy, NOW, new_customer=True) == ""


async def test_exhausted_daily_budget_is_reported_by_one_request_also_on_redelivery(mongo: Mongo) -> None:
    await Usage(mongo, "acme").add("2026-03", messages=1)

    async def tells(cause: str, *, day: str = "2026-03-14", workspace: str = "acme") -> bool:
        return await Usage(mongo, workspace).claim_budget_notice(day, cause)

    told = await asyncio.gather(*(tells(f"request-{number}") for number in range(20)))
    (first,) = [number for number, one in enumerate(told) if one]
    assert await tells(f"request-{first}"), "the record of it may have been lost"
    assert not await tells("$literal")
    assert await tells("tomorrows", day="2026-03-15")
    assert await asyncio.gather(*(tells("$x", day="2026-04-01") for _ in range(9))) == [True] * 9
    assert await tells("theirs", workspace="rival")
    assert (await Usage(mongo, "acme").this_month("2026-03")).messages == 1
