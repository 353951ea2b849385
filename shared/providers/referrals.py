"""Parses the ad that brought a customer's message. Pure.

Values of another type than expected are left out: the message must not be lost for its ad.
Sources: the Cloud API's webhook reference, Twilio's incoming parameters.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.messages.inbound import Referral

_MAX_LENGTHS = {"headline": 500, "body": 2000, "greeting": 1000}  # characters; texts of ads are shorter
MAX_LENGTH = 2048  # characters of ids and addresses


def referral_from(fields: Mapping[str, Any], names: Mapping[str, tuple[str, ...]]) -> Referral | None:
    """Return the ad, None if there is none. names: our field → the provider's fields; the first one given counts."""
    found = {ours: _first(fields, theirs)[: _MAX_LENGTHS.get(ours, MAX_LENGTH)] for ours, theirs in names.items()}
    return Referral(**found) if any(found.values()) else None


def decode_json(raw: bytes) -> Any:
    """Return a JSON value; None if it is none."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := text_of(fields.get(name)))), "")


def text_of(value: Any) -> str:
    """Return a text without surrounding spaces, or a whole number as text; empty for other values."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""
