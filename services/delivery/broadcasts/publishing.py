"""Publishes a broadcast's next messages, then records them as queued.

After a crash in between the same messages are published once more, with the same ids: delivery sends each once.
"""

from collections.abc import Sequence
from datetime import timedelta

from shared.clock import Clock
from shared.domain.broadcast import Broadcast, Recipient, RecipientState
from shared.kafka.codec import to_record
from shared.kafka.ports import Producer
from shared.kafka.records import NewRecord
from shared.messages.commands import StartFlow
from shared.messages.outbound import OutboundMessage
from shared.operations.broadcasts.decide import SkipReason, decide, first_message_id
from shared.operations.broadcasts.profiles import RecipientProfile, RecipientProfiles
from shared.providers.port import Channel
from shared.repositories.broadcast_recipients import BroadcastRecipients, RecipientUpdate
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Mongo
from shared.telemetry import metrics, tracing
from shared.topics import CONVERSATION_COMMANDS, OUTBOUND_BULK

_FIRST_RESULT_AFTER = timedelta(seconds=1)


class BroadcastPublisher:
    """Made once per process. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, profiles: RecipientProfiles, producer: Producer, clock: Clock) -> None:
        self._mongo = mongo
        self._profiles = profiles
        self._producer = producer
        self._clock = clock

    async def publish(self, broadcast: Broadcast, channel: Channel, recipients: Sequence[Recipient]) -> None:
        """Publish the messages of these recipients, or skip them."""
        updates: list[RecipientUpdate] = []
        records: list[NewRecord] = []
        for profile in await self._profiles.read(broadcast, recipients):
            content = decide(broadcast, channel.provider, profile, self._clock.now())
            if isinstance(content, SkipReason):
                updates.append(_skipped(profile, content))
                continue
            records.append(await self._record(broadcast, channel, profile, content))
            updates.append(self._queued(profile, content))
        if records:
            await self._producer.send(records)
        await BroadcastRecipients(self._mongo, broadcast.workspace).update(updates, self._clock.now())
        for outcome, count in (("queued", len(records)), ("skipped", len(updates) - len(records))):
            metrics.BROADCAST_RECIPIENTS.labels(outcome).inc(count)

    async def _record(
        self, broadcast: Broadcast, channel: Channel, profile: RecipientProfile, content: OutboundMessage | StartFlow
    ) -> NewRecord:
        headers = tracing.headers_for(content.correlation_id)
        lane = content.conversation_id
        if profile.recipient.retried and (message := await self._reopened(broadcast, profile.recipient)) is not None:
            return to_record(OUTBOUND_BULK, message, lane=lane, shards=channel.shards, headers=headers)
        if isinstance(content, OutboundMessage):
            return to_record(OUTBOUND_BULK, content, lane=lane, shards=channel.shards, headers=headers)
        shards = profile.conversation.shards if profile.conversation else channel.shards
        return to_record(CONVERSATION_COMMANDS, content, lane=lane, shards=shards, headers=headers)

    async def _reopened(self, broadcast: Broadcast, recipient: Recipient) -> OutboundMessage | None:
        """Return the message that failed before, to be sent again as it is; None: it never reached delivery."""
        outbound = OutboundMessages(self._mongo, broadcast.workspace)
        await outbound.reopen(recipient.message_id)
        return await outbound.message(recipient.message_id)

    def _queued(self, profile: RecipientProfile, content: OutboundMessage | StartFlow) -> RecipientUpdate:
        return RecipientUpdate(
            id=profile.recipient.id,
            was=profile.recipient.reached,
            reached=RecipientState.QUEUED,
            queued=True,
            conversation_id=content.conversation_id,
            message_id=first_message_id(content),
            look_at=self._clock.now() + _FIRST_RESULT_AFTER,
        )


def _skipped(profile: RecipientProfile, why: SkipReason) -> RecipientUpdate:
    recipient = profile.recipient
    return RecipientUpdate(id=recipient.id, was=recipient.reached, reached=RecipientState.SKIPPED, reason=why.value)
