"""Bounds of the numbers and times that strangers put into webhooks. Pure.

JSON has numbers of any size, and people write what they like. Beyond these bounds nothing means anything, and a store,
a calendar or a sum would fail on it later, where it costs more than one field.
"""

import math
from datetime import UTC, datetime
from decimal import Decimal

MOST_PIECES = 1_000_000_000
MOST_ITEMS = 200  # of an order; WhatsApp's own carts have some tens
_MOST_DIGITS = 18
_LAST_SECOND = 4_102_444_800  # 2100-01-01
_MILLISECONDS = 100_000_000_000
_FIRST_YEAR = 1990
_LARGEST_EXPONENT = 20  # of a price
_MOST_PRICE_DIGITS = 40
_LONGEST_CODE = 64  # characters


def pieces(value: int | str) -> int:
    """How many of something; what is more, or less than nothing, is the bound. Raises ValueError when it is no whole
    number.
    """
    if isinstance(value, str):
        digits = value.strip()
        if not (digits.isascii() and digits.isdigit()):
            raise ValueError("a quantity is not a whole number")
        value = int(digits) if len(digits) <= _MOST_DIGITS else MOST_PIECES
    return min(max(value, -MOST_PIECES), MOST_PIECES)


def price(value: Decimal | None) -> str:
    """A price in digits; empty where there is none. Raises ValueError when it is no price."""
    if value is None:
        return ""
    if not value.is_finite() or abs(value.adjusted()) >= _LARGEST_EXPONENT:
        raise ValueError("the price of an order's item is not a price")
    written = format(value, "f")
    if len(written) > _MOST_PRICE_DIGITS:
        raise ValueError("the price of an order's item has too many digits")
    return written


def time_of(seconds: int | str) -> datetime:
    """Seconds since 1970, as a number or in digits, or milliseconds where seconds would be of the year 5138. Raises
    ValueError outside of the years 1970 to 2099.
    """
    if isinstance(seconds, str):
        if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= _MOST_DIGITS):
            raise ValueError("the timestamp is not a number of seconds")
        seconds = int(seconds)
    if seconds >= _MILLISECONDS:
        seconds //= 1000
    if not 0 <= seconds < _LAST_SECOND:
        raise ValueError("the timestamp is of another century")
    return datetime.fromtimestamp(seconds, UTC)


def past_time(text: str, now: datetime) -> datetime:
    """Seconds since 1970 in digits, or ISO 8601, in UTC. What cannot be read, is still to come, or was before there
    were such messages, is now.
    """
    try:
        if text.isascii() and text.isdigit():
            at = time_of(text)
        else:
            at = datetime.fromisoformat(text)
            at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return min(at, now) if at.year >= _FIRST_YEAR else now


def place(latitude: float, longitude: float) -> tuple[float, float]:
    """Degrees. Raises ValueError for a place that is not on the Earth."""
    if not (math.isfinite(latitude) and math.isfinite(longitude)) or abs(latitude) > 90 or abs(longitude) > 180:
        raise ValueError("the location is nowhere")
    return latitude, longitude


def code(value: int | str | None) -> str:
    """An error's code; a number of any size is cut to what a code may be long."""
    if isinstance(value, int):
        value = str(value) if abs(value) < 10**_LONGEST_CODE else "out of range"
    return (value or "")[:_LONGEST_CODE]
