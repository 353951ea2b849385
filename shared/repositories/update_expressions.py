"""Aggregation expressions for update pipelines. Pure."""

from typing import Any

from shared.storage.mongo import Document

_EMPTY: Document = {"$literal": []}


def literal(value: Any) -> Document:
    """Return a value that MongoDB never reads as a field reference or an operator."""
    return {"$literal": value}


def list_or_empty(name: str) -> Document:
    return {"$ifNull": [f"${name}", _EMPTY]}


def union(name: str, values: list[str]) -> Document:
    return {"$setUnion": [list_or_empty(name), literal(values)]}


def value_or(name: str, other: Any) -> Document:
    """Return an expression for the field's value, or another value if it is missing."""
    return {"$ifNull": [f"${name}", literal(other)]}


def last_items(count: int, *lists: Any) -> Document:
    """Return an expression for the last `count` items of the lists together."""
    return {"$slice": [{"$concatArrays": list(lists)}, -count]}
