"""Encodes messages as JSON and decodes them, by the types in the topic table."""

from functools import cache
from typing import Any

import msgspec

from shared.kafka.records import Headers, NewRecord, Record
from shared.messages.base import Message
from shared.topics import TOPICS, Topic, key_for

_encode = msgspec.json.Encoder().encode
_OVERHEAD = 1024  # bytes that a batch adds to a record
_SMALL = 256 * 1024  # bytes; fits into every topic, whatever its key and headers are


class Undecodable(Exception):
    """Raised for a record whose value is not a message of its topic."""


@cache
def _decoder(topic: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(TOPICS[topic].message)


def encode(message: Message) -> bytes:
    """Return the bytes of a message."""
    return _encode(message)


def decode(record: Record) -> Any:
    """Return the message of a record, of its topic's type. Raises Undecodable."""
    try:
        return _decoder(record.topic).decode(record.value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Undecodable(str(error)) from None


def to_record(topic: Topic, message: Message, *, lane: str = "", shards: int = 1, headers: Headers = ()) -> NewRecord:
    """Return a record for `topic`, keyed by the message's workspace (and by `lane`, if the workspace has shards)."""
    return NewRecord(topic.name, key_for(message.workspace, lane, shards), _encode(message), headers)


def size_of(record: NewRecord) -> int:
    """Return the bytes that a record takes in its topic."""
    headers = sum(len(name) + len(value) + 10 for name, value in record.headers)
    return len(record.key) + len(record.value) + headers + _OVERHEAD


def fits(record: NewRecord) -> bool:
    """Return whether its topic accepts a record of this size."""
    if len(record.value) < _SMALL:
        return True
    return size_of(record) <= TOPICS[record.topic].max_bytes if record.topic in TOPICS else True
