"""Sends one message: claim, call the provider, record the answer. Once, or as near to it as the provider allows."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import msgspec

from services.delivery.claims import Claims, Job, Try
from services.delivery.gate import Gate
from services.delivery.report import Reporter
from services.delivery.schedule import Again, Allowed, next_try
from shared.clock import Clock
from shared.errors import DependencyAway
from shared.kafka import elsewhere
from shared.kafka.retry import DEPENDENCY
from shared.messages.dead_letters import Reason
from shared.messages.inbound import ProviderError
from shared.providers.errors import RETRYABLE, ErrorKind, SendError
from shared.providers.port import MessageSender, Outgoing
from shared.telemetry import logging, metrics, tracing

log = logging.get(__name__)

T = TypeVar("T")
_INSIST = 600.0  # seconds


class Sending:
    """The life of outbound messages in this replica."""

    def __init__(self, claims: Claims, gate: Gate, reporter: Reporter, clock: Clock, allowed: Allowed) -> None:
        self._claims = claims
        self._gate = gate
        self._reporter = reporter
        self._clock = clock
        self._allowed = allowed

    async def deliver(self, job: Job, sender: MessageSender, *, retried: bool) -> None:
        """Bring a message as far as it gets now: sent, failed, held, or waiting on the retry topic.

        retried: it comes from there. Raises TryLater and DependencyAway.
        """
        current = await (self._claims.retried(job) if retried else self._claims.first(job))
        while current is not None:
            current = await self._try(current, sender)

    async def _try(self, current: Try, sender: MessageSender) -> Try | None:
        """Make one try; the next one if it is to follow at once."""
        job = current.job
        if not await self._claims.is_ours(current):
            log.warning("A claim was lost while this process stood still", message_id=job.message.id)
            return await self._claims.again(job, await job.repository.get(job.message.id))
        try:
            with self._claims.calling(current):
                provider_message_id = await self._call(job, sender)
        except SendError as error:
            if error.kind is ErrorKind.IN_DOUBT:
                log.warning("No answer from the provider, in doubt", message_id=job.message.id, code=error.code)
                await self._gate.silent(job.channel)
                return await self._claims.again(job, await job.repository.get(job.message.id))
            return await self._failed(current, error)
        self._gate.answered(job.channel)
        at = self._clock.now()
        await _insist(lambda: job.repository.accepted(job.message.id, current.claim, provider_message_id, at))
        await self._reporter.sent(job.message, job.channel)
        return None

    async def _call(self, job: Job, sender: MessageSender) -> str:
        message = job.message
        outgoing = Outgoing(id=message.id, address=message.address, body=message.body, reply_to=message.reply_to)
        outcome = "sent"
        try:
            with (
                metrics.SEND_SECONDS.labels(message.provider).time(),
                tracing.span(f"send {message.provider}", tracing.SpanKind.CLIENT, parley__channel=message.channel),
                elsewhere.waiting(),
            ):
                return await sender.send(job.channel, outgoing)
        except SendError as error:
            outcome = error.kind
            raise
        finally:
            metrics.SENDS.labels(message.provider, outcome).inc()

    async def _failed(self, current: Try, error: SendError) -> Try | None:
        job, now = current.job, self._clock.now()
        message, repository = job.message, job.repository
        reason = ProviderError(code=error.code, title=error.title, detail=error.detail)
        if error.kind is ErrorKind.CHANNEL and not error.ours:
            log.warning("Sending failed, the message is held", message_id=message.id, code=error.code)
            await _insist(lambda: self._gate.stop(job.channel, error))
            await _insist(lambda: repository.hold(message.id, current.claim, reason, now))
            metrics.HELD.labels("held").inc()
            return None
        again = await self._next(current, error)
        log.warning(
            "Sending failed",
            message_id=message.id,
            kind=error.kind,
            code=error.code,
            title=error.title,
            attempt=current.charged + 1,
            next_in=round(again.seconds, 2) if again else None,
        )
        if again is None:
            why = Reason.SEND_EXHAUSTED if error.kind in RETRYABLE else Reason.SEND_REJECTED
            if not await _insist(lambda: repository.failed(message.id, current.claim, reason, why, now)):
                return await self._claims.again(job, await repository.get(message.id))
            await self._reporter.failed(message, job.channel, reason, why)
            return None
        not_before = now + timedelta(seconds=again.seconds)
        found = await _insist(
            lambda: repository.wait(message.id, current.claim, reason, not_before, now, charged=again.charged)
        )
        if found is None:
            return await self._claims.again(job, await repository.get(message.id))
        if not again.in_place:
            await self._reporter.put_off(message, job.channel, attempt=found.attempt, not_before=not_before)
            return None
        with elsewhere.waiting():
            await asyncio.sleep(again.seconds)
        tried = dataclasses.replace(job, message=msgspec.structs.replace(message, attempt=found.attempt))
        return await self._claims.again(tried, await repository.get(message.id))

    async def _next(self, current: Try, error: SendError) -> Again | None:
        channel = current.job.channel
        pause: float | None = None
        if error.kind is ErrorKind.THROTTLE_CHANNEL:
            pause = await self._gate.throttled(channel, error.retry_after)
        elif error.ours:
            pause = self._gate.misconfigured(channel, error)
        elif error.unreachable:
            pause = await self._gate.unreachable(channel)
        else:
            self._gate.answered(channel)
        age = (self._clock.now() - current.since).total_seconds()
        return next_try(error, charged=current.charged, age=age, allowed=self._allowed, pause=pause)


async def _insist(record: Callable[[], Awaitable[T]]) -> T:
    """Record what the provider has said, for as long as the partition is ours, but at most ten minutes: forgotten, it
    would leave the message in doubt. Raises DependencyAway.
    """
    deadline = asyncio.get_running_loop().time() + _INSIST
    for wait in DEPENDENCY.waits():
        try:
            return await record()
        except DependencyAway as error:
            if asyncio.get_running_loop().time() + wait > deadline:
                raise
            metrics.SLOWED.labels(error.dependency).inc()
            await asyncio.sleep(wait)
    raise AssertionError("the waits have no end")
