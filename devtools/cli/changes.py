"""Formats the changes of a workspace as lines of a diff."""

import json
from collections.abc import Iterable
from typing import Any

from shared.text.printable import one_line
from shared.workspace.diff import Change

_SIGNS = {"added": "+", "changed": "~", "removed": "-"}
_LONGEST = 60  # characters of a value


def lines(changes: Iterable[Change]) -> list[str]:
    """Return lines such as `  ~ bot.history: 10 → 12`; of secret or large values only that they changed."""
    return [f"  {_SIGNS[change.kind]} {_short(change.path, 100)}{_values(change)}" for change in changes]


def _values(change: Change) -> str:
    if change.before is None and change.after is None:
        return ": changed" if change.kind == "changed" else ""
    told = [_plain(value) for value in (change.before, change.after) if value is not None]
    return f": {' → '.join(told)}"


def _plain(value: Any) -> str:
    text = value if isinstance(value, str) and value.strip() else json.dumps(value, ensure_ascii=False, default=str)
    return _short(text, _LONGEST)


def _short(text: str, most: int) -> str:
    return one_line(text, most)
