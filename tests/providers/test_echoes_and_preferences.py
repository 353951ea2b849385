"""Parsing of customers' consents and of messages that the business wrote on its own phone."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.messages.content import Text
from shared.messages.inbound import Consent
from shared.providers.meta.errors import classify, classify_status_error
from shared.providers.meta.webhook import parse
from shared.providers.msg91.errors import classify_status_error as classify_msg91
from shared.providers.port import MalformedItem, ParsedConsent, ParsedEcho, ParsedEvent, ParsedMessage
from shared.providers.twilio import errors as twilio_errors
from shared.providers.twilio.webhook import parse_message
from tests.providers.payloads import payload

NUMBER = "665397593326012"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def changed(name: str, contact: dict[str, Any] | None = None, /, **changes: Any) -> list[Any]:
    """Return a payload with other members in its item. contact: instead of its own."""
    body = json.loads(payload("meta", name))
    value = body["entry"][0]["changes"][0]["value"]
    if contact is not None:
        value["contacts"] = [contact] if contact else []
    (item,) = value.get("user_preferences") or value["message_echoes"]
    item.update(changes)
    for key in [key for key, given in changes.items() if given is ...]:
        del item[key]
    return parse(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("given", "contact"),
    [
        ({"to": "2348055550123", "to_user_id": "NG.7"}, {}),
        ({"to": "2348055550123"}, {"wa_id": "2348055550123", "user_id": "NG.7"}),
        ({"to": ..., "to_user_id": "NG.7"}, {"wa_id": "2348055550123", "user_id": "NG.7"}),
        ({"to": "NG.7"}, {"wa_id": "2348055550123"}),
    ],
)
def test_echo_has_both_identities_of_its_customer(given: dict[str, Any], contact: dict[str, Any]) -> None:
    (read,) = changed("echo", contact, **given)
    assert isinstance(read, ParsedEcho)
    assert (read.identity, read.bsuid) == ("+2348055550123", "NG.7")


def test_preference_has_both_identities_of_its_customer() -> None:
    (read,) = changed("marketing_stopped", wa_id="2348261781059", user_id="NG.7")
    assert isinstance(read, ParsedConsent)
    assert (read.identity, read.bsuid) == ("+2348261781059", "NG.7")


def test_stopped_marketing_is_a_consent() -> None:
    (read,) = parse(payload("meta", "marketing_stopped"))
    assert isinstance(read, ParsedConsent)
    assert (read.recipient, read.identity, read.consent) == (NUMBER, "+2348261781059", Consent.STOP_MARKETING)
    assert read.said_at == datetime.fromtimestamp(1795914000, UTC)
    assert json.loads(read.raw)["detail"] == "User requested to stop marketing messages"


def test_resumed_marketing_of_a_user_id_is_a_consent() -> None:
    (read,) = parse(payload("meta", "marketing_resumed_by_user_id"))
    assert isinstance(read, ParsedConsent)
    assert (read.identity, read.consent) == ("bsuid:NG.1234", Consent.RESUME_MARKETING)


@pytest.mark.parametrize(
    "changes", [{"category": "surveys"}, {"value": "maybe"}, {"value": ["stop"]}, {"category": ...}]
)
def test_unknown_choice_becomes_an_event(changes: dict[str, Any]) -> None:
    (read,) = changed("marketing_stopped", **changes)
    assert isinstance(read, ParsedEvent)
    assert (read.field, read.recipient) == ("user_preferences", NUMBER)


@pytest.mark.parametrize("timestamp", ["soon", None, {}, 10**30, ...])
def test_consent_may_have_no_time(timestamp: Any) -> None:
    (read,) = changed("marketing_stopped", timestamp=timestamp)
    assert isinstance(read, ParsedConsent)
    assert read.said_at is None


def test_preference_without_a_customer_is_malformed_and_can_be_reread() -> None:
    body = json.loads(payload("meta", "marketing_stopped"))
    value = body["entry"][0]["changes"][0]["value"]
    value["contacts"] = []
    value["user_preferences"].append({**value["user_preferences"][0], "wa_id": None})
    good, bad = parse(json.dumps(body).encode())
    assert isinstance(good, ParsedConsent)
    assert isinstance(bad, MalformedItem)
    mended = bad.payload.replace(b'"wa_id": null', b'"wa_id": "2348261781059"')
    (again,) = parse(mended)
    assert isinstance(again, ParsedConsent)


def test_message_written_on_the_business_phone_is_an_echo_to_the_customer() -> None:
    (read,) = parse(payload("meta", "echo"))
    assert read == ParsedEcho(
        recipient=NUMBER,
        provider_message_id="wamid.echo1",
        identity="+2348055550123",
        content=Text(body="From the phone"),
        sent_at=datetime.fromtimestamp(1739321024, UTC),
        raw=read.raw,  # type: ignore[union-attr]
    )


def test_message_written_by_the_business_in_a_group_is_no_echo_to_a_customer() -> None:
    (read,) = changed("echo", group_id="120363041234567890", to="120363041234567890")
    assert isinstance(read, ParsedEvent)
    assert (read.field, read.recipient) == ("smb_message_echoes", NUMBER)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("marketing_stopped", ParsedConsent), ("marketing_resumed_by_user_id", ParsedConsent), ("echo", ParsedEcho)],
)
def test_report_in_the_messages_field_is_accepted(name: str, kind: type[Any]) -> None:
    body = json.loads(payload("meta", name))
    usual = parse(json.dumps(body).encode())
    body["entry"][0]["changes"][0]["field"] = "messages"
    (read,) = parse(json.dumps(body).encode())
    assert isinstance(read, kind)
    assert [read] == usual


def test_echo_without_a_customer_is_malformed_and_can_be_reread() -> None:
    (read,) = changed("echo", to=...)
    assert isinstance(read, MalformedItem)
    body = json.loads(read.payload)
    body["entry"][0]["changes"][0]["value"]["message_echoes"][0]["to_user_id"] = "NG.7"
    (again,) = parse(json.dumps(body).encode())
    assert isinstance(again, ParsedEcho)
    assert again.identity == "bsuid:NG.7"


@pytest.mark.parametrize(
    ("word", "consent"),
    [("STOP", Consent.STOP), ("start", Consent.START), ("HELP", Consent.HELP), ("", None), ("MAYBE", None)],
)
def test_opt_out_keyword_of_twilio_is_a_consent(word: str, consent: Consent | None) -> None:
    form = {"MessageSid": "SM1", "From": "whatsapp:+2348055550123", "To": "whatsapp:+14155238886", "Body": "ARRET"}
    (read,) = parse_message([*form.items(), ("OptOutType", word)], NOW)
    assert isinstance(read, ParsedMessage)
    assert read.consent is consent


def test_refusal_may_report_a_consent() -> None:
    assert classify(400, 131050).consent is Consent.STOP_MARKETING
    assert classify_status_error("131050").consent is Consent.STOP_MARKETING
    assert classify_msg91("131050").consent is Consent.STOP_MARKETING
    assert twilio_errors.classify(400, 21610).consent is Consent.STOP
    assert twilio_errors.classify_status_error("21610").consent is Consent.STOP
    assert classify(400, 131026).consent is None
