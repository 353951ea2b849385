"""The class of each content, and each content in words."""

from typing import get_args

import msgspec
import pytest

from shared.messages import content as c
from shared.messages.content import ContentClass, classify
from shared.messages.content_text import content_text, stored_content_text
from shared.storage.documents import plain

ITEMS = (c.OrderItem(sku="C1", quantity=3, price="4.50", currency="USD"),)
CASES: list[tuple[str, c.Content, ContentClass, str]] = [
    ("a text asks", c.Text(body="Hi"), ContentClass.QUESTION, "Hi"),
    ("a blank text too", c.Text(body=" \n"), ContentClass.QUESTION, "(an empty message)"),
    ("a choice asks", c.Choice(kind=c.ChoiceKind.LIST, id="oak", title="Oak"), ContentClass.QUESTION, "Oak"),
    ("without a title it is its id", c.Choice(kind=c.ChoiceKind.BUTTON, id="oak"), ContentClass.QUESTION, "oak"),
    (
        "a form has its answers",
        c.Choice(kind=c.ChoiceKind.FORM, id="flow", title="Sent", response='{"size":"L"}'),
        ContentClass.QUESTION,
        '(a form that was filled in) Sent {"size":"L"}',
    ),
    (
        "an order asks",
        c.CatalogOrder(catalog_id="1", items=ITEMS, text="Gift wrap"),
        ContentClass.QUESTION,
        "(an order: 3 x C1) Gift wrap",
    ),
    ("a plain image asks", c.Media(kind=c.MediaKind.IMAGE), ContentClass.QUESTION, "(an image)"),
    (
        "so does one with a caption",
        c.Media(kind=c.MediaKind.IMAGE, caption="This?"),
        ContentClass.QUESTION,
        "(an image) This?",
    ),
    ("and a video", c.Media(kind=c.MediaKind.VIDEO), ContentClass.QUESTION, "(a video)"),
    (
        "a document has its name",
        c.Media(kind=c.MediaKind.DOCUMENT, filename="a.pdf", caption="Mine"),
        ContentClass.QUESTION,
        "(a document: a.pdf) Mine",
    ),
    (
        "or is a card",
        c.Media(kind=c.MediaKind.DOCUMENT, mime_type="text/vcard"),
        ContentClass.QUESTION,
        "(a contact card)",
    ),
    (
        "a voice message cannot be heard",
        c.Media(kind=c.MediaKind.AUDIO, voice=True),
        ContentClass.VOICE,
        "(a voice message)",
    ),
    ("nor can an audio file", c.Media(kind=c.MediaKind.AUDIO), ContentClass.VOICE, "(an audio file)"),
    ("a sticker asks nothing", c.Media(kind=c.MediaKind.STICKER), ContentClass.NOT_A_QUESTION, "(a sticker)"),
    (
        "a location may have a name",
        c.Location(latitude=6.5, longitude=3.4, name="Shop", address="Lagos"),
        ContentClass.QUESTION,
        "(a location: Shop, Lagos)",
    ),
    ("or degrees", c.Location(latitude=6.5, longitude=3.4), ContentClass.QUESTION, "(a location: 6.5, 3.4)"),
    (
        "cards have names",
        c.Contacts(names=("Ada", "Bo"), cards=msgspec.Raw(b'[{"name":1}]')),
        ContentClass.QUESTION,
        "(contacts: Ada, Bo)",
    ),
    ("or none", c.Contacts(), ContentClass.QUESTION, "(contacts)"),
    (
        "a reaction asks nothing",
        c.Reaction(provider_message_id="w", emoji="👍"),
        ContentClass.NOT_A_QUESTION,
        "(a reaction: 👍)",
    ),
    ("nor its end", c.Reaction(provider_message_id="w"), ContentClass.NOT_A_QUESTION, "(a reaction, taken back)"),
    ("a notice is nobody's word", c.System(kind="x", body="+1 changed"), ContentClass.NOT_A_QUESTION, ""),
    ("an opened chat asks nothing yet", c.Welcome(), ContentClass.NOT_A_QUESTION, "(the chat was opened)"),
    ("an edit is seen where it belongs", c.Edit(provider_message_id="w", body="New"), ContentClass.NOT_A_QUESTION, ""),
    ("a revocation too", c.Revoke(provider_message_id="w"), ContentClass.NOT_A_QUESTION, ""),
    (
        "what nobody can read",
        c.Unsupported(type="hologram"),
        ContentClass.UNREADABLE,
        "(something that cannot be shown here)",
    ),
    (
        "a reaction that the provider does not tell of",
        c.Unsupported(type="reaction"),
        ContentClass.NOT_A_QUESTION,
        "(something that cannot be shown here)",
    ),
    (
        "a leave to call asks nothing",
        c.Unsupported(type="call_permission_reply", detail="accept"),
        ContentClass.NOT_A_QUESTION,
        "(a reply to our request to call: accept)",
    ),
    (
        "of a picture only the type is known",
        c.Unsupported(type="image"),
        ContentClass.UNREADABLE,
        "(something that cannot be shown here)",
    ),
    (
        "a group is not answered",
        c.Unsupported(type="group"),
        ContentClass.NOT_A_QUESTION,
        "(something that cannot be shown here)",
    ),
]


@pytest.mark.parametrize(("content", "taken", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_content_has_its_class_and_words(content: c.Content, taken: ContentClass, words: str) -> None:
    assert classify(content) is taken
    assert content_text(content) == words
    assert stored_content_text(plain(content)) == words


def test_none_is_left_out() -> None:
    assert {type(case[1]) for case in CASES} == set(get_args(c.Content))
    assert {(case[1].kind) for case in CASES if isinstance(case[1], c.Media)} == set(c.MediaKind)


def test_content_stored_by_a_later_version_is_read() -> None:
    assert stored_content_text({"type": "hologram"}) == "(something that cannot be shown here)"
    assert stored_content_text({}) == "(something that cannot be shown here)"
