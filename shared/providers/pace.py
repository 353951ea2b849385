"""The rates at which providers accept messages, and the token bucket that keeps to them. Pure.

Each provider's own pace is in its `adapter.py`.

A bucket is one number, the time at which it will be full again (`due`; the generic cell rate algorithm). Each message
moves it forward by `every`; it may be at most `burst` messages ahead of now. `shared.storage.buckets` does the same in
Redis.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A rate limit. every: seconds between two messages in the long run. burst: messages that may go out at once."""

    every: float
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPace:
    """The rates of a provider. number: of each number or, with by_account, of all numbers of a workspace together.
    customer: of the messages of a number to one customer.
    """

    number: Rate
    customer: Rate | None = None
    by_account: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendResult:
    """The result of taking a message's place in a rate. due: of the bucket afterwards. wait: seconds until the message
    may be sent; if not `taken`, until the next attempt can succeed.
    """

    taken: bool
    wait: float
    due: float


def rate_within(count: float, seconds: float) -> Rate:
    """Return the rate that allows `count` messages in any period of `seconds`: a tenth as a burst, the rest spread."""
    burst = max(1, round(count / 10))
    steady = count - burst
    return Rate(every=seconds / steady if steady > 0 else seconds / count, burst=burst)


def reserved_for_replies(rate: Rate) -> int:
    """Return how much of a burst bulk messages leave for replies."""
    return rate.burst // 2


def spend(due: float, now: float, rate: Rate, *, keep: int = 0, most_wait: float = 0.0) -> SpendResult:
    """Take one message from a bucket. keep: the part of the burst to leave. most_wait: take it only if the message may
    be sent within so many seconds. Times are in seconds of one clock.
    """
    full = max(due, now) + rate.every
    wait = max(0.0, full - now - rate.every * max(1, rate.burst - keep))
    if wait > most_wait:
        return SpendResult(taken=False, wait=wait, due=due)
    return SpendResult(taken=True, wait=wait, due=full)
