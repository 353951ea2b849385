"""Parsing of each of Meta's message types; one of the tables names each payload file."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from shared.messages import content as c
from shared.messages.inbound import Context, Referral, ReferredProduct, Sender
from shared.providers.meta.webhook import parse
from shared.providers.port import MalformedItem, ParsedMessage
from tests.providers.payloads import payload


def message_of(name: str) -> ParsedMessage:
    first = parse(payload("meta", name))[0]
    assert isinstance(first, ParsedMessage), first
    return first


def media(kind: c.MediaKind, media_id: str, mime_type: str, **more: object) -> c.Media:
    return c.Media(kind=kind, media_id=media_id, mime_type=mime_type, sha256="c2hhMjU2", **more)  # type: ignore[arg-type]


def choice(kind: c.ChoiceKind, choice_id: str, title: str, **more: str) -> c.Choice:
    return c.Choice(kind=kind, id=choice_id, title=title, **more)


IMAGE, VIDEO, AUDIO = c.MediaKind.IMAGE, c.MediaKind.VIDEO, c.MediaKind.AUDIO
ITEMS = (
    c.OrderItem(sku="C1", quantity=3, price="4.5", currency="USD"),
    c.OrderItem(sku="C2", quantity=1, price="30", currency="USD"),
)
CONTENTS: list[tuple[str, str, c.Content]] = [
    ("a text is its body", "text", c.Text(body="Good morning, when do you open?")),
    ("an image has an id and a caption", "image", media(IMAGE, "MEDIA1", "image/jpeg", caption="This one")),
    ("a video may have no caption", "video", media(VIDEO, "MEDIA2", "video/mp4")),
    ("an audio file is not a voice message", "audio", media(AUDIO, "MEDIA3", "audio/mpeg")),
    ("a voice message is marked as voice", "voice", media(AUDIO, "MEDIA4", "audio/ogg; codecs=opus", voice=True)),
    (
        "a document has a file name",
        "document",
        media(c.MediaKind.DOCUMENT, "MEDIA5", "application/pdf", filename="order.pdf", caption="My order"),
    ),
    ("a sticker may move", "sticker", media(c.MediaKind.STICKER, "MEDIA6", "image/webp", animated=True)),
    (
        "a location may have whole degrees",
        "location",
        c.Location(
            latitude=6.0,
            longitude=3.3792,
            name="Balogun Market",
            address="Lagos Island",
            url="https://maps.example/1",
        ),
    ),
    ("a malformed text is unsupported", "malformed_content", c.Unsupported(type="text", detail="")),
    ("a reaction names its message", "reaction", c.Reaction(provider_message_id="wamid.ours1", emoji="👍🏾")),
    ("an empty emoji removes the reaction", "unreaction", c.Reaction(provider_message_id="wamid.ours1")),
    ("a missing emoji removes the reaction", "unreaction_without_emoji", c.Reaction(provider_message_id="wamid.ours1")),
    ("a pressed button is a choice", "button_reply", choice(c.ChoiceKind.BUTTON, "yes", "Yes, please")),
    ("a list row is a choice", "list_reply", choice(c.ChoiceKind.LIST, "oak", "Oak", description="Four pieces")),
    ("a form reply has answers", "form_reply", choice(c.ChoiceKind.FORM, "flow", "Sent", response='{"size":"L"}')),
    (
        "form answers may be an object",
        "form_reply_object",
        choice(
            c.ChoiceKind.FORM,
            "flow",
            "Sent",
            response='{"size":"L"}',
        ),
    ),
    (
        "an unknown reply keeps its name",
        "interactive_unknown",
        c.Unsupported(type="call_permission_reply", detail="accept"),
    ),
    ("a reply without content is kept", "interactive_missing", c.Unsupported(type="interactive")),
    ("a template's button is a choice", "quick_reply", choice(c.ChoiceKind.QUICK_REPLY, "STOP", "Stop promotions")),
    ("prices stay decimals", "order", c.CatalogOrder(catalog_id="CAT1", text="Gift wrap, please", items=ITEMS)),
    (
        "a changed number has the new one",
        "number_changed",
        c.System(kind="user_changed_number", body="Ada changed her number", new_address="+2348055550199"),
    ),
    (
        "a changed user id has the new one",
        "user_id_changed",
        c.System(
            kind="user_changed_user_id",
            body="The user id changed",
            new_address="bsuid:NG.2222",
            new_user_id="NG.2222",
        ),
    ),
    ("an opened chat is a welcome", "welcome", c.Welcome()),
    ("an edit has the new text", "edit", c.Edit(provider_message_id="wamid.text1", body="Corrected")),
    ("an edit has the new caption", "edit_caption", c.Edit(provider_message_id="wamid.image1", body="Better caption")),
    ("a deleted message is named", "revoke", c.Revoke(provider_message_id="wamid.text1")),
    (
        "a message unsupported by Meta has its reason",
        "unsupported",
        c.Unsupported(type="poll_creation", detail="Message type is currently not supported."),
    ),
    ("an unknown type keeps its name", "future_type", c.Unsupported(type="hologram")),
    ("a group is not answered in private", "group", c.Unsupported(type="group", detail="A message in a group.")),
]


@pytest.mark.parametrize(("name", "expected"), [case[1:] for case in CONTENTS], ids=[case[0] for case in CONTENTS])
def test_content_is_read(name: str, expected: c.Content) -> None:
    message = message_of(name)
    assert message.content == expected
    assert message.recipient == "665397593326012"
    assert message.sent_at == datetime(2025, 2, 12, 0, 43, 44, tzinfo=UTC)
    assert (
        json.loads(message.raw) == json.loads(payload("meta", name))["entry"][0]["changes"][0]["value"]["messages"][0]
    )


def test_contact_cards_are_stored_unchanged() -> None:
    content = message_of("contacts").content
    assert isinstance(content, c.Contacts)
    assert content.names == ("Chidi Eze", "Bola")
    assert [card.get("org") for card in msgspec.json.decode(content.cards)] == [None, {"company": "Coasters Ltd"}]


ADA = "+2348055550123"
USER = "NG.13491208655302741918"
SENDERS: list[tuple[str, str, Sender]] = [
    ("a number, and the name of the profile", "text", Sender(identity=ADA, address=ADA, phone=ADA, name="Ada Obi")),
    (
        "a user id instead of a number",
        "user_id_only",
        Sender(identity=f"bsuid:{USER}", address=f"bsuid:{USER}", bsuid=USER, name="Ada Obi", username="@ada"),
    ),
    (
        "a user id where the number should be",
        "user_id_in_from",
        Sender(identity=f"bsuid:{USER}", address=f"bsuid:{USER}", bsuid=USER, name="Ada Obi"),
    ),
    (
        "both: the number is the identity",
        "number_and_user_id",
        Sender(identity=ADA, address=ADA, phone=ADA, bsuid="NG.777", name="Ada Obi", username="@ada"),
    ),
    (
        "another variant of the number in the contact: the one used is kept",
        "other_variant_in_contact",
        Sender(identity="+5511987654321", address="+5511987654321", phone="+5511987654321", name="João"),
    ),
    (
        "a changed user id: the customer is still the previous one",
        "user_id_changed",
        Sender(identity="bsuid:NG.1111", address="bsuid:NG.1111", bsuid="NG.1111"),
    ),
]


@pytest.mark.parametrize(("name", "expected"), [case[1:] for case in SENDERS], ids=[case[0] for case in SENDERS])
def test_sender_is_read(name: str, expected: Sender) -> None:
    assert message_of(name).sender == expected


CONTEXTS: list[tuple[str, str, Context]] = [
    ("nothing is referred to", "text", Context()),
    ("a reply names the message replied to", "reply", Context(reply_to="wamid.ours1")),
    ("forwarded many times is forwarded", "forwarded", Context(forwarded=True)),
    (
        "an ad brought the customer",
        "referral",
        Context(
            referral=Referral(
                source_type="ad",
                source_id="AD1",
                source_url="https://ads.example/1",
                headline="Oak coasters",
                click_id="CLICK1",
                body="Four for eighteen.",
                media_type="image",
                media_url="https://ads.example/1.jpg",
            )
        ),
    ),
    (
        "with all that an ad can have, and an id that is a number",
        "referral_in_full",
        Context(
            referral=Referral(
                source_type="ad",
                source_id="120201234",
                source_url="https://fb.me/x",
                headline="Walnut set -20%",
                click_id="ARAkLk",
                body="This week: six walnut coasters for NGN 9,000",
                media_type="video",
                media_url="https://ads.example/t.jpg",
                greeting="Hi there! How can we help?",
            )
        ),
    ),
    (
        "a product is asked about",
        "referred_product",
        Context(reply_to="wamid.ours1", product=ReferredProduct(sku="C1", catalog_id="194836987003835")),
    ),
]


@pytest.mark.parametrize(("name", "expected"), [case[1:] for case in CONTEXTS], ids=[case[0] for case in CONTEXTS])
def test_context_is_read(name: str, expected: Context) -> None:
    assert message_of(name).context == expected


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("malformed_timestamp", "messages: the timestamp is not a number of seconds"),
        ("malformed_sender", "messages: the message has no sender"),
    ],
)
def test_malformed_message_can_be_reread(name: str, reason: str) -> None:
    [first] = parse(payload("meta", name))
    assert isinstance(first, MalformedItem)
    assert (first.recipient, first.reason) == ("665397593326012", reason)
    assert json.loads(first.payload) == json.loads(payload("meta", name))
