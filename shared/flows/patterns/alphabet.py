"""Maps characters to the symbols (bytes) that one pattern distinguishes. Pure.

A pattern applies few tests to a character: is it an `a`, a digit, within `[а-я]`. Characters with the same results of
all tests become the same symbol, and texts are matched as symbols. RE2 then sees no Unicode, so neither large classes
nor case folding make a pattern large; letters, digits and case are defined here.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntFlag
from functools import cache, lru_cache
from itertools import pairwise

NEWLINE = 0x0A  # has a meaning of its own in RE2, so it is always its own symbol
_ASCII = 128
_LAST = 0x110000
_NO_LETTERS_FROM = 0x1F000  # letters with cases
_SMALL_INTERVAL = 64  # code points; smaller intervals are examined one by one
_MAX_CACHED = 2000  # characters whose symbols a pattern caches
_WORD_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"


class TooManySymbols(ValueError):
    """Raised for a pattern that distinguishes more characters than there are bytes."""


class CharClass(IntFlag):
    """Classes of characters. WORD: letters, marks (vowel signs of Hindi and Thai are marks), numbers, and `_`."""

    OTHER = 0
    WORD = 1
    DIGIT = 2
    SPACE = 4


_ALL_CLASSES = (CharClass.OTHER, CharClass.WORD, CharClass.WORD | CharClass.DIGIT, CharClass.SPACE)


@dataclass(frozen=True, slots=True)
class CharTest:
    """A pattern's test of one character. ranges: of code points, inclusive. classes, negated_classes: one of which it
    must have, or lack. ignore_case: letters in any case. ascii_only: classes and cases of ASCII only.
    """

    ranges: tuple[tuple[int, int], ...] = ()
    classes: tuple[CharClass, ...] = ()
    negated_classes: tuple[CharClass, ...] = ()
    negated: bool = False
    ignore_case: bool = False
    ascii_only: bool = False

    def passes_by_class(self, class_: CharClass, *, is_ascii: bool) -> bool:
        """Return whether a character passes by its class alone; `negated` is not applied."""
        class_ = class_ if is_ascii or not self.ascii_only else CharClass.OTHER
        return any(class_ & wanted for wanted in self.classes) or any(
            not class_ & other for other in self.negated_classes
        )


@lru_cache(maxsize=8192)
def char_class(point: int) -> CharClass:
    """Return the class of a code point."""
    char = chr(point)
    if char.isspace():
        return CharClass.SPACE
    category = unicodedata.category(char)
    if category == "Nd":
        return CharClass.WORD | CharClass.DIGIT
    return CharClass.WORD if category[0] in "LMN" or char == "_" else CharClass.OTHER


@lru_cache(maxsize=8192)
def case_variants(point: int) -> tuple[int, ...]:
    """Return a code point, and those that differ from it only in case."""
    others = _by_case().get(_folded(point), ())
    return (point, *(other for other in others if other != point))


@cache
def _by_case() -> dict[int, tuple[int, ...]]:
    """Return the about 2,900 code points that have other cases, by their folded form; computed once per process."""
    found: dict[int, list[int]] = {}
    for point in range(_NO_LETTERS_FROM):
        char = chr(point)
        if char.lower() != char or char.upper() != char:
            found.setdefault(_folded(point), []).append(point)
    return {key: tuple(points) for key, points in found.items() if len(points) > 1}


def _folded(point: int) -> int:
    """Return the code point that all cases of a letter fold to: the lower case of its upper case."""
    upper = chr(point).upper()
    return ord((upper if len(upper) == 1 else chr(point)).lower()[0])


class _TestResults:
    """Computes the results of all tests of a pattern for a character, as an integer with one bit per test."""

    def __init__(self, tests: Sequence[CharTest]) -> None:
        self._tests = tests
        self._negated = sum(1 << number for number, test in enumerate(tests) if test.negated)
        self._by_class: dict[tuple[CharClass, bool], int] = {}
        self._letters: dict[_CodePointFilter, dict[int, int]] = {}
        self._spans: list[tuple[int, int, int, _CodePointFilter]] = []
        for number, test in enumerate(tests):
            select = _CODE_POINT_FILTERS[test.ignore_case, test.ascii_only]
            for low, high in test.ranges:
                if low == high:
                    bits = self._letters.setdefault(select, {})
                    bits[low] = bits.get(low, 0) | 1 << number
                else:
                    self._spans.append((low, high, 1 << number, select))

    def results(self, points: Sequence[int], class_: CharClass) -> int:
        """Return the results. points: the character's own code point, then those of its other cases."""
        found = self._class_results(class_, is_ascii=points[0] < _ASCII)
        for select, bits in self._letters.items():
            for point in select(points):
                found |= bits.get(point, 0)
        for low, high, bit, select in self._spans:
            if any(low <= point <= high for point in select(points)):
                found |= bit
        return found ^ self._negated

    def _class_results(self, class_: CharClass, *, is_ascii: bool) -> int:
        if (class_, is_ascii) not in self._by_class:
            bits = (1 << at for at, test in enumerate(self._tests) if test.passes_by_class(class_, is_ascii=is_ascii))
            self._by_class[class_, is_ascii] = sum(bits)
        return self._by_class[class_, is_ascii]


_CodePointFilter = Callable[[Sequence[int]], Sequence[int]]


def _only_itself(points: Sequence[int]) -> Sequence[int]:
    return points[:1]


def _all_cases(points: Sequence[int]) -> Sequence[int]:
    return points


def _ascii_cases(points: Sequence[int]) -> Sequence[int]:
    return [point for point in points if point < _ASCII] if points[0] < _ASCII else points[:1]


_CODE_POINT_FILTERS: dict[tuple[bool, bool], _CodePointFilter] = {
    (False, False): _only_itself,
    (False, True): _only_itself,
    (True, False): _all_cases,
    (True, True): _ascii_cases,
}
"""The code points of a character that a test applies to, by (ignore_case, ascii_only)."""


class Alphabet:
    """The symbols of one pattern. words: whether word characters need symbols that RE2 takes for word characters, as
    `\\b` requires. Raises TooManySymbols.
    """

    def __init__(self, tests: Iterable[CharTest], *, words: bool) -> None:
        self._tests = {test: number for number, test in enumerate(dict.fromkeys(tests))}
        self._test_results = _TestResults(tuple(self._tests))
        self._words = words
        self._symbols: dict[tuple[int, bool, bool], int] = {}
        free = (list(_WORD_BYTES), sorted(set(range(256)) - {NEWLINE, *_WORD_BYTES}))
        for points, class_ in self._representatives():
            signature = self._signature(points, class_)
            if signature not in self._symbols:
                self._symbols[signature] = NEWLINE if points[0] == NEWLINE else self._next_symbol(free, class_)
        self._symbol_of: dict[str, int] = {}

    @property
    def size(self) -> int:
        """Return the number of symbols."""
        return len(self._symbols)

    def bytes_for(self, test: CharTest) -> list[int]:
        """Return the symbols of the characters that pass a test, in ascending order."""
        bit = 1 << self._tests[test]
        return sorted(symbol for (answers, *_), symbol in self._symbols.items() if answers & bit)

    def encode(self, text: str) -> bytes:
        """Return the symbols of a text, one byte for each character."""
        known = self._symbol_of
        if len(known) > _MAX_CACHED:
            known.clear()
        return bytes([known[char] if char in known else self._add_symbol(char) for char in text])

    def _add_symbol(self, char: str) -> int:
        point = ord(char)
        symbol = self._symbol_of[char] = self._symbols[self._signature(case_variants(point), char_class(point))]
        return symbol

    def _signature(self, points: Sequence[int], class_: CharClass) -> tuple[int, bool, bool]:
        """Return what distinguishes a character for this pattern."""
        return (
            self._test_results.results(points, class_),
            points[0] == NEWLINE,
            self._words and bool(class_ & CharClass.WORD),
        )

    def _next_symbol(self, free: tuple[list[int], list[int]], class_: CharClass) -> int:
        words, others = free
        choice = (words if class_ & CharClass.WORD else others) if self._words else (words or others)
        if not choice:
            raise TooManySymbols("it tells too many characters apart")
        return choice.pop(0)

    def _representatives(self) -> Iterator[tuple[Sequence[int], CharClass]]:
        """Yield representatives: at least one character of each group that the tests distinguish."""
        for point in range(_ASCII):
            yield case_variants(point), char_class(point)
        bounds = sorted({_ASCII, _LAST, *(edge for test in self._tests for edge in _edges(test))})
        for low, high in pairwise(bounds[bounds.index(_ASCII) :]):
            classes = (
                {char_class(point) for point in range(low, high)} if high - low <= _SMALL_INTERVAL else _ALL_CLASSES
            )
            yield from (((low,), class_) for class_ in classes)
        yield from _letters_across(bounds)


def _letters_across(bounds: Sequence[int]) -> Iterator[tuple[Sequence[int], CharClass]]:
    """Yield letters whose cases lie in different intervals, one for each combination of intervals."""
    seen: set[tuple[int, ...]] = set()
    for points in _by_case().values():
        intervals = [bisect_right(bounds, point) for point in points]
        if len(set(intervals)) == 1:
            continue
        for point, own in zip(points, intervals, strict=True):
            profile = (own, *sorted(set(intervals)))
            if profile not in seen:
                seen.add(profile)
                yield case_variants(point), char_class(point)


def _edges(test: CharTest) -> Iterator[int]:
    for low, high in test.ranges:
        yield low
        yield high + 1
