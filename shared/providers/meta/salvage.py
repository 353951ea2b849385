"""Salvages the readable parts of a broken webhook, and builds the payloads of its dead letters.

Not on the hot path; no public function raises.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import msgspec

from shared.providers.lenient import LenientDecoder, decode_or_none
from shared.providers.meta import wire

_MAX_REPEATED = 4096  # bytes of a part that every dead letter of a value repeats
_WITH_CONTACTS = ("messages", "message_echoes", "user_preferences")
_CUSTOMER = ("from", "from_user_id", "to", "to_user_id", "wa_id", "user_id")
_OPEN, _CLOSE = b'{"object":"whatsapp_business_account","entry":[', b"]}"
_BROKEN = (msgspec.MsgspecError, ValueError, RecursionError)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_STRING = msgspec.json.Decoder(str)
_CONTACT = LenientDecoder(wire.Contact)

# A bracket, or a whole string, whose brackets do not count. A string without an end reaches to the end of the body, and
# nothing is tried twice (`++`, `*+`): else each quote within it would be searched for the end again.
_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?|[\[\]{}]', re.DOTALL)
_MAX_DEPTH = 100  # of brackets; a message has fewer than twenty
_MAX_BRACKETS = 100_000  # opening ones, of a body that is worth the time

# An escaped backslash, a good pair of surrogates, or half of one.
_SURROGATES = re.compile(rb"(\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})|\\ud[89a-f][0-9a-f]{2}", re.IGNORECASE)


class _WithMetadata(wire.Wire):
    metadata: wire.Metadata | None = None


class _SharedAccount(wire.Wire):
    waba_id: wire.Id | None = None


class _WithSharedAccount(wire.Wire):
    waba_info: _SharedAccount | None = None


_WITH_METADATA = LenientDecoder(_WithMetadata)
_WITH_SHARED_ACCOUNT = LenientDecoder(_WithSharedAccount)


def with_valid_text(body: bytes) -> bytes:
    """Return the body with invalid characters replaced: one broken emoji must not make a whole batch unreadable."""
    text = body.decode("utf-8", "replace").encode()
    return _SURROGATES.sub(lambda found: found[1] or b"\\ufffd", text)


def without_depth(body: bytes) -> bytes:
    """Return the body with `null` for all that is nested too deeply to be read, which is never a part of a message."""
    if body.count(b"[") + body.count(b"{") > _MAX_BRACKETS:
        return body
    kept: list[bytes] = []
    depth = begun = 0
    for found in _BRACKET.finditer(body):
        token = found[0]
        if token in (b"[", b"{"):
            depth += 1
            if depth == _MAX_DEPTH:
                kept.append(body[begun : found.start()] + b"null")
        elif token in (b"]", b"}"):
            depth -= 1
            if depth == _MAX_DEPTH - 1:
                begun = found.end()
    return b"".join((*kept, body[begun:])) if depth == 0 else body


def recipient_of(value: msgspec.Raw) -> str | None:
    """Return the phone_number_id of a change's value, if it has one."""
    try:
        metadata = _WITH_METADATA.decode(value).metadata
    except _BROKEN:
        return None
    return (metadata.phone_number_id or None) if metadata else None


def shared_account_of(value: msgspec.Raw) -> str | None:
    """Return the WABA that an `account_update` names. In those about partners the entry's id is that of a business."""
    found = decode_or_none(_WITH_SHARED_ACCOUNT, value)
    return (found.waba_info.waba_id or None) if found and found.waba_info else None


@dataclass(frozen=True, slots=True)
class BrokenEntry:
    """An entry that cannot be split into changes."""

    raw: msgspec.Raw


@dataclass(frozen=True, slots=True)
class BrokenChange:
    """A change that cannot be split into items."""

    entry: wire.Entry
    raw: msgspec.Raw


class BrokenValue:
    """A value with broken items; split once, however many they are."""

    def __init__(self, entry: wire.Entry, value: msgspec.Raw, field: str) -> None:
        self.entry = entry
        self._field = field.encode()  # one of the fields with items: see `webhook`
        try:
            parts = _OBJECT.decode(value)
        except _BROKEN:
            parts = {}
        self._head: dict[str, msgspec.Raw] = {
            key: parts[key]
            for key in ("messaging_product", "metadata")
            if key in parts and len(parts[key]) <= _MAX_REPEATED
        }
        self._contacts = [raw for raw in _list_or_empty(parts, "contacts") if len(raw) <= _MAX_REPEATED]
        self._alone = sum(len(_list_or_empty(parts, kind)) for kind in _WITH_CONTACTS) == 1
        self._by_id: dict[str, msgspec.Raw] = {}
        for raw in self._contacts:
            if contact := decode_or_none(_CONTACT, raw):
                self._by_id.update({key: raw for key in (contact.wa_id, contact.user_id) if key})

    def change_of(self, items: "Sequence[BrokenItem]") -> bytes:
        """Return a change with only these items of the value, and the contacts of their customers."""
        kept: dict[str, msgspec.Raw] = dict(self._head)
        contacts = {id(contact): contact for item in items if (contact := self._contact_of(item.raw))}
        if contacts:
            kept["contacts"] = _list_of(contacts.values())
        for kind in dict.fromkeys(item.kind for item in items):
            kept[kind] = _list_of(item.raw for item in items if item.kind == kind)
        return b'{"field":"' + self._field + b'","value":' + msgspec.json.encode(kept) + b"}"

    def _contact_of(self, item: msgspec.Raw) -> msgspec.Raw | None:
        """Return the item's contact by an id, like `items.ContactIndex`; the only contact for the only item."""
        if len(self._contacts) == 1 and self._alone:
            return self._contacts[0]
        parts = decode_or_none(_OBJECT, item) or {}
        ids = (decode_or_none(_STRING, parts.get(key)) for key in _CUSTOMER)
        return next((self._by_id[key] for key in ids if key and key in self._by_id), None)


@dataclass(frozen=True, slots=True)
class BrokenItem:
    """One item of a value. kind: the list that it belongs to, such as `messages`."""

    value: BrokenValue
    kind: str
    raw: msgspec.Raw


Broken = BrokenEntry | BrokenChange | BrokenItem


def body_of(parts: Sequence[Broken]) -> bytes:
    """Return a webhook with only these parts of one, in order, with their shared data once."""
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
    """Yield the changes of parts of the same entry."""
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
