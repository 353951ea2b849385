"""Every sent body has a text in the history, because a model must know what the customer was shown."""

from typing import get_args

import msgspec

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
    OnPhoneBody,
    Presence,
    ReactionBody,
    Row,
    TemplateBody,
    TextBody,
    body_text,
)
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_history import OutboundHistory
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, outbound

CASES: list[tuple[Body, str]] = [
    (TextBody(body="Hello"), "Hello"),
    (ButtonsBody(body="Which?", buttons=(Button(id="a", title="Oak"),)), "Which?\n\n1. Oak"),
    (
        ListBody(
            body="Which?",
            button="Menu",
            rows=(Row(id="a", title="Oak", description="4.50 USD"), Row(id="b", title=" ")),
        ),
        "Which?\n\n1. Oak – 4.50 USD\n2. b",
    ),
    (MediaBody(kind=MediaKind.IMAGE, url="https://a.example/b", caption="Our oak"), "(image) Our oak"),
    (MediaBody(kind=MediaKind.DOCUMENT, url="https://a.example/b", filename="b.pdf"), "(document: b.pdf)"),
    (TemplateBody(name="ready", language="en", parameters=("Ada", "7")), "(template ready: Ada, 7)"),
    (TemplateBody(name="ready", language="en"), "(template ready)"),
    (LocationBody(latitude=6.45, longitude=3.39, name="Our shop", address="Broad St"), "(location) Our shop Broad St"),
    (ContactsBody(cards=(Card(name="Bo"), Card(name="Cy"))), "(contacts: Bo, Cy)"),
    (ReactionBody(provider_message_id="w", emoji="👍"), "(reaction: 👍)"),
    (ReactionBody(provider_message_id="w"), "(reaction taken back)"),
    (OnPhoneBody(provider_message_id="w", text="Hi, Tunde here", sent_at=NOW), "Hi, Tunde here"),
    (Presence(provider_message_id="w"), ""),
]


def test_every_body_type_has_a_text() -> None:
    assert [body_text(body) for body, _ in CASES] == [words for _, words in CASES]
    assert {type(body) for body, _ in CASES} == set(get_args(Body))


async def test_texts_are_in_the_history(mongo: Mongo) -> None:
    repository = OutboundMessages(mongo, "acme")
    for number, (body, _) in enumerate(CASES, 1):
        await repository.claim(msgspec.structs.replace(outbound(number), body=body), "a", NOW)
    said = await OutboundHistory(mongo, "acme").last_messages(outbound().conversation_id, before_turn=99, limit=99)
    assert [one.text for one in said] == [words for _, words in CASES]
    for number, (body, _) in enumerate(CASES, 1):
        again = await repository.message(outbound(number).id)
        assert again is not None
        assert again.body == body
