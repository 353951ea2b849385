"""The handlers of the outbound topics: find the channel and the provider's sender, then deliver."""

from collections.abc import Mapping

from services.delivery.channels.pacing import SendPacing, is_bulk
from services.delivery.presence import PresenceSender
from services.delivery.publisher import DeliveryPublisher
from services.delivery.sending.attempts import MessageAttempts
from services.delivery.sending.order import OutboundJob
from shared.clock import Clock
from shared.errors import RetryLater
from shared.messages.inbound import Provider
from shared.messages.outbound import OnPhoneBody, OutboundMessage, Presence
from shared.providers.port import Channel, MessageSender, OutgoingMessage
from shared.repositories.directory import Directory
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_LONGEST_WAIT = 60.0  # seconds


class UnknownChannel(Exception):
    """Raised for a message whose channel does not exist or was removed."""


class OutboundHandler:
    """Made once per process."""

    def __init__(
        self,
        mongo: Mongo,
        directory: Directory,
        senders: Mapping[Provider, MessageSender],
        attempts: MessageAttempts,
        publisher: DeliveryPublisher,
        pacing: SendPacing,
        presence: PresenceSender,
        clock: Clock,
    ) -> None:
        self._mongo = mongo
        self._directory = directory
        self._senders = senders
        self._attempts = attempts
        self._publisher = publisher
        self._pacing = pacing
        self._presence = presence
        self._clock = clock
        self._erasures = ErasureGuard(mongo, clock)
        self._waited: set[str] = set()  # bounded by the records in flight of the retry topic

    async def on_message(self, message: OutboundMessage) -> None:
        """Deliver a message. Raises RetryLater, DependencyAway, UnknownChannel."""
        await self._deliver(message, retried=False)

    async def _deliver(self, message: OutboundMessage, *, retried: bool) -> None:
        channel = await self._channel(message)
        if is_bulk(message):
            self._pacing.check_bulk_queue(channel)
        if await self._erasures.forbid(message.workspace, message.customer_id, message.created_at):
            metrics.ERASED.labels("delivery").inc()
            log.info("Record skipped", reason="erased")
            return
        if isinstance(message.body, OnPhoneBody):
            await self._record_phone_message(message, message.body, channel)
            return
        if isinstance(message.body, Presence):  # of a router of an earlier version: events have it now
            indicator = OutgoingMessage(id=message.id, address=message.address, body=message.body)
            self._presence.begin(channel, indicator)
            return
        job = OutboundJob(message, channel, OutboundMessages(self._mongo, message.workspace))
        await self._attempts.deliver(job, self._senders[message.provider], retried=retried)

    async def _record_phone_message(self, message: OutboundMessage, body: OnPhoneBody, channel: Channel) -> None:
        """Record a message that the business sent from its own phone; nothing is sent."""
        await OutboundMessages(self._mongo, message.workspace).written_on_phone(message, body, self._clock.now())
        await self._publisher.sent(message, channel)

    async def on_retry(self, message: OutboundMessage) -> None:
        """Deliver a message again when its time has come. Raises RetryLater until then.

        A message that waits for long goes back to the end of the topic once a minute, so that the consumer's read-ahead
        window moves on to messages that are due.
        """
        early = (message.not_before - self._clock.now()).total_seconds() if message.not_before else 0.0
        if early <= 0:
            self._waited.discard(message.id)
            await self._deliver(message, retried=True)
        elif message.id in self._waited:
            self._waited.discard(message.id)
            channel = await self._channel(message)
            await self._publisher.schedule_retry(
                message, channel, attempt=message.attempt, not_before=message.not_before
            )
        else:
            if early > _LONGEST_WAIT:
                self._waited.add(message.id)
            raise RetryLater(min(early, _LONGEST_WAIT))

    async def _channel(self, message: OutboundMessage) -> Channel:
        channel = await self._directory.channel(message.workspace, message.channel)
        if channel is None:
            raise UnknownChannel(f"{message.workspace} has no channel `{message.channel}`")
        return channel
