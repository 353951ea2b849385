"""Parses one item of a Meta webhook: a message, status, echo or preference.

Each function raises one of `UNREADABLE_ITEM` if the item is invalid; the caller makes it a `MalformedItem`.
"""

import re
from datetime import datetime

import msgspec

from shared.domain import phone
from shared.domain.customer import tidy_name
from shared.domain.identities import BSUID, is_user_id
from shared.messages.inbound import Consent, Context, ProviderError, Sender, Status
from shared.providers import bounds
from shared.providers.lenient import LenientDecoder
from shared.providers.meta import wire
from shared.providers.meta.content import content_of
from shared.providers.meta.referrals import referral, referred_product
from shared.providers.port import ParsedConsent, ParsedEcho, ParsedMessage, ParsedStatus
from shared.providers.referrals import decode_json

UNREADABLE_ITEM = (msgspec.MsgspecError, ValueError, OverflowError, OSError, RecursionError)

_MESSAGE = LenientDecoder(wire.Message)
_STATUS = LenientDecoder(wire.Status)
_ECHO = LenientDecoder(wire.Echo)
_PREFERENCE = LenientDecoder(wire.Preference)
_CONSENTS = {
    ("marketing_messages", "stop"): Consent.STOP_MARKETING,
    ("marketing_messages", "resume"): Consent.RESUME_MARKETING,
}
_STATUSES = {status.value: status for status in Status}
_OTHER_STATUSES = frozenset({"payment", "call"})  # types of statuses that are not of messages
_NO_CONTEXT = Context()
_NO_CONTACT = wire.Contact()
_MAX_NAME = 256  # characters: a name is repeated in each message of the customer; WhatsApp allows 25
_MAX_ERROR_TEXT = 500  # characters
_CODE = re.compile(r"^\s*(\d{1,9})\s*$|#(\d{1,9})\b")  # `131047`, or Meta's `(#131047) …` at the beginning of a text
_CHANGED_USER_ID = re.compile(r"\bfrom (\S+) to (\S+)$")  # `User Ada changed from NG.1 to NG.2`
_MILLISECONDS = 100_000_000_000  # more than this many seconds is the year 5138


def read_message(raw: msgspec.Raw, recipient: str, contacts: "ContactIndex") -> ParsedMessage:
    """Parse a customer's message."""
    message = _MESSAGE.decode(raw)
    if not message.id:
        raise ValueError("the message has no id")
    return ParsedMessage(
        recipient=recipient,
        provider_message_id=message.id,
        sender=_sender(message, contacts),
        content=content_of(message),
        context=_context(message) if message.context or len(message.referral) else _NO_CONTEXT,
        sent_at=bounds.parse_time(message.timestamp),
        raw=bytes(raw),
    )


def read_status(raw: msgspec.Raw, recipient: str, contacts: "ContactIndex") -> ParsedStatus | None:
    """Parse a status of our message; unknown words become `UNKNOWN`. None for statuses of payments and calls: a failed
    payment is no failed message, although its status has the id of the message that asked for it.
    """
    status = _STATUS.decode(raw)
    if status.type in _OTHER_STATUSES:
        return None
    if not status.id:
        raise ValueError("the status has no message id")
    word = _STATUSES.get(status.status.lower(), Status.UNKNOWN)
    return ParsedStatus(
        recipient=recipient,
        provider_message_id=status.id,
        status=word,
        occurred_at=bounds.parse_time(status.timestamp),
        outbound_id=status.biz_opaque_callback_data or None,
        errors=_errors(status, word is Status.FAILED, raw),
        raw=bytes(raw),
        customer=_sent_to(status, contacts),
    )


def _sent_to(status: wire.Status, contacts: "ContactIndex") -> Sender | None:
    """Return the recipient of a message if both number and user id are given; statuses have `contacts`, too."""
    if status.recipient_type == "group":
        return None
    number, bsuid = _identities(status.recipient_id, status.recipient_user_id, contacts)
    return Sender(identity=number, address=number, phone=number, bsuid=bsuid) if number and bsuid else None


def read_echo(raw: msgspec.Raw, recipient: str, contacts: "ContactIndex") -> ParsedEcho | None:
    """Parse a message that the business wrote on its own phone; None for groups, whose ids look like numbers.
    `?` How a customer without a number is named.
    """
    echo = _ECHO.decode(raw)
    if echo.group_id:
        return None
    if not echo.id:
        raise ValueError("the echo has no id")
    identity, bsuid = _customer(echo.to, echo.to_user_id, contacts)
    return ParsedEcho(
        recipient=recipient,
        provider_message_id=echo.id,
        identity=identity,
        bsuid=bsuid,
        content=content_of(echo),
        sent_at=bounds.parse_time(echo.timestamp),
        raw=bytes(raw),
    )


def read_preference(raw: msgspec.Raw, recipient: str, contacts: "ContactIndex") -> ParsedConsent | None:
    """Parse a customer's choice in WhatsApp's own settings; None for unknown choices."""
    chosen = _PREFERENCE.decode(raw)
    consent = _CONSENTS.get((chosen.category.lower(), chosen.value.lower()))
    if consent is None:
        return None
    identity, bsuid = _customer(chosen.wa_id, chosen.user_id, contacts)
    try:
        said_at = None if chosen.timestamp is None else bounds.parse_time(chosen.timestamp)
    except (ValueError, OverflowError, OSError):
        said_at = None
    return ParsedConsent(
        recipient=recipient, identity=identity, bsuid=bsuid, consent=consent, said_at=said_at, raw=bytes(raw)
    )


class ContactIndex:
    """The contacts of one change by `wa_id` and `user_id`.

    The only contact belongs to the only message even if the ids differ: Meta's `wa_id` may be another variant of the
    number in `from` (Brazil, Mexico, Argentina).
    """

    def __init__(self, contacts: list[wire.Contact] | None, messages: int) -> None:
        contacts = contacts or []
        self._only = contacts[0] if len(contacts) == 1 else None
        self._alone = messages == 1
        self._by_id: dict[str, wire.Contact] = {}
        if self._only is None:
            for contact in contacts:
                for key in (contact.wa_id, contact.user_id):
                    if key:
                        self._by_id[key] = contact

    def find(self, *ids: str | None) -> wire.Contact | None:
        only = self._only
        if only is not None:
            known = self._alone or any(key and key in {only.wa_id, only.user_id} for key in ids)
            return only if known else None
        return next((contact for key in ids if key and (contact := self._by_id.get(key)) is not None), None)


def _customer(wa_id: str | None, user_id: str | None, contacts: ContactIndex) -> tuple[str, str | None]:
    """Return the identity of a customer, and the user id if it is known. Raises ValueError."""
    number, bsuid = _identities(wa_id, user_id, contacts)
    if not number and not bsuid:
        raise ValueError("it names no customer")
    return number or f"{BSUID}{bsuid}", bsuid


def _identities(wa_id: str | None, user_id: str | None, contacts: ContactIndex) -> tuple[str | None, str | None]:
    """Return the number and the user id of a customer, each of them if it is given, in the item or in its contact."""
    contact = contacts.find(wa_id, user_id) or _NO_CONTACT
    given = [one for one in (wa_id, contact.wa_id) if one]
    number = next((found for one in given if (found := phone.from_wa_id(one))), None)
    bsuid = user_id or contact.user_id or next((one for one in given if is_user_id(one)), None)
    return number, bsuid or None


def _sender(message: wire.Message, contacts: ContactIndex) -> Sender:
    """Return the sender; the identity is the number, if there is one. `from` may hold a user id instead of digits.

    The sender of a changed user id is the customer with the former one.
    """
    number = phone.from_wa_id(message.sender) if message.sender else None
    former = _former_user_id(message.system) if message.system else None
    bsuid = (
        former or message.from_user_id or (message.sender if message.sender and is_user_id(message.sender) else None)
    )
    contact = contacts.find(message.sender, bsuid)
    if contact is not None:
        bsuid = bsuid or contact.user_id
        if number is None and contact.wa_id:
            number = phone.from_wa_id(contact.wa_id)
    if number is None and not bsuid and message.system is not None:
        bsuid = message.system.user_id
    identity = number or (f"{BSUID}{bsuid}" if bsuid else None)
    if identity is None:
        raise ValueError("the message has no sender")
    profile = contact.profile if contact is not None else None
    name = (profile.name if profile else None) or ""
    username = (contact.username if contact else None) or (profile.username if profile else None) or ""
    return Sender(
        identity=identity,
        address=identity,
        phone=number,
        bsuid=bsuid or None,
        name=tidy_name(name[:_MAX_NAME]) or None,
        username=tidy_name(username[:_MAX_NAME]) or None,
    )


def _former_user_id(system: wire.System) -> str | None:
    """Return the user id that a customer had before; until August 2026 only the text named it."""
    if system.previous_user_id or not system.user_id:
        return system.previous_user_id
    found = _CHANGED_USER_ID.search(system.body or "")
    return found[1] if found and is_user_id(found[1]) and found[2] == system.user_id else None


def _context(message: wire.Message) -> Context:
    context = message.context or wire.Context()
    return Context(
        reply_to=context.id or None,
        forwarded=bool(context.forwarded or context.frequently_forwarded),
        referral=referral(decode_json(message.referral)),
        product=referred_product(decode_json(context.referred_product)),
    )


def _error(error: wire.Error) -> ProviderError:
    return ProviderError(
        code=bounds.error_code(error.code), title=error.title or error.message or "", detail=error.description
    )


def _errors(status: wire.Status, failed: bool, raw: msgspec.Raw) -> tuple[ProviderError, ...]:
    return tuple(map(_error, status.errors)) if status.errors else _bare_errors(raw) if failed else ()


def _bare_errors(raw: msgspec.Raw) -> tuple[ProviderError, ...]:
    """Return errors that are only a code or only a text; the code decides what is done about the failure."""
    found = decode_json(raw)
    errors = found.get("errors") if isinstance(found, dict) else None
    listed = errors if isinstance(errors, list) else [errors]
    return tuple(_bare_error(code) for code in listed if isinstance(code, int | str) and not isinstance(code, bool))


def _bare_error(error: int | str) -> ProviderError:
    if isinstance(error, int):
        return ProviderError(code=bounds.error_code(error))
    found = _CODE.search(error)
    return ProviderError(code=found[1] or found[2] if found else "", title=error[:_MAX_ERROR_TEXT])


def entry_time(time: str | float | None) -> datetime | None:
    """Return the time of an entry, given in seconds or milliseconds since 1970; None if it has none."""
    try:
        seconds = float(time or 0)
        return bounds.parse_time(int(seconds / 1000 if seconds > _MILLISECONDS else seconds)) if seconds else None
    except (ValueError, OverflowError):
        return None
