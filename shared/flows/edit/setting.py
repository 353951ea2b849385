"""Sets values of any kind: short forms on the way become long, and only what differs is written."""

from collections.abc import Mapping
from typing import Any

from shared.flows.edit import model, values
from shared.flows.edit.document import Document
from shared.flows.edit.refused import Refused
from shared.flows.edit.titles import titles_as_keys
from shared.flows.yaml_tree import Path

_LISTED = ("text", "keywords", "contains", "regex", "buttons", "referrals")
"""Keys with a text or a list of texts."""


def set_value(document: Document, path: Path, value: Any) -> Document:
    """Set the value at a path; keys that are not there are added. Raises Refused."""
    if not path:
        raise Refused("the whole file is replaced as text")
    document = _lengthened(document, path)
    for length in range(1, len(path)):
        if model.at(document.value, path[:length]) is model.MISSING:
            return _add(document, path[:length], _nested(path[length:], value))
    old = model.at(document.value, path)
    if old is model.MISSING:
        return _add(document, path, value)
    if model.same(old, value):
        return document
    if isinstance(old, str) and isinstance(value, Mapping) and value.get(_long_key(document, path)) == old:
        document = _lengthened(document, (*path, "any"))
        old = model.at(document.value, path)
    if isinstance(old, Mapping) and isinstance(value, Mapping) and old and value:
        return _merge_mapping(document, path, old, value)
    if isinstance(old, list) and isinstance(value, list) and old and value:
        return _merge_list(document, path, old, value)
    return values.replace_value(document, path, value)


def _add(document: Document, path: Path, value: Any) -> Document:
    if isinstance(path[-1], int):
        return values.add_item(document, path, value)
    return values.add_pair(document, path, value)


def _nested(path: Path, value: Any) -> Any:
    for part in reversed(path):
        if isinstance(part, int):
            if part:
                raise Refused(f"there is no list with a place {part} here")
            value = [value]
        else:
            value = {part: value}
    return value


def _merge_mapping(document: Document, path: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> Document:
    kept = [key for key in old if key in new]
    if not kept or [*kept, *(key for key in new if key not in old)] != list(new):
        return values.replace_value(document, path, new)
    for key in new:
        document = set_value(document, (*path, key), new[key])
    for key in old:
        if key not in new:
            document = values.remove(document, (*path, key))
    return document


def _merge_list(document: Document, path: Path, old: list[Any], new: list[Any]) -> Document:
    begin = _equal(old, new)
    end = _equal(old[begin:][::-1], new[begin:][::-1])
    gone, come = len(old) - begin - end, new[begin : len(new) - end]
    for place, item in enumerate(come):
        if place < gone:
            document = set_value(document, (*path, begin + place), item)
        else:
            document = values.add_item(document, (*path, begin + place), item)
    for place in reversed(range(begin + len(come), begin + gone)):
        document = values.remove(document, (*path, place))
    return document


def _equal(old: list[Any], new: list[Any]) -> int:
    count = 0
    for one, other in zip(old, new, strict=False):
        if not model.same(one, other):
            break
        count += 1
    return count


def _lengthened(document: Document, path: Path) -> Document:
    """Write short forms on the way to a path in their long form, which means the same."""
    for length in range(1, len(path)):
        at, part = path[:length], path[length]
        value = model.at(document.value, at)
        if isinstance(part, str) and isinstance(value, list) and at[-1] == "options":
            document = titles_as_keys(document, at)
        elif isinstance(part, int) and isinstance(value, str) and at[-1] in _LISTED:
            document = values.replace_value(document, at, [value])
        elif isinstance(part, str) and isinstance(value, str) and (key := _long_key(document, at)):
            if key == "text":
                document = values.lengthen_text(document, at, key)
            else:
                document = values.replace_value(document, at, {key: value})
        elif isinstance(part, str) and value is None and len(at) >= 4 and at[-2] == "options":
            return values.replace_value(document, at, _nested(path[length:], None))
    return document


def _long_key(document: Document, path: Path) -> str:
    """Return the key of a short form: `text` of a step, `then` of an option, `id` of a row; else empty."""
    if len(path) == 2 and path[0] == "steps":
        return "text"
    if len(path) == 4 and path[0] == "steps":
        return {"options": "then", "list": "id"}.get(str(path[2]), "")
    return ""
