"""The values of expressions: nothing, yes or no, numbers (decimals), text, lists and mappings. Pure.

Outside of expressions (in a conversation's variables, in a customer's fields) they are plain JSON values:
`to_expression_value` brings them in, `to_json_value` takes them out. Numbers keep fifteen digits, which is what every
JSON reader keeps.
"""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError

MAX_TEXT = 4096  # characters of any text that an expression makes, and of a rendered template
MAX_ITEMS = 1000  # of a list that an expression looks at
EXACT = Context(prec=28, Emax=40, Emin=-40, traps=[DivisionByZero, InvalidOperation, Overflow])
_STORED_CONTEXT = Context(prec=15, Emax=40, Emin=-40)
_MAX_STORED = 16_000  # characters of one value that is kept; each item counts as eight
_LARGEST_INT = Decimal(10) ** 15
_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})")
_GROUPED = re.compile(r"[+-]?\d{1,3}(([ ,]\d{3}){1,9}|(,\d{2}){1,9},\d{3})(\.\d{1,9})?")  # 1,000.5 or 1,50,000
_DOT_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}((\.\d{3}){1,9},\d{1,9}|(\.\d{3}){2,9}|\.000)")  # 1.000,5 or 1.000.000
_ONE_DOT_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_SIGNS = str.maketrans({"−": "-", "–": "-", "\xa0": " ", "\u202f": " ", "٫": ".", "٬": ","})


def to_expression_value(value: Any) -> Any:
    """Return a JSON value as expressions see it; None for other types (dates, bytes) and infinite numbers."""
    if isinstance(value, bool) or value is None or isinstance(value, str | Mapping):
        return value
    if isinstance(value, int | float | Decimal):
        return _decimal(value)
    if isinstance(value, list | tuple):
        return list(value[:MAX_ITEMS])
    return None


def _decimal(value: int | float | Decimal) -> Decimal | None:
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        return EXACT.plus(number) if number.is_finite() else None
    except (ArithmeticError, ValueError):
        return None


def to_json_value(value: Any) -> Any:
    """Return an expression's value as a JSON value. Raises ValueTooLarge."""
    return _JsonCopier().copy(value)


class ValueTooLarge(ValueError):
    """Raised for a list or mapping that is too large to be stored."""


class _JsonCopier:
    """Copies a value and counts its size, so that a large one is refused early."""

    def __init__(self) -> None:
        self._remaining = _MAX_STORED

    def copy(self, value: Any) -> Any:
        self._remaining -= 8 + (len(value) if isinstance(value, str) else 0)
        if self._remaining < 0:
            raise ValueTooLarge(f"a value is kept only up to {_MAX_STORED} characters")
        if isinstance(value, Decimal):
            return _plain_number(value)
        if isinstance(value, list | tuple):
            return [self.copy(item) for item in value]
        if isinstance(value, Mapping):
            return {str(key): self.copy(item) for key, item in value.items()}
        return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _plain_number(value: Decimal) -> int | float:
    number = _STORED_CONTEXT.plus(value)
    whole = number == number.to_integral_value() and abs(number) < _LARGEST_INT
    return int(number) if whole else float(number)


def to_text(value: Any) -> str:
    """Return a value as text: None as an empty text, numbers without trailing zeros, lists with commas."""
    value = to_expression_value(value)
    if value is None or isinstance(value, Mapping):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format_number(value)
    if isinstance(value, list):
        parts: list[str] = []
        remaining = MAX_TEXT
        for item in value:
            part = "" if isinstance(item, list | tuple) else to_text(item)
            remaining -= len(part) + 2
            if remaining < 0:
                break
            parts.append(part)
        return ", ".join(parts)
    return str(value)[:MAX_TEXT]


def format_number(number: Decimal) -> str:
    """Return a number in digits, without trailing zeros."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def parse_number(text: str, region: str = "") -> Decimal | None:
    """Return the number that a person has written, or None: `1,000.50`, `1.000,50`, `1 000`, `1,50,000`, `12,5`, `€5`,
    digits of any script.

    region: two letters; 1.500 is one and a half unless a point separates thousands there; 5.000 is five thousand.
    """
    if len(text) > 60:
        return None
    plain = "".join(_normalized_character(char) for char in text.translate(_SIGNS)).strip()
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "").replace(" ", "")
    elif _DOT_GROUPED.fullmatch(plain) or (_ONE_DOT_GROUP.fullmatch(plain) and _points_group(region)):
        plain = plain.replace(".", "").replace(",", ".")
    elif plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    return _decimal(Decimal(plain)) if _NUMBER.fullmatch(plain) else None


@lru_cache(maxsize=300)
def _points_group(region: str) -> bool:
    """Return whether a point separates thousands in a region, in its main language."""
    try:
        return bool(region) and Locale.parse(f"und_{region}").number_symbols["latn"]["group"] == "."
    except (ValueError, UnknownLocaleError, KeyError):
        return False


def _normalized_character(char: str) -> str:
    kind = unicodedata.category(char)
    if kind == "Nd":
        return str(unicodedata.decimal(char))
    return "" if kind in ("Sc", "Cf") else char
