"""What to do when a status says that a message has failed after the provider had taken it.

Some reasons pass (a throttled number, a provider's own trouble): the message is tried again, within the same limits as
one that was refused at once. A reason of the channel's stops the channel. In a closed window a template stands in.
Anything else is the end: a dead letter.
"""

from dataclasses import replace
from datetime import timedelta

from services.delivery.channels.gate import ChannelGate
from services.delivery.publisher import DeliveryPublisher
from services.delivery.sending.retry_policy import Retry, RetryLimits, next_retry
from services.delivery.sending.window import BodySelector, WindowClosed
from shared.clock import Clock
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import InboundStatus, ProviderError
from shared.messages.outbound import OnPhoneBody, OutboundMessage, TemplateBody
from shared.operations.template_validator import TemplateValidator
from shared.providers.errors import RETRYABLE, ErrorKind, SendError
from shared.providers.port import Channel
from shared.providers.registry import PROVIDERS
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import StatusOutcome
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_NO_REASON = ProviderError(code="none", title="The provider gave no reason.")


class FailedStatuses:
    """See the module."""

    def __init__(
        self,
        gate: ChannelGate,
        windows: BodySelector,
        checked: TemplateValidator,
        reporter: DeliveryPublisher,
        clock: Clock,
        allowed: RetryLimits,
    ) -> None:
        self._gate = gate
        self._checked = checked
        self._windows = windows
        self._reporter = reporter
        self._clock = clock
        self._allowed = allowed

    async def settle(
        self, status: InboundStatus, outcome: StatusOutcome, channel: Channel, repository: OutboundMessages
    ) -> None:
        """Raises DependencyAway. A second time changes nothing, and says again what may not have been written."""
        reason = status.errors[0] if status.errors else _NO_REASON
        error = PROVIDERS[status.provider].status_error(reason.code)
        message = await repository.message(outcome.id)
        if message is None or isinstance(message.body, OnPhoneBody):  # the business sees the failure on its phone
            return
        now = self._clock.now()
        if error.kind is ErrorKind.CHANNEL and await self._gate.stop(channel, error, status.occurred_at):
            if await repository.retry_failed(
                outcome.id,
                status.provider_message_id,
                reason,
                None,
                now,
                charged=False,
                possible_duplicate=outcome.in_call,
            ):
                metrics.HELD.labels("held").inc()
            return
        age = (now - (outcome.since or message.created_at)).total_seconds()
        again = await self._next(error, channel, outcome, age)
        shut = error.kind is ErrorKind.WINDOW
        if shut and not outcome.instead and isinstance(await self._stand_in(message), TemplateBody):
            again = Retry(0.0, in_place=False, charged=True)
        if isinstance(message.body, TemplateBody):
            await self._checked.told(channel, message.body, error)
        if again is None:
            why = DeadLetterReason.SEND_EXHAUSTED if error.kind in RETRYABLE else DeadLetterReason.SEND_REJECTED
            await self._reporter.about_customer(message, channel, error, status.occurred_at)
            await self._reporter.failed(message, channel, reason, DeadLetterReason.WINDOW_CLOSED if shut else why)
            return
        not_before = now + timedelta(seconds=again.seconds)
        log.warning(
            "Failed by a status, trying again", message_id=outcome.id, code=reason.code, next_in=round(again.seconds, 2)
        )
        if await repository.retry_failed(
            outcome.id,
            status.provider_message_id,
            reason,
            not_before,
            now,
            charged=True,
            possible_duplicate=outcome.in_call,
            window_closed=shut,
        ):
            await self._reporter.put_off(message, channel, attempt=message.attempt, not_before=not_before)

    async def say_again(self, outcome: StatusOutcome, channel: Channel, repository: OutboundMessages) -> None:
        """The record of a try that a status led to may not have been written. Raises DependencyAway."""
        message = await repository.message(outcome.id)
        if message is not None:
            await self._reporter.put_off(
                message, channel, attempt=message.attempt, not_before=message.not_before or self._clock.now()
            )

    async def _stand_in(self, message: OutboundMessage) -> TemplateBody | WindowClosed | None:
        return None if isinstance(message.body, TemplateBody) else await self._windows.instead(message)

    async def _next(self, error: SendError, channel: Channel, outcome: StatusOutcome, age: float) -> Retry | None:
        """Every such failure counts, for the provider takes the message each time: otherwise there would be no end."""
        again = next_retry(error, charged=outcome.charged, age=age, allowed=self._allowed)
        if again is None or error.kind is not ErrorKind.THROTTLE_CHANNEL:
            return again
        pause = await self._gate.throttled(channel, error.retry_after)
        return replace(again, seconds=max(again.seconds, pause))
