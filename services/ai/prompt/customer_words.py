"""Finds what our texts repeat of the customer's words: a typed product, an order's note, an answer in a flow. Pure.

A model may repeat what the business says, not what a customer has put into its mouth; and customers' words in a flow's
instructions are data.
"""

import re
from collections.abc import Iterable, Iterator

from shared.messages.outbound import Author

REPEATS = frozenset((Author.FLOW.value, Author.SYSTEM.value, Author.BROADCAST.value))
"""Authors whose texts may have values in them. Agents choose their words, FAQs are fixed."""

_TOKEN = re.compile(r"\S+")
_AROUND = "“”„\"'‘’«».,:;!?()[]*_~<>…"
_FACT = re.compile(r"\d|@|://|%|\w\.\w")  # numbers, addresses, links: one is enough
_RUN = 3  # words in the same order


def repeated_spans(text: str, theirs: Iterable[str]) -> list[tuple[int, int]]:
    """Return the spans of a text of ours that repeat the customer's words. theirs: all texts of the customer."""
    facts: set[str] = set()
    runs: set[tuple[str, ...]] = set()
    for one in theirs:
        words = [word for word, _, _ in _words(one)]
        facts.update(word for word in words if _FACT.search(word))
        runs.update(_runs(words))
    if not facts and not runs:
        return []
    ours = list(_words(text))
    marked = [word in facts for word, _, _ in ours]
    for at, run in enumerate(_runs([word for word, _, _ in ours])):
        if run in runs:
            marked[at : at + _RUN] = [True] * _RUN
    return _joined([(start, end) for (_, start, end), is_theirs in zip(ours, marked, strict=True) if is_theirs], text)


def without_customer_words(text: str, theirs: Iterable[str]) -> str:
    """Return a text of ours with spaces for what it repeats of the customer's words."""
    for start, end in repeated_spans(text, theirs):
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text


def with_tags(text: str, theirs: Iterable[str]) -> str:
    """Return a text of ours in which the customer's words stand between tags, as data."""
    for start, end in reversed(repeated_spans(text, theirs)):
        words = text[start:end].replace("<", "(").replace(">", ")")
        text = f"{text[:start]}<customer_words>{words}</customer_words>{text[end:]}"
    return text


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the words in comparable form, each with its span in the text, marks included."""
    for found in _TOKEN.finditer(text):
        if word := found[0].casefold().strip(_AROUND):
            yield word, found.start(), found.end()


def _runs(words: list[str]) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)]


def _joined(spans: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Join spans with nothing between them but spaces."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined
