"""Verifies (`verify_signature`, `handshake`) and parses (`parse`) Meta's webhooks. Pure functions.

This is the hot path of ingress. At each level of the payload a typed decoder splits the JSON into raw pieces, without
building objects; each piece is then decoded once, so an invalid one affects no other.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256

import msgspec

from shared.providers.errors import SignatureMissing, SignatureWrong, WebhookUnreadable
from shared.providers.lenient import LenientDecoder
from shared.providers.meta import salvage, wire
from shared.providers.meta.items import (
    UNREADABLE_ITEM,
    ContactIndex,
    entry_time,
    read_echo,
    read_message,
    read_preference,
    read_status,
)
from shared.providers.port import MalformedItem, Parsed, ParsedEvent

_PREFIX = b"sha256="
_OBJECT = "whatsapp_business_account"
_WITH_ITEMS = frozenset({"messages", "smb_message_echoes", "message_echoes", "user_preferences"})
MAX_ITEMS = 10_000  # of one webhook; Meta sends a thousand at most


class _Body(wire.Wire):
    object: str
    entry: list[msgspec.Raw]


_BODY = msgspec.json.Decoder(_Body)
_ENTRY = LenientDecoder(wire.Entry)
_CHANGE = msgspec.json.Decoder(wire.Change)
_VALUE = LenientDecoder(wire.Value)
_NULL = msgspec.Raw(b"null")


def verify_signature(body: bytes, header: str | bytes | None, secrets: Sequence[str]) -> None:
    """Check `X-Hub-Signature-256` over the raw bytes with each of the secrets (several while one is being replaced).

    Raises SignatureMissing, or SignatureWrong when no secret fits. An empty secret never fits.
    """
    if not header:
        raise SignatureMissing("X-Hub-Signature-256 is missing")
    given = header.encode("utf-8", "replace") if isinstance(header, str) else bytes(header)
    given = given.strip().lower()
    fits = False
    for secret in dict.fromkeys(secrets):  # channels share an app's secret, and anyone may send four megabytes
        if secret:
            expected = _PREFIX + hmac.digest(secret.encode(), body, "sha256").hex().encode()
            fits |= hmac.compare_digest(expected, given)
    if not fits:
        raise SignatureWrong("X-Hub-Signature-256 does not fit")


def handshake(query: Mapping[str, str], verify_tokens: Sequence[str]) -> str | None:
    """Return the challenge to answer with; None if the request has none of our verify tokens."""
    given = query.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
    known = False
    for token in verify_tokens:
        if token:
            known |= hmac.compare_digest(token.encode(), given)
    challenge = query.get("hub.challenge")
    return challenge if known and challenge and query.get("hub.mode") == "subscribe" else None


def parse(body: bytes) -> list[Parsed]:
    """Return all items in order; within one change messages come first, then statuses, then errors. Items are messages,
    statuses, echoes and customers' preferences; everything else is an event.

    An item that cannot be read becomes `MalformedItem`: never fewer results than items. Raises WebhookUnreadable when
    the body is not the JSON of a WhatsApp account or has more than MAX_ITEMS items, and nothing else.
    """
    content = _split(body)
    if content.object != _OBJECT:
        raise WebhookUnreadable("not a webhook of a WhatsApp account")
    results: list[Parsed] = []
    _at_most(len(content.entry))
    for raw in content.entry:
        try:
            entry = _ENTRY.decode(raw)
        except UNREADABLE_ITEM as error:
            results.append(_malformed(None, f"entry: {error}", salvage.BrokenEntry(raw)))
            continue
        _at_most(len(results) + len(entry.changes))
        for change in entry.changes:
            results.extend(_read_change(entry, change))
            _at_most(len(results))
    return results


def _at_most(items: int) -> None:
    """Raise WebhookUnreadable above MAX_ITEMS: four megabytes could hold two million items, each of them a record."""
    if items > MAX_ITEMS:
        raise WebhookUnreadable(f"more than {MAX_ITEMS} items")


def _split(body: bytes) -> _Body:
    """Split the body into entries. It checks UTF-8, because raw pieces are not; Meta sends ASCII, which is quick."""
    try:
        if not body.isascii():
            body.decode()
        return _BODY.decode(body)
    except UNREADABLE_ITEM as error:
        readable = salvage.with_valid_text(body)
        if isinstance(error, RecursionError):
            readable = salvage.without_depth(readable)
        try:
            return _BODY.decode(readable)
        except UNREADABLE_ITEM:
            raise WebhookUnreadable(f"not a webhook of Meta: {error}") from error


def _read_change(entry: wire.Entry, raw: msgspec.Raw) -> Iterator[Parsed]:
    try:
        change = _CHANGE.decode(raw)
    except UNREADABLE_ITEM as error:
        yield _malformed(None, f"change: {error}", salvage.BrokenChange(entry, raw))
        return
    if change.field not in _WITH_ITEMS:
        yield _event(entry, change.field, change.value, salvage.recipient_of(change.value))
        return
    try:
        value = _VALUE.decode(change.value)
    except UNREADABLE_ITEM as error:
        broken = salvage.BrokenChange(entry, raw)
        yield _malformed(salvage.recipient_of(change.value), f"value: {error}", broken)
        return
    if change.field == "messages":
        yield from _read_value(entry, change.value, value)
    else:
        yield from _read_reports(entry, change.field, change.value, value)


def _read_reports(entry: wire.Entry, field: str, raw: msgspec.Raw, value: wire.Value) -> Iterator[Parsed]:
    """Yield echoes (messages written on the business's phone) and customers' message preferences."""
    recipient = value.metadata.phone_number_id if value.metadata else None
    echoes, preferences = value.message_echoes or (), value.user_preferences or ()
    _at_most(len(echoes) + len(preferences))
    parser = _ItemParser(entry, raw, recipient, field)
    contacts = ContactIndex(value.contacts, len(echoes) + len(preferences))

    def preference(item: msgspec.Raw, recipient: str) -> Parsed:
        return read_preference(item, recipient, contacts) or _event(entry, field, item, recipient)

    def echo(item: msgspec.Raw, recipient: str) -> Parsed:
        return read_echo(item, recipient, contacts) or _event(entry, field, item, recipient)

    for item in echoes:
        yield parser.parse("message_echoes", item, echo)
    for item in preferences:
        yield parser.parse("user_preferences", item, preference)
    if not echoes and not preferences:
        yield _event(entry, field, raw, recipient)


def _read_value(entry: wire.Entry, raw: msgspec.Raw, value: wire.Value) -> Iterator[Parsed]:
    recipient = value.metadata.phone_number_id if value.metadata else None
    messages, statuses = value.messages or (), value.statuses or ()
    _at_most(len(messages) + len(statuses))
    parser = _ItemParser(entry, raw, recipient)
    contacts = ContactIndex(value.contacts, len(messages) + len(statuses))

    def status(item: msgspec.Raw, recipient: str) -> Parsed:
        return read_status(item, recipient, contacts) or _event(entry, "other_statuses", item, recipient)

    for item in messages:
        yield parser.parse("messages", item, lambda i, r: read_message(i, r, contacts))
    for item in statuses:
        yield parser.parse("statuses", item, status)
    reports = value.message_echoes or value.user_preferences
    if reports:  # they have fields of their own, but are accepted here, too
        yield from _read_reports(entry, "messages", raw, value)
    if len(value.errors) and value.errors != _NULL:
        yield _event(entry, "errors", value.errors, recipient)
    elif not messages and not statuses and not reports:
        yield _event(entry, "messages", raw, recipient)


class _ItemParser:
    """Parses the items of one value; an invalid one becomes a `MalformedItem` and affects no other."""

    __slots__ = ("_broken", "_entry", "_field", "_recipient", "_value")

    def __init__(self, entry: wire.Entry, value: msgspec.Raw, recipient: str | None, field: str = "messages") -> None:
        self._entry = entry
        self._field = field
        self._value = value
        self._recipient = recipient or None
        self._broken: salvage.BrokenValue | None = None

    def parse(self, kind: str, item: msgspec.Raw, read: Callable[[msgspec.Raw, str], Parsed]) -> Parsed:
        try:
            if self._recipient is None:
                raise ValueError("phone_number_id is missing")
            return read(item, self._recipient)
        except UNREADABLE_ITEM as error:
            self._broken = self._broken or salvage.BrokenValue(self._entry, self._value, self._field)
            broken = salvage.BrokenItem(self._broken, kind, item)
            return _malformed(self._recipient, f"{kind}: {error}", broken)


def _malformed(recipient: str | None, reason: str, part: salvage.Broken) -> MalformedItem:
    return MalformedItem(recipient=recipient, reason=reason, part=part, join=salvage.body_of)


def _event(entry: wire.Entry, field: str, raw: msgspec.Raw, recipient: str | None) -> ParsedEvent:
    content = bytes(raw)
    key = sha256(b"\x1f".join((field.encode("utf-8", "replace"), str(entry.time).encode(), content))).hexdigest()
    shared_account = salvage.shared_account_of(raw) if field == "account_update" else None
    return ParsedEvent(
        account=shared_account or ("" if entry.id is None else str(entry.id)),
        field=field,
        key=key[:32],
        recipient=recipient,
        raw=content,
        occurred_at=entry_time(entry.time),
    )
