"""Customers' texts to which an FAQ came nearest and is no answer: the owner dismissed them. Pure."""

from collections.abc import Sequence

from shared.faq.known_questions import KnownQuestions, Query

_ALIKE = 0.75  # of the content words of both, the share that both have


class DismissedTexts:
    """Of one workspace."""

    def __init__(self, questions: KnownQuestions, dismissed: Sequence[tuple[str, str]]) -> None:
        """dismissed: a text, and the question or variant that came nearest to it when it was asked.

        What a question or variant says by now, or of which the nearest is gone, counts no more.
        """
        self._of: dict[int, list[frozenset[str]]] = {}
        texts = []
        for text, nearest in dismissed:
            words = questions.words(text)
            numbers = questions.exact.get(questions.words(nearest), ())
            if not words or words in questions.exact or not numbers:
                continue
            texts.append(text)
            for number in numbers:
                self._of.setdefault(number, []).append(_content(questions.asked(words)))
        self.texts = tuple(texts)

    def has(self, asked: Query, number: int) -> bool:
        """Whether a text is like one to which this FAQ is no answer."""
        refused = self._of.get(number)
        if not refused:
            return False
        words = _content(asked)
        return any(len(words & other) >= _ALIKE * len(words | other) for other in refused)


def _content(asked: Query) -> frozenset[str]:
    """The stems of the words that say what a text is about; all of them when none does."""
    return frozenset(asked.stems(content=True)) or frozenset(asked.stems(content=False))
