"""Builds the Kafka records of parsed items. Pure: the same item gives the same ids."""

from datetime import datetime

import msgspec

from services.ingress.senders import ResolvedSender
from shared.domain import ids
from shared.kafka.codec import to_record
from shared.kafka.records import NewRecord
from shared.messages.inbound import AccountEvent, InboundMessage, InboundStatus, Provider
from shared.providers.port import Channel, ParsedEvent, ParsedMessage, ParsedStatus
from shared.telemetry import tracing
from shared.topics import INBOUND_MESSAGES, INBOUND_STATUSES


def conversation_of(channel: Channel, resolved: ResolvedSender) -> str:
    """Return the id of a sender's conversation on a channel."""
    return ids.conversation_id(channel.workspace, channel.id, resolved.sender.identity)


def message_record(
    channel: Channel, item: ParsedMessage, resolved: ResolvedSender, now: datetime, *, limited: bool
) -> NewRecord:
    """Return the record of a customer's message. limited: the sender exceeded the limit, so it gets no answer."""
    message_id = ids.message_id(channel.workspace, channel.provider, item.provider_message_id)
    conversation_id = conversation_of(channel, resolved)
    message = InboundMessage(
        id=message_id,
        workspace=channel.workspace,
        correlation_id=ids.correlation_id(message_id),
        created_at=now,
        provider=channel.provider,
        provider_message_id=item.provider_message_id,
        channel=channel.id,
        conversation_id=conversation_id,
        sender=resolved.sender,
        content=item.content,
        sent_at=item.sent_at,
        context=item.context,
        limited=limited,
        joins=resolved.joins,
        unresolved=resolved.unresolved,
        consent=item.consent,
        raw=msgspec.Raw(item.raw),
    )
    headers = tracing.headers_for(message.correlation_id)
    return to_record(INBOUND_MESSAGES, message, lane=conversation_id, shards=channel.shards, headers=headers)


def status_record(channel: Channel, item: ParsedStatus, now: datetime) -> NewRecord:
    """Return the record of a status of our message."""
    status_id = ids.status_id(channel.workspace, channel.provider, item.provider_message_id, item.status)
    status = InboundStatus(
        id=status_id,
        workspace=channel.workspace,
        correlation_id=ids.correlation_id(status_id),
        created_at=now,
        provider=channel.provider,
        provider_message_id=item.provider_message_id,
        channel=channel.id,
        status=item.status,
        occurred_at=item.occurred_at,
        outbound_id=item.outbound_id,
        errors=item.errors,
        raw=msgspec.Raw(item.raw),
    )
    headers = tracing.headers_for(status.correlation_id)
    return to_record(INBOUND_STATUSES, status, lane=item.provider_message_id, shards=channel.shards, headers=headers)


def event_record(
    provider: Provider, workspace: str, item: ParsedEvent, channel: Channel | None, now: datetime
) -> NewRecord:
    """Return the record of an account event for one workspace. channel: the number that the event names, if any."""
    event_id = ids.derived_id("event", workspace, provider, item.account, item.field, item.key)
    event = AccountEvent(
        id=event_id,
        workspace=workspace,
        correlation_id=ids.correlation_id(event_id),
        created_at=now,
        provider=provider,
        field=item.field,
        account=item.account,
        occurred_at=item.occurred_at,
        channel=channel.id if channel and channel.workspace == workspace else None,
        raw=msgspec.Raw(item.raw),
    )
    return to_record(INBOUND_STATUSES, event, headers=tracing.headers_for(event.correlation_id))
