"""Shapes of webhooks as the providers' public references show them: each has a known kind, none is malformed."""

import json
from typing import Any, get_args

import pytest

from shared.messages.content import Content
from shared.providers.account_events import EventAction
from shared.providers.meta.events import account_change
from shared.providers.meta.webhook import parse
from shared.providers.port import ParsedConsent, ParsedEcho, ParsedEvent, ParsedMessage, ParsedStatus

NUMBER = {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"}
CONTACT = {"profile": {"name": "Sheena Nelson"}, "wa_id": "16505551234", "identity_key_hash": "DF2lS5v2W6x="}
ERRORS = [{"code": 131051, "title": "Message type unknown", "error_data": {"details": "is not supported."}}]


def parsed(field: str, value: dict[str, Any]) -> list[Any]:
    """Return the items of a webhook with one change."""
    change = {"field": field, "value": {"messaging_product": "whatsapp", "metadata": NUMBER, **value}}
    entry = {"id": "102290129340398", "time": 1739321024, "changes": [change]}
    return parse(json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode())


def interactive(kind: str, **content: Any) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, kind: content}}


MESSAGES: list[tuple[str, dict[str, Any], str]] = [
    ("a tapped button", interactive("button_reply", id="change", title="Change"), "choice"),
    ("a chosen row", interactive("list_reply", id="express", title="Express", description="Next day"), "choice"),
    ("a filled form", interactive("nfm_reply", response_json='{"a":"b"}', body="Sent", name="flow"), "choice"),
    ("an address", interactive("nfm_reply", response_json='{"values":{}}', name="address_message"), "choice"),
    ("a way to pay", interactive("payment_method", payment_method="upi", reference_id="r1"), "unsupported"),
    ("leave to call", interactive("call_permission_reply", response="accept"), "unsupported"),
    ("a template's button", {"type": "button", "button": {"payload": "No-Button-Payload", "text": "No"}}, "choice"),
    ("an order", {"type": "order", "order": {"catalog_id": "1", "product_items": []}}, "order"),
    ("a reaction", {"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}}, "reaction"),
    ("a reaction taken back", {"type": "reaction", "reaction": {"message_id": "wamid.x"}}, "reaction"),
    ("a place", {"type": "location", "location": {"latitude": 40.78, "longitude": -73.95}}, "location"),
    ("a card of a vCard only", {"type": "contacts", "contacts": [{"vcard": "BEGIN:VCARD"}]}, "contacts"),
    ("a poll", {"type": "unsupported", "errors": ERRORS, "unsupported": {"type": "poll_creation"}}, "unsupported"),
    ("a vote", {"type": "unsupported", "errors": ERRORS, "unsupported": {"type": "poll_update"}}, "unsupported"),
    ("a first message", {"type": "unsupported", "errors": [{"code": 131060, "title": "x"}]}, "unsupported"),
    ("a new number", {"type": "system", "system": {"wa_id": "12195555358", "type": "user_changed_number"}}, "system"),
    ("a new user id", {"type": "system", "system": {"user_id": "US.1", "type": "user_changed_user_id"}}, "system"),
    ("a new code", {"type": "system", "system": {"type": "customer_identity_changed"}}, "system"),
    ("a voice message", {"type": "audio", "audio": {"id": "1", "mime_type": "audio/ogg", "voice": True}}, "media"),
    ("an edit", {"type": "edit", "edit": {"original_message_id": "wamid.x", "message": {"type": "text"}}}, "edit"),
    ("a message taken back", {"type": "revoke", "revoke": {"original_message_id": "wamid.x"}}, "revoke"),
    ("a group", {"type": "text", "text": {"body": "hello"}, "group_id": "Y2FwaV9ncm91cDox"}, "unsupported"),
    ("an opened chat", {"type": "request_welcome"}, "welcome"),
]


@pytest.mark.parametrize(("message", "kind"), [row[1:] for row in MESSAGES], ids=[row[0] for row in MESSAGES])
def test_messages(message: dict[str, Any], kind: str) -> None:
    value = {"contacts": [CONTACT], "messages": [{"from": "16505551234", "id": "wamid.a", "timestamp": "1", **message}]}
    (found,) = parsed("messages", value)
    assert isinstance(found, ParsedMessage)
    assert isinstance(found.content, get_args(Content))
    assert type(found.content).__struct_config__.tag == kind


STATUS = {"id": "wamid.s", "timestamp": "1739321024", "recipient_id": "16505551234"}
PRICE = {"billable": True, "pricing_model": "PMP", "category": "utility", "type": "regular"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (
            {"status": "sent", "pricing": PRICE, "conversation": {"id": "c"}},
            ParsedStatus,
        ),
        (
            {"status": "delivered", "recipient_type": "group", "recipient_participant_id": "1"},
            ParsedStatus | ParsedEvent,
        ),
        ({"status": "failed", "errors": [{"code": 131026, "title": "x", "error_data": "a text"}]}, ParsedStatus),
        ({"status": "captured", "type": "payment", "payment": {"reference_id": "r"}}, ParsedEvent),
        ({"status": "RINGING", "type": "call"}, ParsedEvent),
    ],
)
def test_statuses(status: dict[str, Any], kind: Any) -> None:
    (found,) = parsed("messages", {"statuses": [{**STATUS, **status}]})
    assert isinstance(found, kind)


ECHO = {"from": "15550783881", "to": "16505551234", "id": "wamid.e", "timestamp": "1"}
STOP = {"wa_id": "16505551234", "category": "marketing_messages", "value": "stop", "timestamp": 1739321024}


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("smb_message_echoes", {"message_echoes": [{**ECHO, "type": "text", "text": {"body": "a"}}]}, ParsedEcho),
        ("user_preferences", {"contacts": [CONTACT], "user_preferences": [STOP]}, ParsedConsent),
        ("history", {"history": [{"errors": [{"code": 2593109, "title": "off"}]}]}, ParsedEvent),
        ("history", {"messages": [{**ECHO, "type": "image", "image": {"id": "1"}}]}, ParsedEvent),
        ("smb_app_state_sync", {"state_sync": [{"type": "contact", "action": "add"}]}, ParsedEvent),
        ("automatic_events", {"automatic_events": [{"id": "wamid.a", "event_name": "Purchase"}]}, ParsedEvent),
        ("calls", {"calls": [{"id": "wacid.x", "event": "connect"}]}, ParsedEvent),
        ("contacts", {"contacts": [{"wa_id": "16505551234", "user_id": "US.1"}]}, ParsedEvent),
        ("messages", {"errors": [{"code": 130429, "title": "Rate limit hit"}]}, ParsedEvent),
    ],
)
def test_other_fields(field: str, value: dict[str, Any], kind: type) -> None:
    (found,) = parsed(field, value)
    assert isinstance(found, kind)
    if isinstance(found, ParsedEvent):
        assert account_change(found.field, found.raw).action is not EventAction.UNKNOWN


@pytest.mark.parametrize("event", ["PARTNER_ADDED", "PARTNER_REMOVED", "AD_ACCOUNT_LINKED", "MM_LITE_TERMS_SIGNED"])
def test_event_of_a_partner_is_of_the_account_that_it_names(event: str) -> None:
    shared = {"waba_id": "1437200930610622", "owner_business_id": "2329417887457253"}
    (found,) = parsed("account_update", {"event": event, "waba_info": shared})
    assert isinstance(found, ParsedEvent)
    assert found.account == "1437200930610622"
    (other,) = parsed("account_update", {"event": event, "waba_info": {"waba_id": None}})
    assert isinstance(other, ParsedEvent)
    assert other.account not in ("", found.account)


def test_former_user_id_is_read_from_the_text_where_nothing_else_has_it() -> None:
    system = {"type": "user_changed_user_id", "user_id": "NG.2222"}
    for body, sender in (
        ("User Ada from NG.9 to NG.8 changed from NG.1111 to NG.2222", "bsuid:NG.1111"),
        ("User Ada changed from NG.1111 to NG.3333", "bsuid:NG.2222"),
        ("User Ada changed from Lagos to NG.2222", "bsuid:NG.2222"),
    ):
        message = {"id": "wamid.S", "timestamp": "1", "type": "system", "system": {**system, "body": body}}
        (found,) = parsed("messages", {"messages": [message]})
        assert isinstance(found, ParsedMessage)
        assert found.sender.identity == sender
