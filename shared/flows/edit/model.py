"""The same operations on the values of a flow file: the result that an edited text must have. Pure."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from shared.flows.edit.refused import Refused
from shared.flows.yaml_tree import Path

MISSING = object()


def same(one: Any, other: Any) -> bool:
    """Return whether values are equal in type and order too."""
    return _text(one) == _text(other)


def at(value: Any, path: Path) -> Any:
    """Return the value at a path; MISSING: there is none."""
    for part in path:
        if isinstance(value, dict):  # of YAML and JSON; `Mapping` would take ten times as long
            if not isinstance(part, str) or part not in value:
                return MISSING
        elif not isinstance(value, list) or not isinstance(part, int) or not 0 <= part < len(value):
            return MISSING
        value = value[part]
    return value


def replaced(value: Any, path: Path, new: Any) -> Any:
    """Return the values with another one at a path; one that is not there is added at the end of its collection."""
    if not path:
        return new
    return _changed(value, path, lambda parent, part: _with(parent, part, new))


def inserted(value: Any, path: Path, new: Any) -> Any:
    """Return the values with one inserted before the item at a path."""

    def insert(parent: Any, part: str | int) -> Any:
        if not isinstance(parent, list) or not isinstance(part, int) or not 0 <= part <= len(parent):
            raise Refused(f"there is no list with a place {part!r} here")
        return [*parent[:part], new, *parent[part:]]

    return _changed(value, path, insert)


def removed(value: Any, path: Path) -> Any:
    """Return the values without the one at a path."""

    def remove(parent: Any, part: str | int) -> Any:
        if isinstance(parent, Mapping):
            return {key: item for key, item in parent.items() if key != part}
        return [item for place, item in enumerate(parent) if place != part]

    if at(value, path) is MISSING or not path:
        raise Refused(f"there is nothing at {shown(path)}")
    return _changed(value, path, remove)


def renamed(value: Any, path: Path, new: str) -> Any:
    """Return the values with another key at a path, at the same place."""

    def rename(parent: Any, part: str | int) -> Any:
        return {new if key == part else key: item for key, item in parent.items()}

    return _changed(value, path, rename)


def moved(value: Any, path: Path, to: int) -> Any:
    """Return the values with the one at a path at another place among its neighbours. Raises Refused."""

    def move(parent: Any, part: str | int) -> Any:
        parts = list(parent)
        if not 0 <= to < len(parts):
            raise Refused(f"there is no place {to} here")
        if isinstance(parent, Mapping):
            rest = [key for key in parts if key != part]
            return {key: parent[key] for key in [*rest[:to], part, *rest[to:]]}
        rest = [item for place, item in enumerate(parts) if place != part]
        return [*rest[:to], parts[int(part)], *rest[to:]]

    if at(value, path) is MISSING or not path:
        raise Refused(f"there is nothing at {shown(path)}")
    return _changed(value, path, move)


def with_pair_behind(value: Any, path: Path, after: str | None, new: Any) -> Any:
    """Return the values with a pair, whose key ends the path, behind the key `after`; None: before all."""

    def insert(parent: Any, part: str | int) -> Any:
        pairs = list(parent.items())
        place = 0 if after is None else list(parent).index(after) + 1
        return dict([*pairs[:place], (part, new), *pairs[place:]])

    return _changed(value, path, insert)


def shown(path: Path) -> str:
    """Return a path for people."""
    return " → ".join(map(str, path)) or "the file"


def _changed(value: Any, path: Path, change: Callable[[Any, str | int], Any]) -> Any:
    part, rest = path[0], path[1:]
    if not rest:
        return change(value, part)
    below = at(value, (part,))
    if below is MISSING:
        raise Refused(f"there is nothing at {shown((part,))}")
    return _with(value, part, _changed(below, rest, change))


def _with(parent: Any, part: str | int, new: Any) -> Any:
    if isinstance(parent, Mapping) and isinstance(part, str):
        return {**parent, part: new}
    if isinstance(parent, list) and isinstance(part, int) and 0 <= part <= len(parent):
        return [*parent[:part], new, *parent[part + 1 :]]
    raise Refused(f"there is no place {part!r} here")


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
