"""Stores and publishes what follows from an attempt, as `decisions` decides.

Each method returns the next attempt when one follows at once.
"""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec

from services.delivery.channels.gate import ChannelGate
from services.delivery.publisher import DeliveryPublisher
from services.delivery.sending.claims import Attempt, Claims
from services.delivery.sending.decisions import FailureDecision, dead_letter_reason, on_send_error
from services.delivery.sending.retry_policy import Retry, RetryLimits
from services.delivery.sending.retry_recording import retry_recording
from services.delivery.sending.states import Event
from services.delivery.sending.window import BodySelector
from shared.clock import Clock
from shared.kafka.runtime.external_wait import external_wait
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import ProviderError
from shared.messages.outbound import Body, TemplateBody
from shared.operations.template_validator import TemplateValidator
from shared.providers.errors import ErrorKind, SendError
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_Handler = Callable[[Attempt, SendError, FailureDecision], Awaitable[Attempt | None]]


class AttemptOutcomes:
    """Made once per process. All raise DependencyAway."""

    def __init__(
        self,
        claims: Claims,
        gate: ChannelGate,
        bodies: BodySelector,
        validator: TemplateValidator,
        publisher: DeliveryPublisher,
        clock: Clock,
        limits: RetryLimits,
    ) -> None:
        self._claims = claims
        self._gate = gate
        self._bodies = bodies
        self._validator = validator
        self._publisher = publisher
        self._clock = clock
        self._limits = limits
        self._handlers: dict[Event, _Handler] = {
            Event.NO_ANSWER: self._no_answer,
            Event.CHANNEL_REFUSED: self._hold,
            Event.GAVE_UP: self._give_up,
        }

    async def accepted(self, attempt: Attempt, provider_message_id: str, body: Body, text: str) -> None:
        """Record and publish that the provider accepted the message. body, text: as the customer reads it."""
        job, now = attempt.job, self._clock.now()
        self._gate.record_answer(job.channel)
        await retry_recording(
            lambda: job.repository.record_accepted(job.message.id, attempt.claim, provider_message_id, now, text=text)
        )
        self._claims.finish(attempt)
        await self._publisher.sent(job.message, job.channel, body)

    async def not_sendable(self, attempt: Attempt, error: SendError) -> Attempt | None:
        """Fail a message that cannot be sent; the provider was not called."""
        decision = FailureDecision(Event.GAVE_UP, reason=dead_letter_reason(error))
        return await self._give_up(attempt, error, decision)

    async def failed(self, attempt: Attempt, error: SendError, body: Body) -> Attempt | None:
        """Handle a failed call. body: as it was sent."""
        decision = on_send_error(
            error,
            charged=attempt.charged,
            age=(self._clock.now() - attempt.since).total_seconds(),
            limits=self._limits,
            pause=await self._pause_channel(attempt, error),
            can_replace=await self._can_replace(attempt, error, body),
        )
        if decision.retry is not None:
            return await self._retry(attempt, error, decision.retry, window_closed=decision.window_closed)
        return await self._handlers[decision.event](attempt, error, decision)

    async def _pause_channel(self, attempt: Attempt, error: SendError) -> float | None:
        """Pause the channel if the failure requires it; return the seconds, None: not paused."""
        channel = attempt.job.channel
        if error.kind is ErrorKind.THROTTLE_CHANNEL:
            return await self._gate.pause_throttled(channel, error.retry_after)
        if error.misconfigured:
            return self._gate.pause_misconfigured(channel, error)
        if error.unreachable:
            return await self._gate.pause_unreachable(channel)
        if error.kind not in (ErrorKind.CHANNEL, ErrorKind.IN_DOUBT):
            self._gate.record_answer(channel)
        return None

    async def _can_replace(self, attempt: Attempt, error: SendError, body: Body) -> bool:
        """Return whether the next attempt may send a template, or another template, in the message's place.

        A refusal that shows a template's state is also stored.
        """
        message = attempt.job.message
        if isinstance(body, TemplateBody):
            if error.kind is ErrorKind.IN_DOUBT:
                return False
            unusable = await retry_recording(lambda: self._validator.record_refusal(attempt.job.channel, body, error))
            return unusable and not isinstance(message.body, TemplateBody)
        return error.kind is ErrorKind.WINDOW and await retry_recording(lambda: self._bodies.can_replace(message))

    async def _no_answer(self, attempt: Attempt, error: SendError, decision: FailureDecision) -> Attempt | None:
        message = attempt.job.message
        log.warning("No answer from the provider, the message is in doubt", message_id=message.id, code=error.code)
        await self._gate.record_no_answer(attempt.job.channel)
        return await self._claims.resume(attempt.job)

    async def _hold(self, attempt: Attempt, error: SendError, decision: FailureDecision) -> Attempt | None:
        job, now = attempt.job, self._clock.now()
        log.warning("Sending failed, the message is held", message_id=job.message.id, code=error.code)
        await retry_recording(lambda: self._gate.stop(job.channel, error))
        await retry_recording(
            lambda: job.repository.record_hold(job.message.id, attempt.claim, provider_error(error), now)
        )
        metrics.HELD.labels("held").inc()
        return None

    async def _retry(self, attempt: Attempt, error: SendError, retry: Retry, *, window_closed: bool) -> Attempt | None:
        job, now = attempt.job, self._clock.now()
        _log(error, attempt, retry)
        not_before = now + timedelta(seconds=retry.seconds)
        stored = await retry_recording(
            lambda: job.repository.record_retry(
                job.message.id,
                attempt.claim,
                provider_error(error),
                not_before,
                now,
                charged=retry.charged,
                window_closed=window_closed,
            )
        )
        if stored is None:  # the claim was lost
            return await self._claims.resume(job)
        if not retry.in_place:
            await self._publisher.schedule_retry(
                job.message, job.channel, attempt=stored.attempt, not_before=not_before
            )
            return None
        with external_wait():
            await asyncio.sleep(retry.seconds)
        message = msgspec.structs.replace(job.message, attempt=stored.attempt)
        return await self._claims.resume(dataclasses.replace(job, message=message))

    async def _give_up(self, attempt: Attempt, error: SendError, decision: FailureDecision) -> Attempt | None:
        job, reason, now = attempt.job, decision.reason, self._clock.now()
        _log(error, attempt, None)
        if reason is DeadLetterReason.WINDOW_CLOSED:
            metrics.WINDOW.labels(job.message.provider, "failed").inc()
        # Before the failure is stored: a redelivery publishes the failure again, but not this.
        await retry_recording(lambda: self._publisher.report_customer(job.message, job.channel, error, now))
        shown = provider_error(error)
        if not await retry_recording(
            lambda: job.repository.record_failure(job.message.id, attempt.claim, shown, reason, now)
        ):  # the claim was lost
            return await self._claims.resume(job)
        self._claims.finish(attempt)
        await self._publisher.failed(job.message, job.channel, shown, reason)
        return None


def provider_error(error: SendError) -> ProviderError:
    """Return a failure as it is stored and shown to people."""
    return ProviderError(code=error.code, title=error.title, detail=error.detail)


def _log(error: SendError, attempt: Attempt, retry: Retry | None) -> None:
    log.warning(
        "Sending failed",
        message_id=attempt.job.message.id,
        kind=error.kind,
        code=error.code,
        title=error.title,
        attempt=attempt.charged + 1,
        next_in=round(retry.seconds, 2) if retry else None,
    )
