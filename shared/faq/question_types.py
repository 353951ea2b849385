"""The kind of a question: how, when, where, how much. Questions of different kinds are different ones. Pure."""

from collections.abc import Iterable, Sequence

from shared.faq.word_lists import ASKING, NAMES_OF_KINDS, STOP_WORDS

_ALMOST = (frozenset(("when", "how long")),)
"""Kinds that often ask for the same: when will it come, how long does it take."""


def kinds_in(words: Sequence[str]) -> frozenset[str]:
    """The kinds of thing that a question's words ask for; empty when none is in the table, or if they name a topic."""
    found = {ASKING[word] for at, word in enumerate(words) if word in ASKING and not _of_degree(words, at)}
    return frozenset(found)


def named_kinds(words: Iterable[str]) -> frozenset[str]:
    """The kinds that content words stand for: a price asks how much."""
    return frozenset(NAMES_OF_KINDS[word] for word in words if word in NAMES_OF_KINDS)


def other_kind(asked: frozenset[str], known: frozenset[str]) -> bool:
    """Whether a question asks for something that the known one does not ask for. Asking how is no reason by itself."""
    return bool(asked - {"how"}) and not _and_near(asked) & known


def clash(asked: Sequence[str], known: Sequence[str]) -> bool:
    """Whether both say what they ask for and it is not the same, in whatever direction. asked, known: the words."""
    of_asked, of_known = kinds_in(asked), kinds_in(known)
    if not of_asked or not of_known or of_asked & of_known:
        return False
    if of_asked & named_kinds(known) or of_known & named_kinds(asked):
        return False
    return not _and_near(of_asked) & of_known


def unasked(asked: frozenset[str], known: Iterable[Sequence[str]]) -> bool:
    """Whether a text asks when, where, how much, why or who, and none of the known questions (their words) does."""
    wanted = _and_near(asked - {"how"})
    return bool(wanted) and not any(wanted & (kinds_in(words) | named_kinds(words)) for words in known)


def _and_near(kinds: frozenset[str]) -> frozenset[str]:
    return kinds.union(*(both for both in _ALMOST if both & kinds))


def _of_degree(words: Sequence[str], at: int) -> bool:
    """How wide, how big: they ask for a size, and no way to do something."""
    return words[at] == "how" and at + 1 < len(words) and words[at + 1] not in STOP_WORDS
