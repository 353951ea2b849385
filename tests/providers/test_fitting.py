"""Message bodies are fitted to the limits of providers without losing text."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devtools.simulators.meta_rules import check_message
from shared.messages.content import MediaKind
from shared.messages.outbound import Body, Button, ButtonsBody, ListBody, MediaBody, Row, TextBody, body_text
from shared.providers.errors import ErrorKind, SendError
from shared.providers.fitting import fit_in_one, split_to_fit
from shared.providers.meta.payload import LIMITS as META
from shared.providers.meta.payload import payload_for
from shared.providers.port import MessageLimits, OutgoingMessage
from shared.providers.twilio.form import LIMITS as TWILIO

URL = "https://shop.example/a.pdf"


def buttons(*titles: str, body: str = "Which?") -> ButtonsBody:
    return ButtonsBody(body=body, buttons=tuple(Button(id=f"b{n}", title=title) for n, title in enumerate(titles)))


def rows(*titles: str, body: str = "Which?", button: str = "Menu", description: str = "") -> ListBody:
    made = tuple(Row(id=f"b{n}", title=title, description=description) for n, title in enumerate(titles))
    return ListBody(body=body, button=button, rows=made)


def media(kind: MediaKind = MediaKind.IMAGE, caption: str = "", url: str = URL) -> MediaBody:
    return MediaBody(kind=kind, url=url, caption=caption)


LONG_TITLE = "A set of four oak coasters"  # 26 characters
ELEVEN = "\n".join(f"{number}. {title}" for number, title in enumerate("abcdefghijk", 1))
WHOLE: list[tuple[str, MessageLimits, Body, Body]] = [
    ("three buttons stay", META, buttons("a", "b", "c"), buttons("a", "b", "c")),
    ("four become a list", META, buttons("a", "b", "c", "d"), rows("a", "b", "c", "d")),
    ("a long title makes a list", META, buttons("x" * 21), rows("x" * 21)),
    ("equal titles make a list", META, buttons("a", "a"), rows("a", "a")),
    ("eleven become text", META, buttons(*"abcdefghijk"), TextBody(body=f"Which?\n\n{ELEVEN}")),
    ("no buttons make a text", META, buttons(), TextBody(body="Which?")),
    ("a list of ten stays", META, rows(*"abcdefghij"), rows(*"abcdefghij")),
    (
        "a long list button is shortened",
        META,
        rows("a", button="Look at all of our coasters"),
        rows("a", button="Look at all of our…"),
    ),
    ("a blank list button gets a default", META, rows("a", button=" "), rows("a")),
    (
        "a long title is repeated in the description",
        META,
        rows(LONG_TITLE),
        ListBody(
            body="Which?", button="Menu", rows=(Row(id="b0", title="A set of four oak coast…", description=LONG_TITLE),)
        ),
    ),
    (
        "with a description of its own it becomes text",
        META,
        rows(LONG_TITLE, description="4.50 USD"),
        TextBody(body=f"Which?\n\n1. {LONG_TITLE} – 4.50 USD"),
    ),
    (
        "a long description becomes text",
        META,
        rows("a", description="x" * 73),
        TextBody(body="Which?\n\n1. a – " + "x" * 73),
    ),
    ("a long body becomes text", META, rows("a", body="x" * 1025), TextBody(body="x" * 1025 + "\n\n1. a")),
    ("an empty body becomes text", META, buttons("a", body=" "), TextBody(body="1. a")),
    ("Twilio has numbers for buttons", TWILIO, buttons("a", "b"), TextBody(body="Which?\n\n1. a\n2. b")),
    (
        "Twilio gets numbered text for a list",
        TWILIO,
        rows("a", "b", description="c"),
        TextBody(body="Which?\n\n1. a – c\n2. b – c"),
    ),
    ("a caption of 1,024", META, media(caption="x" * 1024), media(caption="x" * 1024)),
]


@pytest.mark.parametrize(("limits", "body", "expected"), [case[1:] for case in WHOLE], ids=[case[0] for case in WHOLE])
def test_body_fits_in_one_message(limits: MessageLimits, body: Body, expected: Body) -> None:
    assert fit_in_one(body, limits) == expected
    assert split_to_fit(body, limits) == (expected,)


REFUSED: list[tuple[str, MessageLimits, Body, str]] = [
    ("a text of 4,097", META, TextBody(body="x" * 4097), "too_long"),
    ("a text of 1,601", TWILIO, TextBody(body="x" * 1601), "too_long"),
    ("numbered text of more than 1,600", TWILIO, buttons("x" * 1600), "too_long"),
    ("a blank text", META, TextBody(body=" \n"), "empty"),
    ("a caption of 1,025", META, media(caption="x" * 1025), "caption"),
    ("a caption of 1,025 at Twilio", TWILIO, media(caption="x" * 1025), "caption"),
    ("a caption of audio", META, media(MediaKind.AUDIO, "x"), "caption"),
    ("a caption of a sticker", TWILIO, media(MediaKind.STICKER, "x"), "caption"),
    ("media over plain http", META, media(url="http://shop.example/a"), "media_address"),
    ("media without a host", TWILIO, media(url="/a.pdf"), "media_address"),
    ("media with a password", META, media(url="https://me:secret@shop.example/a"), "media_address"),
    ("an invalid URL", META, media(url="https://[shop/a"), "media_address"),
]


@pytest.mark.parametrize(("limits", "body", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_unsendable_body_is_refused_permanently_with_a_reason(limits: MessageLimits, body: Body, code: str) -> None:
    with pytest.raises(SendError) as raised:
        fit_in_one(body, limits)
    assert (raised.value.kind, raised.value.code, raised.value.misconfigured) == (ErrorKind.PERMANENT, code, False)
    assert raised.value.title.endswith(".")


def test_caption_that_does_not_fit_becomes_a_text() -> None:
    assert split_to_fit(media(MediaKind.AUDIO, "Listen"), META) == (media(MediaKind.AUDIO), TextBody(body="Listen"))
    assert split_to_fit(media(caption="x" * 1025), META) == (media(), TextBody(body="x" * 1025))


def test_long_text_or_list_is_split() -> None:
    assert [len(body_text(piece)) for piece in split_to_fit(TextBody(body="x " * 2000), TWILIO)] == [1593, 1593, 811]
    several = split_to_fit(rows(*(f"Row {n} " + "x" * 60 for n in range(60))), TWILIO)
    assert len(several) == 3
    assert "60. Row 59" in body_text(several[-1])
    assert split_to_fit(TextBody(body=" "), META) == ()


words = st.text(st.sampled_from("ab \n.…é👋🏾0"), max_size=30) | st.integers(0, 1100).map("x".__mul__)
ids = st.text(st.sampled_from("ab "), max_size=4) | st.just("x" * 201)
bodies: st.SearchStrategy[Body] = st.one_of(
    st.builds(TextBody, body=words, preview_url=st.booleans()),
    st.builds(
        ButtonsBody,
        body=words,
        buttons=st.lists(st.builds(Button, id=ids, title=words), max_size=12).map(tuple),
    ),
    st.builds(
        ListBody,
        body=words,
        button=words,
        rows=st.lists(st.builds(Row, id=ids, title=words, description=words), max_size=12).map(tuple),
    ),
    st.builds(MediaBody, kind=st.sampled_from(MediaKind), url=st.just(URL), caption=words, filename=st.just("a.pdf")),
)


@given(bodies)
@settings(max_examples=300, deadline=None)
def test_meta_accepts_every_body_that_is_not_refused(body: Body) -> None:
    try:
        payload = payload_for(OutgoingMessage(id="our-id", address="+2348055550123", body=body))
    except SendError as error:
        assert error.kind is ErrorKind.PERMANENT
        return
    posted: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(payload))
    check_message(posted)


@given(bodies, st.sampled_from([META, TWILIO]))
@settings(max_examples=300, deadline=None)
def test_split_messages_keep_all_text_and_can_be_sent(body: Body, limits: MessageLimits) -> None:
    made = split_to_fit(body, limits)
    for piece in made:
        assert fit_in_one(piece, limits) == piece
    sent = "".join("".join(body_text(piece).split()) for piece in made)
    expected = "".join(body_text(body).split())
    if isinstance(body, MediaBody):  # its kind and name precede the caption in both cases
        assert sent == expected
    else:
        assert _letters(sent) >= _letters(expected)


def _letters(text: str) -> int:
    return sum(1 for character in text if character.isalnum())
