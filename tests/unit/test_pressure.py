"""The number of records at work follows the event loop's delay, within its bounds."""

from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.pressure import Pressure


@given(st.integers(1, 100), st.integers(1, 100), st.lists(st.floats(0, 5)))
def test_it_stays_within_its_bounds(least: int, most: int, delays: list[float]) -> None:
    pressure = Pressure(least, most)
    for late in delays:
        assert min(least, most) <= pressure.told(late) <= most


def test_a_loop_that_is_in_time_lets_a_workspace_have_all_its_places() -> None:
    pressure = Pressure(1, 100)
    assert [pressure.told(0.001) for _ in range(99)][-1] == 100


def test_a_late_loop_brings_it_down_fast_and_one_in_between_leaves_it() -> None:
    pressure = Pressure(1, 64)
    for _ in range(63):
        pressure.told(0.0)
    assert pressure.told(0.01) == 64
    assert [pressure.told(0.1) for _ in range(7)] == [32, 16, 8, 4, 2, 1, 1]
