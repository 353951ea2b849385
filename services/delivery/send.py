"""Sends one message: claim, call the provider, record the answer. Once, or as near to it as the provider allows.

The document of a message is made as `sending` before the call, so a record that comes again finds what became of it
(`shared.repositories.outbound`). Found in `sending`, it is in doubt: our id went along, so a status settles it; if none
comes within the grace period it is sent again and marked as a possible duplicate.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from services.delivery.report import Reporter
from services.delivery.schedule import next_try
from shared.clock import Clock
from shared.messages.inbound import ProviderError
from shared.messages.outbound import OutboundMessage
from shared.providers.errors import ErrorKind, SendError
from shared.providers.port import Channel, MessageSender, Outgoing
from shared.repositories.outbound import OutboundMessages, Sent, State
from shared.telemetry import logging, metrics, tracing

log = logging.get(__name__)

_LOOK_EVERY = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """instance: this replica. attempts: tries of one message. in_doubt_grace: seconds to wait for a status."""

    instance: str
    attempts: int
    in_doubt_grace: float


@dataclass(frozen=True, slots=True)
class _Try:
    """One claimed try. number: from 1."""

    message: OutboundMessage
    claim: str
    number: int


class Sending:
    """The life of outbound messages in this replica."""

    def __init__(self, reporter: Reporter, options: Options, clock: Clock) -> None:
        self._reporter = reporter
        self._options = options
        self._clock = clock
        self._claims = 0
        self._born = clock.now().timestamp()

    async def deliver(
        self, message: OutboundMessage, repository: OutboundMessages, sender: MessageSender, channel: Channel
    ) -> None:
        """Bring a message as far as it gets now: sent, failed, or waiting on the retry topic. Raises DependencyAway."""
        claim = self._claim()
        before = await repository.claim(message, claim, self._clock.now())
        current: _Try | None = _Try(message, claim, 1)
        if before is not None:
            current = await self._again(message, before, repository)
        while current is not None:
            current = await self._try(current, repository, sender, channel)

    async def _again(self, message: OutboundMessage, found: Sent, repository: OutboundMessages) -> _Try | None:
        """The try to make for a message that was claimed before; None when there is none to make."""
        while True:
            if found.state is State.SENT:
                metrics.REDELIVERED.labels("delivery").inc()
                await self._reporter.sent(message)
                return None
            if found.state is State.FAILED:
                metrics.REDELIVERED.labels("delivery").inc()
                await self._reporter.failed(message, msgspec.convert(found.error, ProviderError), rejected=True)
                return None
            if found.state is State.WAITING and message.attempt != found.attempt:
                await self._put_off(message, found.attempt, found.not_before or self._clock.now())
                return None
            if found.state is State.SENDING:
                settled = await self._settled(found, repository)
                if settled is not None:
                    found = settled
                    continue
            current = await self._reclaim(message, found, repository)
            if current is not None:
                return current
            found = await repository.get(message.id) or found

    async def _reclaim(self, message: OutboundMessage, found: Sent, repository: OutboundMessages) -> _Try | None:
        in_doubt = found.state is State.SENDING
        claim = self._claim()
        if not await repository.reclaim(found, claim, self._clock.now(), possible_duplicate=in_doubt):
            return None
        if in_doubt:
            metrics.IN_DOUBT.labels("sent_again").inc()
            log.warning("In doubt, sending again", message_id=message.id, attempt=found.attempt + 1)
        return _Try(message, claim, found.attempt + 1)

    async def _settled(self, found: Sent, repository: OutboundMessages) -> Sent | None:
        """Wait for a status, or whoever has the claim; None when the grace period is over and nothing changed."""
        end = found.claimed_at + timedelta(seconds=self._options.in_doubt_grace)
        while self._clock.now() < end:
            await asyncio.sleep(_LOOK_EVERY)
            now = await repository.get(found.id)
            if now is not None and (now.state is not State.SENDING or now.claim != found.claim):
                if now.state is State.SENT:
                    metrics.IN_DOUBT.labels("settled").inc()
                return now
        return None

    async def _try(
        self, current: _Try, repository: OutboundMessages, sender: MessageSender, channel: Channel
    ) -> _Try | None:
        """Make one try; the next one if it is to follow at once."""
        message = current.message
        try:
            provider_message_id = await self._call(message, sender, channel)
        except SendError as error:
            if error.kind is ErrorKind.IN_DOUBT:
                log.warning("No answer from the provider, in doubt", message_id=message.id, code=error.code)
                found = await repository.get(message.id)
                return await self._again(message, found, repository) if found else None
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

    async def _failed(self, current: _Try, error: SendError, repository: OutboundMessages) -> _Try | None:
        message, now = current.message, self._clock.now()
        reason = ProviderError(code=error.code, title=error.title, detail=error.detail)
        again = next_try(error, current.number, self._options.attempts)
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
            await self._put_off(message, current.number, not_before)
            return None
        await asyncio.sleep(again.seconds)
        found = await repository.get(message.id)
        if found is None:
            return None
        return await self._again(msgspec.structs.replace(message, attempt=current.number), found, repository)

    async def _put_off(self, message: OutboundMessage, attempt: int, not_before: datetime) -> None:
        await self._reporter.put_off(msgspec.structs.replace(message, attempt=attempt, not_before=not_before))

    def _claim(self) -> str:
        self._claims += 1
        return f"{self._options.instance}:{self._born:.3f}:{self._claims}"


_WORTH_RETRYING = frozenset({ErrorKind.TRANSIENT, ErrorKind.THROTTLE_CHANNEL, ErrorKind.THROTTLE_CUSTOMER})
