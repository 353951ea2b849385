"""What a bot makes of each content, and each content in words."""

from typing import get_args

import msgspec
import pytest

from shared.messages import content as c
from shared.messages.content import Taken, taken_as
from shared.messages.content_text import described, described_plain
from shared.storage.documents import plain

ITEMS = (c.OrderItem(sku="C1", quantity=3, price="4.50", currency="USD"),)
CASES: list[tuple[str, c.Content, Taken, str]] = [
    ("a text asks", c.Text(body="Hi"), Taken.QUESTION, "Hi"),
    ("a blank text too", c.Text(body=" \n"), Taken.QUESTION, "(an empty message)"),
    ("a choice asks", c.Choice(kind=c.ChoiceKind.LIST, id="oak", title="Oak"), Taken.QUESTION, "Oak"),
    ("without a title it is its id", c.Choice(kind=c.ChoiceKind.BUTTON, id="oak"), Taken.QUESTION, "oak"),
    (
        "a form has its answers",
        c.Choice(kind=c.ChoiceKind.FORM, id="flow", title="Sent", response='{"size":"L"}'),
        Taken.QUESTION,
        '(a form that was filled in) Sent {"size":"L"}',
    ),
    (
        "an order asks",
        c.Order(catalog_id="1", items=ITEMS, text="Gift wrap"),
        Taken.QUESTION,
        "(an order: 3 x C1) Gift wrap",
    ),
    ("a plain image asks", c.Media(kind=c.MediaKind.IMAGE), Taken.QUESTION, "(an image)"),
    (
        "so does one with a caption",
        c.Media(kind=c.MediaKind.IMAGE, caption="This?"),
        Taken.QUESTION,
        "(an image) This?",
    ),
    ("and a video", c.Media(kind=c.MediaKind.VIDEO), Taken.QUESTION, "(a video)"),
    (
        "a document has its name",
        c.Media(kind=c.MediaKind.DOCUMENT, filename="a.pdf", caption="Mine"),
        Taken.QUESTION,
        "(a document: a.pdf) Mine",
    ),
    (
        "or is a card",
        c.Media(kind=c.MediaKind.DOCUMENT, mime_type="text/vcard"),
        Taken.QUESTION,
        "(a contact card)",
    ),
    ("a voice message cannot be heard", c.Media(kind=c.MediaKind.AUDIO, voice=True), Taken.VOICE, "(a voice message)"),
    ("nor can an audio file", c.Media(kind=c.MediaKind.AUDIO), Taken.VOICE, "(an audio file)"),
    ("a sticker asks nothing", c.Media(kind=c.MediaKind.STICKER), Taken.NOT_A_QUESTION, "(a sticker)"),
    (
        "a location may have a name",
        c.Location(latitude=6.5, longitude=3.4, name="Shop", address="Lagos"),
        Taken.QUESTION,
        "(a location: Shop, Lagos)",
    ),
    ("or degrees", c.Location(latitude=6.5, longitude=3.4), Taken.QUESTION, "(a location: 6.5, 3.4)"),
    (
        "cards have names",
        c.Contacts(names=("Ada", "Bo"), cards=msgspec.Raw(b'[{"name":1}]')),
        Taken.QUESTION,
        "(contacts: Ada, Bo)",
    ),
    ("or none", c.Contacts(), Taken.QUESTION, "(contacts)"),
    (
        "a reaction asks nothing",
        c.Reaction(provider_message_id="w", emoji="👍"),
        Taken.NOT_A_QUESTION,
        "(a reaction: 👍)",
    ),
    ("nor its end", c.Reaction(provider_message_id="w"), Taken.NOT_A_QUESTION, "(a reaction, taken back)"),
    ("a notice is nobody's word", c.System(kind="x", body="+1 changed"), Taken.NOT_A_QUESTION, ""),
    ("an opened chat asks nothing yet", c.Welcome(), Taken.NOT_A_QUESTION, "(the chat was opened)"),
    ("an edit is seen where it belongs", c.Edit(provider_message_id="w", body="New"), Taken.NOT_A_QUESTION, ""),
    ("a revocation too", c.Revoke(provider_message_id="w"), Taken.NOT_A_QUESTION, ""),
    (
        "what nobody can read",
        c.Unsupported(type="hologram"),
        Taken.UNREADABLE,
        "(something that cannot be shown here)",
    ),
    (
        "a reaction that the provider does not tell of",
        c.Unsupported(type="reaction"),
        Taken.NOT_A_QUESTION,
        "(something that cannot be shown here)",
    ),
    (
        "a leave to call asks nothing",
        c.Unsupported(type="call_permission_reply", detail="accept"),
        Taken.NOT_A_QUESTION,
        "(a reply to our request to call: accept)",
    ),
    (
        "of a picture only the type is known",
        c.Unsupported(type="image"),
        Taken.UNREADABLE,
        "(something that cannot be shown here)",
    ),
    (
        "a group is not answered",
        c.Unsupported(type="group"),
        Taken.NOT_A_QUESTION,
        "(something that cannot be shown here)",
    ),
]


@pytest.mark.parametrize(("content", "taken", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_content(content: c.Content, taken: Taken, words: str) -> None:
    assert taken_as(content) is taken
    assert described(content) == words
    assert described_plain(plain(content)) == words


def test_none_is_left_out() -> None:
    assert {type(case[1]) for case in CASES} == set(get_args(c.Content))
    assert {(case[1].kind) for case in CASES if isinstance(case[1], c.Media)} == set(c.MediaKind)


def test_what_a_later_version_stored_is_no_error() -> None:
    assert described_plain({"type": "hologram"}) == "(something that cannot be shown here)"
    assert described_plain({}) == "(something that cannot be shown here)"
