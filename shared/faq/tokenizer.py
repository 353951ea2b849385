"""A question as words to compare: folded, without greetings and politeness, with usual short spellings written out."""

import re
import unicodedata
from functools import lru_cache

from shared.faq.word_lists import PHRASES, SPELLINGS
from shared.text.phrases import GREETINGS, POLITE, folded

# A hyphen makes one word (check-in), but not before a French pronoun (puis-je).
_HYPHEN = re.compile(
    r"(?<=[^\W_])[-\u2010\u2011](?!(?:je|tu|ils?|elles?|on|nous|vous|ce|moi|t|la|le|les|y|en)\b)(?=[^\W_])"
)
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s")
_SHORTEST_STEM = 4


def tokenize(text: str) -> tuple[str, ...]:
    """The words of a text. What is nothing but a greeting stays as it is."""
    plain = folded(_HYPHEN.sub("", text.casefold()))
    said = _spaced(_DRAWN_OUT.sub(r"\1\1", plain))
    spelled = [word for given in said for word in SPELLINGS.get(given, (given,))]
    return tuple(_replaced(spelled, _MEANT)) or tuple(said)


def compounds_in(text: str) -> set[str]:
    """The words of a text that are written with a hyphen, as one."""
    found: set[str] = set()
    for part in _HYPHEN.sub("\0", unicodedata.normalize("NFKD", text.casefold())).split():
        if "\0" in part:
            join_compounds = folded(part.replace("\0", ""))
            found |= {join_compounds} if " " not in join_compounds else set()
    return found


def join_compounds(words: tuple[str, ...], known: set[str] | frozenset[str]) -> tuple[str, ...]:
    """Neighbours that are known as one word, made one."""
    made: list[str] = []
    for word in words:
        if made and made[-1] + word in known:
            made[-1] += word
        else:
            made.append(word)
    return tuple(made)


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """A word without its commonest endings; crude, the same for all languages."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM - (ending == "s"):
            root = word[: -len(ending)]
            return root + "y" if ending == "ies" else _unfinished(root)
    return _unfinished(word)


def _unfinished(root: str) -> str:
    """deliver, delivery; close, closing; shipping, ship."""
    if len(root) > _SHORTEST_STEM and root[-1] in "eyoa":
        return root[:-1]
    if len(root) > _SHORTEST_STEM and root[-1] == root[-2] and root[-1] not in "sle":
        return root[:-1]
    return root


def _spaced(plain: str) -> list[str]:
    """Words; what is written without spaces becomes pairs of neighbours."""
    words: list[str] = []
    for word in plain.split():
        if len(word) > 2 and _UNSPACED.search(word):
            words += [word[at : at + 2] for at in range(len(word) - 1)]
        else:
            words.append(word)
    return words


def _by_first() -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    meant = {**{tuple(said.split()): () for said in GREETINGS | POLITE}, **PHRASES}
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for said in sorted(meant, key=len, reverse=True):
        found.setdefault(said[0], []).append((said, meant[said]))
    return found


_MEANT = _by_first()


def _replaced(words: list[str], meant: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]) -> list[str]:
    made: list[str] = []
    at = 0
    while at < len(words):
        for said, instead in meant.get(words[at], ()):
            if tuple(words[at : at + len(said)]) == said:
                made += instead
                at += len(said)
                break
        else:
            made.append(words[at])
            at += 1
    return made
