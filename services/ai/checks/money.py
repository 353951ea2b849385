"""Finds amounts of money in a text: with a symbol, a code or a word of a currency, in digits or words. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from services.ai.checks import currencies, numbers
from services.ai.checks.plain_text import plain
from services.ai.checks.text import spans_of_sentences
from services.ai.checks.wording import PRICED, WEIGHT
from shared.domain.money import THREE_DECIMALS
from shared.text.phrases import folded

_NUM = rf"(?P<number>{numbers.NUMBER})(?: ?(?P<times>{numbers.MULTIPLIER})(?![^\W\d]))?"


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in a text. values: readings of the number; codes: possible currencies, empty: none named. start, end:
    its span."""

    values: frozenset[Decimal]
    codes: frozenset[str]
    start: int
    end: int
    written: str


def _either(words: Iterator[str] | list[str]) -> str:
    return "|".join(sorted({re.escape(plain(word)) for word in words}, key=len, reverse=True))


_LOOSE = [token for token in currencies.WRITTEN if token not in currencies.LETTERS]
_COMMON = "usd eur gbp ngn kes ghs zar inr aed sar xof brl pkr ugx tzs"  # codes that people write small, too
_LOWER = _COMMON.split()
_SYMBOLS = _either([*_LOOSE, *currencies.CODES, *_LOWER])
_TIGHT = _either(list(currencies.LETTERS))
_BEFORE = re.compile(rf"(?<![^\W_])(?P<money>(?:{_SYMBOLS})(?: ?\. ?| ?: ?| )?|(?:{_TIGHT}) ?){_NUM}(?!\d)")
_BEHIND = re.compile(rf"(?<![\d.,]){_NUM} ?(?:/-|,-|,–)? ?(?P<money>{_SYMBOLS}|F)(?![^\W_])")
_OWN_BEFORE = re.compile(rf"(?<![^\W_])(?:{_SYMBOLS})\.? ?$")
_OWN_BEHIND = re.compile(rf" ?(?:{_SYMBOLS})(?![^\W_])(?! ?\d)")
_CJK = re.compile(rf"(?<![\d.,]){_NUM} ?(?P<money>[元块円원])")
_WORDS_ALT = _either([*currencies.WORDS, *currencies.SMALL])
_NAMED = re.compile(rf"(?<![\d.,]){_NUM}(?: ?/-| ?,-)? ?-?(?P<money>{_WORDS_ALT})(?![^\W_])", re.IGNORECASE)
_NAMED_BEFORE = re.compile(rf"(?<![^\W_])(?P<money>{_either(list(currencies.WORDS))}) {_NUM}(?![^\W_])", re.IGNORECASE)
_SLASHED = re.compile(rf"(?<![\d.,/]){_NUM} ?(?P<money>/[-=])(?!\w)")
_BARE = re.compile(
    r"\b(?P<money>(?:costs?|priced? (?:is|at)|price ?[:=]|sells? for|goes for|yours for|kostet|custa"
    r"|cuesta|co[ûu]te|costa|(?<=\w )vale)"
    r" (?:(?:only|just|now|about|nur|só|so|solo|seulement) )?"
    r"|(?:price|precio|preço|prix|preis|prezzo)"
    r"(?: (?:of|for|del?|d[oaue]|für)(?: [^\W\d]+){1,4})? (?:is|would be|es|é|est|ist|è) "
    r"|total (?:is|would be|es|é|est|ist) )"
    rf"{_NUM}"
    r"(?= ?(?:$|[!?;\n]|[.,](?!\d)|(?:for|each|per|only|today|now|a piece|pro|por|par)\b))",
    re.IGNORECASE,
)
_WORD_NAMES = re.compile(rf"(?<![^\W_])(?P<money>{_WORDS_ALT})(?![^\W_])", re.IGNORECASE)
_AFTER_NUMBER = re.compile(r"\d ?$")
_TIME_BEHIND = re.compile(r"(?:[:h]\d\d(?!\d)|[.:]?\d* ?(?:Uhr|[ap]\.?m\b))", re.IGNORECASE)
_OF_A_PLACE = re.compile(r"\d ?[°′″'\"]{1,2} ?$")
_HEAT = frozenset({"bake", "warm", "heat", "reheat", "preheat", "oven", "temperature", "degrees", "wash", "roast"})
_CODES = {plain(token): codes for token, codes in currencies.WRITTEN.items()}
_NAMES = {plain(word): codes for word, codes in (*currencies.WORDS.items(), *currencies.SMALL.items())}
_HUNDREDTHS = frozenset(map(plain, currencies.SMALL))
MAX_AMOUNTS = 100  # in a text; real answers have far fewer
_MAX_WORDS = 8  # of a number


def amounts(text: str, region: str = "", own: frozenset[str] = frozenset()) -> list[Amount]:
    """Return the amounts in a plain text in order, at most `MAX_AMOUNTS`. region, own: the business's region, and the
    currencies of its products.
    """
    if not any(map(str.isalnum, text)):
        return []
    found: list[Amount] = []
    before = [*_BEFORE.finditer(text), *_NAMED_BEFORE.finditer(text)]
    between = [
        match
        for match in before
        if text[match.end("money") - 1 : match.start("number")].endswith(" ")
        and _AFTER_NUMBER.search(text[: match.start()])
    ]
    others = [match for pattern in (_BEHIND, _CJK, _NAMED, _SLASHED, _BARE) for match in pattern.finditer(text)]
    for match in (*(candidate for candidate in before if candidate not in between), *others, *between):
        start, end = match.span()
        if len(found) >= MAX_AMOUNTS:
            break
        if not any(start < amount.end and amount.start < end for amount in found) and _is_money(match, text, own):
            found.append(_amount(match, region))
    found += [
        amount
        for amount in islice(_spelled(text), MAX_AMOUNTS)
        if not any(amount.start < other.end and other.start < amount.end for other in found)
    ]
    return sorted(found, key=lambda amount: amount.start)[:MAX_AMOUNTS]


def _amount(match: re.Match[str], region: str) -> Amount:
    token = match["money"].strip(" .:")
    factor = numbers.times(match["times"] or "")
    if token.casefold() in _HUNDREDTHS and token not in _CODES:
        factor /= 100
    codes = _meant(token)
    read = numbers.readings(match["number"], region)
    if len(read) > 1 and not codes & THREE_DECIMALS:
        read = frozenset({max(read)})  # no price has thousandths: three digits behind a mark are thousands
    values = frozenset(value * factor for value in read)
    return Amount(values, codes, match.start(), match.end(), match[0].strip())


def _meant(token: str) -> frozenset[str]:
    """Return the currencies that a token may mean."""
    upper = token.upper()
    codes = _CODES.get(token) or _NAMES.get(token.casefold()) or (upper if upper in currencies.CODES else "")
    return frozenset(codes.split())


def _is_money(match: re.Match[str], text: str, own: frozenset[str]) -> bool:
    token = match["money"].strip(" .:")
    if _TIME_BEHIND.match(text[match.end() :]):
        return False  # `Fr 7:00` is a Friday
    if token in currencies.WORDS_TOO:
        return token in own
    if token.casefold() in currencies.DOUBTFUL:
        return _is_priced(match, text, own)
    if text[match.end() :].startswith("°") or _OF_A_PLACE.search(text[: match.start()]):
        return False  # `6°27'14" N 3°23'40" E`
    if match["money"] == "F" and _words_around(text, match.start()) & _HEAT and not _meant("F") & own:
        return False  # `bake it at 350 F`
    if token in currencies.LETTERS and text[match.end() : match.end() + 1].isalnum():
        return False  # a code, such as of an order
    if token in currencies.LETTERS and match["money"].endswith(" "):
        return bool(_meant(token) & own) or not match["number"].isdigit()
    return True


def _is_priced(match: re.Match[str], text: str, own: frozenset[str]) -> bool:
    """Return whether `2 pounds` is money and not a weight."""
    words = _words_around(text, match.start())
    if words & WEIGHT or re.match(r" of (?!charge)", text[match.end() :]):
        return False
    return bool(words & PRICED or _meant(match["money"].casefold()) & own)


def _spelled(text: str) -> Iterator[Amount]:
    """Yield amounts in words, such as `five thousand naira`."""
    for name in _WORD_NAMES.finditer(text):
        before = list(re.finditer(r"[^\W\d_]+", text[max(0, name.start() - 100) : name.start()]))[-_MAX_WORDS:]
        number_words: list[str] = []
        start = name.start()
        for word in reversed(before):
            number_word = folded(word[0])
            joins = number_words and number_word in ("and", "und", "et", "y", "e", "a")
            if not (numbers.is_number_word(number_word) or joins):
                break
            number_words.insert(0, number_word)
            start = max(0, name.start() - 100) + word.start()
        token = name["money"].casefold()
        value = numbers.in_words(number_words) if number_words else None
        if value is not None and (token not in currencies.DOUBTFUL or _words_around(text, start) & PRICED):
            factor = Decimal("0.01") if token in _HUNDREDTHS else Decimal(1)
            yield Amount(frozenset({value * factor}), _meant(token), start, name.end(), text[start : name.end()])


def _words_around(text: str, at: int) -> set[str]:
    """Return the words of the sentence at a position."""
    start, end = next((span for span in spans_of_sentences(text) if span[0] <= at <= span[1]), (0, len(text)))
    return set(folded(text[start:end]).split())


def is_beside_a_currency(text: str, start: int, end: int) -> bool:
    """Return whether a number has its own currency, before it, or behind it and not before another number."""
    return bool(_OWN_BEFORE.search(text[:start]) or _OWN_BEHIND.match(text[end:]))


def same_currency(codes: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether two amounts may be of one currency."""
    return not codes or not other or bool(codes & other)


_PERCENT = re.compile(
    plain(
        rf"(?<![\d.,])(?P<number>{numbers.NUMBER}) ?-?(?:%|٪|per ?cent\b|percent\b|pct\b|prozent\b|por ?cien(?:to)?\b"
        r"|por cento\b|pour ?cent\b|प्रतिशत|फीसदी|फ़ीसदी|بالمئة|بالمائة|في المئة|في المائة)|[%٪] ?(?P<behind>\d+)"
    ),
    re.IGNORECASE,
)
_PERCENT_WORD = re.compile(
    r"\b(?P<words>[^\W\d_]+(?:[ -][^\W\d_]+)?) (?:per ?cent|percent|prozent|por ciento|por cento)\b", re.IGNORECASE
)


def percentages(text: str) -> list[tuple[Decimal, int, int]]:
    """Return all percentages in a plain text, with their spans."""
    found = []
    for match in _PERCENT.finditer(text):
        values = numbers.readings(match["number"] or match["behind"])
        found += [(value.normalize(), match.start(), match.end()) for value in values]
    for match in _PERCENT_WORD.finditer(text):
        words = folded(match["words"]).split()
        number = numbers.in_words(words)
        number = numbers.in_words(words[-1:]) if number is None else number
        if number is not None:
            found.append((Decimal(number).normalize(), match.start(), match.end()))
    return found
