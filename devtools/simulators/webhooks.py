"""Make and sign webhooks as Meta and Twilio do. Pure: no HTTP, clock or randomness.

Callers pass times, counters and seeds, so the same call makes the same bytes.

Sources: Meta "WhatsApp Cloud API: webhooks reference" (entry > changes > value > messages, statuses, contacts) and
Meta "Graph API: validating payloads" (X-Hub-Signature-256); Twilio "Request to your incoming message webhook URL",
"Outbound message status in status callbacks" and "Webhooks security" (X-Twilio-Signature).
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

Json = dict[str, Any]
Params = Mapping[str, str | Sequence[str]]

# Statuses that carry `conversation` and `pricing` in Meta's webhooks.
_PRICED = frozenset({"sent", "delivered", "read"})
_NOT_DIGIT = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class MetaNumber:
    """A business phone number: Meta's `metadata` and `entry.id`."""

    phone_number_id: str
    display_phone_number: str = ""
    waba_id: str = "0"


@dataclass(frozen=True, slots=True)
class MetaItem:
    """One update of a business number: a message (with the sender's contact) or a status."""

    number: MetaNumber
    message: Json | None = None
    status: Json | None = None
    contact: Json | None = None


def digits(phone: str) -> str:
    """Return the number without sign, spaces or channel prefix: `whatsapp:+1 415` → `1415`."""
    return phone if phone.isdecimal() else _NOT_DIGIT.sub("", phone)


def wamid(phone: str, n: int, *, seed: str = "", inbound: bool = True) -> str:
    """Return a WhatsApp message id in the real form: base64 of the customer's number, direction and 32 hex digits.

    The second half of the hex digits is a checksum, by which `is_inbound_wamid` recognises ids made here.
    """
    head = hashlib.sha256(f"{seed}:{n}".encode()).hexdigest()[:16].upper()
    return _wamid(digits(phone).encode() or b"0", b"\x12" if inbound else b"\x11", head)


def _wamid(phone: bytes, direction: bytes, head: str) -> str:
    check = hashlib.sha256(phone + direction + head.encode()).hexdigest()[:16].upper()
    raw = (
        b"\x1c\x18" + bytes([len(phone)]) + phone + b"\x15\x02\x00" + direction + b"\x18\x20" + (head + check).encode()
    )
    return "wamid." + base64.b64encode(raw + b"\x00").decode()


def is_inbound_wamid(message_id: str) -> bool:
    """Return True if `wamid(..., inbound=True)` made this id."""
    try:
        raw = base64.b64decode(message_id.removeprefix("wamid."), validate=True)
        length = raw[2]
        phone, direction = raw[3 : 3 + length], raw[6 + length : 7 + length]
        head = raw[9 + length : 25 + length].decode("ascii")
    except (binascii.Error, ValueError, IndexError):
        return False
    return direction == b"\x12" and _wamid(phone, direction, head) == message_id


def meta_message(
    kind: str,
    content: object = None,
    *,
    sender: str,
    message_id: str,
    timestamp: int,
    context: Json | None = None,
    extra: Json | None = None,
) -> Json:
    """Return one element of `messages[]`. content: the object under the type's name, or a text's body as `str`.

    sender: omitted without digits, as by Meta for customers with only a business-scoped user id. extra: more top-level
    fields (`referral`, `from_user_id`, …). `unsupported` has no content but `errors`.
    """
    message: Json = {"from": digits(sender)} if digits(sender) else {}
    message |= {"id": message_id, "timestamp": str(timestamp), "type": kind}
    if isinstance(content, str) and kind == "text":
        content = {"body": content}
    if content is not None:
        message[kind] = content
    elif kind == "unsupported":
        message["errors"] = [
            {
                "code": 131051,
                "title": "Message type unknown",
                "message": "Message type unknown",
                "error_data": {"details": "Message type is currently not supported."},
            }
        ]
    if context is not None:
        message["context"] = context
    return message | (extra or {})


def meta_contact(name: str = "", wa_id: str = "", *, user_id: str = "", username: str = "") -> Json:
    """Return one element of `contacts[]`; either id may be missing."""
    profile = {"name": name} | ({"username": username} if username else {})
    contact: Json = {"profile": profile}
    if digits(wa_id):
        contact["wa_id"] = digits(wa_id)
    if user_id:
        contact["user_id"] = user_id
    return contact


def meta_status(
    message_id: str,
    status: str,
    *,
    recipient: str,
    timestamp: int,
    opaque: str | None = None,
    errors: Sequence[Json] = (),
    category: str = "service",
) -> Json:
    """Return one element of `statuses[]`. opaque: the message's `biz_opaque_callback_data`."""
    value: Json = {
        "id": message_id,
        "status": status,
        "timestamp": str(timestamp),
        "recipient_id": digits(recipient) or recipient,
    }
    if status in _PRICED:
        conversation = hashlib.sha256(f"{recipient}:{timestamp // 86_400}".encode()).hexdigest()[:32]
        value["conversation"] = {"id": conversation, "origin": {"type": category}}
        value["pricing"] = {
            "billable": category != "service",
            "pricing_model": "PMP",
            "type": "free_customer_service" if category == "service" else "regular",
            "category": category,
        }
    if errors:
        value["errors"] = list(errors)
    if opaque is not None:
        value["biz_opaque_callback_data"] = opaque
    return value


def meta_webhook(*items: MetaItem) -> bytes:
    """Return the body of one webhook with any updates of any business numbers.

    It has one `entry` per account and one `change` per number, with its messages and statuses.
    """
    entries: dict[str, dict[MetaNumber, Json]] = {}
    for item in items:
        values = entries.setdefault(item.number.waba_id, {})
        value = values.get(item.number)
        if value is None:
            metadata = {
                "display_phone_number": item.number.display_phone_number,
                "phone_number_id": item.number.phone_number_id,
            }
            value = values[item.number] = {"messaging_product": "whatsapp", "metadata": metadata}
        if item.contact is not None and item.contact not in value.setdefault("contacts", []):
            value["contacts"].append(item.contact)
        if item.message is not None:
            value.setdefault("messages", []).append(item.message)
        if item.status is not None:
            value.setdefault("statuses", []).append(item.status)
    entry = [
        {"id": waba_id, "changes": [{"value": value, "field": "messages"} for value in values.values()]}
        for waba_id, values in entries.items()
    ]
    return msgspec.json.encode({"object": "whatsapp_business_account", "entry": entry})


def meta_event(waba_id: str, field: str, value: Json, *, timestamp: int) -> bytes:
    """Return a webhook without `metadata`: `message_template_status_update`, `account_update`, …"""
    change = {"value": value, "field": field}
    entry = [{"id": waba_id, "time": timestamp, "changes": [change]}]
    return msgspec.json.encode({"object": "whatsapp_business_account", "entry": entry})


def sign_meta(body: bytes, secret: str) -> str:
    """Return `X-Hub-Signature-256` for the raw body. secret: of several, separated by commas, the first one signs."""
    newest = secret.partition(",")[0].strip()
    return "sha256=" + hmac.new(newest.encode(), body, hashlib.sha256).hexdigest()


def twilio_sid(n: int, *, seed: str = "", prefix: str = "SM") -> str:
    """Return a Twilio identifier: two letters and 32 hex digits."""
    return prefix + hashlib.sha256(f"{prefix}:{seed}:{n}".encode()).hexdigest()[:32]


def twilio_form(
    *,
    account_sid: str,
    sender: str,
    to: str,
    message_sid: str,
    text: str = "",
    name: str = "",
    media: Sequence[tuple[str, str]] = (),
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the parameters of an inbound WhatsApp message. media: (URL, content type) each."""
    form = {
        "SmsMessageSid": message_sid,
        "NumMedia": str(len(media)),
        "ProfileName": name,
        "MessageType": "image" if media else "text",
        "SmsSid": message_sid,
        "WaId": digits(sender),
        "SmsStatus": "received",
        "Body": text,
        "To": f"whatsapp:+{digits(to)}",
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": message_sid,
        "AccountSid": account_sid,
        "From": f"whatsapp:+{digits(sender)}",
        "ApiVersion": "2010-04-01",
    }
    for i, (url, content_type) in enumerate(media):
        form |= {f"MediaUrl{i}": url, f"MediaContentType{i}": content_type}
    return form | dict(extra or {})


def twilio_status_form(
    *, account_sid: str, message_sid: str, status: str, sender: str, to: str, error_code: int | None = None
) -> dict[str, str]:
    """Return the parameters of a status callback. sender: the business. to: the customer."""
    form = {
        "ChannelPrefix": "whatsapp",
        "ApiVersion": "2010-04-01",
        "MessageStatus": status,
        "SmsSid": message_sid,
        "SmsStatus": status,
        "ChannelInstallSid": twilio_sid(0, seed=account_sid, prefix="XE"),
        "To": f"whatsapp:+{digits(to)}",
        "From": f"whatsapp:+{digits(sender)}",
        "MessageSid": message_sid,
        "AccountSid": account_sid,
        "ChannelToAddress": f"+{digits(to)}",
    }
    if status in {"delivered", "read"}:
        form["EventType"] = status.upper()
    if error_code is not None:
        form["ErrorCode"] = str(error_code)
    return form


def sign_twilio(url: str, params: Params, token: str) -> str:
    """Return `X-Twilio-Signature`: HMAC of the URL and each sorted name with each of its sorted unique values."""
    text = url
    for name in sorted(params):
        value = params[name]
        for one in [value] if isinstance(value, str) else sorted(set(value)):
            text += name + one
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
