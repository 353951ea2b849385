"""Splits a question into words: folded, without greetings and politeness, with abbreviations written out."""

import re
import unicodedata
from functools import lru_cache

from shared.faq.word_lists import PHRASES, SPELLINGS
from shared.text.phrases import GREETINGS, POLITE, folded

# A hyphen makes one word (check-in), but not before a French pronoun (puis-je).
_HYPHEN = re.compile(
    r"(?<=[^\W_])[-\u2010\u2011](?!(?:je|tu|ils?|elles?|on|nous|vous|ce|moi|t|la|le|les|y|en)\b)(?=[^\W_])"
)
_REPEATED_LETTER = re.compile(r"([^\W\d_])\1{2,}")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s")
_MIN_STEM = 4


def tokenize(text: str) -> tuple[str, ...]:
    """Return the words of a text. A text that is only a greeting keeps its words."""
    plain = folded(_HYPHEN.sub("", text.casefold()))
    phrase = _split_words(_REPEATED_LETTER.sub(r"\1\1", plain))
    spelled = [word for given in phrase for word in SPELLINGS.get(given, (given,))]
    return tuple(_replace_phrases(spelled, _REPLACEMENTS)) or tuple(phrase)


def compounds_in(text: str) -> set[str]:
    """Return the hyphenated words of a text, each joined."""
    found: set[str] = set()
    for part in _HYPHEN.sub("\0", unicodedata.normalize("NFKD", text.casefold())).split():
        if "\0" in part:
            join_compounds = folded(part.replace("\0", ""))
            found |= {join_compounds} if " " not in join_compounds else set()
    return found


def join_compounds(words: tuple[str, ...], known: set[str] | frozenset[str]) -> tuple[str, ...]:
    """Join neighbours that are known as one word."""
    made: list[str] = []
    for word in words:
        if made and made[-1] + word in known:
            made[-1] += word
        else:
            made.append(word)
    return tuple(made)


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """Return a word without its most common endings; crude, the same for all languages."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM - (ending == "s"):
            root = word[: -len(ending)]
            return root + "y" if ending == "ies" else _without_final_vowel(root)
    return _without_final_vowel(word)


def _without_final_vowel(root: str) -> str:
    """Remove a final vowel or doubled letter, so that deliver/delivery, close/closing and ship/shipping agree."""
    if len(root) > _MIN_STEM and root[-1] in "eyoa":
        return root[:-1]
    if len(root) > _MIN_STEM and root[-1] == root[-2] and root[-1] not in "sle":
        return root[:-1]
    return root


def _split_words(plain: str) -> list[str]:
    """Split at spaces; words of scripts without spaces (Thai, Chinese) become character bigrams."""
    words: list[str] = []
    for word in plain.split():
        if len(word) > 2 and _UNSPACED.search(word):
            words += [word[at : at + 2] for at in range(len(word) - 1)]
        else:
            words.append(word)
    return words


def _replacements_by_first_word() -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    replacements = {**{tuple(phrase.split()): () for phrase in GREETINGS | POLITE}, **PHRASES}
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for phrase in sorted(replacements, key=len, reverse=True):
        found.setdefault(phrase[0], []).append((phrase, replacements[phrase]))
    return found


_REPLACEMENTS = _replacements_by_first_word()


def _replace_phrases(
    words: list[str], replacements: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]
) -> list[str]:
    made: list[str] = []
    at = 0
    while at < len(words):
        for phrase, replacement in replacements.get(words[at], ()):
            if tuple(words[at : at + len(phrase)]) == phrase:
                made += replacement
                at += len(phrase)
                break
        else:
            made.append(words[at])
            at += 1
    return made
