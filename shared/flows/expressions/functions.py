"""The functions of expressions; none returns a large value. Pure."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from shared.domain import hours_text, money
from shared.domain.hours import DAYS
from shared.flows.expressions.values import EXACT, MAX_TEXT, parse_number, to_expression_value, to_text

_TENTH = Decimal(10)


class FunctionMisused(ValueError):
    """Raised when a function gets an argument of the wrong type; the text is for people."""


def to_number(value: Any) -> Decimal | None:
    """Return a number, or the number that a text contains; otherwise None."""
    if isinstance(value, Decimal):
        return value
    return parse_number(value) if isinstance(value, str) else None


def _number(value: Any) -> Decimal:
    found = to_number(value)
    if found is None:
        what = "nothing" if value is None else "something else"
        raise FunctionMisused(
            f"a number is needed, and there is {what}; `default(x, 0)` helps where one may be missing"
        )
    return found


def _len(value: Any) -> Decimal:
    if value is None:
        return Decimal(0)
    if isinstance(value, str | list | Mapping):
        return Decimal(len(value))
    raise FunctionMisused("only a text or a list has a length")


def _round(value: Any, digits: Any = Decimal(0)) -> Decimal:
    places = int(_number(digits))
    if not 0 <= places <= 9:
        raise FunctionMisused("a number is rounded to 0 to 9 digits")
    number = _number(value)
    if number.adjusted() + places >= EXACT.prec:
        return number  # it has no digits there
    return number.quantize(_TENTH**-places, rounding=ROUND_HALF_UP, context=EXACT)


def _int(value: Any) -> Decimal:
    return _number(value).to_integral_value("ROUND_DOWN")


def _min(*values: Any) -> Decimal:
    return min(_number(value) for value in values)


def _max(*values: Any) -> Decimal:
    return max(_number(value) for value in values)


def _default(value: Any, other: Any) -> Any:
    return other if value is None or value in ("", []) else value


def _join(values: Any, separator: Any = ", ") -> str:
    if not isinstance(values, list):
        raise FunctionMisused("`join` is for lists")
    parts = [to_text(item) for item in values]
    text = to_text(separator)
    if sum(map(len, parts)) + len(text) * len(parts) > MAX_TEXT:
        raise FunctionMisused(f"the text would be longer than {MAX_TEXT} characters")
    return text.join(parts)


def _contains(whole: Any, part: Any) -> bool:
    if isinstance(whole, list):
        return any(to_text(item).casefold() == to_text(part).casefold() for item in whole)
    return to_text(part).casefold() in to_text(whole).casefold()


def _money(amount: Any, currency: Any = "") -> str:
    return money.formatted(_number(amount), to_text(currency)).strip()


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(to_text(value))
    except ValueError:
        raise FunctionMisused("a date is needed, such as 2026-03-24") from None


def _weekday(value: Any) -> str:
    return DAYS[_day(value).weekday()]


def _date_text(value: Any, language: Any = "en") -> str:
    return hours_text.date_text(_day(value), to_text(language))


def _text_function(change: Callable[[str], str]) -> Callable[[Any], str]:
    return lambda value: change(to_text(value))


FUNCTIONS: Mapping[str, tuple[Callable[..., Any], int, int]] = {
    "abs": (lambda value: abs(_number(value)), 1, 1),
    "capitalize": (_text_function(str.capitalize), 1, 1),
    "contains": (_contains, 2, 2),
    "date_text": (_date_text, 1, 2),
    "default": (_default, 2, 2),
    "int": (_int, 1, 1),
    "join": (_join, 1, 2),
    "len": (_len, 1, 1),
    "lower": (_text_function(str.lower), 1, 1),
    "max": (_max, 1, 10),
    "min": (_min, 1, 10),
    "money": (_money, 1, 2),
    "number": (to_number, 1, 1),
    "round": (_round, 1, 2),
    "text": (_text_function(str), 1, 1),
    "title": (_text_function(str.title), 1, 1),
    "trim": (_text_function(str.strip), 1, 1),
    "upper": (_text_function(str.upper), 1, 1),
    "weekday": (_weekday, 1, 1),
}
"""By name: the function, and its least and greatest number of arguments."""


def call_function(name: str, arguments: list[Any], currency: str = "") -> Any:
    """Return a function's value. currency: the default of `money`. Raises FunctionMisused."""
    if name == "money" and len(arguments) == 1:
        arguments = [*arguments, currency]
    result = FUNCTIONS[name][0](*arguments)
    return to_expression_value(result)
