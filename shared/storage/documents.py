"""Converts structs to MongoDB documents and back. Times stay times, bytes stay bytes, enums become text."""

from datetime import UTC, datetime
from typing import Any, TypeVar

import bson
import msgspec
from bson import json_util
from bson.codec_options import CodecOptions

from shared.storage.mongo import Document

T = TypeVar("T")
_LEAST, _MOST = -(2**63), 2**63 - 1
_MOST_LEVELS = 40  # the server allows 100 in a document
_CODEC: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
_EXTENDED = json_util.CANONICAL_JSON_OPTIONS.with_options(tz_aware=True, tzinfo=UTC)


def to_document(value: Any) -> Document:
    """Return the document of a struct."""
    built: Document = msgspec.to_builtins(value, builtin_types=(datetime, bytes))
    return built


def from_document(document: Document, type_: type[T]) -> T:
    """Return the struct of a document; fields that the struct does not have are ignored."""
    return msgspec.convert(document, type_, builtin_types=(datetime, bytes))


def as_stored(value: T) -> T:
    """Return a struct as it is read when it has been stored: times have whole milliseconds."""
    return from_document(bson.decode(bson.encode(to_document(value)), _CODEC), type(value))


def plain(value: Any) -> Any:
    """Return any struct as JSON values that a document can hold; raw JSON in it is decoded.

    Numbers of more than 64 bits become text, a NUL in a field name a space, and too deep nesting JSON text.
    """
    return _storable(msgspec.json.decode(msgspec.json.encode(value)), _MOST_LEVELS)


def _storable(value: Any, levels: int) -> Any:
    if isinstance(value, int):
        return value if _LEAST <= value <= _MOST else str(value)
    if not isinstance(value, dict | list):
        return value
    if not levels:
        return msgspec.json.encode(value).decode()
    if isinstance(value, list):
        return [_storable(item, levels - 1) for item in value]
    return {name.replace("\0", " "): _storable(item, levels - 1) for name, item in value.items()}


def extended(document: Document) -> str:
    """Return a document as MongoDB's canonical extended JSON, which keeps all types."""
    return json_util.dumps(document, json_options=_EXTENDED, separators=(",", ":"))


def from_extended(text: str | bytes) -> Document:
    """Return the document that `extended` wrote. Raises ValueError, TypeError."""
    found: Document = json_util.loads(text, json_options=_EXTENDED)
    return found
