"""Paces messages, so that no provider has to refuse them for being too fast.

Buckets in Redis count for all replicas (`shared.storage.buckets`); without Redis each replica has its own. The same
round trip finds a pause of the channel that another replica began.

Replies go before bulk. A reply takes the next free slot, a little ahead of time if need be. Bulk never takes a slot
ahead of time and leaves a part of the burst alone, so it gets what replies leave. The bulk of one number waits in a
queue whose head asks for a slot. The queue is short: a message that finds it full is retried when its turn is likely,
so that the bulk of one workspace does not take the lanes of the others.
"""

import asyncio
from dataclasses import dataclass, field

from cachetools import FIFOCache

from services.delivery.channels.gate import ChannelGate, pause_key
from shared.clock import Clock
from shared.errors import DependencyAway, RetryLater
from shared.kafka.runtime.external_wait import external_wait
from shared.messages.outbound import Author, OutboundMessage
from shared.providers.pace import ProviderPace, reserved_for_replies, spend
from shared.providers.port import Channel
from shared.providers.registry import pace_of
from shared.storage.buckets import PAUSE, RateBuckets, SendSlot
from shared.storage.cooldown import Cooldown
from shared.telemetry import metrics

_MOST_QUEUED = 64  # of the bulk of one number, in this process
_QUEUE_PATIENCE = 2.0  # seconds
_SOONEST, _LATEST = 0.5, 60.0  # seconds after which a message that found the queue full is retried
_SHORTEST_SLEEP = 0.005
_REDIS_COOLDOWN = 5.0  # seconds
_MOST_REMEMBERED = 100_000  # own buckets, and queues
_BUSY_FOR = 1.0  # seconds after a message had to wait for its number


@dataclass(slots=True)
class _BulkQueue:
    """The bulk of one number in this process. likely_at: when the last message that was sent away likely has its
    turn."""

    head: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    likely_at: float = 0.0


def is_bulk(message: OutboundMessage) -> bool:
    """Return whether replies go before a message."""
    return message.author is Author.BROADCAST


class SendPacing:
    """Made once per process. most_wait: seconds for which a reply may wait here for its slot."""

    def __init__(self, buckets: RateBuckets, gate: ChannelGate, clock: Clock, *, most_wait: float) -> None:
        self._buckets = buckets
        self._gate = gate
        self._clock = clock
        self._most_wait = most_wait
        # Without Redis: when a bucket is full again.
        self._own_buckets: FIFOCache[str, float] = FIFOCache(maxsize=_MOST_REMEMBERED)
        self._queues: FIFOCache[str, _BulkQueue] = FIFOCache(maxsize=_MOST_REMEMBERED)
        self._busy_until: FIFOCache[str, float] = FIFOCache(maxsize=_MOST_REMEMBERED)  # numbers
        self._cooldown = Cooldown(_REDIS_COOLDOWN, clock)

    async def acquire(self, channel: Channel, message: OutboundMessage) -> float:
        """Wait for a slot, take it and return 0; or take nothing and return the seconds after which to ask again.

        Raises RetryLater for bulk whose queue is full.
        """
        if is_bulk(message):
            return await self._acquire_for_bulk(channel, message)
        answer = await self.take(channel, message)
        if answer.refused:
            return answer.seconds
        if answer.seconds > 0:
            with external_wait():
                await asyncio.sleep(answer.seconds)
        return 0.0

    async def take(self, channel: Channel, message: OutboundMessage) -> SendSlot:
        """Take a reply's slot, which may be a few seconds ahead of time, and do not wait for it."""
        return await self._take(channel, message, most_wait=self._most_wait)

    def is_free(self, channel: Channel) -> bool:
        """Return whether a reply most likely has a slot at once: lately none of this process had to wait."""
        until = self._busy_until.get(_number(channel, pace_of(channel)))
        return until is None or self._clock.monotonic() >= until

    def check_bulk_queue(self, channel: Channel) -> None:
        """Raise RetryLater when the bulk queue of a number is full, before any work is done for one more message."""
        queue = self._queue(channel)
        if queue.waiting >= _MOST_QUEUED:
            raise self._retry_when_likely(queue, pace_of(channel))

    async def _acquire_for_bulk(self, channel: Channel, message: OutboundMessage) -> float:
        self.check_bulk_queue(channel)
        queue, until = self._queue(channel), self._clock.monotonic() + _QUEUE_PATIENCE
        queue.waiting += 1
        try:
            with external_wait():
                async with queue.head:  # first come, first served
                    return await self._acquire_at_head(channel, message, queue, until)
        finally:
            queue.waiting -= 1

    async def _acquire_at_head(
        self, channel: Channel, message: OutboundMessage, queue: _BulkQueue, until: float
    ) -> float:
        pace = pace_of(channel)
        while self._clock.monotonic() < until:
            answer = await self._take(channel, message, most_wait=0.0, keep=reserved_for_replies(pace.number))
            if not answer.refused:
                return 0.0
            if answer.refused in ("customer", PAUSE):
                return answer.seconds
            if self._clock.monotonic() + answer.seconds > until:
                break
            await asyncio.sleep(max(_SHORTEST_SLEEP, answer.seconds))
        raise self._retry_when_likely(queue, pace)

    def _retry_when_likely(self, queue: _BulkQueue, pace: ProviderPace) -> RetryLater:
        """Return the error to raise for one more message of a full queue: it is retried when its turn is likely."""
        now = self._clock.monotonic()
        queue.likely_at = min(max(now + _SOONEST, queue.likely_at + pace.number.every), now + _LATEST)
        return RetryLater(queue.likely_at - now)

    async def _take(self, channel: Channel, message: OutboundMessage, *, most_wait: float, keep: int = 0) -> SendSlot:
        pace = pace_of(channel)
        number, customer = _number(channel, pace), message.conversation_id
        answer: SendSlot | None = None
        if not self._cooldown.is_active():
            try:
                answer = await self._buckets.take(
                    number,
                    customer,
                    pace.number,
                    pace.customer,
                    pause=pause_key(channel),
                    keep=keep,
                    most_wait=most_wait,
                )
            except DependencyAway:
                self._cooldown.start()
        if answer is None:
            answer = self._take_from_own(number, customer, pace, keep=keep, most_wait=most_wait)
        if answer.refused == PAUSE:
            self._gate.note_pause(channel, answer.seconds)
        elif answer.refused or answer.seconds > 0:
            self._busy_until[number] = self._clock.monotonic() + _BUSY_FOR
            kind = "bulk" if is_bulk(message) else "reply"
            metrics.PACED.labels(channel.provider, answer.refused or "number", kind).inc()
        return answer

    def _take_from_own(
        self, number: str, customer: str, pace: ProviderPace, *, keep: int, most_wait: float
    ) -> SendSlot:
        now = self._clock.monotonic()
        pair_key, number_key = f"pair:{customer}", f"pace:{number}"
        pair = spend(self._own_buckets.get(pair_key, now), now, pace.customer) if pace.customer else None
        if pair is not None and not pair.taken:
            return SendSlot(seconds=pair.wait, refused="customer")
        whole = spend(self._own_buckets.get(number_key, now), now, pace.number, keep=keep, most_wait=most_wait)
        if not whole.taken:
            return SendSlot(seconds=whole.wait, refused="number")
        self._own_buckets[number_key] = whole.due
        if pair is not None:
            self._own_buckets[pair_key] = pair.due
        return SendSlot(seconds=whole.wait)

    def _queue(self, channel: Channel) -> _BulkQueue:
        key = _number(channel, pace_of(channel))
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _BulkQueue()
        return queue


def _number(channel: Channel, pace: ProviderPace) -> str:
    return f"{channel.workspace}/{channel.provider if pace.by_account else channel.id}"
