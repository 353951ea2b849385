"""Masks phone numbers in values that are shown to people."""

import re
from typing import Any

from shared.domain.phone import mask
from shared.domain.phone_in_text import mask_numbers
from shared.telemetry.logging import redact_text

# Fields that hold a bare phone number of a customer, in our messages and in providers' webhooks.
_NUMBERS = frozenset(
    (
        *("address", "identity", "phone", "new_address", "own_number", "sender", "input"),
        *("from", "to", "From", "To", "wa_id", "WaId", "recipient_id", "ChannelToAddress"),
    )
)
_WITHOUT_WORDS = re.compile(r"(.*_)?(id|url|at|sha256)")  # names of fields without words of people
_DIGITS = re.compile(r"(whatsapp:)?\+?\d{5,20}")


def masked(value: Any) -> Any:
    """Return a JSON value with its phone numbers masked; ids, times and texts stay."""
    if isinstance(value, dict):
        return {key: _field(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return redact_text(value) if isinstance(value, str) else value


def _field(name: str, value: Any) -> Any:
    if name in _NUMBERS and isinstance(value, str) and _DIGITS.fullmatch(value):
        return mask(value)
    if isinstance(value, str) and not _WITHOUT_WORDS.fullmatch(name):
        return masked_text(value)
    return masked(value)


def masked_text(text: str) -> str:
    """Return text with its phone numbers masked, also those that a person wrote without a plus."""
    return mask_numbers(redact_text(text))
