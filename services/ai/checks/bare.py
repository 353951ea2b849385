"""Finds amounts of money without a currency: `Slate coaster: 3.99`, `we sell it at 3`. Pure.

A number with two decimals is one, unless it is a time, a date or a measure. A whole number is one only in words that
sell something, or as large as a price beside a product: otherwise it is a quantity, a size or an article number.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.ai.checks import numbers
from services.ai.checks.money import Amount
from services.ai.checks.plain_text import plain
from services.ai.checks.products import Mention
from services.ai.checks.text import spans_of_sentences
from services.ai.checks.wording import MEASURED
from shared.text.phrases import folded

_DECIMAL = r"(?:\d{1,3}(?:[ ',.]\d{3})+|\d{1,9})[.,]\d\d"
_WHOLE = r"\d{1,3}(?:[ ',.]\d{3})+|\d{1,9}"
_START = r"(?<![\w.,:/+#°&=×-])(?<!\d )"
_EACH = (
    r"each\b|apiece\b|a (?:piece|pair|box|pack|set|unit)\b|per (?:piece|item|unit|pair|person|box|pack|set|bottle)\b"
    r"|/ ?(?:piece|pc|item|unit|each|st|pza|un)\b|pro st[uü]ck|(?:das|je) st[uü]ck|cada(?: un[oa])?\b|por unidade?\b"
    r"|la (?:unidad|pi[eè]ce)\b|l'unit[eé]\b|chacune?\b|(?:la )?pi[eè]ce\b"
)
_ENDS = (
    rf"(?= ?[*_~)]{{0,2}} ?(?:$|[!?;\n]|[.,](?!\d)|{_EACH}|(?:for|only|now|today|instead|plus|and|or|with|when|if|incl"
    r"|including|excl|altogether|together|from|right now|on delivery|in (?:total|all)|y|et|und|o|ou|oder|e|statt"
    r"|en vez|au lieu|em vez|al recibir|hoy|hoje|heute|aujourd'hui)\b))"
)
_SELLS = (
    r"(?:only|just|nur|blo[sß]+|solo|s[oó]lo|s[oó]|seulement|pay|pays|price[ds]?|prices are|preis|precio|prix|pre[cç]o"
    r"|total|subtotal|sum|amount|fee|balance|gesamt|summe|shipping|delivery|postage|deposit|lieferung|versand|livraison"
    r"|env[ií]o|frete|costs?|charge|instead of|statt|en vez de|au lieu de|em vez de|reduced (?:to|from)|down (?:to"
    r"|from)"
    r"|for you|cheaper|discounted|sells?|selling|(?:have|get|take|buy|sell|offer) (?:it|them|this|that|one|these"
    r"|those))"
)
_LINKS = (
    r"(?: ?[:=-] ?| (?:is|are|at|for|to|of|now|only|just|comes to|will be|would be|es|ist|sind|est|é|por|für|pour) )"
)
_SOLD = re.compile(rf"\b{_SELLS}(?:{_LINKS}|[ *_~]){{1,3}}$", re.IGNORECASE)
_FIRM = re.compile(
    r"\b(?:(?:have|get|buy) (?:it|them|this|that|one|these|those) for|(?:sell|selling|offer) (?:it|them|this|that|"
    r"one|these|those) (?:at|for)|(?:you|we) (?:only |just )?(?:pay|charge)|(?:is|are|'s|'re|at|for|just|only|now))"
    r" (?:only |just )?[*_~]{0,2}$",
    re.IGNORECASE,
)
_FIRM_ALONE = re.compile(
    r"\b(?:(?:have|get|buy) (?:it|them|this|that|one|these|those) for|(?:sell|selling|offer) (?:it|them|this|that|"
    r"one|these|those) (?:at|for)|(?:you|we) (?:only |just )?(?:pay|charge)) (?:only |just )?[*_~]{0,2}$",
    re.IGNORECASE,
)
_JOINS = re.compile(rf"[*_~)]{{0,2}}(?:{_LINKS}|[ *_~(]){{1,3}}", re.IGNORECASE)
_IS_EACH = re.compile(rf" ?[*_~)]{{0,2}} ?(?:{_EACH})", re.IGNORECASE)
_BEHIND = re.compile(rf" ?[*_~)]{{0,2}} ?(?:{_EACH}|instead of|on delivery|in total|altogether)", re.IGNORECASE)
_DECIMALS = re.compile(plain(f"{_START}(?P<number>{_DECIMAL}){_ENDS}"), re.IGNORECASE)
_WHOLES = re.compile(plain(f"{_START}(?P<number>{_WHOLE})(?![.,]?\\d){_ENDS}"), re.IGNORECASE)
_ALL = re.compile(rf"(?<![\d.,])(?:{numbers.NUMBER})")
_WITHIN = 40  # characters before a number that are searched for words
_LEAST_WHOLE = 100  # beside a product; smaller ones may be quantities
_FACTOR = 10  # a wrong price is hardly ever further from the right one; a year or a size is


@dataclass(frozen=True)
class _Number:
    """A number of a plain text that may be money. values: its readings. prices: of the products that it stands beside.
    quantities: numbers that may count things. words: of its sentence.
    """

    text: str
    start: int
    end: int
    values: frozenset[Decimal]
    prices: frozenset[Decimal]
    quantities: frozenset[Decimal]
    words: set[str]

    @property
    def before(self) -> str:
        return self.text[max(0, self.start - _WITHIN) : self.start]


def numbers_in(texts: Iterable[str], region: str) -> frozenset[Decimal]:
    """Return all numbers in plain texts of the business."""
    return frozenset(
        value for text in texts for found in _ALL.finditer(text) for value in numbers.readings(found[0], region)
    )


def bare_amounts(
    text: str,
    mentions: Sequence[Mention],
    prices: Sequence[Decimal],
    others: Iterable[tuple[int, int]],
    *,
    named: frozenset[Decimal],
    asked: frozenset[Decimal],
    region: str,
) -> Iterator[Amount]:
    """Yield the amounts without a currency in a plain text. mentions: of products; prices: by product. others: spans
    that are something else. named: numbers of the business's texts; asked: of the customer's, possible quantities.
    """
    taken = list(others)
    sentences = [(start, end, set(folded(text[start:end]).split())) for start, end in spans_of_sentences(text)]
    for pattern, is_amount in ((_DECIMALS, _is_decimal), (_WHOLES, _is_whole)):
        for found in pattern.finditer(text):
            start, end = found.span("number")
            if any(start < ends and begins < end for begins, ends in taken):
                continue
            near = _product_before(text, mentions, start)
            values = numbers.readings(found["number"], region)
            if near is None and values & named:
                continue
            words = next(words for begins, ends, words in sentences if begins <= start <= ends)
            known = frozenset() if near is None else frozenset(prices[product] for product in near.products)
            if is_amount(_Number(text, start, end, values, known, named | asked, words)):
                taken.append((start, end))
                yield Amount(values, frozenset(), start, end, found["number"])


def _product_before(text: str, mentions: Sequence[Mention], at: int) -> Mention | None:
    """Return the product that a number stands beside: `Slate coaster: 3.99`."""
    before = next((mention for mention in reversed(mentions) if mention.end <= at), None)
    return before if before is not None and _JOINS.fullmatch(text[before.end : at]) else None


def _is_decimal(one: _Number) -> bool:
    """Return whether a number with two decimals is money."""
    if one.prices or _BEHIND.match(one.text, one.end) or _SOLD.search(one.before):
        return True
    return not (any(map(_is_time_or_date, one.values)) or one.words & MEASURED)


def _is_whole(one: _Number) -> bool:
    """Return whether a whole number is money: `3 a piece` behind a verb, or as large as the product's price."""
    before = one.before
    if _FIRM_ALONE.search(before) or (_FIRM.search(before) and _IS_EACH.match(one.text, one.end)):
        return True
    value = max(one.values, default=Decimal(0))
    may_count = bool(one.values & one.quantities)
    return value >= _LEAST_WHOLE and any(
        price / _FACTOR <= value <= price * _FACTOR for price in one.prices if value == price or not may_count
    )


def _is_time_or_date(value: Decimal) -> bool:
    """Return whether `9.30` may be a time, or `24.12` a date."""
    whole, part = divmod(value, 1)
    return (whole <= 24 and part < Decimal("0.6")) or (1 <= whole <= 31 and Decimal("0.01") <= part <= Decimal("0.12"))
