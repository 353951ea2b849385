"""Converts the content of a Meta message to ours: `_READERS` has one function for each type.

A reader returns None if the message lacks the content of its type, and raises if the content is invalid. Both, like
unknown types, become `Unsupported`: the customer wrote something, and an agent can look at the raw payload.
"""

from collections.abc import Callable

import msgspec

from shared.domain import phone
from shared.messages.content import (
    GROUP,
    CatalogOrder,
    Choice,
    ChoiceKind,
    Contacts,
    Content,
    Edit,
    Location,
    Media,
    MediaKind,
    OrderItem,
    Reaction,
    Revoke,
    System,
    Text,
    Unsupported,
    Welcome,
)
from shared.providers import bounds
from shared.providers.lenient import LenientDecoder
from shared.providers.meta import wire
from shared.providers.meta.own_number import own_number

_CARDS: LenientDecoder[list[wire.Card]] = LenientDecoder(list[wire.Card])
_TEXT = msgspec.json.Decoder(str)


def content_of(message: wire.Message) -> Content:
    """Return the message's content; never raises."""
    if message.group_id:
        return Unsupported(type=GROUP, detail="A message in a group.")
    reader = _READERS.get(message.type)
    try:
        content = reader(message) if reader else None
    except (msgspec.MsgspecError, ValueError, OverflowError):
        content = None
    if content is not None:
        return content
    kind = message.unsupported.type if message.unsupported else None
    return Unsupported(type=kind or message.type, detail=_error_text(message))


def _error_text(message: wire.Message) -> str:
    return next((words for error in message.errors or () if (words := error.description or error.title)), "")


def _text(message: wire.Message) -> Content | None:
    return Text(body=message.text.body) if message.text else None


def _media(kind: MediaKind, media: wire.Media | None, *, voice: bool = False) -> Content | None:
    if media is None or not (media.id or media.url):
        return None
    return Media(
        kind=kind,
        mime_type=media.mime_type or "",
        media_id=media.id,
        url=media.url,
        sha256=media.sha256,
        caption=media.caption,
        filename=media.filename,
        voice=voice or bool(media.voice),
        animated=bool(media.animated),
    )


def _location(message: wire.Message) -> Content | None:
    at = message.location
    if at is None:
        return None
    latitude, longitude = bounds.coordinates(at.latitude, at.longitude)
    return Location(latitude=latitude, longitude=longitude, name=at.name, address=at.address, url=at.url)


def _contacts(message: wire.Message) -> Content | None:
    raw = message.contacts
    if bytes(raw) in {b"", b"null"}:
        return None
    cards = _CARDS.decode(raw)
    names = tuple(name for card in cards if card.name and (name := card.name.formatted_name or card.name.first_name))
    return Contacts(cards=raw.copy(), names=names, own_number=own_number(message, cards))


def _reaction(message: wire.Message) -> Content | None:
    reaction = message.reaction
    return Reaction(provider_message_id=reaction.message_id, emoji=reaction.emoji or None) if reaction else None


def _interactive(message: wire.Message) -> Content | None:
    chosen = message.interactive
    if chosen is None:
        return None
    if (reply := chosen.button_reply) is not None:
        return _reply(ChoiceKind.BUTTON, reply)
    if (reply := chosen.list_reply) is not None:
        return _reply(ChoiceKind.LIST, reply)
    if (form := chosen.nfm_reply) is not None:
        return Choice(kind=ChoiceKind.FORM, id=form.name or "flow", title=form.body or "", response=_answers(form))
    if (permission := chosen.call_permission_reply) is not None:
        return Unsupported(type=chosen.type, detail=permission.response or "")
    return Unsupported(type=chosen.type, detail=_error_text(message))


def _reply(kind: ChoiceKind, reply: wire.Reply) -> Choice | None:
    id_ = reply.id or reply.title
    return Choice(kind=kind, id=id_, title=reply.title or "", description=reply.description) if id_ else None


def _answers(form: wire.Form) -> str | None:
    raw = bytes(form.response_json)
    if raw in {b"", b"null"}:
        return None
    return _TEXT.decode(raw) if raw.startswith(b'"') else msgspec.json.format(raw, indent=-1).decode()


def _button(message: wire.Message) -> Content | None:
    button = message.button
    if button is None or not (button.payload or button.text):
        return None
    return Choice(kind=ChoiceKind.QUICK_REPLY, id=button.payload or button.text or "", title=button.text or "")


def _order(message: wire.Message) -> Content | None:
    order = message.order
    if order is None:
        return None
    if len(order.product_items or ()) > bounds.MAX_ORDER_ITEMS:
        raise ValueError("an order has too many items")
    items = tuple(_order_item(item) for item in order.product_items or ())
    return CatalogOrder(catalog_id=order.catalog_id or "", items=items, text=order.text or None)


def _order_item(item: wire.OrderItem) -> OrderItem:
    return OrderItem(
        sku=item.product_retailer_id,
        quantity=bounds.quantity(item.quantity),
        price=_price(item),
        currency=item.currency or "",
    )


def _price(item: wire.OrderItem) -> str:
    """Return the price; empty if it is invalid, because the order must not be lost for one price."""
    try:
        return bounds.price(item.item_price)
    except ValueError:
        return ""


def _system(message: wire.Message) -> Content | None:
    system = message.system
    if system is None:
        return None
    new = system.wa_id or system.new_wa_id
    address = (phone.from_wa_id(new) if new else None) or (f"bsuid:{system.user_id}" if system.user_id else None)
    return System(
        kind=system.type or "unknown",
        body=system.body or "",
        new_address=address,
        new_user_id=system.user_id or None,
    )


def _edit(message: wire.Message) -> Content | None:
    edit = message.edit
    if edit is None:
        return None
    now = edit.message or wire.Edited()
    media = now.image or now.video or now.document
    body = now.text.body if now.text else (media.caption if media else None)
    return Edit(provider_message_id=edit.original_message_id, body=body or "")


def _revoke(message: wire.Message) -> Content | None:
    return Revoke(provider_message_id=message.revoke.original_message_id) if message.revoke else None


_READERS: dict[str, Callable[[wire.Message], Content | None]] = {
    "text": _text,
    "image": lambda m: _media(MediaKind.IMAGE, m.image),
    "video": lambda m: _media(MediaKind.VIDEO, m.video),
    "audio": lambda m: _media(MediaKind.AUDIO, m.audio),
    "voice": lambda m: _media(MediaKind.AUDIO, m.voice, voice=True),
    "document": lambda m: _media(MediaKind.DOCUMENT, m.document),
    "sticker": lambda m: _media(MediaKind.STICKER, m.sticker),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "interactive": _interactive,
    "button": _button,
    "order": _order,
    "system": _system,
    "request_welcome": lambda _: Welcome(),
    "edit": _edit,
    "revoke": _revoke,
}
