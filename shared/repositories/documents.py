"""Structs to MongoDB documents and back. Times stay times, bytes stay bytes, enums become text."""

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from bson import json_util

from shared.repositories.mongo import Document

T = TypeVar("T")
_EXTENDED = json_util.CANONICAL_JSON_OPTIONS.with_options(tz_aware=True, tzinfo=UTC)


def to_document(value: Any) -> Document:
    """A document of a struct."""
    built: Document = msgspec.to_builtins(value, builtin_types=(datetime, bytes))
    return built


def from_document(document: Document, type_: type[T]) -> T:
    """A struct of a document; fields that the struct does not have are ignored."""
    return msgspec.convert(document, type_, builtin_types=(datetime, bytes))


def plain(value: Any) -> Any:
    """Any struct as plain JSON values; raw JSON within is read."""
    return msgspec.json.decode(msgspec.json.encode(value))


def extended(document: Document) -> str:
    """A document as MongoDB's extended JSON, canonical: nothing of its types is lost."""
    return json_util.dumps(document, json_options=_EXTENDED, separators=(",", ":"))


def from_extended(text: str | bytes) -> Document:
    """What `extended` has written. Raises ValueError, TypeError."""
    found: Document = json_util.loads(text, json_options=_EXTENDED)
    return found
