"""Builds the JSON of Meta's `/messages`. Source: the Cloud API's messages reference."""

from typing import Any

from shared.messages.content import MediaKind
from shared.messages.outbound import (
    Body,
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
)
from shared.providers.fitting import fit_in_one
from shared.providers.meta.template import template_for
from shared.providers.port import MessageLimits, OutgoingMessage

LIMITS = MessageLimits(
    text=4096,
    caption=1024,
    uncaptioned=frozenset({MediaKind.AUDIO, MediaKind.STICKER}),
    buttons=3,
    button_title=20,
    rows=10,
    row_title=24,
    row_description=72,
    list_button=20,
    interactive_body=1024,
    choice_id=200,  # of a row; a button's may have 256
    cards=True,
    reactions=True,
    quotes=True,
    media_ids=True,
    template_parts=True,
    template_names=True,
)

_BSUID = "bsuid:"


def payload_for(message: OutgoingMessage) -> dict[str, Any]:
    """Return the JSON to post. A customer without a number is in `recipient` instead of `to`.

    Raises SendError if the message exceeds Meta's limits.
    """
    body = fit_in_one(message.body, LIMITS)
    if isinstance(body, Presence):
        return _presence(body)
    payload: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "biz_opaque_callback_data": message.id,
        **_recipient(message.address),
        **_content(body),
    }
    if message.reply_to and not isinstance(body, ReactionBody):
        payload["context"] = {"message_id": message.reply_to}
    return payload


def _recipient(address: str) -> dict[str, str]:
    if address.startswith(_BSUID):
        return {"recipient": address.removeprefix(_BSUID)}
    return {"to": address.removeprefix("+")}


def _presence(body: Presence) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": body.provider_message_id,
    }
    if body.typing:
        payload["typing_indicator"] = {"type": "text"}
    return payload


def _content(body: Body) -> dict[str, Any]:
    match body:
        case TextBody(body=text, preview_url=preview):
            return {"type": "text", "text": {"body": text, "preview_url": preview}}
        case ButtonsBody(body=text, buttons=buttons):
            replies = [{"type": "reply", "reply": {"id": button.id, "title": button.title}} for button in buttons]
            return _interactive("button", text, {"buttons": replies})
        case ListBody(body=text, button=button, rows=rows):
            return _interactive("list", text, {"button": button, "sections": [{"rows": list(map(_row, rows))}]})
        case MediaBody():
            return {"type": body.kind.value, body.kind.value: _media(body)}
        case LocationBody():
            return {"type": "location", "location": _location(body)}
        case ContactsBody(cards=cards):
            return {"type": "contacts", "contacts": list(map(_card, cards))}
        case ReactionBody(provider_message_id=to, emoji=emoji):
            return {"type": "reaction", "reaction": {"message_id": to, "emoji": emoji}}
        case TemplateBody():
            return {"type": "template", "template": template_for(body)}
        case Presence() | OnPhoneBody():
            return {}


def _interactive(kind: str, text: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


def _row(row: Row) -> dict[str, str]:
    shown = {"id": row.id, "title": row.title}
    return {**shown, "description": row.description} if row.description else shown


def _media(body: MediaBody) -> dict[str, str]:
    media = {"id": body.media_id} if body.media_id else {"link": body.url}
    if body.caption.strip():
        media["caption"] = body.caption
    if body.filename.strip() and body.kind is MediaKind.DOCUMENT:
        media["filename"] = body.filename
    return media


def _location(body: LocationBody) -> dict[str, Any]:
    place: dict[str, Any] = {"latitude": body.latitude, "longitude": body.longitude}
    return place | {name: value for name, value in (("name", body.name), ("address", body.address)) if value}


def _card(card: Card) -> dict[str, Any]:
    """Return a card. Meta requires one part of the name besides the whole; with `wa_id` a number can be messaged."""
    made: dict[str, Any] = {"name": {"formatted_name": card.name, "first_name": card.name}}
    if card.phones:
        made["phones"] = [{"phone": phone, "type": "CELL", "wa_id": phone.removeprefix("+")} for phone in card.phones]
    if card.emails:
        made["emails"] = [{"email": email, "type": "WORK"} for email in card.emails]
    if card.organisation:
        made["org"] = {"company": card.organisation}
    return made
