"""Customers' texts that the owner dismissed: the nearest FAQ does not answer them, nor texts like them. Pure."""

from collections.abc import Sequence

from shared.faq.known_questions import KnownQuestions, Query

_MIN_SHARED = 0.75  # share of the content words of two texts that both have (Jaccard index)


class DismissedTexts:
    """The dismissed texts of one workspace. texts: those that are still valid."""

    def __init__(self, questions: KnownQuestions, dismissed: Sequence[tuple[str, str]]) -> None:
        """dismissed: a text, and the question or variant that was nearest when it was asked.

        A text is ignored if it has become a question or variant itself, or if the nearest one no longer exists.
        """
        self._by_faq: dict[int, list[frozenset[str]]] = {}
        texts = []
        for text, nearest in dismissed:
            words = questions.words(text)
            numbers = questions.exact.get(questions.words(nearest), ())
            if not words or words in questions.exact or not numbers:
                continue
            texts.append(text)
            for number in numbers:
                self._by_faq.setdefault(number, []).append(_content(questions.query(words)))
        self.texts = tuple(texts)

    def matches(self, query: Query, number: int) -> bool:
        """Return whether a text is like a dismissed one of this FAQ."""
        dismissed_queries = self._by_faq.get(number)
        if not dismissed_queries:
            return False
        words = _content(query)
        return any(len(words & other) >= _MIN_SHARED * len(words | other) for other in dismissed_queries)


def _content(query: Query) -> frozenset[str]:
    """Return the stems of the content words; of all words if there are none."""
    return frozenset(query.stems(content=True)) or frozenset(query.stems(content=False))
