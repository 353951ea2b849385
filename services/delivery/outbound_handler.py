"""The handlers of the outbound topics: find the channel and the sender, then send."""

from collections.abc import Mapping

from services.delivery.channels.gate import ChannelGate
from services.delivery.channels.pacing import SendPacing, is_bulk
from services.delivery.presence import PresenceSender
from services.delivery.publisher import DeliveryPublisher
from services.delivery.sending.attempts import MessageAttempts
from services.delivery.sending.readiness import OutboundJob
from shared.clock import Clock
from shared.errors import RetryLater
from shared.messages.inbound import Provider
from shared.messages.outbound import OnPhoneBody, OutboundMessage, Presence
from shared.providers.port import Channel, MessageSender
from shared.repositories.directory import Directory
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_LONG = 60.0  # seconds


class UnknownChannel(Exception):
    """A message for a channel that does not exist (any more)."""


class OutboundHandler:
    """See the module."""

    def __init__(
        self,
        mongo: Mongo,
        directory: Directory,
        senders: Mapping[Provider, MessageSender],
        sending: MessageAttempts,
        reporter: DeliveryPublisher,
        gate: ChannelGate,
        pacing: SendPacing,
        courtesies: PresenceSender,
        clock: Clock,
    ) -> None:
        self._mongo = mongo
        self._directory = directory
        self._senders = senders
        self._sending = sending
        self._reporter = reporter
        self._gate = gate
        self._pacing = pacing
        self._courtesies = courtesies
        self._clock = clock
        self._erasures = ErasureGuard(mongo, clock)
        self._waiting: set[str] = set()  # bounded by the windows of the retry topic

    async def on_message(self, message: OutboundMessage) -> None:
        """Something to send. Raises RetryLater, DependencyAway, UnknownChannel."""
        await self._deliver(message, retried=False)

    async def _deliver(self, message: OutboundMessage, *, retried: bool) -> None:
        channel = await self._channel(message)
        if is_bulk(message):
            self._pacing.look(channel)
        if await self._erasures.forbid(message.workspace, message.customer_id, message.created_at):
            metrics.ERASED.labels("delivery").inc()
            log.info("Left out", reason="erased")
            return
        if isinstance(message.body, OnPhoneBody):
            await self._on_phone(message, message.body, channel)
            return
        sender = self._senders[message.provider]
        if isinstance(message.body, Presence):
            may = await self._gate.look(channel)
            if not may.stopped and not may.seconds:
                self._courtesies.begin(sender, channel, message)
            return
        job = OutboundJob(message, channel, OutboundMessages(self._mongo, message.workspace))
        await self._sending.deliver(job, sender, retried=retried)

    async def _on_phone(self, message: OutboundMessage, body: OnPhoneBody, channel: Channel) -> None:
        """Record a message that the business sent from its own phone; nothing is sent."""
        await OutboundMessages(self._mongo, message.workspace).written_on_phone(message, body, self._clock.now())
        await self._reporter.sent(message, channel)

    async def on_retry(self, message: OutboundMessage) -> None:
        """Something to send again, when it is time. Raises RetryLater until then.

        What has long to wait goes back to the end of the topic once a minute, so that the partition's window moves on
        to what is due.
        """
        early = (message.not_before - self._clock.now()).total_seconds() if message.not_before else 0.0
        if early <= 0:
            self._waiting.discard(message.id)
            await self._deliver(message, retried=True)
        elif message.id in self._waiting:
            self._waiting.discard(message.id)
            channel = await self._channel(message)
            await self._reporter.put_off(message, channel, attempt=message.attempt, not_before=message.not_before)
        else:
            if early > _LONG:
                self._waiting.add(message.id)
            raise RetryLater(min(early, _LONG))

    async def _channel(self, message: OutboundMessage) -> Channel:
        channel = await self._directory.channel(message.workspace, message.channel)
        if channel is None:
            raise UnknownChannel(f"{message.workspace} has no channel `{message.channel}`")
        return channel
