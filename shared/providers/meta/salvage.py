"""What can still be had from a webhook that is partly wrong, and the payloads of dead letters.

Nothing here is on the hot path, and nothing here raises.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

import msgspec

from shared.providers.lenient import LenientDecoder
from shared.providers.meta import wire

_T = TypeVar("_T")
_MOST_REPEATED = 4096  # bytes of what every dead letter of a value repeats
_WITH_CONTACTS = ("messages", "message_echoes", "user_preferences")
_CUSTOMER = ("from", "from_user_id", "to", "to_user_id", "wa_id", "user_id")
_OPEN, _CLOSE = b'{"object":"whatsapp_business_account","entry":[', b"]}"
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


def with_valid_text(body: bytes) -> bytes:
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


@dataclass(frozen=True, slots=True)
class BrokenEntry:
    """An entry whose changes cannot be told apart."""

    raw: msgspec.Raw


@dataclass(frozen=True, slots=True)
class BrokenChange:
    """A change whose items cannot be told apart."""

    entry: wire.Entry
    raw: msgspec.Raw


class BrokenValue:
    """A value of which some items cannot be read; cut once, however many they are."""

    def __init__(self, entry: wire.Entry, value: msgspec.Raw, field: str) -> None:
        self.entry = entry
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
        self._alone = sum(len(_list_or_empty(parts, kind)) for kind in _WITH_CONTACTS) == 1
        self._by_id: dict[str, msgspec.Raw] = {}
        for raw in self._contacts:
            if contact := _decoded(_CONTACT, raw):
                self._by_id.update({key: raw for key in (contact.wa_id, contact.user_id) if key})

    def change_of(self, items: "Sequence[BrokenItem]") -> bytes:
        """A change with only these items of the value, and the contacts of their customers."""
        kept: dict[str, msgspec.Raw] = dict(self._head)
        contacts = {id(contact): contact for item in items if (contact := self._contact_of(item.raw))}
        if contacts:
            kept["contacts"] = _list_of(contacts.values())
        for kind in dict.fromkeys(item.kind for item in items):
            kept[kind] = _list_of(item.raw for item in items if item.kind == kind)
        return b'{"field":"' + self._field + b'","value":' + msgspec.json.encode(kept) + b"}"

    def _contact_of(self, item: msgspec.Raw) -> msgspec.Raw | None:
        """The item's own contact: by an id, as `items.ContactIndex` finds it; of one message the only one there is."""
        if len(self._contacts) == 1 and self._alone:
            return self._contacts[0]
        parts = _decoded(_OBJECT, item) or {}
        ids = (_decoded(_STRING, parts.get(key)) for key in _CUSTOMER)
        return next((self._by_id[key] for key in ids if key and key in self._by_id), None)


@dataclass(frozen=True, slots=True)
class BrokenItem:
    """One item of a value. kind: the list that it is of, such as `messages`."""

    value: BrokenValue
    kind: str
    raw: msgspec.Raw


Broken = BrokenEntry | BrokenChange | BrokenItem


def body_of(parts: Sequence[Broken]) -> bytes:
    """A whole webhook with only these parts of one, in their order: what they share stands there once."""
    return _OPEN + b",".join(_entries(parts)) + _CLOSE


def _entries(parts: Sequence[Broken]) -> Iterator[bytes]:
    for _, group in groupby(parts, key=lambda part: id(_entry_of(part))):
        of_entry = list(group)
        entry = _entry_of(of_entry[0])
        if isinstance(entry, wire.Entry):
            head = msgspec.json.encode({"id": entry.id, "time": entry.time})
            yield head[:-1] + b',"changes":[' + b",".join(_changes(of_entry)) + b"]}"
        else:
            yield bytes(entry)


def _entry_of(part: Broken) -> wire.Entry | msgspec.Raw:
    match part:
        case BrokenEntry(raw=raw):
            return raw
        case BrokenChange(entry=entry):
            return entry
        case BrokenItem(value=value):
            return value.entry


def _changes(parts: Sequence[Broken]) -> Iterator[bytes]:
    """Of parts of the same entry."""
    for _, group in groupby(parts, key=lambda part: id(part.value) if isinstance(part, BrokenItem) else id(part)):
        of_change = list(group)
        items = [part for part in of_change if isinstance(part, BrokenItem)]
        yield items[0].value.change_of(items) if items else bytes(of_change[0].raw)


def _list_of(pieces: Iterable[msgspec.Raw]) -> msgspec.Raw:
    return msgspec.Raw(b"[" + b",".join(map(bytes, pieces)) + b"]")


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
