"""When a failed send is tried again, and when it is given up. Pure."""

import random
from dataclasses import dataclass

from shared.kafka.retry import Backoff
from shared.providers.errors import RETRYABLE, ErrorKind, SendError

_ORDINARY = Backoff(first=0.5, most=300.0, factor=3.0)
_SPREAD = random.Random()
IN_PLACE = 3.0  # seconds; a shorter wait keeps its place, so that the conversation keeps its order


@dataclass(frozen=True, slots=True)
class RetryLimits:
    """How long a message is tried. attempts: tries that count. age: seconds since it was made."""

    attempts: int
    age: float


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again in so many seconds. in_place: hold the conversation's later messages back for it. charged: the try
    that failed counts against the limit.
    """

    seconds: float
    in_place: bool
    charged: bool


def next_retry(
    error: SendError, *, charged: int, age: float, allowed: RetryLimits, pause: float | None = None
) -> Retry | None:
    """What to do after a try failed; None: give up.

    charged: tries that counted before this one. pause: seconds for which the whole channel waits: then the message is
    not to blame, only its age limits how often it is tried, and it comes a little after the pause, not with all others.
    Retry-After is honoured when it is longer than our own wait. A throttled customer waits 4^n seconds (Meta's rule for
    131056).
    """
    if error.kind not in RETRYABLE:
        return None
    if pause is not None:
        seconds = pause + _SPREAD.uniform(0.0, min(2.0, 0.1 + pause / 8))
    else:
        number = charged + 1
        if number >= min(allowed.attempts, error.max_tries or allowed.attempts):
            return None
        if error.kind is ErrorKind.THROTTLE_CUSTOMER:
            seconds = float(min(4 ** min(number, 10), 3600))
        else:
            seconds = _ORDINARY.wait(number - 1)
        seconds = max(seconds, error.retry_after or 0.0)
    if age + seconds > allowed.age:
        return None
    return Retry(seconds, in_place=seconds <= IN_PLACE, charged=pause is None)
