"""Sends one message: claim, call the provider, record the answer. Once, or as near to it as the provider allows."""

import asyncio
from datetime import timedelta

import msgspec

from services.delivery.claims import Claims, Try
from services.delivery.report import Reporter
from services.delivery.schedule import next_try
from shared.clock import Clock
from shared.messages.inbound import ProviderError
from shared.messages.outbound import OutboundMessage
from shared.providers.errors import ErrorKind, SendError
from shared.providers.port import Channel, MessageSender, Outgoing
from shared.repositories.outbound import OutboundMessages
from shared.telemetry import logging, metrics, tracing

log = logging.get(__name__)

_WORTH_RETRYING = frozenset({ErrorKind.TRANSIENT, ErrorKind.THROTTLE_CHANNEL, ErrorKind.THROTTLE_CUSTOMER})


class Sending:
    """The life of outbound messages in this replica. attempts: tries of one message."""

    def __init__(self, claims: Claims, reporter: Reporter, clock: Clock, *, attempts: int) -> None:
        self._claims = claims
        self._reporter = reporter
        self._clock = clock
        self._attempts = attempts

    async def deliver(
        self, message: OutboundMessage, repository: OutboundMessages, sender: MessageSender, channel: Channel
    ) -> None:
        """Bring a message as far as it gets now: sent, failed, or waiting on the retry topic. Raises DependencyAway."""
        current = await self._claims.first(message, repository)
        while current is not None:
            current = await self._try(current, repository, sender, channel)

    async def put_off_again(self, message: OutboundMessage) -> None:
        """Put a waiting message at the end of the retry topic, as it is."""
        await self._reporter.put_off(message, attempt=message.attempt, not_before=message.not_before)

    async def _try(
        self, current: Try, repository: OutboundMessages, sender: MessageSender, channel: Channel
    ) -> Try | None:
        """Make one try; the next one if it is to follow at once."""
        message = current.message
        try:
            provider_message_id = await self._call(message, sender, channel)
        except SendError as error:
            if error.kind is ErrorKind.IN_DOUBT:
                log.warning("No answer from the provider, in doubt", message_id=message.id, code=error.code)
                return await self._claims.again(message, await repository.get(message.id), repository)
            return await self._failed(current, error, repository)
        await repository.accepted(message.id, current.claim, provider_message_id, self._clock.now())
        await self._reporter.sent(message)
        return None

    async def _call(self, message: OutboundMessage, sender: MessageSender, channel: Channel) -> str:
        outgoing = Outgoing(id=message.id, address=message.address, body=message.body, reply_to=message.reply_to)
        outcome = "sent"
        try:
            with (
                metrics.SEND_SECONDS.labels(message.provider).time(),
                tracing.span(f"send {message.provider}", tracing.SpanKind.CLIENT, parley__channel=message.channel),
            ):
                return await sender.send(channel, outgoing)
        except SendError as error:
            outcome = error.kind
            raise
        finally:
            metrics.SENDS.labels(message.provider, outcome).inc()

    async def _failed(self, current: Try, error: SendError, repository: OutboundMessages) -> Try | None:
        message, now = current.message, self._clock.now()
        reason = ProviderError(code=error.code, title=error.title, detail=error.detail)
        again = next_try(error, current.number, self._attempts)
        log.warning(
            "Sending failed",
            message_id=message.id,
            kind=error.kind,
            code=error.code,
            title=error.title,
            attempt=current.number,
            next_in=round(again.seconds, 2) if again else None,
        )
        if again is None:
            await repository.failed(message.id, current.claim, reason, now)
            await self._reporter.failed(message, reason, rejected=error.kind not in _WORTH_RETRYING)
            return None
        not_before = now + timedelta(seconds=again.seconds)
        await repository.wait(message.id, current.claim, reason, not_before, now)
        if not again.in_place:
            self._claims.holds_back(message)
            await self._reporter.put_off(message, attempt=current.number, not_before=not_before)
            return None
        await asyncio.sleep(again.seconds)
        tried = msgspec.structs.replace(message, attempt=current.number)
        return await self._claims.again(tried, await repository.get(message.id), repository)
