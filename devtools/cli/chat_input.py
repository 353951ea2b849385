"""Parses lines typed into `parley chat` into messages of the provider."""

from collections.abc import Callable, Mapping
from typing import Any

from devtools.simulators.received import Option

HELP = (
    "/image [caption]  /voice  /document [name]  /sticker  /location [latitude longitude]  "
    "/button ID  /row ID  /edit TEXT  /unsend  /help  /quit"
)
_MEDIA_ID = "1234567890123456"

Content = dict[str, Any]


class CommandInvalid(ValueError):
    """Raised for an unknown or incomplete command; the text says what to write."""


def content_of(line: str, provider: str, offered: Mapping[str, Option], last_sent: str = "") -> Content:
    """Return the fields of `POST /_sim/inbound` for a line. Raises CommandInvalid.

    offered: the options that can be chosen, by id. last_sent: the id of the phone's last message.
    """
    if not line.startswith("/"):
        return {"text": line}
    command, _, rest = line[1:].partition(" ")
    rest = rest.strip()
    makers: dict[str, Callable[[], Content]] = {
        "image": lambda: _media("image", "image/png", provider, caption=rest),
        "voice": lambda: _media("audio", "audio/ogg; codecs=opus", provider, voice=True),
        "document": lambda: _media("document", "application/pdf", provider, filename=rest or "order.pdf"),
        "sticker": lambda: _media("sticker", "image/webp", provider),
        "location": lambda: _location(rest, provider),
        "button": lambda: _button(_choose(rest, offered), provider),
        "row": lambda: _row(_choose(rest, offered), provider),
        "edit": lambda: _edit(rest, provider, last_sent),
        "unsend": lambda: _change_of_last_message("revoke", provider, last_sent, {}),
    }
    if command not in makers:
        raise CommandInvalid(f"there is no /{command}; the commands are {HELP}")
    return makers[command]()


def _media(kind: str, mime_type: str, provider: str, *, caption: str = "", **more: Any) -> Content:
    """Return a message with a file that the simulators provide."""
    if provider == "twilio":
        return {"text": caption, "media": [["", mime_type]], "extra": {"MessageType": kind}}
    media = {"id": _MEDIA_ID, "mime_type": mime_type, **more}
    return {"type": kind, "content": media | ({"caption": caption} if caption else {})}


def _edit(text: str, provider: str, last_sent: str) -> Content:
    if not text:
        raise CommandInvalid("write /edit and the new text")
    return _change_of_last_message("edit", provider, last_sent, {"message": {"type": "text", "text": {"body": text}}})


def _change_of_last_message(kind: str, provider: str, last_sent: str, more: Content) -> Content:
    if provider != "meta":
        raise CommandInvalid("Twilio does not report edits and deletions")
    if not last_sent:
        raise CommandInvalid("no message has been sent yet")
    return {"type": kind, "content": {"original_message_id": last_sent, **more}}


def _choose(reference: str, offered: Mapping[str, Option]) -> Option:
    """Return an option by its id, or by its position among the offered ones."""
    if not reference:
        raise CommandInvalid("write the id of an option" + (f": {', '.join(offered)}" if offered else ""))
    if reference not in offered and reference.isdecimal() and 0 < int(reference) <= len(offered):
        return list(offered.values())[int(reference) - 1]
    return offered.get(reference, Option(reference, reference))


def _location(rest: str, provider: str) -> Content:
    try:
        latitude, longitude = map(float, rest.replace(",", " ").split() or (6.4541, 3.3947))
    except ValueError:
        raise CommandInvalid("write /location, or /location 6.45 3.39") from None
    if provider == "twilio":
        return {"extra": {"MessageType": "location", "Latitude": str(latitude), "Longitude": str(longitude)}}
    return {"type": "location", "content": {"latitude": latitude, "longitude": longitude}}


def _button(button: Option, provider: str) -> Content:
    if provider == "twilio":
        choice = {"MessageType": "button", "ButtonPayload": button.id, "ButtonText": button.title}
        return {"text": button.title, "extra": choice}
    return _interactive("button_reply", {"id": button.id, "title": button.title})


def _row(row: Option, provider: str) -> Content:
    if provider == "twilio":
        choice = {"MessageType": "interactive", "ListId": row.id, "ListTitle": row.title}
        return {"text": row.title, "extra": choice}
    description = {"description": row.description} if row.description else {}
    return _interactive("list_reply", {"id": row.id, "title": row.title, **description})


def _interactive(kind: str, reply: dict[str, str]) -> Content:
    return {"type": "interactive", "content": {"type": kind, kind: reply}}
