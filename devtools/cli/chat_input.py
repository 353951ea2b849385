"""What a person types on the phone, as a message of the provider's. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

HELP = "/image [caption]  /sticker  /location [latitude longitude]  /button ID  /help  /quit"
_MEDIA_ID = "1234567890123456"
_PICTURE = "https://example.com/picture.jpg"

Content = dict[str, Any]


class NotUnderstood(ValueError):
    """A command that does not exist or is not complete; the text says so, for people."""


def content_of(line: str, provider: str, buttons: Mapping[str, str]) -> Content:
    """The fields of `POST /_sim/inbound`. buttons: what was offered last, title by id. Raises NotUnderstood."""
    if not line.startswith("/"):
        return {"text": line}
    command, _, rest = line[1:].partition(" ")
    makers: dict[str, Callable[[], Content]] = {
        "image": lambda: _media("image", "image/jpeg", rest.strip(), provider),
        "sticker": lambda: _media("sticker", "image/webp", "", provider),
        "location": lambda: _location(rest, provider),
        "button": lambda: _button(rest.strip(), provider, buttons),
    }
    if command not in makers:
        raise NotUnderstood(f"there is no /{command}; there are {HELP}")
    return makers[command]()


def _media(kind: str, mime_type: str, caption: str, provider: str) -> Content:
    if provider == "twilio":
        return {"text": caption, "media": [[_PICTURE, mime_type]], "extra": {"MessageType": kind}}
    media = {"id": _MEDIA_ID, "mime_type": mime_type, "sha256": "bm90IGEgcGljdHVyZQ=="}
    return {"type": kind, "content": media | ({"caption": caption} if caption else {})}


def _location(rest: str, provider: str) -> Content:
    try:
        latitude, longitude = map(float, rest.replace(",", " ").split() or (6.4541, 3.3947))
    except ValueError:
        raise NotUnderstood("write /location, or /location 6.45 3.39") from None
    if provider == "twilio":
        return {"extra": {"MessageType": "location", "Latitude": str(latitude), "Longitude": str(longitude)}}
    return {"type": "location", "content": {"latitude": latitude, "longitude": longitude}}


def _button(button: str, provider: str, buttons: Mapping[str, str]) -> Content:
    if not button:
        raise NotUnderstood("write /button and the id of one" + (f": {', '.join(buttons)}" if buttons else ""))
    title = buttons.get(button, button)
    if provider == "twilio":
        return {"text": title, "extra": {"MessageType": "button", "ButtonPayload": button, "ButtonText": title}}
    reply = {"type": "button_reply", "button_reply": {"id": button, "title": title}}
    return {"type": "interactive", "content": reply}
