"""Parses numbers and times of webhooks within bounds. Pure.

JSON numbers have any size. Values beyond these bounds are meaningless, and would fail later in a database, a date or a
sum, where more than one field is lost.
"""

import math
from datetime import UTC, datetime
from decimal import Decimal

MAX_QUANTITY = 1_000_000_000
MAX_ORDER_ITEMS = 200  # of an order; WhatsApp's own carts have some tens
_MAX_DIGITS = 18
_LAST_SECOND = 4_102_444_800  # 2100-01-01
_MILLISECONDS = 100_000_000_000  # larger times are in milliseconds: as seconds, the year 5138
_FIRST_YEAR = 1990
_MAX_EXPONENT = 20  # of a price
_MAX_PRICE_DIGITS = 40
_MAX_CODE_LENGTH = 64  # characters


def quantity(value: int | str) -> int:
    """Return a whole number, limited to ±MAX_QUANTITY. Raises ValueError if it is none."""
    if isinstance(value, str):
        digits = value.strip()
        if not (digits.isascii() and digits.isdigit()):
            raise ValueError("a quantity is not a whole number")
        value = int(digits) if len(digits) <= _MAX_DIGITS else MAX_QUANTITY
    return min(max(value, -MAX_QUANTITY), MAX_QUANTITY)


def price(value: Decimal | None) -> str:
    """Return a price in digits; empty for None. Raises ValueError if it is no price."""
    if value is None:
        return ""
    if not value.is_finite() or abs(value.adjusted()) >= _MAX_EXPONENT:
        raise ValueError("the price of an order's item is not a price")
    written = format(value, "f")
    if len(written) > _MAX_PRICE_DIGITS:
        raise ValueError("the price of an order's item has too many digits")
    return written


def parse_time(seconds: int | str) -> datetime:
    """Return the time of seconds, or milliseconds, since 1970. Raises ValueError outside the years 1970 to 2099."""
    if isinstance(seconds, str):
        if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= _MAX_DIGITS):
            raise ValueError("the timestamp is not a number of seconds")
        seconds = int(seconds)
    if seconds >= _MILLISECONDS:
        seconds //= 1000
    if not 0 <= seconds < _LAST_SECOND:
        raise ValueError("the timestamp is of another century")
    return datetime.fromtimestamp(seconds, UTC)


def parse_past_time(text: str, now: datetime) -> datetime:
    """Return a time given as seconds since 1970 in digits, or in ISO 8601 (UTC by default). `now` if it cannot be
    parsed, lies in the future, or before the first such messages.
    """
    try:
        if text.isascii() and text.isdigit():
            at = parse_time(text)
        else:
            at = datetime.fromisoformat(text)
            at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return min(at, now) if at.year >= _FIRST_YEAR else now


def coordinates(latitude: float, longitude: float) -> tuple[float, float]:
    """Return the degrees unchanged. Raises ValueError for coordinates outside the Earth."""
    if not (math.isfinite(latitude) and math.isfinite(longitude)) or abs(latitude) > 90 or abs(longitude) > 180:
        raise ValueError("the location's latitude or longitude is out of range")
    return latitude, longitude


def error_code(value: int | str | None) -> str:
    """Return an error code as text of limited length."""
    if isinstance(value, int):
        value = str(value) if abs(value) < 10**_MAX_CODE_LENGTH else "out of range"
    return (value or "")[:_MAX_CODE_LENGTH]
