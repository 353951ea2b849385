"""Formats a Kafka record as one readable line, or as JSON."""

from datetime import UTC, datetime
from typing import Any

from devtools.cli.screen import clock_time, shortened
from shared.domain.phone import mask
from shared.kafka.codec import Undecodable, decode
from shared.kafka.records import Record
from shared.messages.ai import AiRequest
from shared.messages.commands import Command
from shared.messages.content import text_of
from shared.messages.dead_letters import DeadLetter
from shared.messages.events import ConversationEvent
from shared.messages.inbound import AccountEvent, InboundMessage, InboundStatus
from shared.messages.outbound import OutboundMessage, Presence
from shared.operations.dead_letters.reader import detail_of
from shared.operations.masking import masked, masked_text
from shared.storage.documents import plain
from shared.text.printable import printable
from shared.topics import workspace_of


def line_of(record: Record, *, raw: bool = False) -> str:
    """Return time, workspace, id, kind and main fields of a record. raw: with phone numbers and texts."""
    at = clock_time(datetime.fromtimestamp(record.timestamp_ms / 1000, UTC))
    workspace = workspace_of(record.key) or "-"
    try:
        message = decode(record)
    except Undecodable as error:
        value = shortened(record.value.decode(errors="replace"), 80)
        text = f"UNDECODABLE {len(record.value)} bytes: {error}; {value}"
        return _as_line(f"{at}  {workspace:<10} {_place(record)}  {text if raw else masked_text(text)}")
    return _as_line(f"{at}  {message.workspace or workspace:<10} {message.id}  {_kind(message, raw=raw)}")


def json_of(record: Record, *, raw: bool = False) -> dict[str, Any]:
    """Return the record as JSON; an undecodable one has `error` and its value as text."""
    shown: dict[str, Any] = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "time": datetime.fromtimestamp(record.timestamp_ms / 1000, UTC).isoformat(),
        "key": record.key.decode(errors="replace"),
    }
    try:
        message = decode(record)
        value = plain(message)
    except Undecodable as error:
        text = record.value.decode(errors="replace")
        return shown | {"error": str(error), "value": text if raw else masked_text(text)}
    if isinstance(message, DeadLetter) and not raw:
        value["payload"] = f"{len(message.payload)} bytes"  # in base64, where numbers cannot be masked
    return shown | {"value": value if raw else masked(value)}


def _as_line(text: str) -> str:
    return printable(" ".join(text.splitlines()))


def _place(record: Record) -> str:
    return f"{record.topic}[{record.partition}]@{record.offset}"


def _kind(message: Any, *, raw: bool) -> str:  # noqa: C901 - one line for each kind of message
    def number(value: str) -> str:
        return value if raw else mask(value)

    match message:
        case InboundMessage():
            text = f' "{shortened(text_of(message.content), 60)}"' if raw else ""
            limited = " (limited)" if message.limited else ""
            return f"{type(message.content).__name__.lower()} from {number(message.sender.identity)}{text}{limited}"
        case InboundStatus():
            errors = "; ".join(f"{error.code}: {error.title}" for error in message.errors)
            about = message.outbound_id or message.provider_message_id
            return f"status {message.status} of {about}" + (f" ({errors})" if errors else "")
        case AccountEvent():
            return f"account event {message.field}"
        case AiRequest():
            return f"AI request of conversation {message.conversation_id}, turn {message.turn}"
        case OutboundMessage(body=Presence(typing=typing)):
            return f"{'read and typing' if typing else 'read'} to {number(message.address)}"
        case OutboundMessage():
            text = f' "{shortened(getattr(message.body, "body", ""), 60)}"' if raw else ""
            attempts = f", {message.attempt} attempts" if message.attempt else ""
            return f"{message.author} to {number(message.address)}, turn {message.turn}{attempts}{text}"
        case ConversationEvent():
            shown = message.presence
            presence = "" if shown is None else "(read and typing)" if shown.typing else "(read)"
            return " ".join(filter(None, (message.kind, message.message_id, message.detail, presence)))
        case DeadLetter():
            return f"{message.reason} from {message.origin.service}: {detail_of(message, raw=raw)}"
        case Command():
            return f"{type(message).__name__} by {message.by}, conversation {message.conversation_id}"
        case _:
            return type(message).__name__
