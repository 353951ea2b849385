"""Converts the parameters of a Twilio message to our content. Source: Twilio's guide to incoming messages.

`?` The parameters of a finished WhatsApp Flow are not documented; `InteractiveData` and `FlowData` have been seen.
Unknown content becomes `Unsupported` and stays in the raw payload.
"""

from collections.abc import Mapping

from shared.messages.content import (
    Choice,
    ChoiceKind,
    Content,
    Location,
    Media,
    MediaKind,
    Reaction,
    Text,
    Unsupported,
    is_notice,
)
from shared.providers import bounds

MAX_MEDIA = 100  # WhatsApp sends one, Twilio documents ten at most

_KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}


def contents_of(form: Mapping[str, str]) -> list[Content]:
    """Return the message's contents: one, or one for each piece of media. Invalid coordinates are no location."""
    if media := _media(form):
        return media
    return [_notice(form) or _choice(form) or _location(form) or _text(form)]


def _media(form: Mapping[str, str]) -> list[Content]:
    """Return the pieces of media; the body is the caption of the first."""
    found: list[Content] = []
    while len(found) < MAX_MEDIA and (url := form.get(f"MediaUrl{len(found)}")):
        index = len(found)
        mime_type = form.get(f"MediaContentType{index}", "")
        caption = form.get("Body") or None
        found.append(
            Media(kind=_kind(mime_type, form), mime_type=mime_type, url=url, caption=None if index else caption)
        )
    return found


def _kind(mime_type: str, form: Mapping[str, str]) -> MediaKind:
    if form.get("MessageType", "").strip().lower() == "sticker":
        return MediaKind.STICKER
    return _KINDS.get(mime_type.partition("/")[0].strip().lower(), MediaKind.DOCUMENT)


def _notice(form: Mapping[str, str]) -> Content | None:
    """Return content that needs no answer though it may carry a text, such as a reaction; None for any other."""
    kind = form.get("MessageType", "").strip().lower()
    if not is_notice(kind) or kind == "sticker":
        return None
    to = form.get("OriginalRepliedMessageSid")
    if kind == "reaction" and to:
        return Reaction(provider_message_id=to, emoji=form.get("Body") or None)
    return Unsupported(type=kind)


def _choice(form: Mapping[str, str]) -> Content | None:
    """Return a chosen button, list row or form; Twilio's buttons are always those of a content template."""
    body = form.get("Body", "")
    if button := form.get("ButtonPayload") or form.get("ButtonText"):
        return Choice(kind=ChoiceKind.QUICK_REPLY, id=button, title=form.get("ButtonText") or body)
    if row := form.get("ListId"):
        title = form.get("ListTitle") or body
        return Choice(kind=ChoiceKind.LIST, id=row, title=title, description=form.get("ListDescription") or None)
    if answers := form.get("InteractiveData") or form.get("FlowData"):
        return Choice(kind=ChoiceKind.FORM, id="flow", title=body, response=answers)
    return None


def _location(form: Mapping[str, str]) -> Content | None:
    latitude, longitude = form.get("Latitude"), form.get("Longitude")
    if not latitude or not longitude:
        return None
    try:
        north, east = bounds.coordinates(float(latitude), float(longitude))
    except ValueError:
        return None
    return Location(latitude=north, longitude=east, name=form.get("Label") or None, address=form.get("Address") or None)


def _text(form: Mapping[str, str]) -> Content:
    if body := form.get("Body"):
        return Text(body=body)
    return Unsupported(type=form.get("MessageType") or "empty")
