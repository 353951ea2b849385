"""Answers from the workspace's FAQ, and how sure they are. Pure.

Questions are compared by character n-grams (3 to 5, within words), weighted by how rare they are in this FAQ, cosine
similarity; no model is downloaded and misspellings cost little. An index is built per workspace and kept until the
workspace changes. Two guards keep a near-miss from being answered: what the customer says beyond the known question
lowers the score, and so does a second, different answer that fits almost as well.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from math import log, sqrt

from shared.workspace import Faq

_WORD = re.compile(r"\w+")
_SIZES = (3, 4, 5)
_CLOSE = 0.06  # a different answer within this much of the best makes it doubtful
_LONGEST = 400  # characters; longer texts are not questions that an FAQ answers


@dataclass(frozen=True, slots=True)
class Match:
    """The best answer. score: 0 to 1; sure: whether to give it without a model. number: which FAQ, from 0."""

    answer: str
    score: float
    sure: bool
    number: int


class FaqIndex:
    """Of one workspace's FAQ. `threshold`: the least score that is sure."""

    def __init__(self, faqs: tuple[Faq, ...], threshold: float) -> None:
        self._faqs = faqs
        self._threshold = threshold
        self._owners: list[int] = []
        texts: list[Counter[str]] = []
        for number, faq in enumerate(faqs):
            for question in (faq.question, *faq.variants):
                self._owners.append(number)
                texts.append(_grams(question))
        seen = Counter(gram for grams in texts for gram in grams)
        self._weight = {gram: log((1 + len(texts)) / (1 + count)) + 1 for gram, count in seen.items()}
        self._unknown_weight = log(1 + len(texts)) + 1
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for text, grams in enumerate(texts):
            for gram, value in self._vector(grams).items():
                self._postings.setdefault(gram, []).append((text, value))

    def match(self, text: str) -> Match | None:
        """The best answer to a customer's text; None when nothing is alike."""
        if not self._faqs or not text.strip() or len(text) > _LONGEST:
            return None
        scores: dict[int, float] = {}
        for gram, value in self._vector(_grams(text)).items():
            for question, weight in self._postings.get(gram, ()):
                scores[question] = scores.get(question, 0.0) + value * weight
        best: dict[int, float] = {}
        for question, score in scores.items():
            number = self._owners[question]
            best[number] = max(best.get(number, 0.0), score)
        if not best:
            return None
        ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
        number, score = ranked[0]
        rivals = [value for other, value in ranked[1:3] if self._faqs[other].answer != self._faqs[number].answer]
        doubtful = bool(rivals) and score - rivals[0] < _CLOSE
        sure = score >= self._threshold and not doubtful
        return Match(self._faqs[number].answer, round(min(score, 1.0), 4), sure, number)

    def _vector(self, grams: Counter[str]) -> dict[str, float]:
        weighted = {
            gram: (1 + log(count)) * self._weight.get(gram, self._unknown_weight) for gram, count in grams.items()
        }
        length = sqrt(sum(value * value for value in weighted.values())) or 1.0
        return {gram: value / length for gram, value in weighted.items()}


def _grams(text: str) -> Counter[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    grams: Counter[str] = Counter()
    for word in _WORD.findall(plain):
        padded = f" {word} "
        for size in _SIZES:
            if len(padded) <= size:
                grams[padded] += 1
                break
            grams.update(padded[start : start + size] for start in range(len(padded) - size + 1))
    return grams
