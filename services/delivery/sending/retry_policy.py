"""Retries of failed attempts: their backoff, and the limits after which a message is given up. Pure."""

import random
from dataclasses import dataclass

from shared.kafka.retry import Backoff
from shared.providers.errors import RETRYABLE, ErrorKind, SendError

_ORDINARY = Backoff(first=0.5, most=300.0, factor=3.0)
_JITTER = random.Random()
IN_PLACE = 3.0
"""Seconds; a shorter wait is spent in the lane, so that the conversation keeps its order."""


@dataclass(frozen=True, slots=True)
class RetryLimits:
    """Limits of the retries of a message. attempts: those that count. age: seconds since it was taken up."""

    attempts: int
    age: float


@dataclass(frozen=True, slots=True)
class Retry:
    """The next attempt, in so many seconds. in_place: the lane waits for it. charged: the failed attempt counts."""

    seconds: float
    in_place: bool
    charged: bool


def next_retry(
    error: SendError, *, charged: int, age: float, limits: RetryLimits, pause: float | None = None
) -> Retry | None:
    """Return the next attempt after a failed one; None: give up.

    charged: earlier attempts that counted. pause: seconds for which the whole channel waits; then the attempt does not
    count, only the age limits the retries, and the next one comes a little after the pause, not with all others.
    A longer Retry-After is honoured. A throttled customer waits 4^n seconds (Meta's rule for 131056).
    """
    if error.kind not in RETRYABLE:
        return None
    if pause is not None:
        seconds = pause + _JITTER.uniform(0.0, min(2.0, 0.1 + pause / 8))
    else:
        number = charged + 1
        if number >= min(limits.attempts, error.max_attempts or limits.attempts):
            return None
        seconds = max(_backoff(error, number), error.retry_after or 0.0)
    if age + seconds > limits.age:
        return None
    return Retry(seconds, in_place=seconds <= IN_PLACE, charged=pause is None)


def _backoff(error: SendError, number: int) -> float:
    if error.kind is ErrorKind.THROTTLE_CUSTOMER:
        return float(min(4 ** min(number, 10), 3600))
    return _ORDINARY.wait(number - 1)
