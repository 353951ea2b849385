"""For any input, the parsers drop no item and raise only WebhookUnreadable."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.providers.errors import SignatureMissing, SignatureWrong, WebhookUnreadable
from shared.providers.meta.webhook import parse, verify_signature
from shared.providers.port import MalformedItem, Parsed
from shared.providers.twilio.webhook import parse_form, parse_message, parse_status
from tests.providers.payloads import names, payload

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BODIES = [payload("meta", name) for name in names("meta")]
FORMS = [payload("twilio", name) for name in names("twilio")]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def items_in(body: Any) -> int:
    """Count the messages and statuses of a body without the parser."""
    count = 0
    for entry in body["entry"]:
        for change in entry["changes"]:
            if change["field"] == "messages":
                value = change["value"]
                count += len(value.get("messages") or []) + len(value.get("statuses") or [])
            else:
                count += 1
    return count


def read(body: bytes) -> list[Parsed]:
    try:
        return parse(body)
    except WebhookUnreadable:
        return []


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(deeper for key, child in children for deeper in paths(child, (*path, key)))]


@given(anything)
def test_any_json_is_parsed_or_unreadable(body: Any) -> None:
    read(json.dumps(body).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_unreadable(body: bytes) -> None:
    read(body)


@given(st.sampled_from(BODIES), st.data())
@settings(max_examples=300)
def test_changed_bytes_are_parsed_or_unreadable(body: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(body) - 1))
    read(body[:at] + data.draw(st.binary(max_size=3)) + body[at + data.draw(st.integers(0, 3)) :])


@given(st.sampled_from(BODIES), st.data(), anything)
@settings(max_examples=500)
def test_changed_part_does_not_lose_other_items(raw: bytes, data: st.DataObject, replacement: Any) -> None:
    body = json.loads(raw)
    *parents, last = data.draw(st.sampled_from([path for path in paths(body) if len(path) > 1]))
    before = len(parse(raw))
    node = body
    for key in parents:
        node = node[key]
    node[last] = replacement
    results = parse(json.dumps(body).encode())
    lists = {"messages", "statuses", "errors"}
    if len(parents) > 5 or (len(parents) == 5 and last not in lists):  # a part of a value, but not a list of its items
        assert len(results) >= before
    for result in results:
        raw_part = result.payload if isinstance(result, MalformedItem) else result.raw
        json.loads(raw_part)


@given(st.lists(st.sampled_from(BODIES), min_size=1, max_size=5), st.lists(anything, max_size=5))
def test_batch_has_one_result_per_item(bodies: list[bytes], junk: list[Any]) -> None:
    whole: dict[str, Any] = {"object": "whatsapp_business_account", "entry": []}
    for raw in bodies:
        whole["entry"] += json.loads(raw)["entry"]
    good = [entry for entry in whole["entry"] if isinstance(entry["changes"], list)]
    for entry in good:
        entry["changes"] = [change for change in entry["changes"] if "value" in change]
        for change in entry["changes"]:
            if "messages" in change["value"]:
                change["value"]["messages"] += junk
    whole["entry"] = good
    assert len(parse(json.dumps(whole).encode())) >= items_in(whole)


@given(st.binary(max_size=50), st.text() | st.binary())
def test_any_signature_header_is_checked(body: bytes, header: str | bytes) -> None:
    try:
        verify_signature(body, header, ["secret"])
    except (SignatureMissing, SignatureWrong):
        return
    raise AssertionError("a made-up signature was accepted")


@given(st.sampled_from(FORMS), st.data())
@settings(max_examples=300)
def test_changed_form_has_a_result(body: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(body)))
    changed = body[:at] + data.draw(st.binary(max_size=3)) + body[at + data.draw(st.integers(0, 3)) :]
    try:
        params = parse_form(changed)
    except WebhookUnreadable:
        return
    assert parse_message(params, NOW)
    assert parse_status(params, None, NOW)


@given(st.lists(st.tuples(st.text(max_size=10), st.text(max_size=10)), max_size=10))
def test_any_form_has_a_result(params: list[tuple[str, str]]) -> None:
    assert parse_message(params, NOW)
    assert parse_status(params, "ours", NOW)
