"""Retries of failed attempts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.delivery.sending.retry_policy import IN_PLACE, Retry, RetryLimits, next_retry
from shared.providers.errors import RETRYABLE, ErrorKind, SendError

KINDS = st.sampled_from(sorted(RETRYABLE))
ATTEMPTS = st.integers(1, 30)
DAY = 24 * 3600.0


def _error(kind: ErrorKind, retry_after: float | None = None, max_attempts: int | None = None) -> SendError:
    return SendError(kind, code="1", title="", retry_after=retry_after, max_attempts=max_attempts)


def _next(error: SendError, attempt: int, attempts: int = 100, pause: float | None = None) -> Retry | None:
    return next_retry(error, charged=attempt - 1, age=0.0, limits=RetryLimits(attempts=attempts, age=DAY), pause=pause)


@given(kind=KINDS, attempt=ATTEMPTS)
def test_every_wait_is_bounded_by_an_hour(kind: ErrorKind, attempt: int) -> None:
    again = _next(_error(kind), attempt)
    assert again is not None
    assert 0 < again.seconds <= 3600
    assert kind is ErrorKind.THROTTLE_CUSTOMER or again.seconds <= 300


@given(kind=KINDS, attempt=ATTEMPTS)
def test_waits_do_not_shrink_below_half_of_the_one_before(kind: ErrorKind, attempt: int) -> None:
    earlier, later = _next(_error(kind), attempt), _next(_error(kind), attempt + 1)
    assert earlier is not None
    assert later is not None
    assert later.seconds >= earlier.seconds / 2  # half of a wait is jitter


@given(kind=KINDS, attempt=ATTEMPTS, retry_after=st.floats(0, 3600))
def test_retry_after_is_honoured(kind: ErrorKind, attempt: int, retry_after: float) -> None:
    again = _next(_error(kind, retry_after), attempt)
    assert again is not None
    assert again.seconds >= retry_after


@given(kind=KINDS, attempt=ATTEMPTS, attempts=st.integers(1, 30), most=st.none() | st.integers(1, 30))
def test_message_is_given_up_after_the_allowed_attempts(
    kind: ErrorKind, attempt: int, attempts: int, most: int | None
) -> None:
    again = _next(_error(kind, max_attempts=most), attempt, attempts)
    assert (again is None) == (attempt >= min(attempts, most or attempts))


@pytest.mark.parametrize("kind", sorted(set(ErrorKind) - RETRYABLE))
def test_permanent_errors_are_given_up_at_once(kind: ErrorKind) -> None:
    assert _next(_error(kind, retry_after=1.0), 1) is None


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 4), (2, 16), (3, 64), (6, 3600)])
def test_throttled_customer_waits_by_metas_rule(attempt: int, seconds: float) -> None:
    again = _next(_error(ErrorKind.THROTTLE_CUSTOMER), attempt)
    assert again is not None
    assert again.seconds == seconds


@given(kind=KINDS, attempt=ATTEMPTS, retry_after=st.none() | st.floats(0, 3600))
def test_only_short_waits_are_spent_in_the_lane(kind: ErrorKind, attempt: int, retry_after: float | None) -> None:
    again = _next(_error(kind, retry_after), attempt)
    assert again is not None
    assert again.in_place == (again.seconds <= IN_PLACE)


@given(kind=KINDS, attempt=ATTEMPTS, pause=st.floats(0.1, 60))
def test_attempt_before_a_channel_pause_does_not_count(kind: ErrorKind, attempt: int, pause: float) -> None:
    again = _next(_error(kind), attempt, attempts=1, pause=pause)
    assert again is not None
    assert not again.charged
    assert pause <= again.seconds <= pause + 2


@given(kind=KINDS, age=st.floats(0, 2 * DAY), pause=st.none() | st.floats(0.1, 60))
def test_message_beyond_its_age_is_not_retried(kind: ErrorKind, age: float, pause: float | None) -> None:
    again = next_retry(_error(kind), charged=0, age=age, limits=RetryLimits(attempts=100, age=DAY), pause=pause)
    assert again is None or age + again.seconds <= DAY
    assert again is not None or age > DAY - 70
