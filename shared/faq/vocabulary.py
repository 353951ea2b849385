"""Finds the words of an FAQ that a customer's word may stand for: the same word, another form, a typo or a synonym."""

from collections.abc import Iterable, Mapping

from shared.faq.common_words import COMMON_WORDS
from shared.faq.synonyms import OPPOSITES, SYNONYMS
from shared.faq.tokenizer import stem
from shared.faq.word_lists import LIGHT_WORDS, NEGATIONS, NEGATIVE_PREFIXES, QUESTION_WORDS, STOP_WORDS

_RELATED, _ONE_TYPO, _TWO_TYPOS, _SYNONYM = 0.85, 0.88, 0.75, 0.85
_TYPO_MIN_LETTERS, _TWO_TYPOS_MIN_LETTERS = 4, 8  # shorter words are too easily another word
_MAX_LETTERS = 24  # of a word whose typos are looked for
_MAX_CACHED = 4096

StemMatches = Mapping[str, float]
"""Stems of the FAQ, each with the probability that it is meant, above 0 to 1."""

_SYNONYM_GROUPS: dict[str, set[int]] = {}
for _number, _group in enumerate(SYNONYMS):
    for _word in _group:
        _SYNONYM_GROUPS.setdefault(stem(_word), set()).add(_number)
_FUNCTION_WORDS = STOP_WORDS | LIGHT_WORDS | NEGATIONS | frozenset(QUESTION_WORDS)
_FUNCTION_STEMS = frozenset(map(stem, _FUNCTION_WORDS))
_KNOWN_WORDS = COMMON_WORDS | frozenset(OPPOSITES) | frozenset(word for group in SYNONYMS for word in group)
_KNOWN_STEMS = frozenset(map(stem, _KNOWN_WORDS))
"""Words that stand for themselves and are never taken for a typo."""


class Vocabulary:
    """The stems of one FAQ, indexed by synonyms, prefixes and deletions."""

    def __init__(self, stems: Iterable[str]) -> None:
        self._known = set(stems)
        self._deletions: dict[str, list[str]] = {}
        self._by_prefix: dict[str, list[str]] = {}
        self._by_synonym_group: dict[int, list[str]] = {}
        self._cache: dict[str, StemMatches] = {}
        for known in sorted(self._known):
            for group in _SYNONYM_GROUPS.get(known, ()):
                self._by_synonym_group.setdefault(group, []).append(known)
            if len(known) >= _TYPO_MIN_LETTERS and known not in _FUNCTION_STEMS and not known.isdigit():
                self._by_prefix.setdefault(known[:_TYPO_MIN_LETTERS], []).append(known)
                for shorter in _deletions(known):
                    self._deletions.setdefault(shorter, []).append(known)

    def matches(self, word: str) -> StemMatches:
        """Return the FAQ's stems that a customer's word may stand for; empty if there are none."""
        found = self._cache.get(word)
        if found is None:
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            found = self._cache[word] = self._find(word)
        return found

    def _find(self, word: str) -> StemMatches:
        root = stem(word)
        found: dict[str, float] = {}
        for group in _SYNONYM_GROUPS.get(root, ()):
            for known in self._by_synonym_group.get(group, ()):
                found[known] = _SYNONYM
        if root in self._known:
            found[root] = 1.0
            return found
        if word in _FUNCTION_WORDS or len(root) < _TYPO_MIN_LETTERS or len(root) > _MAX_LETTERS or word.isdigit():
            return found
        is_known_word = word in _KNOWN_WORDS or root in _KNOWN_STEMS
        for known in self._by_prefix.get(root[:_TYPO_MIN_LETTERS], ()):
            if _has_suffix_of(root, known) and not (is_known_word and known in _KNOWN_STEMS):
                found[known] = max(found.get(known, 0.0), _RELATED)
        if not found and not is_known_word:
            self._add_typos(word, root, found)
        return found

    def _add_typos(self, word: str, root: str, found: dict[str, float]) -> None:
        for shorter in {root, *_deletions(root)}:
            for known in (*self._deletions.get(shorter, ()), *((shorter,) if shorter in self._known else ())):
                if known in _FUNCTION_STEMS or len(known) < _TYPO_MIN_LETTERS or _negates_by_prefix(root, known):
                    continue
                typos = edit_distance(root, known)
                longest = max(len(root), len(known))
                if typos == 1 and _is_plausible_typo(root, known):
                    found[known] = max(found.get(known, 0.0), _ONE_TYPO)
                elif typos == 2 and longest >= _TWO_TYPOS_MIN_LETTERS and root[0] == known[0]:
                    found[known] = max(found.get(known, 0.0), _TWO_TYPOS)


def _negates_by_prefix(one: str, other: str) -> bool:
    """Return whether one is the other with a negative prefix: activate, deactivate."""
    short, long = sorted((one, other), key=len)
    return long.endswith(short) and long[: len(long) - len(short)] in NEGATIVE_PREFIXES


def _has_suffix_of(one: str, other: str) -> bool:
    """Return whether one is the other with an ending: install, installation."""
    short, long = sorted((one, other), key=len)
    return len(short) >= 5 and len(long) - len(short) <= 3 and long.startswith(short)


def _is_plausible_typo(one: str, other: str) -> bool:
    """Return whether this may be a typo; in a short word, replaced letters do not count as one."""
    if len(one) == len(other) and sorted(one) != sorted(other):
        return one[0] == other[0] and len(one) > _TYPO_MIN_LETTERS
    return one[0] == other[0] or len(one) > _TYPO_MIN_LETTERS + 1


def _deletions(word: str) -> set[str]:
    """Return the word without each one letter; long words also without each two."""
    if len(word) > _MAX_LETTERS:
        return set()
    once = {word[:at] + word[at + 1 :] for at in range(len(word))}
    if len(word) < _TWO_TYPOS_MIN_LETTERS:
        return once | {word}
    return once | {word} | {less[:at] + less[at + 1 :] for less in once for at in range(len(less))}


def edit_distance(one: str, other: str) -> int:
    """Return the Damerau-Levenshtein distance (insertions, deletions, replacements, swaps), at most 3."""
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
