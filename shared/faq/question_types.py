"""The kind of a question: how, when, where, how much. Questions of different kinds are different ones. Pure."""

from collections.abc import Iterable, Sequence

from shared.faq.word_lists import QUESTION_WORDS, STOP_WORDS, TYPE_NOUNS

_ALMOST = (frozenset(("when", "how long")),)
"""Kinds that often ask for the same: when will it come, how long does it take."""


def question_types_in(words: Sequence[str]) -> frozenset[str]:
    """The kinds of thing that a question's words ask for; empty when none is in the table, or if they name a topic."""
    found = {
        QUESTION_WORDS[word] for at, word in enumerate(words) if word in QUESTION_WORDS and not _of_degree(words, at)
    }
    return frozenset(found)


def implied_types(words: Iterable[str]) -> frozenset[str]:
    """The kinds that content words stand for: a price asks how much."""
    return frozenset(TYPE_NOUNS[word] for word in words if word in TYPE_NOUNS)


def asks_other_type(asked: frozenset[str], known: frozenset[str]) -> bool:
    """Whether a question asks for something that the known one does not ask for. Asking how is no reason by itself."""
    return bool(asked - {"how"}) and not _and_near(asked) & known


def types_clash(asked: Sequence[str], known: Sequence[str]) -> bool:
    """Whether both say what they ask for and it is not the same, in whatever direction. asked, known: the words."""
    of_asked, of_known = question_types_in(asked), question_types_in(known)
    if not of_asked or not of_known or of_asked & of_known:
        return False
    if of_asked & implied_types(known) or of_known & implied_types(asked):
        return False
    return not _and_near(of_asked) & of_known


def asks_new_type(asked: frozenset[str], known: Iterable[Sequence[str]]) -> bool:
    """Whether a text asks when, where, how much, why or who, and none of the known questions (their words) does."""
    wanted = _and_near(asked - {"how"})
    return bool(wanted) and not any(wanted & (question_types_in(words) | implied_types(words)) for words in known)


def _and_near(kinds: frozenset[str]) -> frozenset[str]:
    return kinds.union(*(both for both in _ALMOST if both & kinds))


def _of_degree(words: Sequence[str], at: int) -> bool:
    """How wide, how big: they ask for a size, and no way to do something."""
    return words[at] == "how" and at + 1 < len(words) and words[at + 1] not in STOP_WORDS
