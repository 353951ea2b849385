"""`AdaptiveLimit` follows how long the work of records takes, within its bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.runtime.concurrency import AdaptiveLimit


def after(limit: AdaptiveLimit, *times: float, throttled: bool = True) -> AdaptiveLimit:
    for seconds in times:
        limit.update(seconds, throttled=throttled)
    return limit


@given(st.floats(0.1, 100), st.integers(1, 100), st.lists(st.tuples(st.floats(0.0001, 5), st.booleans())))
def test_limit_stays_within_its_bounds(least: float, most: int, updates: list[tuple[float, bool]]) -> None:
    limit = AdaptiveLimit(least, most)
    for seconds, throttled in updates:
        limit.update(seconds, throttled=throttled)
        assert 1 <= limit.active <= most
        assert 0 <= limit.pause_after(1.0) <= max(0.0, 1 / min(least, most) - 1) + 1e-9


def test_limit_rises_to_the_most_while_work_takes_no_longer() -> None:
    for seconds in (0.003, 0.05, 0.5):
        assert after(AdaptiveLimit(0.2, 16), *[seconds] * 15).active == 16


def test_limit_does_not_rise_unless_records_wait_because_of_it() -> None:
    assert after(AdaptiveLimit(0.2, 16), *[0.01] * 100, throttled=False).active == 1


def test_slow_work_lowers_the_limit_below_one_and_fast_work_raises_it() -> None:
    limit = after(AdaptiveLimit(0.2, 16), *[0.01] * 15)
    assert limit.pause_after(0.01) == 0.0
    after(limit, *[0.1] * 5)
    assert limit.active == 1
    after(limit, *[0.1] * 10)
    assert limit.pause_after(0.01) == pytest.approx(0.04), "active a fifth of the time"
    after(limit, *[0.01] * 40)
    assert limit.active > 1


def test_slightly_slower_work_keeps_the_limit() -> None:
    limit = after(AdaptiveLimit(0.2, 16), *[0.01] * 15)
    assert after(limit, *[0.0125] * 50).active == 16


def test_stores_that_stay_slower_become_the_measure() -> None:
    assert after(AdaptiveLimit(0.2, 16), 0.01, *[0.03] * 10_000).active == 16
