"""Answers from the workspace's FAQ, and how sure they are. Pure.

A question is compared word by word, both ways: how much of what the customer says the known question explains, and how
much of the known question the customer says; each word counts by how few FAQs have it. A word is also recognised in
another form, misspelled, or as one of the common words that mean the same; no model is downloaded. Guards keep a
near-miss from being answered: a word that decides and is missing costs most, a different answer that fits almost as
well makes it doubtful, and a negation or another kind of question (when, where, how much) is another question.
`docs/faq.md` has the figures.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nlargest
from math import log

from shared.faq.language import ASKING, LIGHT_WORDS, NEGATIONS, STOP_WORDS
from shared.faq.question import compounds_of, joined, stem, words_of
from shared.faq.vocabulary import Likeness, Vocabulary
from shared.workspace import Faq

_LONGEST = 500  # characters; longer texts are not questions that an FAQ answers
_MOST_WORDS = 60
_CLOSE = 0.07  # a different answer within this much of the best makes it doubtful
_FEW = 0.75  # the least score of a question with less than two words that matter
_EXPLAINED = 0.6  # of the score; the rest is how much of the known question was said
_COMPARED = 24  # known questions that are compared in full
_ELSEWHERE, _IN_ANSWER = 0.75, 0.35  # what a word is worth that another variant, or only the answer, has
_OTHER_KIND = 0.75  # of the score of a question that asks for something else about the matter
_DECIDING, _ELSE = 0.3, 1.5  # from this weight on, a word that only other FAQs have counts so much more
_CONTRARY = 0.5  # of the score when one is negated and the other is not
_CONTENT, _ASKED, _LIGHT, _SLIGHT = 1.0, 0.35, 0.3, 0.08


@dataclass(frozen=True, slots=True)
class Match:
    """The best answer. score: 0 to 1; sure: whether to give it without a model. number: which FAQ, from 0.

    question: the question or variant that came nearest. doubt: why it is not sure although the score may be high.
    """

    answer: str
    score: float
    sure: bool
    number: int
    question: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """A question or variant. weights: of its stems, which add up to total."""

    number: int
    text: str
    weights: dict[str, float]
    total: float
    kinds: frozenset[str]
    negated: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """A customer's text. words: each with its own weight and the stems that it may stand for."""

    words: tuple[tuple[float, Likeness], ...]
    content: int
    length: int
    kinds: frozenset[str]
    negated: bool


class FaqIndex:
    """Of one workspace's FAQ. `threshold`: the least score that is sure."""

    def __init__(self, faqs: tuple[Faq, ...], threshold: float) -> None:
        self._faqs = faqs
        self._threshold = threshold
        asked = [(number, text) for number, faq in enumerate(faqs) for text in (faq.question, *faq.variants)]
        self._compounds = frozenset().union(*(compounds_of(text) for _, text in asked))
        parsed = [joined(words_of(text), self._compounds) for _, text in asked]
        self._exact: dict[tuple[str, ...], list[int]] = {}
        for (number, _), words in zip(asked, parsed, strict=True):
            self._exact.setdefault(words, []).append(number)
        self._stems_of: dict[int, set[str]] = {}
        for (number, _), words in zip(asked, parsed, strict=True):
            self._stems_of.setdefault(number, set()).update(map(stem, words))
        self._kinds_of: dict[int, frozenset[str]] = {}
        for (number, _), words in zip(asked, parsed, strict=True):
            self._kinds_of[number] = self._kinds_of.get(number, frozenset()) | _kinds(words)
        spread = Counter(root for stems in self._stems_of.values() for root in stems)
        self._most = log(1 + len(faqs)) + 1
        self._rarity = {root: (log((1 + len(faqs)) / count) + 1) / self._most for root, count in spread.items()}
        self._known = [self._read(number, text, words) for (number, text), words in zip(asked, parsed, strict=True)]
        self._postings: dict[str, list[int]] = {}
        for at, known in enumerate(self._known):
            for root in known.weights:
                self._postings.setdefault(root, []).append(at)
        self._vocabulary = Vocabulary(self._postings)
        self._answers = [frozenset(map(stem, words_of(faq.answer[:_LONGEST]))) for faq in faqs]
        self._same_answer: dict[str, int] = {}
        self._answer_of = [self._same_answer.setdefault(faq.answer, number) for number, faq in enumerate(faqs)]

    def match(self, text: str) -> Match | None:
        """The best answer to a customer's text; None when nothing is alike."""
        ranked = self.ranked(text, 1)
        return ranked[0] if ranked else None

    def ranked(self, text: str, limit: int) -> list[Match]:
        """The FAQs that come nearest, best first; only the first may be sure."""
        words = self._words(text)
        if not words:
            return []
        if words in self._exact:
            return self._said_exactly(words)
        return self._compared(words, limit)

    def rivals(self, text: str, limit: int) -> list[Match]:
        """The FAQs that come nearest to a text that may be a known question itself, that one among them."""
        words = self._words(text)
        return self._compared(words, limit) if words else []

    def _compared(self, words: tuple[str, ...], limit: int) -> list[Match]:
        asked = self._asked(words)
        best: dict[int, tuple[float, int]] = {}
        for at in self._candidates(asked):
            number = self._known[at].number
            best[number] = max(best.get(number, (0.0, 0)), (self._score(asked, at), -at))
        order = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
        rival = self._rival(order)
        found = []
        for place, (number, (score, at)) in enumerate(order[:limit]):
            doubt = self._doubt(asked, score, rival) if place == 0 else "another is nearer"
            found.append(self._match(number, score, self._known[-at].text, doubt))
        return found

    def _words(self, text: str) -> tuple[str, ...]:
        if not self._faqs or len(text) > _LONGEST:
            return ()
        words = joined(words_of(text), self._compounds)
        return words if len(words) <= _MOST_WORDS else ()

    def _said_exactly(self, words: tuple[str, ...]) -> list[Match]:
        numbers = list(dict.fromkeys(self._exact[words]))
        different = {self._answer_of[number] for number in numbers}
        doubt = "it has two answers" if len(different) > 1 else ""
        return [self._match(number, 1.0, self._faqs[number].question, doubt) for number in numbers[:1]]

    def _match(self, number: int, score: float, question: str, doubt: str) -> Match:
        return Match(self._faqs[number].answer, round(min(score, 1.0), 4), not doubt, number, question, doubt)

    def _rival(self, order: list[tuple[int, tuple[float, int]]]) -> float:
        """The score of the best answer that is another one than the best."""
        first = self._answer_of[order[0][0]] if order else -1
        return next((score for number, (score, _) in order if self._answer_of[number] != first), 0.0)

    def _doubt(self, asked: _Asked, score: float, rival: float) -> str:
        """Why the best is not to be given; empty when it is."""
        if score < self._threshold:
            return "the score is below the threshold"
        if score - rival < _CLOSE:
            return "another answer fits almost as well"
        if asked.length < 2:
            return "one word says too little"
        if asked.content < 2 and score < _FEW:
            return "too few words that matter"
        return ""

    def _read(self, number: int, text: str, words: tuple[str, ...]) -> _Known:
        weights: dict[str, float] = {}
        for word in words:
            root = stem(word)
            weights[root] = max(weights.get(root, 0.0), _class_of(word) * self._rarity[root])
        return _Known(number, text, weights, sum(weights.values()) or 1.0, _kinds(words), _is_negated(words))

    def _asked(self, words: tuple[str, ...]) -> _Asked:
        seen: dict[str, tuple[float, Likeness]] = {}
        content = 0
        for word in words:
            root = stem(word)
            if root in seen:
                continue
            like = self._vocabulary.like(word)
            class_ = _class_of(word)
            rarity = max((self._rarity.get(one, 1.0) for one in like), default=1.0)
            content += class_ == _CONTENT
            seen[root] = (class_ * rarity, like)
        return _Asked(tuple(seen.values()), content, len(words), _kinds(words), _is_negated(words))

    def _candidates(self, asked: _Asked) -> list[int]:
        """The known questions that share most with a text."""
        shared: dict[int, float] = {}
        total = sum(weight for weight, _ in asked.words)
        for weight, like in sorted(asked.words, key=lambda item: -item[0]):
            if len(shared) >= _COMPARED and weight < _LIGHT:
                break
            for root, how in like.items():
                value = weight * how
                for at in self._postings[root]:
                    shared[at] = shared.get(at, 0.0) + value
        if len(shared) <= _COMPARED:
            return list(shared)
        known = self._known
        return nlargest(_COMPARED, shared, key=lambda at: (shared[at] / (total + known[at].total), -at))

    def _score(self, asked: _Asked, at: int) -> float:
        """How well a known question and a text explain each other."""
        known = self._known[at]
        elsewhere, answer = self._stems_of[known.number], self._answers[known.number]
        explained = total = 0.0
        said: dict[str, float] = {}
        for weight, like in asked.words:
            total += weight
            best = 0.0
            for root, how in like.items():
                if root in known.weights:
                    best = max(best, how)
                    said[root] = max(said.get(root, 0.0), how)
                elif root in elsewhere:
                    best = max(best, _ELSEWHERE * how)
                elif root in answer:
                    best = max(best, _IN_ANSWER * how)
            if not best and like and weight >= _DECIDING:
                total += (_ELSE - 1) * weight
            explained += weight * best
        covered = sum(known.weights[root] * how for root, how in said.items())
        score = _together(explained / (total or 1.0), covered / known.total)
        if asked.negated != known.negated:
            score *= _CONTRARY
        if asked.kinds and not asked.kinds & (known.kinds or self._kinds_of[known.number]):
            score *= _OTHER_KIND
        return score


def _together(explained: float, covered: float) -> float:
    """Both have to be high: their weighted harmonic mean."""
    return 1 / (_EXPLAINED / explained + (1 - _EXPLAINED) / covered) if explained and covered else 0.0


def _class_of(word: str) -> float:
    if word in ASKING:
        return _ASKED
    if word in NEGATIONS or word in LIGHT_WORDS:
        return _LIGHT
    return _SLIGHT if word in STOP_WORDS else _CONTENT


def _kinds(words: Iterable[str]) -> frozenset[str]:
    return frozenset(ASKING[word] for word in words if word in ASKING and ASKING[word] != "how")


def _is_negated(words: Iterable[str]) -> bool:
    return any(word in NEGATIONS for word in words)
