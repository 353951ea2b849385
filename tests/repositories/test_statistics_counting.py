"""Statistics that are kept up to date, read up to now, and counted anew."""

from datetime import datetime, timedelta

import msgspec
import pytest

from shared.clock import FixedClock
from shared.domain.conversation import OrderPlaced
from shared.domain.statistics import Key, Measure
from shared.errors import DependencyAway
from shared.messages.inbound import Status
from shared.operations.statistics import Difference, StatisticsCounter, read_statistics, read_total, recount
from shared.repositories.orders import Orders
from shared.repositories.outbound import OutboundMessages
from shared.repositories.statistics import Quarters, Statistics
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, later, outbound, status
from tests.repositories.test_statistics import DAY, NEXT, QUARTER, receive, send

RECEIVED, READ = Key(Measure.RECEIVED, "faq", "main"), Key(Measure.READ, "faq", "main")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


async def read_late(mongo: Mongo, number: int) -> None:
    message = msgspec.structs.replace(outbound(number), created_at=later(number))
    await OutboundMessages(mongo, "acme").status(status(Status.READ, message, provider_id=f"wamid.{number}"))


async def test_running_quarter_is_counted_when_read(mongo: Mongo, clock: FixedClock) -> None:
    await StatisticsCounter(mongo, clock).count_due("acme")
    await receive(mongo, 1)
    assert await Statistics(mongo, "acme").read(*DAY) == {}
    assert await read_statistics(mongo, "acme", *DAY, clock.now()) == {QUARTER: {RECEIVED: 1}}
    assert await read_total(mongo, "acme", *DAY, clock.now()) == {RECEIVED: 1}
    assert await read_statistics(mongo, "acme", DAY[0], QUARTER, clock.now()) == {}


async def test_quarter_is_stored_after_its_end(mongo: Mongo, clock: FixedClock) -> None:
    counter, statistics = StatisticsCounter(mongo, clock), Statistics(mongo, "acme")
    await receive(mongo, 1)
    clock.advance((NEXT - clock.now()).total_seconds() + 59)
    await counter.count_due("acme")
    assert await statistics.read(*DAY) == {}
    clock.advance(1)
    await counter.count_due("acme")
    assert await statistics.read(*DAY) == {QUARTER: {RECEIVED: 1}} == await statistics.count(*DAY)
    assert await read_statistics(mongo, "acme", *DAY, clock.now()) == {QUARTER: {RECEIVED: 1}}
    assert await read_total(mongo, "acme", *DAY, clock.now()) == {RECEIVED: 1}


async def test_late_status_is_in_a_later_count(mongo: Mongo, clock: FixedClock) -> None:
    counter, statistics = StatisticsCounter(mongo, clock), Statistics(mongo, "acme")
    await send(mongo, 1, None)
    for wait in (timedelta(minutes=10), timedelta(minutes=31), timedelta(hours=5), timedelta(days=2)):
        clock.advance(wait.total_seconds())
        await counter.count_due("acme")
    assert READ not in (await statistics.read(*DAY))[QUARTER]
    await read_late(mongo, 1)
    clock.advance(timedelta(days=6).total_seconds())
    await counter.count_due("acme")
    assert (await statistics.read(*DAY))[QUARTER][READ] == 1
    assert await recount(mongo, "acme", "2026-03-14", "UTC") == []


async def test_recount_shows_and_corrects_differences(mongo: Mongo, clock: FixedClock) -> None:
    statistics = Statistics(mongo, "acme")
    await receive(mongo, 1)
    await statistics.count_and_store(*DAY)
    await receive(mongo, 2)
    expected = [Difference(QUARTER, RECEIVED, 1, 2)]
    assert await recount(mongo, "acme", "2026-03-14", "Africa/Lagos") == expected
    assert await recount(mongo, "acme", "2026-03-14", "Africa/Lagos", store=True) == expected
    assert await recount(mongo, "acme", "2026-03-14", "Africa/Lagos") == []
    assert await recount(mongo, "acme", "2026-03-15", "Africa/Lagos") == []


async def test_one_workspace_that_cannot_be_counted_keeps_no_other_from_it(
    mongo: Mongo, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("aa", "acme"):
        await mongo.collection("workspaces").insert({"_id": name, "workspace": name, "channels": []})
    count = Statistics.count_and_store

    async def fails_for_one(self: Statistics, since: datetime, until: datetime) -> Quarters:
        if self.workspace == "aa":
            raise DependencyAway("mongodb", "cannot be counted")
        return await count(self, since, until)

    monkeypatch.setattr(Statistics, "count_and_store", fails_for_one)
    await receive(mongo, 1)
    clock.advance(3600)
    with pytest.raises(DependencyAway):
        await StatisticsCounter(mongo, clock).count_all()
    assert await Statistics(mongo, "acme").read(*DAY) == {QUARTER: {RECEIVED: 1}}
    assert await Statistics(mongo, "acme").total(*DAY) == {RECEIVED: 1}
    assert await Statistics(mongo, "zeta").total(*DAY) == {}


async def test_amounts_of_any_size_are_counted(mongo: Mongo) -> None:
    for number in range(3):
        huge = OrderPlaced(id=f"o{number}", number=f"K{number}", lines=(), total="9" * 16, currency="EUR")
        await Orders(mongo, "acme").place(huge, "u1", "c1", NOW)
    found = (await Statistics(mongo, "acme").count(*DAY))[QUARTER]
    assert found[Key(Measure.ORDERS_MICRO, "EUR")] == 3 * 10**15


async def test_workspace_is_counted_by_one_process_at_a_time(mongo: Mongo, clock: FixedClock) -> None:
    statistics = Statistics(mongo, "acme")
    assert await statistics.claim(clock.now(), later(60))
    assert not await statistics.claim(clock.now(), later(60))
    clock.advance(61)
    assert await statistics.claim(clock.now(), later(120))
