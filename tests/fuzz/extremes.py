"""Webhooks of each provider with an extreme value at each member that is a number or a time. Pure."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from tests.providers.payloads import names, payload

# As JSON text: some of these no program of ours could write.
VALUES = ["1" + "0" * 30, "-1", "0", "9" * 4000, "1e308", "-1e-320", "9223372036854775808", "-9223372036854775809",
          "253402300800", "-62135596801", "1.5", "1e30", '"' + "9" * 400 + '"', '"NaN"', '"Infinity"', '"-0"', '"²"',
          '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"']  # fmt: skip
FEW = VALUES[:1] + VALUES[3:5] + VALUES[6:8] + VALUES[9:13] + VALUES[15:18]
KINDS = {
    "messages": "messages",
    "statuses": "messages",
    "message_echoes": "smb_message_echoes",
    "user_preferences": "user_preferences",
}
"""Lists of items, and the field whose change has them."""
_MARK = "@extreme@"
_NUMBERS = frozenset({"timestamp", "quantity", "item_price", "latitude", "longitude", "code", "time", "expiration"})
_LEFT = frozenset({"id", "from", "wa_id", "phone_number_id", "display_phone_number"})  # whose it is must be known


def meta_items() -> Iterator[tuple[str, str, str]]:
    """Kind (of `KINDS`), a name, and the JSON of an item with `@id@`, `@from@` and `@now@` (seconds) in it.

    One for each place of a number in the items of all fixtures and each value; and cards of people with all in them.
    """
    seen: set[tuple[str, str, tuple[Any, ...]]] = set()
    for kind, item in _meta_originals():
        for path in _places(item):
            key = (kind, str(item.get("type")), tuple(part for part in path if isinstance(part, str)))
            if key not in seen:
                seen.add(key)
                for number, value in enumerate(FEW):
                    yield kind, f"{kind} {'.'.join(map(str, key[1:]))} {number}", _with(item, path, value)
    for number, value in enumerate(VALUES):
        card = {"type": "contacts", "timestamp": "@now@", "contacts": [{"name": {"formatted_name": "A"}, "n": 0}]}
        whole = json.dumps({"id": "@id@", "from": "@from@", **card})
        yield "messages", f"cards {number}", whole.replace('"n": 0', f'"a\\u0000$b": {value}')
        yield "messages", f"deep cards {number}", whole.replace('"n": 0', f'"n": {"[" * 300}{value}{"]" * 300}')


def _meta_originals() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in names("meta"):
        for value in _found(json.loads(payload("meta", name)), "value"):
            for kind in KINDS:
                items = value.get(kind) if isinstance(value, dict) else None
                yield from ((kind, item) for item in items or () if isinstance(item, dict))


def _found(node: Any, wanted: str) -> Iterator[Any]:
    """The values of a name, wherever it is."""
    if isinstance(node, dict) and wanted in node:
        yield node[wanted]
    elif isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from _found(child, wanted)


def _places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _places(child, (*path, key))
    elif path and path[-1] not in _LEFT and _is_number(path[-1], node):
        yield path


def _is_number(name: Any, value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return name in _NUMBERS or isinstance(value, int | float) or (isinstance(value, str) and value.isdigit())


def _with(item: dict[str, Any], path: tuple[Any, ...], value: str) -> str:
    spoilt = json.loads(json.dumps(item))
    node = spoilt
    for key in path[:-1]:
        node = node[key]
    spoilt |= {"id": "@id@", "timestamp": "@now@"}
    node[path[-1]] = _MARK
    if "from" in spoilt:
        spoilt["from"] = "@from@"
    return json.dumps(spoilt).replace(f'"{_MARK}"', value)


def twilio_forms() -> Iterator[tuple[str, dict[str, str]]]:
    """A name and a form for each parameter that is a number, and each value."""
    for name in ("location", "image", "two_media", "status_failed"):
        form = dict(parse_qsl(payload("twilio", name).decode(), keep_blank_values=True))
        members = [key for key in form if key in ("Latitude", "Longitude", "ErrorCode") or key.startswith("Num")]
        for member in members:
            for number, value in enumerate(VALUES):
                yield f"{name} {member} {number}", {**form, member: value.strip('"')}


def msg91_items() -> Iterator[tuple[str, str]]:
    """A name and the JSON of an item, with `@id@` and `@from@` in it, for each field and each value."""
    message = '{"uuid": "@id@", "customerNumber": "@from@", "contentType": "text", "text": "hello there", "ts": @ts@}'
    report = '{"requestId": "@id@", "eventName": "failed", "reason": @reason@, "ts": @ts@}'
    for number, value in enumerate(VALUES):
        yield f"message ts {number}", message.replace("@ts@", value)
        yield f"message text {number}", message.replace('"hello there"', value).replace("@ts@", "1")
        yield f"report ts {number}", report.replace("@ts@", value).replace("@reason@", '"1"')
        yield f"report reason {number}", report.replace("@ts@", "1").replace("@reason@", value)
