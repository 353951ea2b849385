"""Sends one message: claim, choose the body, call the provider, record the answer. Exactly once, as far as
the provider allows.

`ROUND_TRIPS` lists what a reply costs that is accepted at the first attempt, in a conversation whose previous message
this process has finished; `FIRST_OF_CONVERSATION` comes before it otherwise. `tests/services/test_send_round_trips.py`
counts. Everything else (a template, a closed window, a retry, a broadcast) costs more; "typing" and read marks cost the
provider's call only.
"""

from collections.abc import Awaitable
from datetime import timedelta

from services.delivery.sending.claims import Attempt, Claims
from services.delivery.sending.order import OutboundJob
from services.delivery.sending.outcomes import AttemptOutcomes
from services.delivery.sending.window import BodySelector, WindowClosed
from services.delivery.spans import send_span
from shared.clock import Clock
from shared.kafka.runtime.external_wait import external_wait
from shared.messages.outbound import Body, OutboundMessage, TemplateBody
from shared.operations.media.links import FileLinks
from shared.operations.template_validator import OPTED_OUT_ERROR, TemplateValidator
from shared.providers.errors import SendError
from shared.providers.port import MessageSender, OutgoingMessage
from shared.telemetry import logging, metrics, tracing

log = logging.get(__name__)

_JUST_MADE = timedelta(seconds=5)  # longer only if it has waited: for its number, or a stopped channel

FIRST_OF_CONVERSATION = (("mongodb", "sending.order: the last message of the conversation"),)
ROUND_TRIPS = (
    ("mongodb", "sending.claims: insert the document as `sending`"),
    ("redis", "channels.pacing, meanwhile: a slot in the pace of number and customer, unless the channel is paused"),
    ("provider", "sending.attempts: the call"),
    ("mongodb", "sending.outcomes: record what the provider answered"),
    ("kafka", "publisher: `message.sent`"),
)


class MessageAttempts:
    """Made once per process. links: addresses of files that were uploaded to us."""

    def __init__(
        self,
        claims: Claims,
        bodies: BodySelector,
        validator: TemplateValidator,
        outcomes: AttemptOutcomes,
        links: FileLinks,
        clock: Clock,
    ) -> None:
        self._claims = claims
        self._bodies = bodies
        self._validator = validator
        self._outcomes = outcomes
        self._links = links
        self._clock = clock

    async def deliver(self, job: OutboundJob, sender: MessageSender, *, retried: bool) -> None:
        """Process a message until it is sent, failed, held, or waiting on the retry topic.

        retried: its record came from the retry topic. Raises RetryLater and DependencyAway.
        """
        attempt = await (self._claims.take_retried(job) if retried else self._claims.take_first(job))
        while attempt is not None:
            attempt = await self._make(attempt, sender)

    async def _make(self, attempt: Attempt, sender: MessageSender) -> Attempt | None:
        """Make one attempt; return the next one if it follows at once."""
        if not await self._claims.still_holds(attempt):
            log.warning("A claim was lost while this process was paused", message_id=attempt.job.message.id)
            return await self._claims.resume(attempt.job)
        with self._claims.preparing(attempt):
            prepared = await self._prepare(attempt)
        if isinstance(prepared, SendError):
            return await self._outcomes.not_sendable(attempt, prepared)
        body, text = prepared
        try:
            with self._claims.calling(attempt):
                provider_message_id = await self._call(attempt, sender, body)
        except SendError as error:
            return await self._outcomes.failed(attempt, error, body)
        await self._outcomes.accepted(attempt, provider_message_id, body, text)
        return None

    async def _prepare(self, attempt: Attempt) -> tuple[Body, str] | SendError:
        """Return the body to send and a template's rendered text, or the reason not to send. A body that differs from
        the message's is recorded. Raises DependencyAway.
        """
        job, message = attempt.job, attempt.job.message
        if await self._has_opted_out_since(message):
            return OPTED_OUT_ERROR
        selected = await self._bodies.select(message, closed=attempt.window_closed)
        if isinstance(selected, WindowClosed):
            return selected.error()
        body: Body | SendError = selected
        if isinstance(selected, TemplateBody):
            body = await self._validator.prepare(job.channel, selected, message.customer_id)
        text = await self._validator.rendered_text(job.channel, selected)
        if isinstance(body, SendError):
            return body
        replaced = selected is not message.body
        if replaced or attempt.replaced:
            metrics.WINDOW.labels(message.provider, "template").inc()
            await job.repository.record_replacement(message.id, attempt.claim, selected, replaced=replaced)
        return body, text

    async def _has_opted_out_since(self, message: OutboundMessage) -> bool:
        """Return whether the customer has opted out since a broadcast made the message. A new one costs no read: the
        broadcast has looked at the customer just before.
        """
        if not message.of_broadcast or self._clock.now() - message.created_at < _JUST_MADE:
            return False
        return await self._validator.has_opted_out(message.workspace, message.customer_id)

    async def _call(self, attempt: Attempt, sender: MessageSender, body: Body) -> str:
        """Return the provider's id of the message. Raises SendError."""
        message = attempt.job.message
        body = self._links.with_address(body, message.provider, message.workspace, self._clock.now())
        outgoing = OutgoingMessage(id=message.id, address=message.address, body=body, reply_to=message.reply_to)
        outcome = "sent"
        try:
            with (
                metrics.SEND_SECONDS.labels(message.provider).time(),
                send_span(message, attempt.number) as span,
                external_wait(),
            ):
                return await _with_error_on_span(sender.send(attempt.job.channel, outgoing), span)
        except SendError as error:
            outcome = error.kind
            raise
        finally:
            metrics.SENDS.labels(message.provider, outcome).inc()


async def _with_error_on_span(call: Awaitable[str], span: tracing.Span) -> str:
    try:
        return await call
    except SendError as error:
        span.set(parley__error__kind=error.kind, parley__error__code=error.code)
        raise
