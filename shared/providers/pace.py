"""How fast a provider takes messages, and the bucket that keeps us within it. Pure.

Sources: Meta, "Throughput" (80 messages a second of a number, 20 with coexistence, 1,000 after an upgrade) and "Pair
rate limits" (one message in 6 s to one customer, with a burst of about 45 that borrows from the future). Twilio's
documentation names 80 a second for a WhatsApp sender, MSG91's 100 requests a minute for this use; what both do with a
burst is not published.

A bucket is one number: the time at which it will be full again (`due`; the generic cell rate algorithm). A message that
goes out moves it on by `every`; it may be at most `burst` messages ahead of now. The same is done in Redis
(`shared.storage.buckets`).
"""

from dataclasses import dataclass

from shared.messages.inbound import Provider
from shared.providers.port import Channel


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


def within(count: float, seconds: float) -> Rate:
    """At most `count` messages in any stretch of so many seconds: a tenth of them at once, the rest spread out."""
    burst = max(1, round(count / 10))
    steady = count - burst
    return Rate(every=seconds / steady if steady > 0 else seconds / count, burst=burst)


PACES: dict[Provider, ProviderPace] = {
    Provider.META: ProviderPace(number=within(80, 1), customer=Rate(every=6.0, burst=45)),
    Provider.TWILIO: ProviderPace(number=within(80, 1)),
    Provider.MSG91: ProviderPace(number=within(100, 60), by_account=True),
}


def pace_of(channel: Channel) -> ProviderPace:
    """The pace of a channel: its provider's, or what its number is said to have."""
    usual = PACES[channel.provider]
    if channel.messages_per_second is None:
        return usual
    return ProviderPace(
        number=within(channel.messages_per_second, 1), customer=usual.customer, by_account=usual.by_account
    )


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
