"""When a failed send is tried again, and when it is given up. Pure."""

from dataclasses import dataclass

from shared.kafka.retry import Backoff
from shared.providers.errors import RETRYABLE, ErrorKind, SendError

_ORDINARY = Backoff(first=0.5, most=60.0, factor=3.0)
_CHANNEL = Backoff(first=5.0, most=60.0)
IN_PLACE = 3.0  # seconds; a shorter wait keeps its place, so that the conversation keeps its order


@dataclass(frozen=True, slots=True)
class Again:
    """Try again in so many seconds. in_place: hold the conversation's later messages back for it."""

    seconds: float
    in_place: bool


def next_try(error: SendError, attempt: int, attempts: int) -> Again | None:
    """What to do after try number `attempt` (from 1) failed; None: give up. attempts: allowed in all.

    Retry-After is honoured when it is longer than our own wait. A throttled customer waits 4^n seconds (Meta's rule for
    131056).
    """
    most = min(attempts, error.max_tries or attempts)
    if error.kind not in RETRYABLE or attempt >= most:
        return None
    if error.kind is ErrorKind.THROTTLE_CUSTOMER:
        seconds = float(min(4**attempt, 3600))
    elif error.kind is ErrorKind.CHANNEL:
        seconds = _CHANNEL.wait(attempt - 1)
    else:
        seconds = _ORDINARY.wait(attempt - 1)
    seconds = max(seconds, error.retry_after or 0.0)
    return Again(seconds, in_place=seconds <= IN_PLACE)
