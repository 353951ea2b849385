"""The types of a question (how, when, where, how much); questions of different types need different answers. Pure."""

from collections.abc import Iterable, Sequence

from shared.faq.word_lists import QUESTION_WORDS, STOP_WORDS, TYPE_NOUNS

_CLOSE_TYPES = (frozenset(("when", "how long")),)
"""Types that often ask for the same: when will it come, how long does it take."""


def question_types_in(words: Sequence[str]) -> frozenset[str]:
    """Return the types that question words ask for; empty without question words, and for *how big*."""
    found = {
        QUESTION_WORDS[word]
        for at, word in enumerate(words)
        if word in QUESTION_WORDS and not _asks_for_size(words, at)
    }
    return frozenset(found)


def implied_types(words: Iterable[str]) -> frozenset[str]:
    """Return the types that nouns stand for: a price asks how much."""
    return frozenset(TYPE_NOUNS[word] for word in words if word in TYPE_NOUNS)


def asks_other_type(asked: frozenset[str], known: frozenset[str]) -> bool:
    """Return whether a question has a type that the known one lacks; *how* alone does not count."""
    return bool(asked - {"how"}) and not _with_close_types(asked) & known


def types_clash(asked: Sequence[str], known: Sequence[str]) -> bool:
    """Return whether both have a type and no type is common. asked, known: the words."""
    of_asked, of_known = question_types_in(asked), question_types_in(known)
    if not of_asked or not of_known or of_asked & of_known:
        return False
    if of_asked & implied_types(known) or of_known & implied_types(asked):
        return False
    return not _with_close_types(of_asked) & of_known


def asks_new_type(asked: frozenset[str], known: Iterable[Sequence[str]]) -> bool:
    """Return whether a text has a type other than *how* that no known question has. known: the words of each."""
    wanted = _with_close_types(asked - {"how"})
    return bool(wanted) and not any(wanted & (question_types_in(words) | implied_types(words)) for words in known)


def _with_close_types(kinds: frozenset[str]) -> frozenset[str]:
    return kinds.union(*(both for both in _CLOSE_TYPES if both & kinds))


def _asks_for_size(words: Sequence[str], at: int) -> bool:
    """Return whether this *how* asks for a size (how big), not for a way to do something."""
    return words[at] == "how" and at + 1 < len(words) and words[at + 1] not in STOP_WORDS
