"""Verification and parsing of MSG91's webhooks, and the configured names of their fields."""

import json
from datetime import UTC, datetime

import pytest

from shared.messages.content import Choice, ChoiceKind, Location, Media, MediaKind, Text, Unsupported
from shared.messages.inbound import Context, Referral, ReferredProduct, Status
from shared.messages.outbound import TemplateBody, TextBody
from shared.providers.errors import ErrorKind, SendError, SignatureMissing, SignatureWrong, WebhookUnreadable
from shared.providers.msg91.errors import classify, classify_status_error
from shared.providers.msg91.payload import payload_for
from shared.providers.msg91.webhook import parse, verify
from shared.providers.port import MalformedItem, OutgoingMessage, Parsed, ParsedMessage, ParsedStatus

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
OURS = "+919876543210"
MESSAGE = {
    "uuid": "u-1",
    "customerNumber": "2348031234567",
    "customerName": "Ada",
    "contentType": "text",
    "text": "When do you open?",
    "ts": "2026-03-14T09:26:40+00:00",
}
REPORT = {"requestId": "r1", "crqid": "our-id", "eventName": "delivered", "ts": 1773480400}


def read(item: object, **names: str) -> Parsed:
    [found] = parse(json.dumps(item).encode(), OURS, NOW, names)
    return found


def test_only_the_right_secret_is_accepted() -> None:
    verify(b"0123456789abcdef", "0123456789abcdef")
    with pytest.raises(SignatureMissing):
        verify(None, "0123456789abcdef")
    for header, secret in ((b"0123456789abcdeX", "0123456789abcdef"), (b"", ""), (b"x", "")):
        with pytest.raises((SignatureWrong, SignatureMissing)):
            verify(header, secret)


def test_message_is_read() -> None:
    found = read(MESSAGE)
    assert isinstance(found, ParsedMessage)
    assert (found.recipient, found.provider_message_id, found.content) == (OURS, "u-1", Text(body="When do you open?"))
    assert (found.sender.identity, found.sender.address, found.sender.name) == (
        "+2348031234567",
        "+2348031234567",
        "Ada",
    )
    assert found.sent_at == datetime(2026, 3, 14, 9, 26, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "known_by"),
    [
        ({"userId": "IN.77"}, ("+2348031234567", "IN.77")),
        ({"customerNumber": "", "userId": "IN.77"}, (None, "IN.77")),
        ({"customerNumber": "IN.77"}, (None, "IN.77")),
    ],
)
def test_sender_may_have_a_user_id(fields: dict[str, str], known_by: tuple[str | None, str]) -> None:
    found = read({**MESSAGE, **fields})
    assert isinstance(found, ParsedMessage)
    assert (found.sender.phone, found.sender.bsuid) == known_by


def test_message_to_a_user_id_is_refused() -> None:
    with pytest.raises(SendError, match="user id"):
        payload_for("919876543210", OutgoingMessage(id="o1", address="bsuid:IN.77", body=TextBody(body="Hello")))


def test_ad_and_product_are_parsed() -> None:
    context = {"id": "w1", "referred_product": {"catalog_id": 9, "product_retailer_id": "C1"}}
    found = read({**MESSAGE, "context": context, "ad": json.dumps({"headline": "Oak", "source_id": 7})}, referral="ad")
    assert isinstance(found, ParsedMessage)
    assert found.context.reply_to == "w1"
    assert found.context.product == ReferredProduct(sku="C1", catalog_id="9")
    assert found.context.referral == Referral(headline="Oak", source_id="7")


def test_each_message_of_metas_list_is_one() -> None:
    sent = [{"type": "text", "text": {"body": body}} for body in ("One", "Two")]
    ours = {**MESSAGE, "text": "", "messages": json.dumps([{**sent[0], "id": "wamid.1"}, sent[1]])}
    found = parse(json.dumps(ours).encode(), OURS, NOW)
    assert [(one.provider_message_id, one.content) for one in found if isinstance(one, ParsedMessage)] == [
        ("wamid.1", Text(body="One")),
        ("u-1.1", Text(body="Two")),
    ]


@pytest.mark.parametrize("odd", ["{", [], 7, {"id": ["x"]}, {"referred_product": "C1"}, "[" * 5000])
def test_unreadable_ad_or_product_is_left_out(odd: object) -> None:
    found = read({**MESSAGE, "context": odd, "referral": odd})
    assert isinstance(found, ParsedMessage)
    assert found.context == Context()


def test_reaction_is_not_a_text() -> None:
    found = read({**MESSAGE, "contentType": "reaction", "text": "👍"})
    assert isinstance(found, ParsedMessage)
    assert found.content == Unsupported(type="reaction")


PLACE = {"latitude": 6.45, "longitude": 3.39, "name": "Lekki"}
TAPPED = {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes, please"}}
ROW = {"type": "list_reply", "list_reply": {"id": "r1", "title": "Express", "description": "Next day"}}
QUICK = {"payload": "STOP_PROMOTIONS", "text": "Stop promotions"}
AT_META = {
    "a place": ("location", PLACE, Location(latitude=6.45, longitude=3.39, name="Lekki")),
    "a tapped button": ("interactive", TAPPED, Choice(kind=ChoiceKind.BUTTON, id="yes", title="Yes, please")),
    "a chosen row": (
        "interactive",
        ROW,
        Choice(kind=ChoiceKind.LIST, id="r1", title="Express", description="Next day"),
    ),
    "a template's button": (
        "button",
        QUICK,
        Choice(kind=ChoiceKind.QUICK_REPLY, id="STOP_PROMOTIONS", title="Stop promotions"),
    ),
}


@pytest.mark.parametrize("case", AT_META)
def test_places_and_buttons_are_as_at_meta(case: str) -> None:
    kind, content, expected = AT_META[case]
    sent = {"from": "2348031234567", "id": "wamid.x", "timestamp": "1773480400", "type": kind, kind: content}
    ways: list[dict[str, object]] = [
        {"messages": [sent]},
        {"messages": json.dumps([sent])},
        {kind: content},
        {kind: json.dumps(content)},
        {"text": json.dumps(content)},
        {"messages": [sent], "eventName": "delivered"},
    ]
    for way in ways:
        found = read({**MESSAGE, "contentType": kind, "text": "", **way})
        assert isinstance(found, ParsedMessage), way
        assert found.content == expected, way
        assert found.provider_message_id == "u-1"


def test_button_with_its_text_alone_is_that_text() -> None:
    found = read({**MESSAGE, "contentType": "button", "text": "Yes, please"})
    assert isinstance(found, ParsedMessage)
    assert found.content == Text(body="Yes, please")


def test_metas_list_has_what_a_message_answers_and_where_it_was_written() -> None:
    sent = {"id": "wamid.x", "type": "text", "text": {"body": "This one?"}, "context": {"id": "w1"}}
    found = read({**MESSAGE, "text": "", "messages": [sent]})
    assert isinstance(found, ParsedMessage)
    assert (found.content, found.context.reply_to) == (Text(body="This one?"), "w1")
    group = read({**MESSAGE, "messages": json.dumps([{**sent, "group_id": "g1"}])})
    assert isinstance(group, ParsedMessage)
    assert group.content == Unsupported(type="group", detail="A message in a group.")


@pytest.mark.parametrize("odd", ["{", "[]", [], [7], 7, {"latitude": 900}, None, "[" * 5000])
def test_unreadable_place_is_unsupported(odd: object) -> None:
    found = read({**MESSAGE, "contentType": "location", "text": "", "messages": odd, "location": odd})
    assert isinstance(found, ParsedMessage)
    assert found.content == Unsupported(type="location")


def test_file_is_read_and_unknown_content_is_unsupported() -> None:
    file = read({**MESSAGE, "contentType": "image", "text": "this one", "url": "https://files.example/a"})
    assert isinstance(file, ParsedMessage)
    assert file.content == Media(kind=MediaKind.IMAGE, url="https://files.example/a", caption="this one")
    other = read({**MESSAGE, "contentType": "order", "text": ""})
    assert isinstance(other, ParsedMessage)
    assert other.content == Unsupported(type="order")


def test_status_is_read() -> None:
    found = read(REPORT)
    assert isinstance(found, ParsedStatus)
    assert (found.provider_message_id, found.outbound_id, found.status, found.errors) == (
        "r1",
        "our-id",
        Status.DELIVERED,
        (),
    )
    failed = read({**REPORT, "eventName": "failed", "reason": "131026"})
    assert isinstance(failed, ParsedStatus)
    assert [error.code for error in failed.errors] == ["131026"]


@pytest.mark.parametrize("extra", [{"uuid": "u-1"}, {"crqid": "", "uuid": ""}])
def test_status_may_repeat_our_text(extra: dict[str, str]) -> None:
    found = read({**REPORT, "text": "We open at nine.", "customerNumber": "2348031234567", **extra})
    assert isinstance(found, ParsedStatus)
    assert found.status is Status.DELIVERED


def test_failed_message_of_ours_is_not_a_customers() -> None:
    fields = {"uuid": "u-1", "text": "We open at nine.", "reason": "131047", "crqid": ""}
    found = read({**REPORT, **fields, "eventName": "undelivered"})
    assert isinstance(found, ParsedStatus)
    assert (found.status, [error.code for error in found.errors]) == (Status.FAILED, ["131047"])


def test_status_with_a_future_time_is_accepted() -> None:
    found = read({**REPORT, "eventName": "clicked"})
    assert isinstance(found, ParsedStatus)
    assert found.status is Status.UNKNOWN


def test_msg91_note_on_an_unsupported_message_is_not_its_text() -> None:
    found = read({**MESSAGE, "contentType": "unsupported", "text": "Message type unknown"})
    assert isinstance(found, ParsedMessage)
    assert found.content == Unsupported(type="unsupported", detail="Message type unknown")


def test_message_is_recognised_whatever_its_event_name() -> None:
    assert isinstance(read({**MESSAGE, "eventName": "delivered"}), ParsedMessage)


def test_renamed_fields_are_parsed_and_stored_items_can_be_reread() -> None:
    renamed = {("msg" if name == "text" else name): value for name, value in MESSAGE.items()}
    found = read(renamed, text="msg")
    assert isinstance(found, ParsedMessage)
    assert found.content == Text(body="When do you open?")
    broken = read({**renamed, "uuid": ""}, text="msg")
    assert isinstance(broken, MalformedItem)
    with_valid_text = {**json.loads(broken.payload), "uuid": "u-2"}
    again = read(with_valid_text)
    assert isinstance(again, ParsedMessage)
    assert again.content == found.content


def test_default_field_name_with_another_meaning_is_ignored() -> None:
    """Here `text` is another object, and the text is in `body`; two names may refer to one field."""
    found = read({**MESSAGE, "body": "Are you open?", "text": {"kind": "text"}}, text="body")
    assert isinstance(found, ParsedMessage)
    assert found.content == Text(body="Are you open?")
    assert json.loads(found.raw)["text_as_sent"] == {"kind": "text"}
    without = read(MESSAGE, text="body")
    assert isinstance(without, ParsedMessage)
    assert without.content == Unsupported(type="text")
    twice = read(MESSAGE, name="customerNumber")
    assert isinstance(twice, ParsedMessage)
    assert (twice.sender.name, twice.sender.identity) == ("2348031234567", "+2348031234567")


@pytest.mark.parametrize(
    "change", [{"uuid": "x" * 300}, {"uuid": None}, {"customerNumber": "0803"}, {"customerNumber": {"a": 1}}]
)
def test_malformed_item_does_not_affect_others(change: dict[str, object]) -> None:
    found = parse(json.dumps([{**MESSAGE, **change}, MESSAGE]).encode(), OURS, NOW)
    assert [type(item) for item in found] == [MalformedItem, ParsedMessage]


@pytest.mark.parametrize("body", [b"", b"x", b"7", b"[]", b"[1]", b"[" * 5000, b'"a"'])
def test_other_bodies_are_unreadable(body: bytes) -> None:
    with pytest.raises(WebhookUnreadable):
        parse(body, OURS, NOW)


@pytest.mark.parametrize("ts", ["", "soon", "9" * 30, "2099-01-01", None, -5])
def test_invalid_time_is_now(ts: object) -> None:
    found = read({**MESSAGE, "ts": ts})
    assert isinstance(found, ParsedMessage)
    assert found.sent_at == NOW


def test_text_and_template_are_sent_in_msg91s_form() -> None:
    text = payload_for("91987", OutgoingMessage(id="o1", address="+2348031234567", body=TextBody(body="Hello")))
    assert text == {
        "integrated_number": "91987",
        "recipient_number": "2348031234567",
        "CRQID": "o1",
        "content_type": "text",
        "text": "Hello",
    }
    body = TemplateBody(name="welcome", language="en", parameters=("Ada",))
    template = payload_for("91987", OutgoingMessage(id="o2", address="+2348031234567", body=body))
    assert template["template"] == {
        "name": "welcome",
        "language": {"code": "en", "policy": "deterministic"},
        "components": {"body_1": {"type": "text", "value": "Ada"}},
    }


def test_only_codes_of_whatsapp_are_classified() -> None:
    assert classify(400, 131047).kind is ErrorKind.WINDOW
    assert classify(400, 190).kind is ErrorKind.PERMANENT
    assert classify(200, None, detail="No balance").kind is ErrorKind.PERMANENT
    assert classify_status_error("131026").kind is ErrorKind.PERMANENT
    assert classify_status_error("failed").kind is ErrorKind.PERMANENT
