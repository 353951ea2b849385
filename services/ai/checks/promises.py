"""Finds discounts and free things in an answer, and what the business promises in its texts. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from services.ai.checks import money
from services.ai.checks.plain_text import plain
from services.ai.checks.products import ProductNames
from services.ai.checks.text import clauses, content_of, denied, sentences
from services.ai.checks.wording import CONCEPTS, DISCOUNT, EVERYTHING, FREE, HALVES, VAGUE_DISCOUNT
from shared.text.phrases import folded

_HALF = re.compile("|".join(map(plain, HALVES)), re.IGNORECASE)
_FREE = re.compile("|".join(map(plain, FREE)), re.IGNORECASE)
_VAGUE = re.compile("|".join(map(plain, VAGUE_DISCOUNT)), re.IGNORECASE)
_ASKED = re.compile(
    r"\b(?:if|whether|when|once|ob|wenn|falls|si|se|cuando|quando|lorsque)\b|^\s*(?:do|did|can|could|would)\b",
    re.IGNORECASE,
)
_FEELING = re.compile(
    r"\b(?:feel|feels|feeling|toll|duty|hands|set|sugar|gluten|fat|smoke|lead|cruelty|hassle|worry|stress) $",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"\b(?:you|we|i|he|she|they|team|colleague|agent|stylist|doctor|dentist|driver|table|room|hall|line|who|someone) "
    r"(?:is|are|am|'s|'re|'m|will be|be)(?: \w+)? $|\b(?:we|you|they)'re $|\bi'm $",
    re.IGNORECASE,
)
_REDUCTIONS = DISCOUNT - {"off", "less", "code", "cheaper"}  # these have other meanings
_WORD = re.compile(r"[^\W\d_]+")
_HEADINGS = 3  # sentences
_FOR = re.compile(r"\b(?:for|on|para|pour|für|por)(?: \w+){0,2} $", re.IGNORECASE)  # what a delivery is of
_PLACE = re.compile(r"\b(?:in|to|within|inside|nach|à|a|en|em|para|dans|hasta|for|für|pour) ((?:the )?[A-ZÀ-Þ][\w'-]+)")


@dataclass(frozen=True, slots=True)
class Gift:
    """Something for free. words: what it is, in stems and concepts; places: where it applies; products: named.
    limited: by a number, to some orders or customers; for_all: said to be for all of them.
    """

    words: frozenset[str]
    places: frozenset[str] = frozenset()
    products: frozenset[int] = frozenset()
    limited: bool = False
    for_all: bool = False


@dataclass(frozen=True, slots=True)
class Promises:
    """Promises of the business. shares: discounts in %; rates: all percentages, for deposits and taxes; half: any half
    price; gifts: free products and services; reduced: any discount, with or without a number.
    """

    shares: frozenset[Decimal] = frozenset()
    rates: frozenset[Decimal] = frozenset()
    half: bool = False
    gifts: tuple[Gift, ...] = field(default=())
    reduced: bool = False

    def union(self, other: "Promises") -> "Promises":
        """Return the promises of both."""
        return Promises(
            self.shares | other.shares,
            self.rates | other.rates,
            self.half or other.half,
            (*self.gifts, *other.gifts),
            self.reduced or other.reduced,
        )


def promised_in(texts: Iterable[tuple[str, str]], names: ProductNames, *, all_shares: bool = False) -> Promises:
    """Return the promises in plain texts of the business, each with the question that it answers, or an empty one.
    all_shares: any percentage is a discount, as in an ad.
    """
    promised = Promises()
    for text, asked in texts:
        rates = frozenset(share for share, _, _ in money.percentages(text))
        shares = rates if all_shares else frozenset(share for share, _ in _shares(text))
        gifts = tuple(_promised_gifts(text, names, asked))
        half = bool(_HALF.search(text))
        promised = promised.union(Promises(shares, rates, half, gifts, bool(shares) or half or _names_a_discount(text)))
    return promised


def _names_a_discount(text: str) -> bool:
    """Return whether a text of the business has a word for a discount that it does not deny."""
    return any(
        folded(word[0]) in _REDUCTIONS and not denied(sentence[: word.start()], sentence[word.end() :])
        for sentence in sentences(text)
        for word in _WORD.finditer(sentence)
    )


def _promised_gifts(text: str, names: ProductNames, asked: str) -> Iterator[Gift]:
    """Yield the free things in a text of the business; what is free may stand some lines before: `Delivery: … Lagos:
    free`."""
    before = [concepts_of(asked)]
    for sentence in sentences(text):
        heading = before[0].union(*before[-_HEADINGS:])
        for gift in _gifts(sentence, names, asked):
            yield gift if gift.words & THINGS else replace(gift, words=gift.words | heading)
        before.append(concepts_of(sentence) & THINGS)


def unpromised(text: str, promised: Promises, names: ProductNames, customer_texts: Sequence[str]) -> str:
    """Return a discount or gift in a plain answer that is not promised; empty: none. customer_texts: the
    customer's messages, oldest first."""
    question, spoken = (
        customer_texts[-1] if customer_texts else "",
        frozenset(folded(" ".join((*customer_texts[-3:], text))).split()),
    )
    for share, written in _shares(text):
        if share not in promised.shares:
            return written
    for sentence in sentences(text):
        half = _HALF.search(sentence)
        if half and not promised.half and not denied(sentence[: half.start()], sentence[half.end() :]):
            return half[0]
        if not promised.reduced and (vague := _vague_discount(sentence)):
            return vague
        for gift in _gifts(sentence, names, question):
            if not any(_covers(given, gift, spoken) for given in promised.gifts):
                return sentence.strip()
    return ""


def _vague_discount(sentence: str) -> str:
    """Return a promise of a discount without a number; empty: there is none, or only a condition or a denial."""
    found = _VAGUE.search(sentence)
    if found is None or _ASKED.search(sentence[: found.start()]):
        return ""
    return "" if denied(sentence[: found.end()], sentence[found.end() :]) else found[0]


def _shares(text: str) -> Iterator[tuple[Decimal, str]]:
    """Yield discounts in per cent with their sentence, without those that are denied."""
    for sentence in sentences(text):
        off = not DISCOUNT.isdisjoint(folded(sentence).split())
        for share, start, end in money.percentages(sentence):
            minus = sentence[:start].rstrip().endswith("-")
            if (minus or (off and _near(sentence, start, end))) and not denied(sentence[:start], sentence[end:]):
                yield share, sentence.strip()


def _near(sentence: str, start: int, end: int) -> bool:
    """Return whether words for a discount stand beside the number."""
    around = folded(f"{sentence[max(0, start - 45) : start]} {sentence[end : end + 30]}").split()
    return not DISCOUNT.isdisjoint(around)


def _gifts(sentence: str, names: ProductNames, question: str) -> Iterator[Gift]:
    done = 0
    parts = clauses(sentence)
    for part in parts:
        at = sentence.find(part, done)
        done = at + len(part)
        for found in _FREE.finditer(part):
            before = part[: found.start()]
            if _FEELING.search(before) or _PEOPLE.search(before):
                continue
            if not denied(before, part[found.end() :]) or found[0].lower().startswith(("pay", "charge", "cost")):
                yield _gift(part, sentence, names, question)


def _gift(part: str, sentence: str, names: ProductNames, question: str) -> Gift:
    """Identify a gift by its clause, else by the sentence, else by the customer's question."""
    named = [
        mention
        for mention in names.mentions(part)
        if not (concepts_of(part) & THINGS and _FOR.search(part[: mention.start]))
    ]
    products = frozenset(product for mention in named for product in mention.products)
    words = concepts_of(_FREE.sub(" ", part))
    if not words or (len(words) < 2 and not words & THINGS):
        words |= concepts_of(_FREE.sub(" ", sentence))
    if not words:
        words = concepts_of(_FREE.sub(" ", question))
        products = frozenset(product for mention in names.mentions(question) for product in mention.products)
    places = frozenset(folded(place).removeprefix("the ") for place in _PLACE.findall(sentence))
    limited, for_all = any(map(str.isdigit, part)), not EVERYTHING.isdisjoint(folded(part).split())
    return Gift(words, places, products, limited, for_all)


THINGS = frozenset(CONCEPTS.values())
"""Services besides the sale that have a price of their own, such as delivery."""


def concepts_of(text: str) -> frozenset[str]:
    """Return the stems of a text's words, and the concepts that they belong to."""
    words = content_of(text)
    return words | {CONCEPTS[word] for word in words if word in CONCEPTS}


def _covers(given: Gift, claimed: Gift, spoken: frozenset[str]) -> bool:
    """Return whether a promise covers what the answer says. Products must be named by the promise; what applies in one
    place only must be said of that place. spoken: all recent words.
    """
    if claimed.products and not claimed.products & given.products:
        return False
    if given.limited and claimed.for_all and not given.for_all:
        return False
    things = claimed.words & THINGS
    if things and not things & given.words:
        return False
    if given.places and not given.places & (claimed.places or spoken):
        return False
    if claimed.places and not given.places and given.words - THINGS:
        return bool((claimed.words - THINGS) & given.words)
    return bool(claimed.words & given.words)
