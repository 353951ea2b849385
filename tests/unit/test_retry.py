"""Backoff: waits grow up to a limit, with jitter."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.retry import DEPENDENCY, IN_PLACE, Backoff

backoffs = st.builds(
    Backoff, first=st.floats(0.001, 10), most=st.floats(0.001, 600), factor=st.floats(1, 10, allow_nan=False)
)


@given(backoffs, st.integers(0, 10**9), st.randoms())
def test_wait_is_in_the_upper_half_of_its_ceiling(backoff: Backoff, attempt: int, rng: random.Random) -> None:
    ceiling = backoff.ceiling(attempt)
    assert 0 < ceiling <= backoff.most
    assert ceiling / 2 <= backoff.wait(attempt, rng) <= ceiling


@given(backoffs, st.integers(0, 200))
def test_the_ceiling_never_falls(backoff: Backoff, attempt: int) -> None:
    assert backoff.ceiling(attempt) <= backoff.ceiling(attempt + 1)


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(0, 0.1), (1, 0.2), (2, 0.4), (5, 3.2), (6, 5.0), (7, 5.0), (1000, 5.0)]
)
def test_dependency_is_retried_at_least_every_five_seconds(attempt: int, seconds: float) -> None:
    assert DEPENDENCY.ceiling(attempt) == pytest.approx(seconds)


def test_waits_have_no_end() -> None:
    waits = list(itertools.islice(IN_PLACE.waits(), 3000))
    assert len(waits) == 3000
    assert max(waits) <= 1.0
    assert len(set(waits)) > 2900, "replicas that fail together do not try again together"
