"""Publishes what delivery has to report: events, dead letters, commands to the router, and its own retries."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from shared.clock import Clock
from shared.domain import ids
from shared.kafka.codec import encode, to_record
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.ports import Producer
from shared.kafka.records import NewRecord
from shared.messages.base import Message
from shared.messages.commands import Command, ConsentChanged, HeldOff, Undeliverable
from shared.messages.dead_letters import DeadLetter, DeadLetterReason, RecordOrigin
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.inbound import Consent, InboundStatus, ProviderError
from shared.messages.operations import OperationCommand
from shared.messages.outbound import Body, OutboundMessage, TemplateBody
from shared.providers.errors import SendError
from shared.providers.port import Channel
from shared.repositories.channel_states import ChannelChange
from shared.repositories.operation_outcomes import OperationOutcome
from shared.repositories.outbound_views import StatusOutcome
from shared.telemetry import metrics, tracing
from shared.topics import CONVERSATION_COMMANDS, CONVERSATION_EVENTS, OUTBOUND_MESSAGES, OUTBOUND_RETRY, Topic, key_for


class DeliveryPublisher:
    """Made once per process. All raise DependencyAway. Publishing twice is harmless: ids are derived from the
    message."""

    def __init__(self, producer: Producer, dead_letters: DeadLetters, clock: Clock) -> None:
        self._producer = producer
        self._dead_letters = dead_letters
        self._clock = clock

    async def sent(self, message: OutboundMessage, channel: Channel, body: Body | None = None) -> None:
        """Publish `message.sent`. body: as it was sent, where that is known."""
        if message.received_at is not None:
            seconds = (self._clock.now() - message.received_at).total_seconds()
            metrics.FIRST_REPLY.labels(message.author).observe(max(0.0, seconds))
        detail = ""
        if isinstance(body, TemplateBody) and not isinstance(message.body, TemplateBody):
            detail = f"template {body.name}: the 24-hour window is closed"
        event = self._message_event(message, EventKind.MESSAGE_SENT, detail)
        await self._send(CONVERSATION_EVENTS, event, message.conversation_id, channel.shards)

    async def failed(
        self, message: OutboundMessage, channel: Channel, error: ProviderError, reason: DeadLetterReason
    ) -> None:
        """Publish `message.failed` for people, and a dead letter to replay when the cause is removed."""
        detail = f"{error.code}: {error.title}"
        await self._dead_letters.put(
            DeadLetter(
                id=ids.derived_id("dead-letter", message.id),
                workspace=message.workspace,
                correlation_id=message.correlation_id,
                created_at=self._clock.now(),
                reason=reason,
                detail=f"{detail.rstrip('.')}. {error.detail}".strip(),
                origin=RecordOrigin(service="delivery", topic=OUTBOUND_MESSAGES.name),
                payload=encode(message),
                replay_topic=OUTBOUND_MESSAGES.name,
                key=key_for(message.workspace, message.conversation_id, channel.shards),
                headers=tracing.link_headers(tracing.headers_for(message.correlation_id)),
            )
        )
        event = self._message_event(message, EventKind.MESSAGE_FAILED, detail)
        await self._send(CONVERSATION_EVENTS, event, message.conversation_id, channel.shards)

    async def report_customer(self, message: OutboundMessage, channel: Channel, error: SendError, at: datetime) -> None:
        """Publish to the router what a final refusal says about the customer: opted out, undeliverable, or
        not to get marketing for a while.

        at: when the provider refused.
        """
        commands: list[Command] = []
        if error.consent is not None:
            commands.append(self._consent(message, error.consent, at))
        if error.undeliverable:
            about = self._about(message, ids.derived_id("undeliverable", message.id, at.isoformat()))
            commands.append(Undeliverable(**about, customer_id=message.customer_id, failed_at=at))
        if error.hold_off is not None:
            about = self._about(message, ids.derived_id("held_off", message.id, at.isoformat()))
            until = at + timedelta(seconds=error.hold_off)
            commands.append(HeldOff(**about, customer_id=message.customer_id, until=until))
        for command in commands:
            await self._send(CONVERSATION_COMMANDS, command, message.conversation_id, channel.shards)

    def _consent(self, message: OutboundMessage, consent: Consent, at: datetime) -> ConsentChanged:
        return ConsentChanged(
            **self._about(message, ids.derived_id("consent", message.id, consent)),
            provider=message.provider,
            channel=message.channel,
            identity=_identity(message.address),
            address=message.address,
            customer_id=message.customer_id,
            consent=consent,
            said_at=at,
        )

    def _about(self, message: OutboundMessage, id_: str) -> dict[str, Any]:
        """Return the fields that all commands about a message's customer have."""
        return {
            "id": id_,
            "workspace": message.workspace,
            "correlation_id": message.correlation_id,
            "created_at": self._clock.now(),
            "conversation_id": message.conversation_id,
            "by": "delivery",
        }

    async def status(self, status: InboundStatus, outcome: StatusOutcome, shards: int) -> None:
        """Publish `message.status`, with the correlation id of the message that the status is about."""
        await self.send_statuses([self.status_record(status, outcome, shards)])

    def status_record(self, status: InboundStatus, outcome: StatusOutcome, shards: int) -> NewRecord:
        """Return the record of `message.status`, with the context of the current span."""
        about = msgspec.structs.replace(status, correlation_id=outcome.correlation_id)
        event = self._event(
            about, EventKind.MESSAGE_STATUS, outcome.conversation_id, outcome.id, status.status, channel=outcome.channel
        )
        return _record(CONVERSATION_EVENTS, event, outcome.conversation_id, shards)

    async def send_statuses(self, records: Sequence[NewRecord]) -> None:
        """Publish records of `status_record`, all at once."""
        await self._producer.send(records)

    async def operation(
        self,
        command: OperationCommand,
        outcome: OperationOutcome,
        changes: Sequence[tuple[EventKind, str]] = (),
    ) -> None:
        """Publish how a command of `operations.commands` ended, and the events of what it changed, each with its
        detail.
        """
        kind = EventKind.COMMAND_DONE if outcome.done else EventKind.COMMAND_REFUSED
        about = {"command_id": command.id, "by": command.by}
        message_id = outcome.subject if outcome.kind == "retry_message" else None
        events = [
            *(self._workspace_event(command, change, detail) for change, detail in changes),
            self._workspace_event(command, kind, outcome.code, message_id=message_id, **about),
        ]
        await self._producer.send([_record(CONVERSATION_EVENTS, event, "", 1) for event in events])

    async def channel_changed(self, change: ChannelChange) -> None:
        """Publish that a channel is `stopped` or `resumed`."""
        state = "resumed" if change.resumed else "stopped"
        cause = f"{change.workspace}/{change.channel}:{state}:{change.stopped_at.isoformat()}"
        await self.changed(EventKind.CHANNEL_CHANGED, change.workspace, cause, detail=state, channel=change.channel)

    async def changed(self, kind: EventKind, workspace: str, cause: str, *, detail: str, channel: str = "") -> None:
        """Publish that something of a workspace has changed, such as a broadcast. cause: makes the event's id."""
        event = ConversationEvent(
            id=ids.output_id(cause, kind.value),
            workspace=workspace,
            correlation_id=ids.correlation_id(cause),
            created_at=self._clock.now(),
            kind=kind,
            conversation_id="",
            detail=detail,
            channel=channel,
        )
        await self._producer.send([_record(CONVERSATION_EVENTS, event, "", 1)])

    def _workspace_event(self, about: Message, kind: EventKind, detail: str, **more: Any) -> ConversationEvent:
        return ConversationEvent(
            id=ids.output_id(about.id, kind.value),
            workspace=about.workspace,
            correlation_id=about.correlation_id,
            created_at=self._clock.now(),
            kind=kind,
            conversation_id="",
            detail=detail,
            **more,
        )

    async def schedule_retry(
        self, message: OutboundMessage, channel: Channel, *, attempt: int, not_before: datetime | None
    ) -> None:
        """Publish a message to `outbound.retry`, to be attempted again at `not_before`. attempt: attempts made so
        far."""
        retry = msgspec.structs.replace(message, attempt=attempt, not_before=not_before)
        await self._send(OUTBOUND_RETRY, retry, message.conversation_id, channel.shards)

    def _message_event(self, message: OutboundMessage, kind: EventKind, detail: str) -> ConversationEvent:
        about = {"channel": message.channel, "author": message.author.value}
        return self._event(message, kind, message.conversation_id, message.id, detail, **about)

    def _event(
        self,
        about: Message,
        kind: EventKind,
        conversation_id: str,
        message_id: str,
        detail: str,
        *,
        channel: str = "",
        author: str = "",
    ) -> ConversationEvent:
        return ConversationEvent(
            id=ids.output_id(about.id, kind),
            workspace=about.workspace,
            correlation_id=about.correlation_id,
            created_at=self._clock.now(),
            kind=kind,
            conversation_id=conversation_id,
            message_id=message_id,
            detail=detail,
            channel=channel,
            author=author,
        )

    async def _send(self, topic: Topic, message: Message, conversation_id: str, shards: int) -> None:
        await self._producer.send([_record(topic, message, conversation_id, shards)])


def _record(topic: Topic, message: Message, conversation_id: str, shards: int) -> NewRecord:
    headers = tracing.headers_for(message.correlation_id)
    return to_record(topic, message, lane=conversation_id, shards=shards, headers=headers)


def _identity(address: str) -> str:
    """Return the identity (E.164 or `bsuid:`) of a provider's address."""
    return address if address.startswith(("+", "bsuid:")) else f"+{address}"
