"""The words of one FAQ, and which of them a customer's word may stand for: itself, a form of it, a misspelling of it,
or one that means the same.
"""

from collections.abc import Iterable, Mapping

from shared.faq.common_words import COMMON_WORDS
from shared.faq.synonyms import OPPOSITES, SYNONYMS
from shared.faq.tokenizer import stem
from shared.faq.word_lists import LIGHT_WORDS, NEGATIONS, NEGATIVE_PREFIXES, QUESTION_WORDS, STOP_WORDS

_RELATED, _ONE_SLIP, _TWO_SLIPS, _SYNONYM = 0.85, 0.88, 0.75, 0.85
_SLIPS_FROM, _TWO_SLIPS_FROM = 4, 8  # letters; shorter words are too easily another word
_LONGEST = 24  # letters of a word whose misspellings are looked for
_CACHE = 4096

StemMatches = Mapping[str, float]
"""Stems of the FAQ, and how surely each is meant: above 0 to 1."""

_MEANINGS: dict[str, set[int]] = {}
for _number, _group in enumerate(SYNONYMS):
    for _word in _group:
        _MEANINGS.setdefault(stem(_word), set()).add(_number)
_ORDINARY = STOP_WORDS | LIGHT_WORDS | NEGATIONS | frozenset(QUESTION_WORDS)
_ORDINARY_STEMS = frozenset(map(stem, _ORDINARY))
_WORDS = COMMON_WORDS | frozenset(OPPOSITES) | frozenset(word for group in SYNONYMS for word in group)
_WORD_STEMS = frozenset(map(stem, _WORDS))
"""Words that stand for themselves: they are no slip for another word."""


class Vocabulary:
    """Of the FAQ's stems."""

    def __init__(self, stems: Iterable[str]) -> None:
        self._known = set(stems)
        self._slips: dict[str, list[str]] = {}
        self._starts: dict[str, list[str]] = {}
        self._meaning: dict[int, list[str]] = {}
        self._found: dict[str, StemMatches] = {}
        for known in sorted(self._known):
            for group in _MEANINGS.get(known, ()):
                self._meaning.setdefault(group, []).append(known)
            if len(known) >= _SLIPS_FROM and known not in _ORDINARY_STEMS and not known.isdigit():
                self._starts.setdefault(known[:_SLIPS_FROM], []).append(known)
                for shorter in _shorter(known):
                    self._slips.setdefault(shorter, []).append(known)

    def matches(self, word: str) -> StemMatches:
        """What a customer's word may stand for; empty when it is nothing that the FAQ speaks of."""
        found = self._found.get(word)
        if found is None:
            if len(self._found) >= _CACHE:
                self._found.clear()
            found = self._found[word] = self._look(word)
        return found

    def _look(self, word: str) -> StemMatches:
        root = stem(word)
        found: dict[str, float] = {}
        for group in _MEANINGS.get(root, ()):
            for known in self._meaning.get(group, ()):
                found[known] = _SYNONYM
        if root in self._known:
            found[root] = 1.0
            return found
        if word in _ORDINARY or len(root) < _SLIPS_FROM or len(root) > _LONGEST or word.isdigit():
            return found
        ordinary = word in _WORDS or root in _WORD_STEMS
        for known in self._starts.get(root[:_SLIPS_FROM], ()):
            if _related(root, known) and not (ordinary and known in _WORD_STEMS):
                found[known] = max(found.get(known, 0.0), _RELATED)
        if not found and not ordinary:
            self._misspelled(word, root, found)
        return found

    def _misspelled(self, word: str, root: str, found: dict[str, float]) -> None:
        for shorter in {root, *_shorter(root)}:
            for known in (*self._slips.get(shorter, ()), *((shorter,) if shorter in self._known else ())):
                if known in _ORDINARY_STEMS or len(known) < _SLIPS_FROM or _turned_round(root, known):
                    continue
                slips = edit_distance(root, known)
                longest = max(len(root), len(known))
                if slips == 1 and _plausible(root, known):
                    found[known] = max(found.get(known, 0.0), _ONE_SLIP)
                elif slips == 2 and longest >= _TWO_SLIPS_FROM and root[0] == known[0]:
                    found[known] = max(found.get(known, 0.0), _TWO_SLIPS)


def _turned_round(one: str, other: str) -> bool:
    """Whether one is the other with a syllable before it that negates: activate, deactivate."""
    short, long = sorted((one, other), key=len)
    return long.endswith(short) and long[: len(long) - len(short)] in NEGATIVE_PREFIXES


def _related(one: str, other: str) -> bool:
    """Whether one is the other with an ending: install, installation."""
    short, long = sorted((one, other), key=len)
    return len(short) >= 5 and len(long) - len(short) <= 3 and long.startswith(short)


def _plausible(one: str, other: str) -> bool:
    """A slip in a short word is believed only when letters were lost, doubled or swapped, not replaced."""
    if len(one) == len(other) and sorted(one) != sorted(other):
        return one[0] == other[0] and len(one) > _SLIPS_FROM
    return one[0] == other[0] or len(one) > _SLIPS_FROM + 1


def _shorter(word: str) -> set[str]:
    """The word without one letter, and the long ones without two."""
    if len(word) > _LONGEST:
        return set()
    once = {word[:at] + word[at + 1 :] for at in range(len(word))}
    if len(word) < _TWO_SLIPS_FROM:
        return once | {word}
    return once | {word} | {less[:at] + less[at + 1 :] for less in once for at in range(len(less))}


def edit_distance(one: str, other: str) -> int:
    """Letters put in, left out, replaced or swapped with their neighbour, from one word to the other; at most 3."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, target in enumerate(other, 1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != target))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == target:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        before, last = last, now
    return min(last[-1], 3)
