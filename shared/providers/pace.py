"""How fast a provider takes messages, and the token bucket that keeps us within it. Pure.

Each provider's own pace is in its `adapter.py`.

A bucket is one number: the time at which it will be full again (`due`; the generic cell rate algorithm). A message that
goes out moves it on by `every`; it may be at most `burst` messages ahead of now. The same is done in Redis
(`shared.storage.buckets`).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """every: seconds between two messages in the long run. burst: messages that may go out at once."""

    every: float
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPace:
    """Of a provider. number: of each number, or (by_account) of all numbers of a workspace together; customer: of each
    customer of a number.
    """

    number: Rate
    customer: Rate | None = None
    by_account: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendResult:
    """due: of the bucket afterwards. wait: seconds before the message may go out; with `taken` False, before it is
    worth asking again.
    """

    taken: bool
    wait: float
    due: float


def rate_within(count: float, seconds: float) -> Rate:
    """At most `count` messages in any stretch of so many seconds: a tenth of them at once, the rest spread out."""
    burst = max(1, round(count / 10))
    steady = count - burst
    return Rate(every=seconds / steady if steady > 0 else seconds / count, burst=burst)


def kept_for_replies(rate: Rate) -> int:
    """How much of a burst bulk leaves alone, so that a reply finds something left."""
    return rate.burst // 2


def spend(due: float, now: float, rate: Rate, *, keep: int = 0, most_wait: float = 0.0) -> SpendResult:
    """Take one message out of a bucket. keep: of the burst, that are to be left. most_wait: how far ahead a place may
    be taken. Times are in seconds of one clock.
    """
    full = max(due, now) + rate.every
    wait = max(0.0, full - now - rate.every * max(1, rate.burst - keep))
    if wait > most_wait:
        return SpendResult(taken=False, wait=wait, due=due)
    return SpendResult(taken=True, wait=wait, due=full)
