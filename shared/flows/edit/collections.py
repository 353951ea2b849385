"""Writes lists and mappings as YAML: in brackets when they are short, else a line for each part."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.flows.edit.scalars import BREAKS, block_lines, key_text, scalar_text

_WIDTH = 88  # of a collection in brackets
_MOST_PAIRS = 4
_LINE_FOR_EACH = ("options", "buttons", "list", "steps", "outcomes", "variables", "branch", "set", "fields")
"""Keys whose parts stand on lines of their own."""


def is_collection(value: Any) -> bool:
    """Return whether a value is a list or a mapping."""
    return isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str))


def flow_text(value: Any) -> str:
    """Return a value on one line, collections in brackets. Raises Refused."""
    if isinstance(value, Mapping):
        pairs = (f"{key_text(key, in_flow=True)}: {flow_text(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if is_collection(value):
        return "[" + ", ".join(map(flow_text, value)) + "]"
    return scalar_text(value, in_flow=True)


def prefers_brackets(value: Any, key: str = "") -> bool:
    """Return whether a collection is short and simple enough to stand on one line."""
    if not value:
        return True
    parts = list(value.values()) if isinstance(value, Mapping) else list(value)
    if key in _LINE_FOR_EACH or any(map(is_collection, parts)) or len(flow_text(value)) > _WIDTH:
        return False
    if any(isinstance(part, str) and (BREAKS.search(part) or len(part) > _WIDTH // 2) for part in parts):
        return False
    return not isinstance(value, Mapping) or len(parts) <= _MOST_PAIRS


def pair_lines(key: str, value: Any, indent: int, step: int, *, brackets: bool = True) -> list[str]:
    """Return the lines of a key and its value. indent: of the key; step: by which its parts are indented more.

    brackets: whether a short collection may stand in brackets.
    """
    head = f"{' ' * indent}{key_text(key)}:"
    return _joined(head, value_lines(value, indent + step, step, key, brackets=brackets))


def item_lines(value: Any, indent: int, step: int) -> list[str]:
    """Return the lines of an item of a list. indent: of its hyphen."""
    hyphen = " " * indent + "-"
    if is_collection(value) and value and not prefers_brackets(value):
        lines = collection_lines(value, indent + 2, step)
        return [f"{hyphen} {lines[0][indent + 2 :]}", *lines[1:]]
    return _joined(hyphen, value_lines(value, indent + 2, step))


def value_lines(value: Any, indent: int, step: int, key: str = "", *, brackets: bool = True) -> list[str]:
    """Return the lines of a value: the first one stands behind its key (it may be empty), the others below it."""
    if is_collection(value):
        if not value or (brackets and prefers_brackets(value, key)):
            return [flow_text(value)]
        return ["", *collection_lines(value, indent, step)]
    if isinstance(value, str) and BREAKS.search(value):
        block = block_lines(value)
        if block is not None:
            return [block[0], *(f"{' ' * indent}{line}" if line else "" for line in block[1:])]
    return [scalar_text(value)]


def collection_lines(value: Any, indent: int, step: int) -> list[str]:
    """Return the lines of a collection that is not empty, all indented."""
    if isinstance(value, Mapping):
        return [line for key, item in value.items() for line in pair_lines(key, item, indent, step)]
    return [line for item in value for line in item_lines(item, indent, step)]


def _joined(head: str, lines: list[str]) -> list[str]:
    return [f"{head} {lines[0]}" if lines[0] else head, *lines[1:]]
