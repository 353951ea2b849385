"""Formats tool results for a model: bounded, labelled as data, unable to close their tag. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from services.ai.text.cleaning import for_model

_MOST = 4000  # characters of a result
_MOST_LINE = 200
OVER_CAP = "Not done: no more tools may be called for this answer. Answer with what you know."


class ToolRefused(Exception):
    """Raised for a well-formed call that makes no sense; the text says why, for the model."""


@dataclass(frozen=True, slots=True)
class ToolData:
    """The result of a tool before it is formatted. data: plain values, or a sentence of ours. amounts: of money, which
    the answer may name because of it.
    """

    data: Any
    amounts: frozenset[Decimal] = frozenset()


def labelled(name: str, data: Any) -> str:
    """Return a result between tags, which nothing in it can close."""
    rows = data if isinstance(data, list) else [data]
    lines, room = [], _MOST
    for row in rows:
        line = _clean(row if isinstance(row, str) else msgspec.json.encode(row).decode())
        room -= len(line) + 1
        if room < 0:
            lines.append("… and more, which did not fit")
            break
        lines.append(line)
    text = "\n".join(lines) or "nothing was found"
    return f"<tool_data tool={name}>\n{text}\n</tool_data>"


def failed(why: str) -> str:
    """Return a result that says why there is none."""
    return f"Not done: {_clean(why)[:_MOST_LINE]}."


def one_line(text: str) -> str:
    """Return a model's text as one bounded line."""
    return " ".join(_clean(text).split())[:_MOST_LINE]


def _clean(text: str) -> str:
    return for_model(text).replace("<", "(").replace(">", ")")
