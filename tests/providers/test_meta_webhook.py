"""Statuses, events, batches, signatures and the verification request of Meta."""

import hashlib
import hmac
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.messages.content import Text
from shared.messages.inbound import ProviderError, Status
from shared.providers import lenient
from shared.providers.errors import SignatureMissing, SignatureWrong, WebhookUnreadable
from shared.providers.meta.webhook import handshake, parse, verify_signature
from shared.providers.port import MalformedItem, ParsedEvent, ParsedMessage, ParsedStatus
from tests.providers.payloads import payload

WORDS = ["sent", "delivered", "read", "played", "deleted"]


@pytest.mark.parametrize("word", WORDS)
def test_status_has_our_id(word: str) -> None:
    [status] = parse(payload("meta", f"status_{word}"))
    assert isinstance(status, ParsedStatus)
    assert (status.status, status.provider_message_id, status.outbound_id) == (Status(word), "wamid.ours1", "our-id-1")
    assert status.recipient == "665397593326012"
    assert status.occurred_at == datetime.fromtimestamp(1739321099, UTC)
    assert json.loads(status.raw)["pricing"]["category"] == "service"


def test_failed_status_has_the_error() -> None:
    [status] = parse(payload("meta", "status_failed"))
    assert isinstance(status, ParsedStatus)
    assert status.status is Status.FAILED
    assert status.outbound_id is None
    assert status.errors == (
        ProviderError(code="131047", title="Re-engagement message", detail="More than 24 hours have passed."),
    )


def test_new_status_word_is_unknown() -> None:
    [status] = parse(payload("meta", "status_future"))
    assert isinstance(status, ParsedStatus)
    assert status.status is Status.UNKNOWN


@pytest.mark.parametrize(("kind", "word"), [("payment", "failed"), ("payment", "captured"), ("call", "RINGING")])
def test_status_of_a_payment_or_call_is_an_event(kind: str, word: str) -> None:
    body = json.loads(payload("meta", "status_failed"))
    (item,) = body["entry"][0]["changes"][0]["value"]["statuses"]
    item |= {"type": kind, "status": word, "payment": {"reference_id": "order-7"}}
    [event] = parse(json.dumps(body).encode())
    assert isinstance(event, ParsedEvent)
    assert (event.field, event.recipient) == ("other_statuses", "665397593326012")
    assert json.loads(event.raw) == item


EVENTS = [
    ("errors_only", "errors", "665397593326012"),
    ("template_status", "message_template_status_update", None),
    ("quality", "phone_number_quality_update", None),
]


@pytest.mark.parametrize(("name", "field", "recipient"), EVENTS)
def test_account_event_is_read_with_a_key_of_its_own(name: str, field: str, recipient: str | None) -> None:
    [event] = parse(payload("meta", name))
    assert isinstance(event, ParsedEvent)
    assert (event.account, event.field, event.recipient) == ("1437200930610622", field, recipient)
    assert json.loads(event.raw)
    assert parse(payload("meta", name)) == [event], "delivered again, it has the same key"
    later = payload("meta", name).replace(b"1739321030", b"1739321031")
    [again] = parse(later)
    assert isinstance(again, ParsedEvent)
    assert again.key != event.key, "reported again later, it has another"


def test_errors_beside_a_message_are_a_separate_event() -> None:
    message, event = parse(payload("meta", "interactive_missing"))
    assert isinstance(message, ParsedMessage)
    assert isinstance(event, ParsedEvent)
    assert json.loads(event.raw)[0]["code"] == 131000


def test_value_without_items_is_an_event() -> None:
    body = b'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{}}]}]}'
    [event] = parse(body)
    assert isinstance(event, ParsedEvent)
    assert event.field == "messages"


def test_batch_keeps_every_item_in_order_for_its_number() -> None:
    results = parse(payload("meta", "batch"))
    seen = [
        (type(result).__name__, getattr(result, "provider_message_id", None), getattr(result, "recipient", None))
        for result in results
    ]
    first = "665397593326012"
    assert seen == [
        ("ParsedMessage", "wamid.m1", first),
        ("MalformedItem", None, first),
        ("ParsedMessage", "wamid.m3", first),
        ("ParsedStatus", "wamid.ours1", first),
        ("MalformedItem", None, first),
        ("ParsedMessage", "wamid.m4", "2"),
        ("MalformedItem", None, None),
        ("ParsedEvent", None, None),
        ("MalformedItem", None, None),
    ]
    names = [result.sender.name for result in results if isinstance(result, ParsedMessage)]
    assert names == ["Ada Obi", "Chidi", "Ada Obi"], "a broken contact does not affect other names"


def test_dead_letter_has_only_its_item_and_can_be_reread() -> None:
    for result in parse(payload("meta", "batch")):
        if isinstance(result, MalformedItem):
            [again] = parse(result.payload)
            assert isinstance(again, MalformedItem)
            assert (again.reason, again.recipient) == (result.reason, result.recipient)


def test_message_without_a_recipient_is_malformed() -> None:
    body = json.loads(payload("meta", "text"))
    del body["entry"][0]["changes"][0]["value"]["metadata"]
    [result] = parse(json.dumps(body).encode())
    assert isinstance(result, MalformedItem)
    assert result.recipient is None


@pytest.mark.parametrize(
    "found",
    [rb"\ud83d", rb"\ud83d and more", b"\xff\xfe"],
    ids=["a lone surrogate", "a lone surrogate within a text", "invalid UTF-8"],
)
def test_broken_characters_do_not_lose_messages(found: bytes) -> None:
    body = payload("meta", "text").replace(b"Good morning", b"Good " + found)
    [result] = parse(body)
    assert isinstance(result, ParsedMessage)
    assert "Good \ufffd" in json.loads(result.raw)["text"]["body"]


@pytest.mark.parametrize("bracket", [(b"[", b"]"), (b'{"a":', b"}")], ids=["lists", "objects"])
def test_deeply_nested_item_costs_no_other_item(bracket: tuple[bytes, bytes]) -> None:
    body = json.loads(payload("meta", "text"))
    items = body["entry"][0]["changes"][0]["value"]["messages"]
    items.append({**items[0], "id": "wamid.deep", "more": "deep", "text": {"body": 'brackets: [[ "{ \\'}})
    opening, closing = (one * 5000 for one in bracket)
    body_bytes = json.dumps(body).encode().replace(b'"deep"', opening + b"1" + closing)
    first, second = parse(body_bytes)
    assert isinstance(first, ParsedMessage)
    assert isinstance(second, ParsedMessage)
    assert second.content == Text(body='brackets: [[ "{ \\')


_UNENDED = b'{"object":"whatsapp_business_account","entry":[' + b"[" * 2000 + b' "' + b'\\"' * 2_000_000


@pytest.mark.timeout(60)
@pytest.mark.parametrize("body", [_UNENDED, _UNENDED + b"\\"], ids=["open", "ends in a backslash"])
def test_four_megabytes_of_a_string_without_an_end_are_read_once(body: bytes) -> None:
    """If each of the two million quotes were searched for the end of its string, this would take days."""
    with pytest.raises(WebhookUnreadable):
        parse(body)


def test_list_of_a_million_invalid_contacts_is_not_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    reads, read = Counter[str](), lenient._read

    def counted(kind: Any, raw: bytes) -> Any:
        reads["all"] += 1
        return read(kind, raw)

    monkeypatch.setattr(lenient, "_read", counted)
    body = json.loads(payload("meta", "text"))
    body["entry"][0]["changes"][0]["value"]["contacts"] = [1] * 1_000_000
    (message,) = parse(json.dumps(body, separators=(",", ":")).encode())
    assert isinstance(message, ParsedMessage)
    assert reads["all"] < 100


UNREADABLE = [
    b"",
    b"null",
    b"[]",
    b"<html>",
    b'{"object":"page","entry":[]}',
    b'{"object":"whatsapp_business_account"}',
    b'{"object":"whatsapp_business_account","entry":{}}',
    b'{"object":"whatsapp_business_account","entry":[}',
    b'{"object":"whatsapp_business_account","entry":[' + b"[" * 100_000,
]


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: repr(body[:50]))
def test_unreadable_body_is_refused(body: bytes) -> None:
    with pytest.raises(WebhookUnreadable):
        parse(body)


def signed(body: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def test_signature_by_any_of_the_secrets_is_valid() -> None:
    verify_signature(b"body", signed(b"body", "old"), ["new", "old"])
    verify_signature(b"body", signed(b"body", "new").upper().encode(), ["new", "old"])


@pytest.mark.parametrize("header", [None, "", b""])
def test_missing_signature_is_refused(header: str | bytes | None) -> None:
    with pytest.raises(SignatureMissing):
        verify_signature(b"body", header, ["secret"])


WRONG = ["sha256=", "sha1=abc", "é", "\ud800", b"\xff\x00", signed(b"other", "secret"), signed(b"body", "")]


@pytest.mark.parametrize("header", WRONG)
def test_wrong_signature_is_refused(header: str | bytes) -> None:
    with pytest.raises(SignatureWrong) as raised:
        verify_signature(b"body", header, ["secret", ""])
    assert signed(b"body", "secret") not in str(raised.value)


def test_empty_secret_verifies_nothing() -> None:
    with pytest.raises(SignatureWrong):
        verify_signature(b"body", signed(b"body", "secret"), [])


ASK = {"hub.mode": "subscribe", "hub.verify_token": "töken", "hub.challenge": "1158201444"}
HANDSHAKES = [
    ("the challenge is returned", ASK, ["other", "töken"], "1158201444"),
    ("an unknown token gets nothing", ASK, ["other"], None),
    ("an empty token is no token", {**ASK, "hub.verify_token": ""}, [""], None),
    ("another mode gets nothing", {**ASK, "hub.mode": "unsubscribe"}, ["töken"], None),
    ("no parameters", {}, ["töken"], None),
    ("a broken token gets nothing", {**ASK, "hub.verify_token": "\ud800"}, ["töken"], None),
]


@pytest.mark.parametrize(("query", "tokens", "expected"), [h[1:] for h in HANDSHAKES], ids=[h[0] for h in HANDSHAKES])
def test_handshake_returns_the_challenge_for_the_right_token_only(
    query: dict[str, str], tokens: list[str], expected: str | None
) -> None:
    assert handshake(query, tokens) == expected
