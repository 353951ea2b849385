"""The parsers of webhooks, fed with anything: nothing but WebhookError is raised, and no item is dropped.

A batch is put together from real payloads, with single items spoilt in every way that a parser could trip over; what
comes out must be as many items as went in, and those that were not touched must be what they are alone.
"""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.providers.errors import WebhookError, WebhookUnreadable
from shared.providers.meta import webhook as meta
from shared.providers.port import MalformedItem, Parsed, ParsedEvent, ParsedMessage
from shared.providers.twilio import webhook as twilio
from tests.fuzz.nasty import JSON_VALUES, TEXTS, deep
from tests.providers.payloads import names, payload

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def _body(messages: list[Any], statuses: list[Any], events: int) -> bytes:
    contacts = [{"profile": {"name": "Ada"}, "wa_id": "2348030000001"}]
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "2347000000001", "phone_number_id": "665397593326012"},
        "contacts": contacts,
        "messages": messages,
        "statuses": statuses,
    }
    changes: list[dict[str, Any]] = [{"field": "messages", "value": value}] if messages or statuses else []
    changes += [{"field": "account_update", "value": {"event": str(number)}} for number in range(events)]
    entry = {"id": "1437200930610622", "time": 1, "changes": changes}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def _found(node: Any, kind: str) -> list[Any]:
    """All items of a kind, wherever they are."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    here = node.get(kind) if isinstance(node, dict) else None
    return [*(here if isinstance(here, list) else ()), *(item for child in children for item in _found(child, kind))]


def _items(kind: str) -> list[dict[str, Any]]:
    """The readable messages or statuses of all fixtures, each with an id of its own."""
    everything = [item for name in names("meta") for item in _found(json.loads(payload("meta", name)), kind)]
    items = [
        {**item, "id": f"wamid.{kind}.{number}"} for number, item in enumerate(everything) if isinstance(item, dict)
    ]
    # Twice in one body: one that is known by the only contact beside it could not be told from others.
    bodies = [(item, _body([item] * 2, [], 0) if kind == "messages" else _body([], [item], 0)) for item in items]
    return [item for item, body in bodies if not any(isinstance(result, MalformedItem) for result in meta.parse(body))]


MESSAGES, STATUSES = _items("messages"), _items("statuses")


def _paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(deeper for key, child in children for deeper in _paths(child, (*path, key)))]


def _spoilt(item: dict[str, Any], data: st.DataObject) -> Any:
    """The item with one part replaced, removed, or replaced as a whole."""
    path = data.draw(st.sampled_from(_paths(item)))
    value = data.draw(JSON_VALUES)
    if not path:
        return value
    spoilt = json.loads(json.dumps(item))
    node = spoilt
    for key in path[:-1]:
        node = node[key]
    if isinstance(node, dict) and data.draw(st.booleans()):
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return spoilt


def _told(result: Parsed) -> tuple[str, str]:
    return (type(result).__name__, getattr(result, "provider_message_id", "") or getattr(result, "key", ""))


def test_examples_cover_many_item_types() -> None:
    assert len(MESSAGES) > 25
    assert len(STATUSES) > 5


@given(
    st.lists(st.sampled_from(MESSAGES), max_size=4),
    st.lists(st.sampled_from(STATUSES), max_size=4),
    st.integers(0, 3),
    st.data(),
)
@settings(max_examples=500, deadline=None)
def test_corrupted_item_changes_neither_the_count_nor_other_items(
    messages: list[Any], statuses: list[Any], events: int, data: st.DataObject
) -> None:
    kept = Counter(_told(result) for result in meta.parse(_body(messages, statuses, events)))
    mixed = [
        *((item, "messages", False) for item in messages),
        *((item, "statuses", False) for item in statuses),
        *(
            (_spoilt(item, data), "messages", True)
            for item in data.draw(st.lists(st.sampled_from(MESSAGES), max_size=3))
        ),
        *(
            (_spoilt(item, data), "statuses", True)
            for item in data.draw(st.lists(st.sampled_from(STATUSES), max_size=3))
        ),
    ]
    order = data.draw(st.permutations(mixed))
    body = _body(
        [item for item, kind, _ in order if kind == "messages"],
        [item for item, kind, _ in order if kind == "statuses"],
        events,
    )
    results = meta.parse(body)
    if messages or statuses or events or len(mixed):
        assert len(results) == len(mixed) + events
    assert not kept - Counter(_told(result) for result in results)
    for result in results:
        json.loads(result.payload if isinstance(result, MalformedItem) else result.raw)


@given(st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=4), st.data())
@settings(deadline=None)
def test_payload_of_an_unreadable_item_parses_alone(messages: list[Any], data: st.DataObject) -> None:
    """A dead letter's payload is a whole webhook: read again it gives that one item."""
    body = _body([*messages, *(_spoilt(item, data) for item in messages)], [], 0)
    for result in meta.parse(body):
        if isinstance(result, MalformedItem):
            (again,) = meta.parse(result.payload)
            assert again.recipient == result.recipient


@given(st.sampled_from(MESSAGES), JSON_VALUES, st.sampled_from(["metadata", "contacts", "errors", "messaging_product"]))
@settings(max_examples=300, deadline=None)
def test_invalid_data_beside_items_loses_no_item(item: dict[str, Any], value: Any, beside: str) -> None:
    body = json.loads(_body([item, item], [STATUSES[0]], 0))
    body["entry"][0]["changes"][0]["value"][beside] = value
    results = [result for result in meta.parse(json.dumps(body).encode()) if not isinstance(result, ParsedEvent)]
    assert len(results) == 3


@pytest.mark.parametrize("where", ["body", "entry", "changes", "value", "messages", "item"])
def test_deeply_nested_value_is_refused_or_kept(where: str) -> None:
    nested = deep(100_000)
    bodies = {
        "body": nested,
        "entry": b'{"object":"whatsapp_business_account","entry":%s}' % nested,
        "changes": b'{"object":"whatsapp_business_account","entry":[{"changes":%s}]}' % nested,
        "value": _body([1], [], 0).replace(b"[1]", nested),
        "messages": _body([1], [], 0).replace(b"[1]", b"[%s]" % nested),
        "item": _body([{"id": "x", "timestamp": "1", "type": "text", "text": 1}], [], 0).replace(
            b'"text": 1', b'"text": %s' % nested
        ),
    }
    with pytest.raises(WebhookUnreadable):
        meta.parse(bodies[where])


@pytest.mark.parametrize("where", ["entry", "changes", "messages", "statuses"])
def test_too_many_items_are_refused_before_they_take_memory(where: str) -> None:
    many = b"[" + b"1," * meta.MAX_ITEMS + b"1]"
    if where == "entry":
        body = b'{"object":"whatsapp_business_account","entry":%s}' % many
    elif where == "changes":
        body = b'{"object":"whatsapp_business_account","entry":[{"changes":%s}]}' % many
    else:
        body = json.dumps(
            {
                "object": "whatsapp_business_account",
                "entry": [{"changes": [{"field": "messages", "value": {where: 0}}]}],
            }
        ).encode()
        body = body.replace(b": 0}", b": %s}" % many)
    with pytest.raises(WebhookUnreadable, match="more than 10000 items"):
        meta.parse(body)


def test_bad_items_do_not_each_copy_large_shared_data() -> None:
    body = json.loads(_body([{"text": 1}] * 5000, [], 0))
    value = body["entry"][0]["changes"][0]["value"]
    value["metadata"]["more"] = "x" * 500_000
    value["contacts"] = [{"wa_id": "1", "profile": {"name": "y" * 500_000}}]
    body["entry"][0]["id"] = "z" * 1000
    results = meta.parse(json.dumps(body).encode())
    assert len(results) == 5000
    assert sum(len(result.payload) for result in results if isinstance(result, MalformedItem)) < 20_000_000


@pytest.mark.parametrize("place", ["id", "from"])
def test_megabyte_id_becomes_a_dead_letter(place: str) -> None:
    good = {"id": "wamid.1", "from": "2348030000001", "timestamp": "1", "type": "text", "text": {"body": "hi"}}
    large, fine = meta.parse(_body([{**good, place: "x" * 1_000_000}, good], [], 0))
    assert isinstance(large, MalformedItem)
    assert isinstance(fine, ParsedMessage)


def test_megabyte_user_id_beside_a_number_is_dropped() -> None:
    message = {"id": "wamid.1", "from": "2348030000001", "timestamp": "1", "type": "text", "text": {"body": "hi"}}
    (read,) = meta.parse(_body([{**message, "from_user_id": "x" * 1_000_000}], [], 0))
    assert isinstance(read, ParsedMessage)
    assert (read.sender.identity, read.sender.bsuid) == ("+2348030000001", None)


FORMS = [dict(twilio.parse_form(payload("twilio", name))) for name in names("twilio")]
FIELDS = sorted({name for form in FORMS for name in form})


@given(
    st.sampled_from(FORMS),
    st.dictionaries(st.sampled_from(FIELDS), TEXTS, max_size=4),
    st.sets(st.sampled_from(FIELDS)),
)
@settings(max_examples=500, deadline=None)
def test_corrupted_form_gives_its_content_or_a_dead_letter(
    form: dict[str, str], changes: dict[str, str], gone: set[str]
) -> None:
    spoilt = {name: value for name, value in {**form, **changes}.items() if name not in gone}
    params = twilio.parse_form(urlencode(spoilt, errors="replace").encode())
    for results in (twilio.parse_message(params, NOW), twilio.parse_status(params, "ours", NOW)):
        assert results
        assert len(results) == 1 or not any(isinstance(result, MalformedItem) for result in results)
    media = sum(1 for name in ("MediaUrl0", "MediaUrl1") if spoilt.get(name))
    read = twilio.parse_message(params, NOW)
    if spoilt.get("MediaUrl0") and not isinstance(read[0], MalformedItem):
        assert len(read) == max(1, media)


@given(st.binary(max_size=300))
def test_any_form_body_is_parsed_or_reported_unreadable(body: bytes) -> None:
    try:
        params = twilio.parse_form(body)
    except WebhookError:
        return
    assert twilio.parse_message(params, NOW)
    assert twilio.parse_status(params, None, NOW)


def test_large_form_with_many_media_is_kept_whole_once() -> None:
    form = {"To": "whatsapp:+1", "From": "whatsapp:+2348030000001", "MessageSid": "MM1", "Body": "x" * 100_000}
    form |= {f"MediaUrl{number}": "https://example.com/1" for number in range(100)}
    results = twilio.parse_message(list(form.items()), NOW)
    assert len(results) == 100
    assert [len(result.raw) > 100_000 for result in results if isinstance(result, ParsedMessage)] == [True] + [
        False
    ] * 99


def test_error_reason_contains_no_customer_text() -> None:
    """The reason is logged."""
    message = {"id": "w", "from": "my house", "timestamp": "my wish", "type": "text", "text": {"body": "my name"}}
    (read,) = meta.parse(_body([message], [], 0))
    assert isinstance(read, MalformedItem)
    assert "my " not in read.reason
