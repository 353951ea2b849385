"""Lines typed into `parley chat` become provider messages; received messages are shown with their options."""

from typing import Any

import pytest

from devtools.cli.chat_input import CommandInvalid, content_of
from devtools.cli.phone import Phone
from devtools.cli.simulators import Simulators
from devtools.simulators.received import Option
from shared.messages.inbound import Provider
from shared.providers.port import Channel

OAK, PINE = Option("oak", "Oak", "4.50 USD", row=True), Option("pine", "Pine", row=True)
OFFERED = {"oak": OAK, "pine": PINE}
TYPED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("a text", "hello", "meta", {"text": "hello"}),
    (
        "a row by its id",
        "/row oak",
        "meta",
        {
            "type": "interactive",
            "content": {
                "type": "list_reply",
                "list_reply": {"id": "oak", "title": "Oak", "description": "4.50 USD"},
            },
        },
    ),
    (
        "a row by its position",
        "/row 2",
        "meta",
        {"type": "interactive", "content": {"type": "list_reply", "list_reply": {"id": "pine", "title": "Pine"}}},
    ),
    (
        "a row at Twilio",
        "/row oak",
        "twilio",
        {"text": "Oak", "extra": {"MessageType": "interactive", "ListId": "oak", "ListTitle": "Oak"}},
    ),
    (
        "a button that was not offered",
        "/button x",
        "meta",
        {"type": "interactive", "content": {"type": "button_reply", "button_reply": {"id": "x", "title": "x"}}},
    ),
    (
        "an image at Twilio",
        "/image See",
        "twilio",
        {"text": "See", "media": [["", "image/png"]], "extra": {"MessageType": "image"}},
    ),
    ("a deleted message", "/unsend", "meta", {"type": "revoke", "content": {"original_message_id": "wamid.1"}}),
    (
        "an edited message",
        "/edit better",
        "meta",
        {
            "type": "edit",
            "content": {
                "original_message_id": "wamid.1",
                "message": {"type": "text", "text": {"body": "better"}},
            },
        },
    ),
]


@pytest.mark.parametrize(("line", "provider", "expected"), [t[1:] for t in TYPED], ids=[t[0] for t in TYPED])
def test_typed_line_becomes_a_provider_message(line: str, provider: str, expected: dict[str, Any]) -> None:
    assert content_of(line, provider, OFFERED, "wamid.1") == expected


@pytest.mark.parametrize("line", ["/dance", "/row", "/button ", "/location x", "/edit", "/unsend"])
def test_incomplete_or_unknown_command_is_refused(line: str) -> None:
    with pytest.raises(CommandInvalid):
        content_of(line, "meta", OFFERED)
    with pytest.raises(CommandInvalid):
        content_of("/unsend", "twilio", OFFERED, "SM1")


class FixedRecords(Simulators):
    """Returns given records without running simulators."""

    def __init__(self, *payloads: dict[str, Any]) -> None:
        super().__init__("")
        self._payloads = payloads

    def records(self, *, since: int, wait: float = 0.0, **wanted: str) -> tuple[list[dict[str, Any]], int]:
        common = {"at": 1, "kind": "message", "to": "2348035550101", "text": "Which?"}
        return [{**common, "payload": payload} for payload in self._payloads], since


def shown(payload: dict[str, Any]) -> tuple[tuple[Option, ...], str, str]:
    channel = Channel(workspace="acme", id="main", provider=Provider.META, address="+1", settings={}, secrets={})
    [received] = Phone(FixedRecords(payload), channel, "+2348035550101", "Ada").receive(0)
    return received.options, received.list_button, received.media


def test_list_rows_are_shown_as_options() -> None:
    rows = [{"id": "oak", "title": "Oak", "description": "4.50 USD"}, {"id": "pine", "title": "Pine"}]
    interactive = {"type": "list", "action": {"button": "Our coasters", "sections": [{"rows": rows}]}}
    assert shown({"type": "interactive", "interactive": interactive}) == ((OAK, PINE), "Our coasters", "")


def test_buttons_are_shown_as_options() -> None:
    action = {"buttons": [{"type": "reply", "reply": {"id": "y", "title": "Yes"}}]}
    assert shown({"type": "interactive", "interactive": {"type": "button", "action": action}}) == (
        (Option("y", "Yes"),),
        "",
        "",
    )


MEDIA = [
    ({"type": "image", "image": {"link": "https://a.example/b.png"}}, "image https://a.example/b.png"),
    (
        {"type": "document", "document": {"link": "https://a.example/b", "filename": "b.pdf"}},
        "document b.pdf https://a.example/b",
    ),
    ({"MediaUrl": "https://a.example/b.png", "Body": "x"}, "media https://a.example/b.png"),
    ({"type": "text", "text": {"body": "x"}}, ""),
]


@pytest.mark.parametrize(("payload", "expected"), MEDIA)
def test_media_is_described_with_its_address(payload: dict[str, Any], expected: str) -> None:
    assert shown(payload) == ((), "", expected)
