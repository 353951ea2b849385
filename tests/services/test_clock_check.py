"""A clock that is wrong is named: in the error, on the operations port, in the log and in a metric."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from shared.clock import FixedClock
from shared.errors import ClockWrong, DependencyAway
from shared.service import clock_check
from shared.service.clock_check import ClockCheck
from shared.service.process import Process
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.telemetry import metrics

NOW = datetime(2026, 3, 14, tzinfo=UTC)


def checked(clock: FixedClock, **behind: float | None) -> ClockCheck:
    """behind: seconds by which a server is behind us; None: it does not answer."""
    check = ClockCheck(clock)
    for name, seconds in behind.items():

        async def ask(seconds: float | None = seconds) -> datetime:
            if seconds is None:
                raise DependencyAway("mongodb")
            return clock.now() - timedelta(seconds=seconds)

        check.servers[name] = ask
    return check


@pytest.mark.parametrize(
    ("behind", "said"),
    [
        ({"mongodb": 3700.0, "redis": 3700.0}, "3700 s ahead of mongodb's and 3700 s ahead of redis's"),
        ({"mongodb": -45.0, "redis": 0.1}, "45 s behind mongodb's"),
        ({"mongodb": 40.0, "redis": None}, "40 s ahead of mongodb's"),
    ],
)
async def test_wrong_clock_is_named_with_its_skew(behind: dict[str, Any], said: str) -> None:
    with pytest.raises(ClockWrong, match=f"the clock of this machine is {said}: set it"):
        await checked(FixedClock(NOW), **behind).check()
    if behind["mongodb"] is not None:
        assert metrics.CLOCK_SKEW.labels("mongodb")._value.get() == behind["mongodb"]


async def test_small_or_unknown_clock_skew_is_accepted() -> None:
    await checked(FixedClock(NOW), mongodb=12.0, redis=-3.0).check()
    await checked(FixedClock(NOW), mongodb=None, redis=None).check()


@pytest.mark.parametrize(
    ("behind", "refused"),
    [
        ({"mongodb": 3700.0, "redis": 3650.0}, True),
        ({"mongodb": 3700.0, "redis": 1.0}, False),
        ({"mongodb": 3700.0}, False),
        ({"mongodb": -3700.0, "redis": -3700.0}, False),
        ({"mongodb": 3500.0, "redis": 3500.0}, False),
    ],
    ids=["both say so", "the servers disagree", "only one is asked", "behind", "not yet an hour"],
)
async def test_kafka_is_not_ready_when_two_servers_report_an_hours_skew(
    behind: dict[str, float], refused: bool
) -> None:
    check = checked(FixedClock(NOW), **behind)
    if not refused:
        await check.check_for_kafka()
        return
    with pytest.raises(ClockWrong, match="Kafka rejects records from an hour ahead"):
        await check.check_for_kafka()


async def test_wrong_clock_is_logged_once_a_minute_until_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []
    monkeypatch.setattr(clock_check.log, "warning", lambda _, seconds_ahead_of: said.append(seconds_ahead_of))
    clock = FixedClock(NOW)
    check = checked(clock, mongodb=3700.0)
    for _ in range(10):
        clock.advance(6)
        await check.compare()
    assert said == [{"mongodb": 3700.0}]
    clock.advance(6)
    await check.compare()
    assert len(said) == 2

    async def right() -> datetime:
        return clock.now()

    check.servers["mongodb"] = right
    clock.advance(6)
    await check.check()


async def test_time_of_mongodb_and_redis_is_read(mongo: Mongo, redis: Redis) -> None:
    """Both run on this machine: they have its clock."""
    ahead = FixedClock(datetime.now(UTC) + timedelta(hours=2))
    check = ClockCheck(ahead)
    check.servers = {"mongodb": mongo.time, "redis": redis.time}
    with pytest.raises(ClockWrong, match=r"7\d\d\d s ahead of mongodb's and 7\d\d\d s ahead of redis's"):
        await check.check_for_kafka()


async def test_process_with_a_wrong_clock_is_not_ready_when_kafka_would_refuse_it() -> None:
    process = Process("ingress", Settings(secrets_key=SecretStr("-")))
    process.clocks = checked(FixedClock(NOW), mongodb=3700.0, redis=3700.0)
    process._compare_clocks("mongodb", process.clocks.servers["mongodb"])
    assert process.ops.optional == {"clock"}, "it is shown; Kafka's word decides"
    with pytest.raises(ClockWrong):
        await process.ops.checks["clock"]()

    class Producer:
        async def ping(self) -> None:
            return

    with pytest.raises(ClockWrong, match="Kafka rejects records"):
        await process._check_kafka(Producer())  # type: ignore[arg-type]
