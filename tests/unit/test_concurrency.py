"""The number of records at work follows how long the work takes, within its bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.runtime.concurrency import Pressure


def after(pressure: Pressure, *times: float, held_back: bool = True) -> Pressure:
    for seconds in times:
        pressure.told(seconds, held_back=held_back)
    return pressure


@given(st.floats(0.1, 100), st.integers(1, 100), st.lists(st.tuples(st.floats(0.0001, 5), st.booleans())))
def test_it_stays_within_its_bounds(least: float, most: int, told: list[tuple[float, bool]]) -> None:
    pressure = Pressure(least, most)
    for seconds, held_back in told:
        pressure.told(seconds, held_back=held_back)
        assert 1 <= pressure.at_work <= most
        assert 0 <= pressure.rest(1.0) <= max(0.0, 1 / min(least, most) - 1) + 1e-9


def test_work_that_takes_no_longer_lets_a_workspace_have_all_its_places_however_long_it_takes() -> None:
    for seconds in (0.003, 0.05, 0.5):
        assert after(Pressure(0.2, 16), *[seconds] * 15).at_work == 16


def test_nobody_gets_places_that_nobody_asked_for() -> None:
    assert after(Pressure(0.2, 16), *[0.01] * 100, held_back=False).at_work == 1


def test_slow_work_brings_it_down_fast_to_less_than_one_and_quick_work_up_again() -> None:
    pressure = after(Pressure(0.2, 16), *[0.01] * 15)
    assert pressure.rest(0.01) == 0.0
    after(pressure, *[0.1] * 5)
    assert pressure.at_work == 1
    after(pressure, *[0.1] * 10)
    assert pressure.rest(0.01) == pytest.approx(0.04), "a fifth of the time is at work"
    after(pressure, *[0.01] * 40)
    assert pressure.at_work > 1


def test_work_that_takes_somewhat_longer_leaves_it() -> None:
    pressure = after(Pressure(0.2, 16), *[0.01] * 15)
    assert after(pressure, *[0.0125] * 50).at_work == 16


def test_stores_that_are_slower_for_good_become_the_measure() -> None:
    assert after(Pressure(0.2, 16), 0.01, *[0.03] * 10_000).at_work == 16
