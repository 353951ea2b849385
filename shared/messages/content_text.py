"""Describes contents in words, for models and the history. Pure.

Descriptions are in brackets, to distinguish them from the customer's own words.
"""

from typing import Any

import msgspec

from shared.messages.content import (
    CatalogOrder,
    Choice,
    ChoiceKind,
    Contacts,
    Content,
    Location,
    Media,
    MediaKind,
    Reaction,
    Text,
    Unsupported,
    Welcome,
)

_UNKNOWN = "(something that cannot be shown here)"
_KINDS = {
    MediaKind.IMAGE: "an image",
    MediaKind.VIDEO: "a video",
    MediaKind.AUDIO: "an audio file",
    MediaKind.DOCUMENT: "a document",
    MediaKind.STICKER: "a sticker",
}
_CARDS = frozenset({"text/vcard", "text/x-vcard"})
_CONTENT: msgspec.json.Decoder[Content] = msgspec.json.Decoder(Content)


def content_text(content: Content) -> str:
    """Return a content in words; empty for edits, deletions and notices about the account."""
    match content:
        case Text(body=body):
            return body if body.strip() else "(an empty message)"
        case Choice():
            return _choice(content)
        case Media():
            return _media(content)
        case Location():
            return _location(content)
        case Contacts(names=names):
            return f"(contacts: {', '.join(names)})" if names else "(contacts)"
        case CatalogOrder(items=items, text=text):
            return _joined(f"(an order: {', '.join(f'{item.quantity} x {item.sku}' for item in items)})", text)
        case Reaction(emoji=emoji):
            return f"(a reaction: {emoji})" if emoji else "(a reaction, taken back)"
        case Welcome():
            return "(the chat was opened)"
        case Unsupported():
            return _unsupported(content)
        case _:
            return ""


def stored_content_text(content: dict[str, Any]) -> str:
    """Return a stored content (plain JSON) in words, also if a later release has stored it."""
    try:
        return content_text(_CONTENT.decode(msgspec.json.encode(content)))
    except msgspec.MsgspecError:
        return _UNKNOWN


def _unsupported(content: Unsupported) -> str:
    if content.type != "call_permission_reply":
        return _UNKNOWN
    return (
        f"(a reply to our request to call: {content.detail})" if content.detail else "(a reply to our request to call)"
    )


def _choice(choice: Choice) -> str:
    if choice.kind is ChoiceKind.FORM:
        return _joined("(a form that was filled in)", choice.title, choice.response)
    return choice.title or choice.id


def _location(at: Location) -> str:
    place = ", ".join(filter(None, (at.name, at.address))) or f"{at.latitude:g}, {at.longitude:g}"
    return f"(a location: {place})"


def _media(media: Media) -> str:
    kind = "a voice message" if media.voice else _KINDS[media.kind]
    if media.mime_type.partition(";")[0] in _CARDS:
        kind = "a contact card"
    return _joined(f"({kind}: {media.filename})" if media.filename else f"({kind})", media.caption)


def _joined(*parts: str | None) -> str:
    return " ".join(filter(None, parts))
