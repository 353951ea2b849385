"""When a failed send is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.delivery.schedule import IN_PLACE, next_try
from shared.providers.errors import RETRYABLE, ErrorKind, SendError

KINDS = st.sampled_from(sorted(RETRYABLE))
ATTEMPTS = st.integers(1, 30)


def _error(kind: ErrorKind, retry_after: float | None = None, max_tries: int | None = None) -> SendError:
    return SendError(kind, code="1", title="", retry_after=retry_after, max_tries=max_tries)


@given(kind=KINDS, attempt=ATTEMPTS)
def test_every_wait_is_bounded_by_an_hour(kind: ErrorKind, attempt: int) -> None:
    again = next_try(_error(kind), attempt, 100)
    assert again is not None
    assert 0 < again.seconds <= 3600
    assert kind is ErrorKind.THROTTLE_CUSTOMER or again.seconds <= 60


@given(kind=KINDS, attempt=ATTEMPTS)
def test_a_later_try_never_has_a_lower_ceiling_than_half_of_what_an_earlier_one_waited(
    kind: ErrorKind, attempt: int
) -> None:
    earlier, later = next_try(_error(kind), attempt, 100), next_try(_error(kind), attempt + 1, 100)
    assert earlier is not None
    assert later is not None
    assert later.seconds >= earlier.seconds / 2  # half of a wait is jitter


@given(kind=KINDS, attempt=ATTEMPTS, retry_after=st.floats(0, 3600))
def test_retry_after_is_never_undercut(kind: ErrorKind, attempt: int, retry_after: float) -> None:
    again = next_try(_error(kind, retry_after), attempt, 100)
    assert again is not None
    assert again.seconds >= retry_after


@given(kind=KINDS, attempt=ATTEMPTS, attempts=st.integers(1, 30), most=st.none() | st.integers(1, 30))
def test_it_is_given_up_after_as_many_tries_as_allowed(
    kind: ErrorKind, attempt: int, attempts: int, most: int | None
) -> None:
    again = next_try(_error(kind, max_tries=most), attempt, attempts)
    assert (again is None) == (attempt >= min(attempts, most or attempts))


@pytest.mark.parametrize("kind", sorted(set(ErrorKind) - RETRYABLE))
def test_what_trying_again_cannot_mend_is_given_up_at_once(kind: ErrorKind) -> None:
    assert next_try(_error(kind, retry_after=1.0), 1, 8) is None


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 4), (2, 16), (3, 64), (6, 3600)])
def test_a_throttled_customer_waits_by_metas_rule(attempt: int, seconds: float) -> None:
    again = next_try(_error(ErrorKind.THROTTLE_CUSTOMER), attempt, 100)
    assert again is not None
    assert again.seconds == seconds


@given(kind=KINDS, attempt=ATTEMPTS, retry_after=st.none() | st.floats(0, 3600))
def test_only_short_waits_hold_the_conversation(kind: ErrorKind, attempt: int, retry_after: float | None) -> None:
    again = next_try(_error(kind, retry_after), attempt, 100)
    assert again is not None
    assert again.in_place == (again.seconds <= IN_PLACE)
