"""The 24-hour window: when it is open, and how a template replaces a body."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.window import MAX_TEXT, is_open, repeats_text, replacement_for
from shared.messages.content import MediaKind
from shared.messages.outbound import (
    Body,
    Button,
    ButtonsBody,
    Card,
    ContactsBody,
    ListBody,
    LocationBody,
    MediaBody,
    ReactionBody,
    Row,
    TextBody,
)
from shared.templates.definitions import WindowTemplate

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LAGOS = datetime.fromisoformat("2026-05-01T12:59:00+01:00")  # a minute before NOW

LAST_INBOUND: list[tuple[str, datetime | None, bool]] = [
    ("a customer who never wrote", None, False),
    ("just now", NOW, True),
    ("a minute ago, by another time zone's clock", LAGOS, True),
    ("just before the day is over", NOW - timedelta(hours=24) + timedelta(seconds=1), True),
    ("when the day is over", NOW - timedelta(hours=24), False),
    ("long ago", NOW - timedelta(days=400), False),
    ("by a clock that is ahead of ours", NOW + timedelta(seconds=5), True),
]


@pytest.mark.parametrize(
    ("last_inbound", "open_"), [case[1:] for case in LAST_INBOUND], ids=[case[0] for case in LAST_INBOUND]
)
def test_window_is_open(last_inbound: datetime | None, open_: bool) -> None:
    assert is_open(last_inbound, NOW) is open_


SAYS = WindowTemplate(name="news", language="en_GB", parameters=("Acme", "{text}"))
AROUND = WindowTemplate(name="news", language="en_GB", parameters=("Acme says: {text}!",))
ASKS = WindowTemplate(name="news", language="en_GB", parameters=("Acme",))
BARE = WindowTemplate(name="news", language="en_GB")
BUTTONS = ButtonsBody(body="Which?", buttons=(Button(id="a", title="Oak"), Button(id="b", title="Slate")))
LIST = ListBody(body="Which?", button="Menu", rows=(Row(id="a", title="Oak", description="solid"),))
FILE = MediaBody(kind=MediaKind.IMAGE, url="https://shop.example/a.png", caption="Oak")

SAID: list[tuple[str, Body, WindowTemplate, tuple[str, ...] | None]] = [
    ("a text is repeated", TextBody(body="It is here."), SAYS, ("Acme", "It is here.")),
    (
        "line ends, tabs and runs of spaces become spaces",
        TextBody(body=" a\n\nb\t c     d "),
        SAYS,
        ("Acme", "a b c d"),
    ),
    ("words may stand around it", TextBody(body="It is here."), AROUND, ("Acme says: It is here.!",)),
    ("buttons become numbered lines", BUTTONS, SAYS, ("Acme", "Which? 1. Oak 2. Slate")),
    ("so do a list's rows", LIST, SAYS, ("Acme", "Which? 1. Oak – solid")),
    ("as much as there is room for", TextBody(body="x" * MAX_TEXT), SAYS, ("Acme", "x" * MAX_TEXT)),
    ("one character more is not cut off", TextBody(body="x" * (MAX_TEXT + 1)), SAYS, None),
    ("nothing but spaces cannot be said", TextBody(body=" \n "), SAYS, None),
    ("a file cannot be said, whatever its caption is", FILE, SAYS, None),
    ("nor a place", LocationBody(latitude=6.4, longitude=3.4, name="Shop"), SAYS, None),
    ("nor a card", ContactsBody(cards=(Card(name="Ada"),)), SAYS, None),
    ("nor a reaction", ReactionBody(provider_message_id="m", emoji="👍"), SAYS, None),
    ("what only asks to write asks so, whatever the text", TextBody(body="x" * 5000), ASKS, ("Acme",)),
    ("and in place of a file too", FILE, BARE, ()),
    ("a template that only the text looks like is not filled twice", TextBody(body="{text}"), SAYS, ("Acme", "{text}")),
]


@pytest.mark.parametrize(("body", "template", "said"), [case[1:] for case in SAID], ids=[case[0] for case in SAID])
def test_body_is_replaced_by_the_window_template(
    body: Body, template: WindowTemplate, said: tuple[str, ...] | None
) -> None:
    found = replacement_for(body, template)
    if said is None:
        assert found is None
        return
    assert found is not None
    assert (found.name, found.language, found.parameters) == ("news", "en_GB", said)


@pytest.mark.parametrize(("template", "repeats"), [(SAYS, True), (AROUND, True), (ASKS, False), (BARE, False)])
def test_repeats_text(template: WindowTemplate, repeats: bool) -> None:
    assert repeats_text(template) is repeats
