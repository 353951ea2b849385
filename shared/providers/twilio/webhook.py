"""Parses Twilio's webhooks. Pure functions.

Twilio sends forms, or JSON with the same fields, with one message or status each and without timestamps, so the time of
arrival is an argument. New parameters appear without notice; all parameters are stored in `raw`, as a JSON object.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from shared.domain import phone
from shared.domain.customer import tidy_name
from shared.domain.identities import is_user_id
from shared.messages.inbound import Consent, Context, ProviderError, Sender, Status
from shared.providers import bounds
from shared.providers.errors import WebhookUnreadable
from shared.providers.port import MalformedItem, Parsed, ParsedMessage, ParsedStatus
from shared.providers.referrals import referral_from
from shared.providers.twilio.content import contents_of
from shared.providers.twilio.errors import title_for
from shared.providers.twilio.signature import verify_json_signature, verify_signature

__all__ = ["parse_form", "parse_json", "parse_message", "parse_status", "verify_json_signature", "verify_signature"]

MAX_BODY = 256 * 1024  # bytes; the longest text in emoji, with ten pieces of media, takes some 50,000
MAX_FIELDS = 500  # a message with ten pieces of media has about sixty
_MAX_ID = 1024  # characters: ids are cached and repeated in records
_MAX_NAME = 256  # characters: repeated for each piece of media
_MAX_REPEATED = 65_536  # bytes that all pieces of media of a form may repeat together

_CHANNEL = "whatsapp:"
_STATUSES = {
    "accepted": Status.QUEUED,
    "scheduled": Status.QUEUED,
    "queued": Status.QUEUED,
    "sending": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "failed": Status.FAILED,
    "undelivered": Status.FAILED,
    "canceled": Status.FAILED,
    "deleted": Status.DELETED,
}
_REFERRAL_FIELDS = {
    "source_type": ("ReferralSourceType",),
    "source_id": ("ReferralSourceId",),
    "source_url": ("ReferralSourceUrl",),
    "headline": ("ReferralHeadline",),
    "body": ("ReferralBody",),
    "click_id": ("ReferralCtwaClid",),
    "media_type": ("ReferralMediaContentType",),
    "media_id": ("ReferralMediaId",),
    "media_url": ("ReferralMediaUrl",),
}
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_CONSENTS = {"STOP": Consent.STOP, "START": Consent.START, "HELP": Consent.HELP}
_NO_CONTEXT = Context()


def parse_form(body: bytes) -> list[tuple[str, str]]:
    """Return the fields of a form, in order. Raises WebhookUnreadable: not UTF-8, or more than MAX_FIELDS fields."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise WebhookUnreadable(f"not a form: {error}") from error


def parse_json(body: bytes) -> list[tuple[str, str]]:
    """Return the members of a JSON object as fields of a form; lists and objects are left out.

    Raises WebhookUnreadable: not JSON, not an object, or more than MAX_FIELDS members.
    """
    try:
        found = _OBJECT.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise WebhookUnreadable(f"not a JSON object: {error}") from error
    if len(found) > MAX_FIELDS:
        raise WebhookUnreadable(f"more than {MAX_FIELDS} fields")
    return [(name, str(value)) for name, value in found.items() if isinstance(value, str | int | float)]


def parse_message(params: Sequence[tuple[str, str]], now: datetime) -> list[Parsed]:
    """Parse a customer's message; never empty, never raises.

    Several pieces of media make several messages: the first has the message's id, the others `SM…/1`, `SM…/2`, ….
    """
    form = dict(params)
    recipient = _number(form.get("To", ""))
    try:
        message_id = form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid")
        if not message_id or not recipient:
            raise ValueError("no MessageSid, or no To")
        sender, context, raw = _sender(form), _context(form), _raw(form)
        _check_ids(message_id, recipient, sender.identity)
        contents = contents_of(form)
        repeated = len(raw) * len(contents) <= _MAX_REPEATED
        return [
            ParsedMessage(
                recipient=recipient,
                provider_message_id=f"{message_id}/{index}" if index else message_id,
                sender=sender,
                content=content,
                context=context if repeated or not index else _NO_CONTEXT,
                sent_at=now,
                raw=raw if repeated or not index else b"{}",
                consent=_CONSENTS.get(form.get("OptOutType", "").strip().upper()),
            )
            for index, content in enumerate(contents)
        ]
    except ValueError as error:
        return [MalformedItem(recipient=recipient or None, reason=f"message: {error}", part=params, join=_body_of)]


def parse_status(params: Sequence[tuple[str, str]], outbound_id: str | None, now: datetime) -> list[Parsed]:
    """Parse a status of our message; never empty, never raises. outbound_id: from the callback URL's query.

    The recipient is `From`, because our number sent the message.
    """
    form = dict(params)
    recipient = _number(form.get("From", ""))
    message_id = form.get("MessageSid") or form.get("SmsSid")
    word = (form.get("MessageStatus") or form.get("SmsStatus") or "").lower()
    try:
        if not message_id or not word:
            raise ValueError("no MessageSid, or no MessageStatus")
        _check_ids(message_id, recipient, outbound_id or "")
    except ValueError as error:
        return [MalformedItem(recipient=recipient or None, reason=f"status: {error}", part=params, join=_body_of)]
    return [
        ParsedStatus(
            recipient=recipient,
            provider_message_id=message_id,
            status=_STATUSES.get(word, Status.UNKNOWN),
            occurred_at=now,
            outbound_id=outbound_id or None,
            errors=_errors(form),
            raw=_raw(form),
        )
    ]


def _check_ids(*ids: str) -> None:
    if any(len(id_) > _MAX_ID for id_ in ids):
        raise ValueError("an id is too long to be one")


def _errors(form: Mapping[str, str]) -> tuple[ProviderError, ...]:
    """Return the error of a status, with our text, because Twilio often sends none."""
    code = form.get("ErrorCode")
    if not code or code == "0":
        return ()
    detail = form.get("ErrorMessage") or form.get("ChannelStatusMessage") or ""
    return (ProviderError(code=bounds.error_code(code), title=title_for(code), detail=detail),)


def _number(address: str) -> str:
    return address.removeprefix(_CHANNEL).strip()


def _sender(form: Mapping[str, str]) -> Sender:
    """Return the sender by number, user id, or both. `?` It is not documented where the user id of a customer who hides
    the number is: in `ExternalUserId`, or instead of the number, where everything that is no number is taken for one.
    """
    given = _number(form.get("From", ""))
    number = phone.from_wa_id(given) or phone.from_wa_id(form.get("WaId", ""))
    user_id = _number(form.get("ExternalUserId", ""))
    bsuid = user_id if is_user_id(user_id) else given if given and phone.from_wa_id(given) is None else ""
    if bsuid.removeprefix("+").isdigit():
        raise ValueError("the sender is neither an international number nor a user id")
    identity = number or (f"bsuid:{bsuid}" if bsuid else None)
    if identity is None:
        raise ValueError("the message has no sender")
    return Sender(
        identity=identity,
        address=identity,
        phone=number,
        bsuid=bsuid or None,
        name=tidy_name(form.get("ProfileName", "")[:_MAX_NAME]) or None,
    )


def _context(form: Mapping[str, str]) -> Context:
    reply_to = form.get("OriginalRepliedMessageSid") or None
    forwarded = "true" in {form.get("Forwarded", "").lower(), form.get("FrequentlyForwarded", "").lower()}
    referral = referral_from(form, _REFERRAL_FIELDS)
    if not reply_to and not forwarded and not referral:
        return _NO_CONTEXT
    return Context(reply_to=reply_to, forwarded=forwarded, referral=referral)


def _raw(form: dict[str, str]) -> bytes:
    return msgspec.json.encode(form)


def _body_of(forms: Sequence[Sequence[tuple[str, str]]]) -> bytes:
    """Return the webhook body of a form. forms: exactly one."""
    (params,) = forms
    return urlencode(params, errors="surrogatepass").encode()
