"""When a message may go out, so that no provider has to refuse it for being too fast.

Buckets in Redis count for all replicas (`shared.storage.buckets`); without Redis each replica has its own.

Replies come before bulk. A reply takes the next place that is free, a little ahead of time if need be. Bulk never takes
one ahead, and leaves a part of the burst alone: it gets what replies leave. The bulk of one number waits in a line, of
which the first asks; the line is short, and who finds it full comes back when its turn is likely, so that the bulk of
one workspace does not take the lanes of the others.
"""

import asyncio
from dataclasses import dataclass, field

from cachetools import FIFOCache

from services.delivery.sending.retry_policy import IN_PLACE
from shared.clock import Clock
from shared.errors import DependencyAway, RetryLater
from shared.kafka.runtime.external_wait import external_wait
from shared.messages.outbound import Author, OutboundMessage
from shared.providers.pace import ProviderPace, kept_for_replies, spend
from shared.providers.port import Channel
from shared.providers.registry import pace_of
from shared.storage.buckets import Answer, Buckets
from shared.storage.cooldown import Cooldown
from shared.telemetry import metrics

_IN_LINE = 64  # of the bulk of one number, in this process
_PATIENCE = 2.0  # seconds in that line
_SOON, _LATE = 0.5, 60.0  # seconds after which somebody who found it full comes back, at least and at most
_BREATH = 0.005
_REDIS_COOLDOWN = 5.0  # seconds
_MOST = 100_000  # buckets of our own, and lines


@dataclass(slots=True)
class _BulkQueue:
    """The bulk of one number here. likely_at: when the last one that was sent away is likely to have its turn."""

    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    likely_at: float = 0.0


def is_bulk(message: OutboundMessage) -> bool:
    """Whether replies go before it."""
    return message.author is Author.BROADCAST


class SendPacing:
    """One per process."""

    def __init__(self, buckets: Buckets, clock: Clock) -> None:
        self._buckets = buckets
        self._clock = clock
        self._own: FIFOCache[str, float] = FIFOCache(maxsize=_MOST)  # without Redis: when a bucket is full again
        self._lines: FIFOCache[str, _BulkQueue] = FIFOCache(maxsize=_MOST)
        self._cooldown = Cooldown(_REDIS_COOLDOWN, clock)

    async def turn(self, channel: Channel, message: OutboundMessage) -> float:
        """Wait for a place and take it: 0. Otherwise the seconds after which to ask again; nothing is taken then.

        Raises RetryLater for bulk whose line is long.
        """
        if is_bulk(message):
            return await self._in_line(channel, message)
        answer = await self._ask(channel, message, most_wait=IN_PLACE)
        if answer.refused:
            return answer.seconds
        if answer.seconds > 0:
            with external_wait():
                await asyncio.sleep(answer.seconds)
        return 0.0

    def look(self, channel: Channel) -> None:
        """Raises RetryLater when the line of a number's bulk is full; before any work is done for one more."""
        line = self._line(channel)
        if line.waiting >= _IN_LINE:
            self._send_away(line, pace_of(channel))

    async def _in_line(self, channel: Channel, message: OutboundMessage) -> float:
        self.look(channel)
        line, until = self._line(channel), self._clock.monotonic() + _PATIENCE
        line.waiting += 1
        try:
            with external_wait():
                async with line.asking:  # first come, first served
                    return await self._at_its_head(channel, message, line, until)
        finally:
            line.waiting -= 1

    async def _at_its_head(self, channel: Channel, message: OutboundMessage, line: _BulkQueue, until: float) -> float:
        pace = pace_of(channel)
        while self._clock.monotonic() < until:
            answer = await self._ask(channel, message, most_wait=0.0, keep=kept_for_replies(pace.number))
            if not answer.refused:
                return 0.0
            if answer.refused == "customer":
                return answer.seconds
            if self._clock.monotonic() + answer.seconds > until:
                break
            await asyncio.sleep(max(_BREATH, answer.seconds))
        return self._send_away(line, pace)

    def _send_away(self, line: _BulkQueue, pace: ProviderPace) -> float:
        now = self._clock.monotonic()
        line.likely_at = min(max(now + _SOON, line.likely_at + pace.number.every), now + _LATE)
        raise RetryLater(line.likely_at - now)

    async def _ask(self, channel: Channel, message: OutboundMessage, *, most_wait: float, keep: int = 0) -> Answer:
        pace = pace_of(channel)
        number, customer = _number(channel, pace), message.conversation_id
        answer: Answer | None = None
        if not self._cooldown.is_active():
            try:
                answer = await self._buckets.take(
                    number, customer, pace.number, pace.customer, keep=keep, most_wait=most_wait
                )
            except DependencyAway:
                self._cooldown.start()
        if answer is None:
            answer = self._take_own(number, customer, pace, keep=keep, most_wait=most_wait)
        if answer.refused or answer.seconds > 0:
            what = "bulk" if is_bulk(message) else "reply"
            metrics.PACED.labels(channel.provider, answer.refused or "number", what).inc()
        return answer

    def _take_own(self, number: str, customer: str, pace: ProviderPace, *, keep: int, most_wait: float) -> Answer:
        now = self._clock.monotonic()
        pair_key, number_key = f"pair:{customer}", f"pace:{number}"
        pair = spend(self._own.get(pair_key, now), now, pace.customer) if pace.customer else None
        if pair is not None and not pair.taken:
            return Answer(seconds=pair.wait, refused="customer")
        whole = spend(self._own.get(number_key, now), now, pace.number, keep=keep, most_wait=most_wait)
        if not whole.taken:
            return Answer(seconds=whole.wait, refused="number")
        self._own[number_key] = whole.due
        if pair is not None:
            self._own[pair_key] = pair.due
        return Answer(seconds=whole.wait)

    def _line(self, channel: Channel) -> _BulkQueue:
        key = _number(channel, pace_of(channel))
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _BulkQueue()
        return line


def _number(channel: Channel, pace: ProviderPace) -> str:
    return f"{channel.workspace}/{channel.provider if pace.by_account else channel.id}"
