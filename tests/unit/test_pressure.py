"""The number of records at work follows how long the work takes, within its bounds."""

from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.pressure import Pressure


@given(st.integers(1, 100), st.integers(1, 100), st.lists(st.floats(0.0001, 5)))
def test_it_stays_within_its_bounds(least: int, most: int, times: list[float]) -> None:
    pressure = Pressure(least, most)
    for seconds in times:
        assert min(least, most) <= pressure.told(seconds) <= most


def test_work_that_takes_no_longer_lets_a_workspace_have_all_its_places_however_long_it_takes() -> None:
    for seconds in (0.003, 0.05, 0.5):
        pressure = Pressure(1, 16)
        assert [pressure.told(seconds) for _ in range(15)][-1] == 16


def test_slow_work_brings_it_down_fast_and_what_is_in_between_leaves_it() -> None:
    pressure = Pressure(1, 16)
    for _ in range(15):
        pressure.told(0.01)
    assert pressure.told(0.017) == 16
    assert [pressure.told(0.1) for _ in range(5)] == [8, 4, 2, 1, 1]


def test_stores_that_are_slower_for_good_become_the_measure() -> None:
    pressure = Pressure(1, 16)
    pressure.told(0.01)
    assert [pressure.told(0.03) for _ in range(10_000)][-1] == 16
