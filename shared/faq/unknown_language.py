"""Questions in a language that the tables here do not know: compared letter by letter, not by what they mean. Pure.

English, Spanish, Portuguese and French have tables of stop words, question words and synonyms. In another language it
is unknown which word decides, so that only the same words, but for one slip of the pen, are the same question.
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
_LONG, _ENOUGH = 3, 3  # letters of a word that counts; such words that are wanted to judge by
_SHARE = 4  # of the long words, every fourth or less is known in a foreign text
_SLIP_FROM = 5  # letters of a word that may have a slip


def is_unknown_language(text: str) -> bool:
    """Whether a text is surely in none of the four languages: other letters, or words of which none is known."""
    letters = [letter for letter in unicodedata.normalize("NFC", text).lower() if letter.isalpha()]
    if any(letter not in _LETTERS for letter in letters):
        return True
    words = [word for word in folded(text).split() if len(word) >= _LONG]
    known = sum(stem(word) in _KNOWN for word in words)
    return len(words) >= _ENOUGH and known * _SHARE <= len(words) and not detect(text)


def differs_by_one_typo(asked: Sequence[str], known: Sequence[str]) -> bool:
    """Whether two texts have the same words in whatever order, one of which may have one slip."""
    left = [word for word in asked if word not in known]
    right = [word for word in known if word not in asked]
    if len(asked) != len(known) or len(left) != len(right) or len(left) > 1:
        return False
    return all(_is_slip(one, other) for one, other in zip(left, right, strict=True))


def _is_slip(one: str, other: str) -> bool:
    return one.isalpha() and len(one) >= _SLIP_FROM and edit_distance(one, other) <= 1
