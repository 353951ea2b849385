"""Finds the products that a text mentions, by their names or parts of them. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.ai.checks.currencies import CODES
from services.ai.checks.plain_text import plain
from services.ai.checks.text import stem, stems_at
from services.ai.checks.wording import LITTLE
from shared.text.phrases import folded

_MAX_PRODUCTS = 20  # of one mention; a word that fits more products names none
_DIGIT = re.compile(r"\d")
_BETWEEN = frozenset(("of", "de", "du", "da", "do", "the", "in"))


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention of products. products: numbers of those that may be meant. start, end: its span."""

    products: frozenset[int]
    start: int
    end: int


class ProductNames:
    """The names of one catalogue. products: SKU and name of each."""

    def __init__(self, products: Iterable[tuple[str, str]]) -> None:
        self._by_word: dict[str, set[int]] = {}
        self._coded: set[str] = set()
        for number, (sku, name) in enumerate(products):
            words = [*_stems(name), *folded(plain(sku)).split()]
            for word in words:
                self._by_word.setdefault(word, set()).add(number)
            self._coded.update(word for word in words if any(map(str.isdigit, word)))

    def mentions(self, text: str) -> list[Mention]:
        """Return the products that a plain text mentions, in order; adjacent words that fit one product are one
        mention."""
        found: list[Mention] = []
        held: set[int] | None = None
        start = end = 0
        for begins, ends, word in stems_at(text):
            fits = self._by_word.get(word)
            if held is not None and fits and held & fits and not _apart(text[end:begins]):
                held, end = held & fits, ends
                continue
            if held is not None and word in _BETWEEN and not _apart(text[end:begins]):
                continue
            found += [Mention(frozenset(held), start, end)] if held is not None else []
            held = set(fits) if fits and self._begins(word) else None
            start, end = begins, ends
        found += [Mention(frozenset(held), start, end)] if held is not None else []
        return [mention for mention in found if len(mention.products) <= _MAX_PRODUCTS]

    def coded(self, text: str) -> list[tuple[int, int]]:
        """Return the spans of words with digits that belong to a product's name, such as the year of a wine."""
        if not self._coded or _DIGIT.search(text) is None:
            return []
        spans = [(mention.start, mention.end) for mention in self.mentions(text)]
        return [
            (begins, ends)
            for begins, ends, word in stems_at(text)
            if word in self._coded and any(start <= begins and ends <= end for start, end in spans)
        ]

    def _begins(self, word: str) -> bool:
        """Return whether a word can begin a mention: numbers and short words name a product only behind another word
        of it."""
        return len(word) >= 3 and not word.isdigit() and word not in LITTLE and word.upper() not in CODES


def _apart(between: str) -> bool:
    return len(between) > 12 or any(char in between for char in ".;:!?\n")


def _stems(name: str) -> list[str]:
    return [stem(word) for word in folded(plain(name)).split()]
