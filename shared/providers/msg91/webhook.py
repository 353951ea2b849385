"""Verifies and parses MSG91's webhooks: customers' messages, and statuses of our messages.

The account's owner configures the fields of the body, their names, and the headers in MSG91's panel. So a channel has a
secret, which must come in the header `X-Webhook-Secret`, and may name its fields; `FIELDS` are the default names (`?`,
from MSG91's variables). The path has our number, which the same secret protects.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from shared.domain import phone
from shared.domain.customer import tidy_name
from shared.domain.identities import is_user_id
from shared.messages.inbound import Context, ProviderError, Sender, Status
from shared.providers import bounds
from shared.providers.errors import SignatureMissing, SignatureWrong, WebhookUnreadable
from shared.providers.meta.referrals import referral, referred_product
from shared.providers.msg91.content import OBJECTS, content_from, metas_message
from shared.providers.port import MalformedItem, Parsed, ParsedMessage, ParsedStatus
from shared.providers.referrals import decode_json

HEADER = "X-Webhook-Secret"
FIELDS = {
    "id": "uuid",  # of a customer's message
    "request": "requestId",  # of our message, from the answer to its send
    "own": "crqid",  # our id, sent with the message
    "customer": "customerNumber",
    "user": "userId",  # WhatsApp's user id of the customer
    "name": "customerName",
    "type": "contentType",
    "text": "text",
    "url": "url",
    "messages": "messages",  # Meta's list of messages, or its JSON: of any kind
    "location": "location",  # Meta's object of the kind, or its JSON, if there is no list
    "interactive": "interactive",
    "button": "button",
    "event": "eventName",
    "reason": "reason",
    "at": "ts",
    "context": "context",  # Meta's object `context`, or its JSON
    "referral": "referral",  # Meta's object `referral`, or its JSON
}
"""The fields of a body and their default names."""

MAX_ITEMS = 1000
_MAX_ID = 250
_MAX_NAME = 256  # characters
_STATUSES = {
    "submitted": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "failed": Status.FAILED,
    "rejected": Status.FAILED,
    "undelivered": Status.FAILED,
}
_NO_CONTEXT = Context()
_Item = dict[str, Any]


def verify(header: bytes | None, secret: str) -> None:
    """Check the secret in the header. Raises SignatureMissing or SignatureWrong. An empty secret never matches."""
    if not header:
        raise SignatureMissing(f"{HEADER} is missing")
    if not (secret and hmac.compare_digest(secret.encode(), header.strip())):
        raise SignatureWrong(f"{HEADER} does not fit")


def parse(body: bytes, recipient: str, now: datetime, names: Mapping[str, str] | None = None) -> list[Parsed]:
    """Parse the items of a body, one object or a list of them; never empty. recipient: our number in E.164. names: of
    fields that differ from `FIELDS`. Raises WebhookUnreadable if it is neither.
    """
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise WebhookUnreadable(f"not JSON: {error}") from error
    items = found if isinstance(found, list) else [found]
    if not items or len(items) > MAX_ITEMS or not all(isinstance(item, dict) for item in items):
        raise WebhookUnreadable(f"not an object, or a list of 1 to {MAX_ITEMS} of them")
    singles = [single for item in items for single in _singles(_renamed(item, names or {}))]
    if len(singles) > MAX_ITEMS:
        raise WebhookUnreadable(f"more than {MAX_ITEMS} messages")
    return [_parse_item(single, recipient, now) for single in singles]


def _singles(item: _Item) -> list[_Item]:
    """Return an item for each message of Meta's list, with an id of its own if there are several."""
    listed = item.get(FIELDS["messages"])
    messages = decode_json(listed.encode(errors="replace")) if isinstance(listed, str) else listed
    if not isinstance(messages, list) or len(messages) < 2:
        return [item]
    return [
        {
            **item,
            FIELDS["messages"]: [message],
            FIELDS["id"]: _object(message).get("id") or f"{_text(item, 'id')}.{number}",
        }
        for number, message in enumerate(messages)
    ]


def _renamed(item: _Item, names: Mapping[str, str]) -> _Item:
    """Return the item with the names of `FIELDS`, so that stored items can be parsed without the channel. Other fields
    with one of these names become `…_as_sent`.
    """
    if not names:
        return item
    written = {usual: names.get(name, usual) for name, usual in FIELDS.items()}
    ours = {usual: item[name] for usual, name in written.items() if name in item}
    others = {name: value for name, value in item.items() if name not in written.values()}
    return {f"{name}_as_sent" if name in written else name: value for name, value in others.items()} | ours


def _parse_item(item: _Item, recipient: str, now: datetime) -> Parsed:
    raw = msgspec.json.encode(item)
    try:
        word = _text(item, "event").lower()
        if _is_status(item, word):
            return _status(item, recipient, word, raw, now)
        return _message(item, recipient, raw, now)
    except ValueError as error:
        return MalformedItem(recipient=recipient, reason=str(error), part=raw, join=_join)


def _is_status(item: _Item, word: str) -> bool:
    """Return whether the item is a status of our message, whose text it may repeat. A customer's message has an id of
    its own, and never fails.
    """
    request = bool(_id(item, "request"))
    if word not in _STATUSES:
        return bool(word) and request and not _id(item, "id") and not _text(item, "text")
    ours = _own_id(item) is not None or (request and _STATUSES[word] is Status.FAILED)
    return ours or not (_text(item, "text") or _metas_message(item)) or not _id(item, "id")


def _join(items: Sequence[bytes]) -> bytes:
    """Return one body of these items."""
    return items[0] if len(items) == 1 else b"[" + b",".join(items) + b"]"


def _message(item: _Item, recipient: str, raw: bytes, now: datetime) -> ParsedMessage:
    message_id = _id(item, "id")
    if not message_id:
        raise ValueError(f"message: no {FIELDS['id']}")
    return ParsedMessage(
        recipient=recipient,
        provider_message_id=message_id,
        sender=_sender(item),
        content=content_from(_kind(item), _text(item, "text"), _text(item, "url"), _metas_message(item)),
        context=_context(item),
        sent_at=_time(item, now),
        raw=raw,
    )


def _sender(item: _Item) -> Sender:
    """Return the sender by number, user id, or both. `?` A user id may also be in the field of the number."""
    number_text, user_id = _text(item, "customer"), _text(item, "user")
    number = phone.from_wa_id(number_text)
    bsuid = next((text for text in (user_id, number_text) if len(text) <= _MAX_ID and is_user_id(text)), None)
    identity = number or (f"bsuid:{bsuid}" if bsuid else None)
    if identity is None:
        raise ValueError(f"message: {FIELDS['customer']} is no international number")
    return Sender(identity=identity, address=identity, phone=number, bsuid=bsuid, name=_name(item))


def _name(item: _Item) -> str | None:
    return tidy_name(_text(item, "name")[:_MAX_NAME]) or None


def _context(item: _Item) -> Context:
    message = _metas_message(item)
    context = _object(item.get(FIELDS["context"])) or _object(message.get("context"))
    ad = referral(_object(item.get(FIELDS["referral"])) or _object(message.get("referral")))
    product = referred_product(context.get("referred_product"))
    reply_to = context.get("id")
    if not isinstance(reply_to, str) or not 0 < len(reply_to) <= _MAX_ID:
        reply_to = None
    if ad is None and product is None and reply_to is None:
        return _NO_CONTEXT
    return Context(reply_to=reply_to, referral=ad, product=product)


def _object(value: Any) -> Mapping[str, Any]:
    found = decode_json(value.encode(errors="replace")) if isinstance(value, str) else value
    return found if isinstance(found, dict) else {}


def _kind(item: _Item) -> str:
    return _text(item, "type").lower()


def _metas_message(item: _Item) -> Mapping[str, Any]:
    """Return Meta's message, if the item has it or a part of it; otherwise empty."""
    objects = {kind: item.get(FIELDS[kind]) for kind in OBJECTS}
    return metas_message(_kind(item), _text(item, "text"), item.get(FIELDS["messages"]), objects)


def _status(item: _Item, recipient: str, word: str, raw: bytes, now: datetime) -> ParsedStatus:
    message_id = _id(item, "request")
    if not message_id:
        raise ValueError(f"status: no {FIELDS['request']}")
    reason = _text(item, "reason")
    status = _STATUSES.get(word, Status.UNKNOWN)
    code = bounds.error_code(reason) if reason.isascii() and reason.isdigit() else "failed"
    errors = (ProviderError(code=code, title="MSG91 reports a failure.", detail="" if code == reason else reason),)
    return ParsedStatus(
        recipient=recipient,
        provider_message_id=message_id,
        status=status,
        occurred_at=_time(item, now),
        outbound_id=_own_id(item),
        errors=errors if status is Status.FAILED else (),
        raw=raw,
    )


def _text(item: _Item, name: str) -> str:
    value = item.get(FIELDS[name])
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return value if isinstance(value, str) else ""


def _id(item: _Item, name: str) -> str:
    found = _text(item, name).strip()
    if len(found) > _MAX_ID:
        raise ValueError("an id is too long to be one")
    return found


def _own_id(item: _Item) -> str | None:
    """Return our id, if MSG91 returned it; otherwise the request's id identifies the message."""
    found = _text(item, "own").strip()
    return found if 0 < len(found) <= _MAX_ID else None


def _time(item: _Item, now: datetime) -> datetime:
    """Return the time, given in seconds since 1970 or ISO 8601; now if it is invalid or in the future."""
    return bounds.parse_past_time(_text(item, "at").strip(), now)
