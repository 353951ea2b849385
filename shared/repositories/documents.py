"""Structs to MongoDB documents and back. Times stay times, bytes stay bytes, enums become text."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from shared.repositories.mongo import Document

T = TypeVar("T")


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
