"""Parsing and verification of Twilio's forms."""

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from shared.messages import content as c
from shared.messages.inbound import Context, ProviderError, Referral, Sender, Status
from shared.providers.errors import SignatureMissing, SignatureWrong, WebhookUnreadable
from shared.providers.port import MalformedItem, ParsedMessage, ParsedStatus
from shared.providers.twilio.webhook import (
    MAX_FIELDS,
    parse_form,
    parse_message,
    parse_status,
    verify_json_signature,
    verify_signature,
)
from tests.providers.payloads import payload

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TOKEN = "auth-token"
IMAGE = c.Media(kind=c.MediaKind.IMAGE, mime_type="image/jpeg", url="https://media.example/1", caption="This one")
CONTENTS: list[tuple[str, str, c.Content]] = [
    ("a text is its body", "text", c.Text(body="Good morning & welcome 👋🏾")),
    ("an image has an address and a caption", "image", IMAGE),
    (
        "a sticker is not an image",
        "sticker",
        c.Media(kind=c.MediaKind.STICKER, mime_type="image/webp", url="https://media.example/3"),
    ),
    (
        "a location has a name",
        "location",
        c.Location(latitude=6.455, longitude=3.3841, name="Balogun Market", address="Lagos Island"),
    ),
    ("a pressed button is a choice", "button", c.Choice(kind=c.ChoiceKind.QUICK_REPLY, id="yes", title="Yes, please")),
    (
        "a list row is a choice",
        "list",
        c.Choice(kind=c.ChoiceKind.LIST, id="oak", title="Oak", description="Four pieces"),
    ),
    (
        "a voice message is an audio file",
        "voice",
        c.Media(kind=c.MediaKind.AUDIO, mime_type="audio/ogg", url="https://media.example/4"),
    ),
    (
        "a video has a caption",
        "video",
        c.Media(kind=c.MediaKind.VIDEO, mime_type="video/mp4", url="https://media.example/5", caption="Look"),
    ),
    (
        "a document has a caption",
        "document",
        c.Media(
            kind=c.MediaKind.DOCUMENT,
            mime_type="application/pdf",
            url="https://media.example/6",
            caption="My order",
        ),
    ),
    (
        "address-book cards are a document",
        "contacts",
        c.Media(kind=c.MediaKind.DOCUMENT, mime_type="text/vcard", url="https://media.example/7"),
    ),
    ("a form has answers", "form", c.Choice(kind=c.ChoiceKind.FORM, id="flow", title="Sent", response='{"size":"L"}')),
    ("a reaction without its message keeps its type", "reaction", c.Unsupported(type="reaction")),
    ("a reaction names its message", "reaction_to", c.Reaction(provider_message_id="SM0", emoji="👍")),
    ("a type of the future keeps its name", "hologram", c.Unsupported(type="hologram")),
    ("a message without content keeps its type", "empty", c.Unsupported(type="order")),
]
CONTEXTS: list[tuple[str, Context]] = [
    ("text", Context()),
    ("reply", Context(reply_to="SM0")),
    ("forwarded", Context(forwarded=True)),
    (
        "referral",
        Context(
            referral=Referral(
                source_type="ad",
                source_id="AD1",
                source_url="https://ads.example/1",
                headline="Oak coasters",
                click_id="CLICK1",
                body="Four",
            )
        ),
    ),
    (
        "referral_in_full",
        Context(
            referral=Referral(
                source_type="ad",
                source_id="AD1",
                source_url="https://ads.example/1",
                headline="Oak coasters",
                click_id="CLICK1",
                body="Four",
                media_type="image/jpeg",
                media_id="M1",
                media_url="https://ads.example/1.jpg",
            )
        ),
    ),
]


def params_of(name: str) -> list[tuple[str, str]]:
    return parse_form(payload("twilio", name))


@pytest.mark.parametrize(("name", "expected"), [case[1:] for case in CONTENTS], ids=[case[0] for case in CONTENTS])
def test_message_is_read(name: str, expected: c.Content) -> None:
    [message] = parse_message(params_of(name), NOW)
    assert isinstance(message, ParsedMessage)
    assert message.content == expected
    assert (message.recipient, message.provider_message_id, message.sent_at) == ("+14155238886", "SM1", NOW)
    ada = "+2348055550123"
    assert message.sender == Sender(identity=ada, address=ada, phone=ada, name="Ada Obi")
    assert json.loads(message.raw) == dict(params_of(name))


@pytest.mark.parametrize(("name", "expected"), CONTEXTS)
def test_context_is_read(name: str, expected: Context) -> None:
    [message] = parse_message(params_of(name), NOW)
    assert isinstance(message, ParsedMessage)
    assert message.context == expected


def test_each_piece_of_media_is_a_message() -> None:
    results = parse_message(params_of("two_media"), NOW)
    messages = [result for result in results if isinstance(result, ParsedMessage)]
    assert [message.provider_message_id for message in messages] == ["SM1", "SM1/1"]
    contents = [message.content for message in messages]
    assert [content.caption for content in contents if isinstance(content, c.Media)] == ["These", None]
    assert [content.kind for content in contents if isinstance(content, c.Media)] == ["image", "document"]


def test_message_with_invalid_coordinates_is_accepted() -> None:
    [message] = parse_message(params_of("malformed_location"), NOW)
    assert isinstance(message, ParsedMessage)
    assert isinstance(message.content, c.Unsupported)
    assert json.loads(message.raw)["Latitude"] == "north"


@pytest.mark.parametrize("name", ["malformed_no_sid"])
def test_malformed_message_can_be_reread(name: str) -> None:
    [result] = parse_message(params_of(name), NOW)
    assert isinstance(result, MalformedItem)
    assert result.recipient == "+14155238886"
    assert parse_form(result.payload) == params_of(name)


STATUSES = [
    ("queued", Status.QUEUED),
    ("accepted", Status.QUEUED),
    ("sending", Status.QUEUED),
    ("sent", Status.SENT),
    ("delivered", Status.DELIVERED),
    ("read", Status.READ),
    ("hovering", Status.UNKNOWN),
]


@pytest.mark.parametrize(("word", "expected"), STATUSES)
def test_status_is_read(word: str, expected: Status) -> None:
    [status] = parse_status(params_of(f"status_{word}"), "our-id-1", NOW)
    assert isinstance(status, ParsedStatus)
    assert (status.status, status.outbound_id, status.provider_message_id) == (expected, "our-id-1", "SM9")
    assert (status.recipient, status.occurred_at, status.errors) == ("+14155238886", NOW, ())


def test_failed_status_has_the_error() -> None:
    [status] = parse_status(params_of("status_failed"), None, NOW)
    assert isinstance(status, ParsedStatus)
    assert (status.status, status.outbound_id) == (Status.FAILED, None)
    [error] = status.errors
    assert (error.code, error.detail) == ("63016", "Outside the allowed window")


def test_undelivered_status_without_a_text_has_ours() -> None:
    [status] = parse_status(params_of("status_undelivered"), None, NOW)
    assert isinstance(status, ParsedStatus)
    assert status.errors == (ProviderError(code="63024", title="The recipient cannot get this message."),)


def test_status_without_a_status_is_malformed() -> None:
    [result] = parse_status(params_of("status_malformed"), None, NOW)
    assert isinstance(result, MalformedItem)


def test_form_with_too_many_fields_is_unreadable() -> None:
    assert len(parse_form(b"&".join([b"a=1"] * MAX_FIELDS))) == MAX_FIELDS
    with pytest.raises(WebhookUnreadable):
        parse_form(b"&".join([b"a=1"] * (MAX_FIELDS + 1)))


@pytest.mark.parametrize("body", [b"a=\xff", b"a=%FF"])
def test_form_that_is_not_utf8_is_unreadable(body: bytes) -> None:
    with pytest.raises(WebhookUnreadable):
        parse_form(body)


def sign(text: str, token: str = TOKEN) -> str:
    return b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


URL = "https://parley.example/webhooks/twilio"
FORM = [("To", "2"), ("Body", "é"), ("Media", "b"), ("Media", "a"), ("Media", "a")]
JOINED = "BodyéMediaaMediabTo2"
FITTING = [
    ("names and values are sorted and unique", URL, sign(URL + JOINED)),
    ("the signed URL may have the standard port", URL, sign("https://parley.example:443/webhooks/twilio" + JOINED)),
    ("ours may have a port that was not signed", "https://parley.example:8443/webhooks/twilio", sign(URL + JOINED)),
    ("or one that was", "https://parley.example:8443/x?a=b:c", sign("https://parley.example:8443/x?a=b:c" + JOINED)),
]


@pytest.mark.parametrize(("url", "header"), [case[1:] for case in FITTING], ids=[case[0] for case in FITTING])
def test_valid_signature_is_accepted(url: str, header: str) -> None:
    verify_signature(url, FORM, header, ["new-token", TOKEN])
    verify_signature(url, FORM[::-1], header.encode(), [TOKEN])


def test_example_of_twilios_documentation_is_valid() -> None:
    """The example request of Twilio's webhook security page, with the signature computed by its rule."""
    params = [("Digits", "1234"), ("To", "+18005551212"), ("From", "+14158675310"), ("CallSid", "CA1")]
    url = "https://example.com/myapp.php?foo=1&bar=2"
    verify_signature(url, params, sign(url + "CallSidCA1Digits1234From+14158675310To+18005551212"), [TOKEN])


@pytest.mark.parametrize("header", ["x", "é", "\ud800", b"\xff", sign(URL), sign(URL + JOINED, "")])
def test_wrong_signature_is_refused(header: str | bytes) -> None:
    with pytest.raises(SignatureWrong):
        verify_signature(URL, FORM, header, [TOKEN, ""])


@pytest.mark.parametrize("header", [None, ""])
def test_missing_signature_is_refused(header: str | None) -> None:
    with pytest.raises(SignatureMissing):
        verify_signature(URL, FORM, header, [TOKEN])


def test_json_signature_covers_body_and_url() -> None:
    body = b'{"a": 1}'
    url = f"{URL}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    verify_json_signature(url, body, sign(url), [TOKEN])
    with pytest.raises(SignatureWrong):
        verify_json_signature(url, b"{}", sign(url), [TOKEN])
    with pytest.raises(SignatureWrong):
        verify_json_signature(URL, body, sign(URL), [TOKEN])
    with pytest.raises(SignatureMissing):
        verify_json_signature(url, body, None, [TOKEN])


@pytest.mark.parametrize(
    "more",
    [
        {"From": "whatsapp:+2348055550123", "ExternalUserId": "NG.1349120865"},
        {"From": "whatsapp:NG.1349120865", "WaId": "2348055550123"},
    ],
    ids=["the user id beside the number", "the number beside the user id"],
)
def test_sender_may_have_number_and_user_id(more: dict[str, str]) -> None:
    fields = {"MessageSid": "SM1", "To": "whatsapp:+14155238886", "Body": "Hi", "NumMedia": "0", **more}
    (item,) = parse_message(list(fields.items()), NOW)
    assert isinstance(item, ParsedMessage)
    assert (item.sender.phone, item.sender.bsuid) == ("+2348055550123", "NG.1349120865")


WITHOUT_NUMBER = [
    ("a user id", "whatsapp:NG.1349120865", "bsuid:NG.1349120865"),
    ("a national number of an unknown country", "whatsapp:08055550123", None),
    ("one with a plus in front", "whatsapp:+08055550123", None),
    ("nothing", "", None),
]


@pytest.mark.parametrize(
    ("sender", "identity"), [case[1:] for case in WITHOUT_NUMBER], ids=[case[0] for case in WITHOUT_NUMBER]
)
def test_sender_without_an_international_number_is_never_another_customer(sender: str, identity: str | None) -> None:
    """The sender is identified by the user id, or the message is malformed; never another customer."""
    fields = {"MessageSid": "SM1", "To": "whatsapp:+14155238886", "From": sender, "Body": "Hi", "NumMedia": "0"}
    (item,) = parse_message(list(fields.items()), NOW)
    if identity is None:
        assert isinstance(item, MalformedItem)
        return
    assert isinstance(item, ParsedMessage)
    assert item.sender == Sender(identity=identity, address=identity, bsuid=identity.removeprefix("bsuid:"))
