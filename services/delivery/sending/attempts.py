"""Sends one message: claim, call the provider, record the answer. Once, or as near to it as the provider allows."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import msgspec

from services.delivery.channels.gate import ChannelGate
from services.delivery.publisher import DeliveryPublisher
from services.delivery.sending.claims import Attempt, Claims
from services.delivery.sending.readiness import OutboundJob
from services.delivery.sending.retry_policy import Retry, RetryLimits, next_retry
from services.delivery.sending.window import BodySelector, WindowClosed
from services.delivery.spans import send_span
from shared.clock import Clock
from shared.errors import DependencyAway
from shared.kafka.retry import DEPENDENCY
from shared.kafka.runtime.external_wait import external_wait
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import ProviderError
from shared.messages.outbound import Body, TemplateBody
from shared.operations.template_validator import TemplateValidator
from shared.providers.errors import RETRYABLE, ErrorKind, SendError
from shared.providers.port import MessageSender, Outgoing
from shared.telemetry import logging, metrics, tracing

log = logging.get(__name__)

T = TypeVar("T")
_INSIST = 600.0  # seconds


class MessageAttempts:
    """The life of outbound messages in this replica."""

    def __init__(
        self,
        claims: Claims,
        gate: ChannelGate,
        windows: BodySelector,
        checked: TemplateValidator,
        reporter: DeliveryPublisher,
        clock: Clock,
        allowed: RetryLimits,
    ) -> None:
        self._claims = claims
        self._checked = checked
        self._windows = windows
        self._gate = gate
        self._reporter = reporter
        self._clock = clock
        self._allowed = allowed

    async def deliver(self, job: OutboundJob, sender: MessageSender, *, retried: bool) -> None:
        """Bring a message as far as it gets now: sent, failed, held, or waiting on the retry topic.

        retried: it comes from there. Raises RetryLater and DependencyAway.
        """
        current = await (self._claims.retried(job) if retried else self._claims.first(job))
        while current is not None:
            current = await self._try(current, sender)

    async def _try(self, current: Attempt, sender: MessageSender) -> Attempt | None:
        """Make one try; the next one if it is to follow at once."""
        job = current.job
        if not await self._claims.is_ours(current):
            log.warning("A claim was lost while this process stood still", message_id=job.message.id)
            return await self._claims.again(job, await job.repository.get(job.message.id))
        prepared = await self._prepared(current)
        if isinstance(prepared, SendError):
            return await self._end(current, prepared, _why(prepared))
        body, text = prepared
        try:
            with self._claims.calling(current):
                provider_message_id = await self._call(current, sender, body)
        except SendError as error:
            if error.kind is ErrorKind.IN_DOUBT:
                log.warning("No answer from the provider, in doubt", message_id=job.message.id, code=error.code)
                await self._gate.silent(job.channel)
                return await self._claims.again(job, await job.repository.get(job.message.id))
            return await self._failed(current, error, body)
        self._gate.answered(job.channel)
        at = self._clock.now()
        claim = current.claim
        await _insist(lambda: job.repository.accepted(job.message.id, claim, provider_message_id, at, text=text))
        await self._reporter.sent(job.message, job.channel, body)
        return None

    async def _prepared(self, current: Attempt) -> tuple[Body, str] | SendError:
        """Return the body to send and a template's rendered text, or the reason not to send. A body that differs from
        the message's is recorded. Raises DependencyAway.
        """
        message, repository = current.job.message, current.job.repository
        with self._claims.preparing(current):
            said = await self._windows.body_for(message, closed=current.window_closed)
            if isinstance(said, WindowClosed):
                return said.error()
            ready = await self._ready(current, said) if isinstance(said, TemplateBody) else said
            text = await self._checked.text_of(current.job.channel, said)
            instead = said is not message.body
            if not isinstance(ready, SendError) and (instead or current.replaced):
                metrics.WINDOW.labels(message.provider, "template").inc()
                await repository.sent_as(message.id, current.claim, said, instead=instead)
        return ready if isinstance(ready, SendError) else (ready, text)

    async def _ready(self, current: Attempt, body: TemplateBody) -> TemplateBody | SendError:
        return await self._checked.ready(current.job.channel, body, current.job.message.customer_id)

    async def _call(self, current: Attempt, sender: MessageSender, body: Body) -> str:
        job, message = current.job, current.job.message
        outgoing = Outgoing(id=message.id, address=message.address, body=body, reply_to=message.reply_to)
        outcome = "sent"
        try:
            with (
                metrics.SEND_SECONDS.labels(message.provider).time(),
                send_span(message, current.number) as span,
                external_wait(),
            ):
                return await _told(sender.send(job.channel, outgoing), span)
        except SendError as error:
            outcome = error.kind
            raise
        finally:
            metrics.SENDS.labels(message.provider, outcome).inc()

    async def _failed(self, current: Attempt, error: SendError, body: Body) -> Attempt | None:
        """What follows a refusal. body: what was sent."""
        job, now = current.job, self._clock.now()
        message, repository = job.message, job.repository
        reason = _reason(error)
        if error.kind is ErrorKind.CHANNEL and not error.ours:
            log.warning("Sending failed, the message is held", message_id=message.id, code=error.code)
            await _insist(lambda: self._gate.stop(job.channel, error))
            await _insist(lambda: repository.hold(message.id, current.claim, reason, now))
            metrics.HELD.labels("held").inc()
            return None
        again = await self._next(current, error)
        shut = error.kind is ErrorKind.WINDOW and not isinstance(body, TemplateBody)
        if shut and isinstance(await _insist(lambda: self._windows.instead(message)), TemplateBody):
            again = Retry(0.0, in_place=True, charged=True)
        if await self._is_another_to_stand_in(current, error, body):
            again, shut = Retry(0.0, in_place=True, charged=True), True
        if again is None:
            return await self._end(current, error, _why(error))
        _log(error, current, again)
        not_before = now + timedelta(seconds=again.seconds)
        found = await _insist(
            lambda: repository.wait(
                message.id, current.claim, reason, not_before, now, charged=again.charged, window_closed=shut
            )
        )
        if found is None:
            return await self._claims.again(job, await repository.get(message.id))
        if not again.in_place:
            await self._reporter.put_off(message, job.channel, attempt=found.attempt, not_before=not_before)
            return None
        with external_wait():
            await asyncio.sleep(again.seconds)
        tried = dataclasses.replace(job, message=msgspec.structs.replace(message, attempt=found.attempt))
        return await self._claims.again(tried, await repository.get(message.id))

    async def _is_another_to_stand_in(self, current: Attempt, error: SendError, body: Body) -> bool:
        """Remember what a refusal says of a template; whether that one stood in for a message, so that another one may,
        or the message fails for its closed window.
        """
        if not isinstance(body, TemplateBody):
            return False
        remembered = await _insist(lambda: self._checked.told(current.job.channel, body, error))
        return remembered and not isinstance(current.job.message.body, TemplateBody)

    async def _end(self, current: Attempt, error: SendError, why: DeadLetterReason) -> Attempt | None:
        """It will not be sent: recorded and told; the next try when somebody else has the message by now."""
        job, reason, now = current.job, _reason(error), self._clock.now()
        _log(error, current, None)
        if why is DeadLetterReason.WINDOW_CLOSED:
            metrics.WINDOW.labels(job.message.provider, "failed").inc()
        # First: afterwards nobody would say it again.
        await _insist(lambda: self._reporter.about_customer(job.message, job.channel, error, now))
        if not await _insist(lambda: job.repository.failed(job.message.id, current.claim, reason, why, now)):
            return await self._claims.again(job, await job.repository.get(job.message.id))
        await self._reporter.failed(job.message, job.channel, reason, why)
        return None

    async def _next(self, current: Attempt, error: SendError) -> Retry | None:
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
        return next_retry(error, charged=current.charged, age=age, allowed=self._allowed, pause=pause)


async def _told(sent: Awaitable[str], span: tracing.Span) -> str:
    """The provider's id. Raises SendError."""
    try:
        return await sent
    except SendError as error:
        span.set(parley__error__kind=error.kind, parley__error__code=error.code)
        raise


def _reason(error: SendError) -> ProviderError:
    return ProviderError(code=error.code, title=error.title, detail=error.detail)


def _why(error: SendError) -> DeadLetterReason:
    if error.kind is ErrorKind.WINDOW:
        return DeadLetterReason.WINDOW_CLOSED
    return DeadLetterReason.SEND_EXHAUSTED if error.kind in RETRYABLE else DeadLetterReason.SEND_REJECTED


def _log(error: SendError, current: Attempt, again: Retry | None) -> None:
    log.warning(
        "Sending failed",
        message_id=current.job.message.id,
        kind=error.kind,
        code=error.code,
        title=error.title,
        attempt=current.charged + 1,
        next_in=round(again.seconds, 2) if again else None,
    )


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
