"""Parses what customers type to a shop, without the catalogue: a named product may not exist. Never raises.

1 x 10, 1x10, 2 × 5, C1 x 10      a quantity of number 1 of the catalogue, or of an SKU
10 x C1, 10 of 1, add 2 C1        the same, quantity first
1 x 10 and 2 x 5                  two of them, also with `y`, `e`, `et`
add 1 and 2                       the same, one of each
add C1, remove 1, remove 2 of C1  one more; the whole line; some of it
cart, place order, more, …        `keywords`
7                                 a choice from the offered options
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from shared.commerce.keywords import ShopKeyword, keyword_of
from shared.domain.cart import MAX_QUANTITY as MAX_QUANTITY
from shared.text.phrases import GREETINGS, POLITE, is_one_of

_LONGEST = 4_000  # characters of a message that can be an order
_MOST_LINES = 60
_LONGEST_LINE = 250


class QuantityError(StrEnum):
    """Why a quantity is invalid."""

    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    NOT_WHOLE = "not_whole"


@dataclass(frozen=True, slots=True)
class AddToCart:
    """A customer's words that add a product to the cart. what: a number of the catalogue, an SKU or a name. sure: the
    form is only used for products.
    """

    what: str
    quantity: int = 1
    sure: bool = True


@dataclass(frozen=True, slots=True)
class RemoveFromCart:
    """quantity None: all of it."""

    what: str
    quantity: int | None = None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class InvalidQuantity:
    """An invalid quantity, as written."""

    what: str
    quantity: str
    wrong: QuantityError
    sure: bool = True


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line of an order that could not be parsed."""

    line: str


@dataclass(frozen=True, slots=True)
class NumberChoice:
    """A number alone, up to 9,999."""

    number: int


CartCommand = AddToCart | RemoveFromCart | InvalidQuantity | UnreadableLine
TypedInput = CartCommand | NumberChoice | ShopKeyword

# `1,000` and `1.000` are a thousand: nobody writes a number of pieces with three decimal places.
_THOUSANDS = r"[1-9]\d{0,2}(?:[.,]\d{3})+(?!\d)"
_QUANTITY = rf"[-+]?(?:{_THOUSANDS}|\d+(?:,\d{{3}})*(?:\.\d+)?)"
_NAME = r"\S(?:.*\S)?"
_IS_QUANTITY = re.compile(_QUANTITY, re.ASCII)
_IS_THOUSANDS = re.compile(rf"[-+]?{_THOUSANDS}", re.ASCII)
_ADDING = (
    "add",
    "buy",
    "agregar",
    "agrega",
    "añadir",
    "añade",
    "comprar",
    "adicionar",
    "adiciona",
    "ajouter",
    "ajoutez",
)
_REMOVING = ("remove", "delete", "quitar", "quita", "eliminar", "retirar", "remover", "retirer", "supprimer", "enlever")
_VERB = re.compile(rf"({'|'.join((*_ADDING, *_REMOVING))})\s+(.+)", re.IGNORECASE)
_PATTERNS = (  # the first that fits; each with the number of pieces and what they are of
    re.compile(rf"(?P<what>\d{{1,6}})\s*x\s*(?P<quantity>{_QUANTITY})", re.IGNORECASE),
    re.compile(rf"(?P<quantity>{_QUANTITY})\s*(?:x|of)\s+(?P<what>{_NAME})", re.IGNORECASE),
    re.compile(rf"(?P<quantity>{_QUANTITY})x(?P<what>[^\sx]\S*)", re.IGNORECASE),
    re.compile(rf"(?P<what>{_NAME})\s+x\s*(?P<quantity>{_QUANTITY})", re.IGNORECASE),
    re.compile(rf"(?P<what>\S*[^\sx])x(?P<quantity>{_QUANTITY})", re.IGNORECASE),
)
_BARE = re.compile(rf"(?P<quantity>{_QUANTITY})\s+(?:de\s+|d['’]\s*)?(?P<what>{_NAME})", re.IGNORECASE)
_EMPHASIS = re.compile(r"^[ \t]*([*_~])(?=\S)(.*\S)\1[ \t]*$", re.MULTILINE)
_SIGNS = str.maketrans({"×": "x", "✕": "x", "✖": "x", "х": "x", "Х": "x", "*": "x", "−": "-", "–": "-", "—": "-"})
_BREAKS = re.compile(r"[\n\r\v\f\x85\u2028\u2029;]|,(?!\d{3}(?!\d))")
_AND = re.compile(r"\s+(?:and|y|e|et|und|&|\+|plus)\s+", re.IGNORECASE)
_CODE = re.compile(r"(?=\S*\d)#?\w+(?:-\w+)*")
_ENDS_IN_NUMBER = re.compile(r" #?\d+$")
_PICK = re.compile(r"#?(\d{1,4})[.)]?")


def parse_typed(text: str) -> tuple[TypedInput, ...]:
    """Return what a message asks of the shop, line by line; empty if it is about something else."""
    if len(text) > _LONGEST:
        return ()
    word = keyword_of(text)
    if word is not None:
        return (word,)
    simple = to_plain_ascii(_EMPHASIS.sub(r"\2", text))
    pick = _PICK.fullmatch(simple.strip())
    return (NumberChoice(int(pick[1])),) if pick else _lines(simple)


def _lines(text: str) -> tuple[CartCommand, ...]:
    """Return the lines if most are orders; greetings and thanks around them are ignored."""
    parts = [line for part in _BREAKS.split(text) if (line := " ".join(part.split()))]
    lines = [line for part in parts[:_MOST_LINES] for line in _orders_of(part)] if len(parts) <= _MOST_LINES else parts
    if not 0 < len(lines) <= _MOST_LINES:
        return ()
    found = [_line(line) for line in lines if not is_one_of(line, GREETINGS) and not is_one_of(line, POLITE)]
    unread = sum(isinstance(one, UnreadableLine) for one in found)
    return tuple(found) if found and unread * 2 < len(found) else ()


def _orders_of(line: str) -> list[str]:
    """Return the orders that a line joins by `and`, if it is nothing else: `2 x salt and pepper` is one."""
    parts = _AND.split(line) if len(line) <= _LONGEST_LINE else [line]
    if len(parts) < 2:
        return [line]
    verb = _VERB.fullmatch(parts[0])
    if verb is None:
        return parts if _all_orders(parts) else [line]
    ordered = [verb[2], *parts[1:]]
    if all(map(_CODE.fullmatch, ordered)):
        return [f"{verb[1]} {part}" for part in ordered]
    if not all(_first(part) or _BARE.fullmatch(part) for part in ordered):
        return [line]
    return [f"{verb[1]} {part}" for part in ordered]


def _all_orders(parts: list[str]) -> bool:
    """Return whether parts are orders; in `cancel 1 x 10 and 2 x 5` or `rugs 2 x 3 and 3 x 4`, the second is none."""
    names = [found["what"] for part in parts if (found := _first(part))]
    if len(names) < len(parts):
        return False
    return not (any(map(str.isdigit, names)) and any(map(_ENDS_IN_NUMBER.search, names)))


def _line(line: str) -> CartCommand:
    if len(line) > _LONGEST_LINE:
        return UnreadableLine(line[:_LONGEST_LINE])
    verb = _VERB.fullmatch(line)
    if verb is None:
        found = _first(line)
        return (
            _adding(found["what"], found["quantity"], sure=found["what"].isdigit()) if found else UnreadableLine(line)
        )
    rest = verb[2]
    found = _first(rest) or _BARE.fullmatch(rest)
    if verb[1].casefold() in _ADDING:
        return _adding(found["what"], found["quantity"]) if found else AddToCart(rest, sure=_is_named(rest))
    return _removing(found["what"], found["quantity"]) if found else RemoveFromCart(rest, sure=_is_named(rest))


def _first(line: str) -> re.Match[str] | None:
    return next((found for pattern in _PATTERNS if (found := pattern.fullmatch(line))), None)


def _is_named(what: str) -> bool:
    return any(map(str.isdigit, what))


def _adding(what: str, quantity: str, *, sure: bool = True) -> AddToCart | InvalidQuantity:
    number = parse_quantity(quantity)
    return AddToCart(what, number, sure) if isinstance(number, int) else InvalidQuantity(what, quantity, number, sure)


def _removing(what: str, quantity: str) -> RemoveFromCart | InvalidQuantity:
    number = parse_quantity(quantity)
    return RemoveFromCart(what, number) if isinstance(number, int) else InvalidQuantity(what, quantity, number)


def parse_quantity(written: str) -> int | QuantityError:
    """Return a quantity as people write it, such as `1,000`; anything else is an error."""
    if not _IS_QUANTITY.fullmatch(written):
        return QuantityError.NOT_WHOLE
    grouped = _IS_THOUSANDS.fullmatch(written)
    whole, _, part = written.replace(",", "").replace("." if grouped else "", "").partition(".")
    if part.strip("0"):
        return QuantityError.NOT_WHOLE
    digits = whole.lstrip("+-0")
    if whole.startswith("-") or not digits:
        return QuantityError.TOO_FEW
    if len(digits) > len(str(MAX_QUANTITY)) or int(digits) > MAX_QUANTITY:
        return QuantityError.TOO_MANY
    return int(digits)


def to_plain_ascii(text: str) -> str:
    """Return a text with ASCII digits and forms, plain spaces, and no invisible characters."""
    return "".join(map(_sign, unicodedata.normalize("NFKC", text))).translate(_SIGNS)


def _sign(char: str) -> str:
    kind = unicodedata.category(char)
    if kind == "Nd":
        return str(unicodedata.digit(char))
    if kind == "Zs":
        return " "
    return "" if kind == "Cf" or char == "\0" else char
