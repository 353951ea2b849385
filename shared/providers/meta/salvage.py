"""What can still be had from a webhook that is partly wrong, and the payloads of dead letters.

Nothing here is on the hot path, and nothing here raises.
"""

import re
from typing import TypeVar

import msgspec

from shared.providers.lenient import LenientDecoder
from shared.providers.meta import wire

_T = TypeVar("_T")
_MOST_REPEATED = 4096  # bytes of what every dead letter of a value repeats
_CUSTOMER = ("from", "from_user_id", "to", "to_user_id", "wa_id", "user_id")
_BROKEN = (msgspec.MsgspecError, ValueError, RecursionError)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_STRING = msgspec.json.Decoder(str)
_CONTACT = LenientDecoder(wire.Contact)

# An escaped backslash, a good pair of surrogates, or half of one.
_SURROGATES = re.compile(rb"(\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})|\\ud[89a-f][0-9a-f]{2}", re.IGNORECASE)


class _WithMetadata(wire.Wire):
    metadata: wire.Metadata | None = None


_WITH_METADATA = LenientDecoder(_WithMetadata)


def repaired(body: bytes) -> bytes:
    """The body with a replacement character for all that is not text: one broken emoji must not cost a whole batch."""
    text = body.decode("utf-8", "replace").encode()
    return _SURROGATES.sub(lambda found: found[1] or b"\\ufffd", text)


def recipient_of(value: msgspec.Raw) -> str | None:
    """The phone_number_id of any change's value, if it has one."""
    try:
        metadata = _WITH_METADATA.decode(value).metadata
    except _BROKEN:
        return None
    return (metadata.phone_number_id or None) if metadata else None


def body_of_entry(entry: msgspec.Raw) -> bytes:
    """A whole webhook with only this entry."""
    return b'{"object":"whatsapp_business_account","entry":[' + bytes(entry) + b"]}"


def body_of_change(entry: wire.Entry, change: msgspec.Raw) -> bytes:
    """A whole webhook with only this change."""
    head = msgspec.json.encode({"id": entry.id, "time": entry.time})
    return body_of_entry(msgspec.Raw(head[:-1] + b',"changes":[' + bytes(change) + b"]}"))


class Remains:
    """A value of which some items cannot be read; cut once, however many they are."""

    def __init__(self, entry: wire.Entry, value: msgspec.Raw, field: str) -> None:
        self._entry = entry
        self._field = field.encode()  # one of ours: see `webhook`
        try:
            parts = _OBJECT.decode(value)
        except _BROKEN:
            parts = {}
        self._head: dict[str, msgspec.Raw] = {
            key: parts[key]
            for key in ("messaging_product", "metadata")
            if key in parts and len(parts[key]) <= _MOST_REPEATED
        }
        self._contacts = [raw for raw in _list_or_empty(parts, "contacts") if len(raw) <= _MOST_REPEATED]
        self._by_id: dict[str, msgspec.Raw] = {}
        for raw in self._contacts:
            if contact := _decoded(_CONTACT, raw):
                self._by_id.update({key: raw for key in (contact.wa_id, contact.user_id) if key})

    def body_of(self, kind: str, item: msgspec.Raw) -> bytes:
        """A whole webhook with only this item of a list of the value, and its customer's contact."""
        kept: dict[str, msgspec.Raw] = dict(self._head)
        if contact := self._contact_of(item):
            kept["contacts"] = msgspec.Raw(b"[" + bytes(contact) + b"]")
        kept[kind] = msgspec.Raw(b"[" + bytes(item) + b"]")
        change = b'{"field":"' + self._field + b'","value":' + msgspec.json.encode(kept) + b"}"
        return body_of_change(self._entry, msgspec.Raw(change))

    def _contact_of(self, item: msgspec.Raw) -> msgspec.Raw | None:
        """A single contact is always the item's own."""
        if len(self._contacts) == 1:
            return self._contacts[0]
        parts = _decoded(_OBJECT, item) or {}
        ids = (_decoded(_STRING, parts.get(key)) for key in _CUSTOMER)
        return next((self._by_id[key] for key in ids if key and key in self._by_id), None)


def _list(parts: dict[str, msgspec.Raw], key: str) -> list[msgspec.Raw]:
    raw = parts.get(key)
    return [] if raw is None or bytes(raw) == b"null" else _LIST.decode(raw)


def _list_or_empty(parts: dict[str, msgspec.Raw], key: str) -> list[msgspec.Raw]:
    try:
        return _list(parts, key)
    except _BROKEN:
        return []


def _decoded(decoder: "msgspec.json.Decoder[_T] | LenientDecoder[_T]", raw: msgspec.Raw | None) -> _T | None:
    if raw is None:
        return None
    try:
        return decoder.decode(raw)
    except _BROKEN:
        return None
