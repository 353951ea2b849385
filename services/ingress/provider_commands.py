"""Builds the router's commands for echoes and consents. Pure.

Only the router changes a conversation, so messages written on the business's own phone, and customers' choices made at
the provider, reach it as commands.
"""

from datetime import datetime
from typing import Any

from shared.domain import ids
from shared.kafka.codec import to_record
from shared.kafka.records import NewRecord
from shared.messages.commands import ConsentChanged, WrittenOnPhone
from shared.providers.port import Channel, ParsedConsent, ParsedEcho
from shared.telemetry import tracing
from shared.topics import CONVERSATION_COMMANDS


def command_record(channel: Channel, item: ParsedEcho | ParsedConsent, now: datetime) -> NewRecord:
    """Return the record on `conversation.commands`. now: when ingress received the item."""
    command = command_of(channel, item, now)
    headers = tracing.headers_for(command.correlation_id)
    lane = command.conversation_id
    return to_record(CONVERSATION_COMMANDS, command, lane=lane, shards=channel.shards, headers=headers)


def command_of(channel: Channel, item: ParsedEcho | ParsedConsent, now: datetime) -> WrittenOnPhone | ConsentChanged:
    """Return the command; the same item gives the same id. now: when ingress received it."""
    if isinstance(item, ParsedEcho):
        return WrittenOnPhone(
            **_common(channel, item, now),
            **_ids(ids.message_id(channel.workspace, channel.provider, item.provider_message_id)),
            provider_message_id=item.provider_message_id,
            content=item.content,
            sent_at=min(item.sent_at, now),
        )
    said_at = min(item.said_at or now, now)
    about = (channel.workspace, channel.id, item.identity, item.consent)
    return ConsentChanged(
        **_common(channel, item, now),
        **_ids(ids.derived_id("consent", *about, item.raw.decode(errors="replace"))),
        consent=item.consent,
        said_at=said_at,
    )


def _common(channel: Channel, item: ParsedEcho | ParsedConsent, now: datetime) -> dict[str, Any]:
    return {
        "workspace": channel.workspace,
        "created_at": now,
        "conversation_id": ids.conversation_id(channel.workspace, channel.id, item.identity),
        "by": "provider",
        "provider": channel.provider,
        "channel": channel.id,
        "identity": item.identity,
        "address": item.identity,
        "bsuid": item.bsuid or "",
    }


def _ids(id_: str) -> dict[str, Any]:
    return {"id": id_, "correlation_id": ids.correlation_id(id_)}
