"""Questions in a language without word lists: compared by spelling instead of by meaning. Pure.

English, Spanish, Portuguese and French have lists of stop words, question words and synonyms. In other languages it is
unknown which words are decisive, so only the same words, with one typo at most, are the same question.
"""

import unicodedata
from collections.abc import Sequence

from shared.faq.common_words import EASILY_CONFUSED
from shared.faq.synonyms import SYNONYMS
from shared.faq.tokenizer import stem
from shared.faq.unrelated_texts import UNRELATED_TEXTS
from shared.faq.vocabulary import edit_distance
from shared.faq.word_lists import LIGHT_WORDS, NEGATIONS, QUESTION_WORDS, SPELLINGS, STOP_WORDS
from shared.text.language import detect
from shared.text.phrases import folded

_TABLES = (
    STOP_WORDS,
    LIGHT_WORDS,
    NEGATIONS,
    QUESTION_WORDS,
    EASILY_CONFUSED,
    SPELLINGS,
    *SYNONYMS,
    *(text.split() for text in UNRELATED_TEXTS),
)
_KNOWN = frozenset(stem(word) for table in _TABLES for word in table if len(word) > 1)
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzàâáãçéèêëíîïìñóôõòúùûüýÿœæªº")
_MIN_LETTERS, _MIN_WORDS = 3, 3  # letters of a word that counts; words needed to decide
_KNOWN_SHARE = 4  # in another language, at most every fourth word is known
_TYPO_MIN_LETTERS = 5  # letters of a word that may have a typo


def is_unknown_language(text: str) -> bool:
    """Return whether a text is certainly in none of the four languages, by its letters and by known words."""
    letters = [letter for letter in unicodedata.normalize("NFC", text).lower() if letter.isalpha()]
    if any(letter not in _LETTERS for letter in letters):
        return True
    words = [word for word in folded(text).split() if len(word) >= _MIN_LETTERS]
    known = sum(stem(word) in _KNOWN for word in words)
    return len(words) >= _MIN_WORDS and known * _KNOWN_SHARE <= len(words) and not detect(text)


def differs_by_one_typo(asked: Sequence[str], known: Sequence[str]) -> bool:
    """Return whether two texts have the same words in any order, one of which may have one typo."""
    left = [word for word in asked if word not in known]
    right = [word for word in known if word not in asked]
    if len(asked) != len(known) or len(left) != len(right) or len(left) > 1:
        return False
    return all(_is_typo(one, other) for one, other in zip(left, right, strict=True))


def _is_typo(one: str, other: str) -> bool:
    return one.isalpha() and len(one) >= _TYPO_MIN_LETTERS and edit_distance(one, other) <= 1
