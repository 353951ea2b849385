"""Handles statuses that report that a message failed after the provider had accepted it.

The decision is `sending.decisions.on_failed_status`: temporary reasons lead to a retry within the limits of attempts, a
refused channel is stopped, in a closed window a template is sent in the message's place, anything else is a dead
letter.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from services.delivery.channels.gate import ChannelGate
from services.delivery.publisher import DeliveryPublisher
from services.delivery.sending.decisions import NO_REASON, FailureDecision, on_failed_status
from services.delivery.sending.retry_policy import Retry, RetryLimits
from services.delivery.sending.window import BodySelector
from shared.clock import Clock
from shared.messages.inbound import InboundStatus
from shared.messages.outbound import OnPhoneBody, OutboundMessage, TemplateBody
from shared.operations.template_validator import TemplateValidator
from shared.providers.errors import ErrorKind, SendError
from shared.providers.port import Channel
from shared.providers.registry import PROVIDERS
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import StatusOutcome
from shared.telemetry import logging, metrics

log = logging.get(__name__)


class FailedStatuses:
    """Made once per process. All raise DependencyAway."""

    def __init__(
        self,
        gate: ChannelGate,
        bodies: BodySelector,
        validator: TemplateValidator,
        publisher: DeliveryPublisher,
        clock: Clock,
        limits: RetryLimits,
    ) -> None:
        self._gate = gate
        self._bodies = bodies
        self._validator = validator
        self._publisher = publisher
        self._clock = clock
        self._limits = limits

    async def handle(
        self, status: InboundStatus, outcome: StatusOutcome, channel: Channel, repository: OutboundMessages
    ) -> None:
        """Do what follows from a failed status. A redelivery changes nothing, and publishes the same again."""
        reason = status.errors[0] if status.errors else NO_REASON
        error = PROVIDERS[status.provider].status_error(reason.code)
        message = await repository.message(outcome.id)
        if message is None or isinstance(message.body, OnPhoneBody):  # the business sees the failure on its phone
            return
        now = self._clock.now()
        if error.kind is ErrorKind.CHANNEL and await self._gate.stop(channel, error, status.occurred_at):
            held = await repository.retry_failed(
                outcome.id,
                status.provider_message_id,
                reason,
                None,
                now,
                charged=False,
                possible_duplicate=outcome.in_call,
            )
            metrics.HELD.labels("held").inc(int(held))
            return
        decision = await self._decide(error, message, outcome, channel, now)
        if decision.retry is None:
            await self._publisher.report_customer(message, channel, error, status.occurred_at)
            await self._publisher.failed(message, channel, reason, decision.reason)
            return
        not_before = now + timedelta(seconds=decision.retry.seconds)
        log.warning(
            "Failed by a status, trying again",
            message_id=outcome.id,
            code=reason.code,
            next_in=round(decision.retry.seconds, 2),
        )
        if await repository.retry_failed(
            outcome.id,
            status.provider_message_id,
            reason,
            not_before,
            now,
            charged=True,
            possible_duplicate=outcome.in_call,
            window_closed=decision.window_closed,
        ):
            await self._publisher.schedule_retry(message, channel, attempt=message.attempt, not_before=not_before)

    async def schedule_again(self, outcome: StatusOutcome, channel: Channel, repository: OutboundMessages) -> None:
        """Publish the retry of a failed status once more: its record may not have been written."""
        message = await repository.message(outcome.id)
        if message is not None:
            await self._publisher.schedule_retry(
                message, channel, attempt=message.attempt, not_before=message.not_before or self._clock.now()
            )

    async def _decide(
        self, error: SendError, message: OutboundMessage, outcome: StatusOutcome, channel: Channel, now: datetime
    ) -> FailureDecision:
        can_replace = error.kind is ErrorKind.WINDOW and not outcome.instead and await self._bodies.can_replace(message)
        if isinstance(message.body, TemplateBody):
            await self._validator.record_refusal(channel, message.body, error)
        decision = on_failed_status(
            error,
            charged=outcome.charged,
            age=(now - (outcome.since or message.created_at)).total_seconds(),
            limits=self._limits,
            can_replace=can_replace,
        )
        if decision.retry is None or error.kind is not ErrorKind.THROTTLE_CHANNEL:
            return decision
        pause = await self._gate.pause_throttled(channel, error.retry_after)
        return replace(decision, retry=_not_sooner(decision.retry, pause))


def _not_sooner(retry: Retry, seconds: float) -> Retry:
    return replace(retry, seconds=max(retry.seconds, seconds))
