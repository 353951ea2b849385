"""Hands a broadcast's next messages over: first to Kafka, then it is recorded that they are on their way.

A crash in between has the same messages made and handed over once more, with the same ids: delivery sends each once.
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

_FIRST_LOOK = timedelta(seconds=1)


class BroadcastHandover:
    """Raises DependencyAway."""

    def __init__(self, mongo: Mongo, people: RecipientProfiles, producer: Producer, clock: Clock) -> None:
        self._mongo = mongo
        self._people = people
        self._producer = producer
        self._clock = clock

    async def hand_over(self, broadcast: Broadcast, channel: Channel, recipients: Sequence[Recipient]) -> None:
        """Write to these recipients, or skip them."""
        steps: list[RecipientUpdate] = []
        records: list[NewRecord] = []
        for person in await self._people.look_up(broadcast, recipients):
            asked = decide(broadcast, channel.provider, person, self._clock.now())
            if isinstance(asked, SkipReason):
                steps.append(_skipped(person, asked))
                continue
            records.append(await self._record(broadcast, channel, person, asked))
            steps.append(self._queued(person, asked))
        if records:
            await self._producer.send(records)
        await BroadcastRecipients(self._mongo, broadcast.workspace).put(steps, self._clock.now())
        for outcome, count in (("queued", len(records)), ("skipped", len(steps) - len(records))):
            metrics.BROADCAST_RECIPIENTS.labels(outcome).inc(count)

    async def _record(
        self, broadcast: Broadcast, channel: Channel, person: RecipientProfile, asked: OutboundMessage | StartFlow
    ) -> NewRecord:
        headers = tracing.headers_for(asked.correlation_id)
        lane = asked.conversation_id
        if person.recipient.retried and (message := await self._failed(broadcast, person.recipient)) is not None:
            return to_record(OUTBOUND_BULK, message, lane=lane, shards=channel.shards, headers=headers)
        if isinstance(asked, OutboundMessage):
            return to_record(OUTBOUND_BULK, asked, lane=lane, shards=channel.shards, headers=headers)
        shards = person.conversation.shards if person.conversation else channel.shards
        return to_record(CONVERSATION_COMMANDS, asked, lane=lane, shards=shards, headers=headers)

    async def _failed(self, broadcast: Broadcast, recipient: Recipient) -> OutboundMessage | None:
        """The message that failed before, to be tried again as it is; None when it never reached delivery."""
        outbound = OutboundMessages(self._mongo, broadcast.workspace)
        await outbound.reopen(recipient.message_id)
        return await outbound.message(recipient.message_id)

    def _queued(self, person: RecipientProfile, asked: OutboundMessage | StartFlow) -> RecipientUpdate:
        return RecipientUpdate(
            id=person.recipient.id,
            was=person.recipient.reached,
            reached=RecipientState.QUEUED,
            queued=True,
            conversation_id=asked.conversation_id,
            message_id=first_message_id(asked),
            look_at=self._clock.now() + _FIRST_LOOK,
        )


def _skipped(person: RecipientProfile, why: SkipReason) -> RecipientUpdate:
    recipient = person.recipient
    return RecipientUpdate(id=recipient.id, was=recipient.reached, reached=RecipientState.SKIPPED, reason=why.value)
