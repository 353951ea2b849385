"""Scores how well the known questions of a workspace fit a customer's text. Pure.

They are compared word by word, in both directions: the share of the customer's words that the known question explains,
and the share of the known question's words that the customer's text covers. Rare words count more.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from math import log

from shared.faq.question_types import asks_other_type, question_types_in
from shared.faq.tokenizer import compounds_in, join_compounds, stem, tokenize
from shared.faq.unknown_language import is_unknown_language
from shared.faq.vocabulary import StemMatches, Vocabulary
from shared.faq.word_lists import LIGHT_WORDS, NEGATIONS, QUESTION_WORDS, STOP_WORDS
from shared.workspace.config import Faq

MAX_CHARACTERS = 500  # characters; longer texts are not questions that an FAQ answers
_MAX_WORDS = 60
_EXPLAINED_SHARE = 0.6  # weight of `explained` in the score; the rest is `covered`
_MAX_COMPARED = 24  # known questions that get a full comparison
_MAX_AGREEING = 10  # nearest known questions that count for `agreement`
_IN_OTHER_VARIANT, _IN_ANSWER = 0.9, 0.35  # value of a word found in another variant, or only in the answer
_OTHER_TYPE_FACTOR = 0.75  # applied to a question of another type
_DECISIVE_WEIGHT = 0.3  # from this weight on, a word that only other FAQs have counts more
_OTHER_FAQ_FACTOR = 1.5
_NEGATION_FACTOR = 0.5  # applied when only one of the two is negated
_NOT_DISTINCTIVE = STOP_WORDS | LIGHT_WORDS | {"how"}
CONTENT, _QUESTION_WORD, _LIGHT_WORD, _STOP_WORD = 1.0, 0.35, 0.3, 0.08


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question or variant. number: of its FAQ. weights: of its stems; total: their sum. types: see `question_types`.

    unknown_language: see `shared.faq.unknown_language`.
    """

    number: int
    text: str
    words: tuple[str, ...]
    weights: dict[str, float]
    total: float
    distinctive_stems: tuple[str, ...]
    types: frozenset[str]
    negated: bool
    unknown_language: bool


@dataclass(frozen=True, slots=True)
class QueryWord:
    """A customer's word. matches: the stems of the FAQ that it may stand for; content: whether it is a content word
    (no question word, stop word or light word).
    """

    text: str
    stem: str
    weight: float
    content: bool
    matches: StemMatches


@dataclass(frozen=True, slots=True)
class Query:
    """A customer's text. words: without repetitions. content: number of content words. length: with repetitions."""

    words: tuple[QueryWord, ...]
    text: tuple[str, ...]
    content: int
    length: int
    types: frozenset[str]
    negated: bool

    def stems(self, *, content: bool) -> list[str]:
        """Return the stems of all words, or of the content words only."""
        return [word.stem for word in self.words if word.content or not content]


@dataclass(frozen=True, slots=True)
class Fit:
    """The scores of the known question `position` of the FAQ `number`, each from 0 to 1.

    explained: share of the customer's text that the FAQ has. covered: share of the known question that the text has.
    """

    number: int
    position: int
    score: float
    explained: float
    covered: float


class KnownQuestions:
    """All questions and variants of one workspace."""

    def __init__(self, faqs: Sequence[Faq]) -> None:
        self.faqs = tuple(faqs)
        texts = [(number, text) for number, faq in enumerate(faqs) for text in (faq.question, *faq.variants)]
        self._compounds = frozenset().union(*(compounds_in(text) for _, text in texts))
        parsed = [join_compounds(tokenize(text), self._compounds) for _, text in texts]
        self.exact: dict[tuple[str, ...], list[int]] = {}
        stems_of: dict[int, set[str]] = {}
        types_of: dict[int, frozenset[str]] = {}
        for (number, _), words in zip(texts, parsed, strict=True):
            self.exact.setdefault(words, []).append(number)
            stems_of.setdefault(number, set()).update(map(stem, words))
            types_of[number] = types_of.get(number, frozenset()) | question_types_in(words)
        self._stems_of = [frozenset(stems_of[number]) for number in range(len(faqs))]
        self._types_of = [types_of[number] for number in range(len(faqs))]
        faqs_with = Counter(root for stems in self._stems_of for root in stems)
        most = log(1 + len(faqs)) + 1
        self._rarity = {root: (log((1 + len(faqs)) / count) + 1) / most for root, count in faqs_with.items()}
        self.known = [self._read(number, text, words) for (number, text), words in zip(texts, parsed, strict=True)]
        self._positions: list[list[int]] = [[] for _ in faqs]
        self._postings: dict[str, list[int]] = {}
        for at, known in enumerate(self.known):
            self._positions[known.number].append(at)
            for root in known.weights:
                self._postings.setdefault(root, []).append(at)
        self._vocabulary = Vocabulary(self._postings)
        self._answers = [frozenset(map(stem, tokenize(faq.answer[:MAX_CHARACTERS]))) for faq in faqs]
        same: dict[str, int] = {}
        self.answer_of = [same.setdefault(faq.answer, number) for number, faq in enumerate(faqs)]

    def words(self, text: str) -> tuple[str, ...]:
        """Return the words of a text; empty when it is too long, or there are no FAQs."""
        return self.join_compounds(tokenize(text)) if self.faqs and len(text) <= MAX_CHARACTERS else ()

    def join_compounds(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Join words that the known questions write as one; empty when there are too many words."""
        made = join_compounds(words, self._compounds)
        return made if len(made) <= _MAX_WORDS else ()

    def query(self, words: tuple[str, ...], excluded: Iterable[int] = ()) -> Query:
        """Return a text prepared for `fits`. excluded: positions of known questions to treat as missing."""
        seen: dict[str, QueryWord] = {}
        content = 0
        hidden = frozenset(excluded)
        for word in words:
            root = stem(word)
            if root in seen:
                continue
            matches = self._vocabulary.matches(word)
            if hidden:
                matches = {
                    one: probability
                    for one, probability in matches.items()
                    if not hidden.issuperset(self._postings[one])
                }
            class_ = _class_weight(word)
            rarity = max((self._rarity[one] for one in matches), default=1.0)
            content += class_ == CONTENT
            seen[root] = QueryWord(word, root, class_ * rarity, class_ == CONTENT, matches)
        return Query(tuple(seen.values()), words, content, len(words), question_types_in(words), is_negated(words))

    def fits(self, query: Query, excluded: Iterable[int] = ()) -> list[Fit]:
        """Return the best fitting known questions, best first."""
        hidden = frozenset(excluded)
        found = [self._fit(query, at, hidden) for at in self._candidates(query) if at not in hidden]
        return sorted(found, key=lambda fit: (-fit.score, fit.position))

    def best_per_faq(self, fits: Iterable[Fit]) -> list[Fit]:
        """Return the best fit of each FAQ, best first; ties in the order of the FAQs. fits: best first."""
        best: dict[int, Fit] = {}
        for fit in fits:
            best.setdefault(fit.number, fit)
        return sorted(best.values(), key=lambda fit: (-fit.score, fit.number))

    def runner_up_score(self, fits: Sequence[Fit]) -> float:
        """Return the best score with another answer than the first fit. fits: the best of each FAQ, best first."""
        first = self.answer_of[fits[0].number]
        return next((fit.score for fit in fits if self.answer_of[fit.number] != first), 0.0)

    def agreement(self, fits: Sequence[Fit], number: int) -> float:
        """Return how far the nearest known questions have the answer of the FAQ `number`, from 0 to 1."""
        nearest = fits[:_MAX_AGREEING]
        all_ = sum(fit.score**2 for fit in nearest)
        same = sum(fit.score**2 for fit in nearest if self.answer_of[fit.number] == self.answer_of[number])
        return same / all_ if all_ else 0.0

    def positions(self, number: int) -> list[int]:
        """Return the positions (indexes in `known`) of an FAQ's questions."""
        return self._positions[number]

    def unexplained_words(self, query: Query, fit: Fit, excluded: Iterable[int] = ()) -> list[QueryWord]:
        """Return the content words of a text that no question or variant of the FAQ has."""
        stems = self.stems(fit.number, frozenset(excluded))
        return [word for word in query.words if word.content and stems.isdisjoint(word.matches)]

    def stems(self, number: int, excluded: frozenset[int] = frozenset()) -> frozenset[str]:
        """Return the stems of all questions and variants of an FAQ."""
        places = self._positions[number]
        if excluded.isdisjoint(places):
            return self._stems_of[number]
        return frozenset().union(*(self.known[at].weights for at in places if at not in excluded))

    def _read(self, number: int, text: str, words: tuple[str, ...]) -> KnownQuestion:
        weights: dict[str, float] = {}
        for word in words:
            root = stem(word)
            weights[root] = max(weights.get(root, 0.0), _class_weight(word) * self._rarity[root])
        total = sum(weights.values()) or 1.0
        types, negated = question_types_in(words), is_negated(words)
        return KnownQuestion(
            number, text, words, weights, total, distinctive_stems(words), types, negated, is_unknown_language(text)
        )

    def _candidates(self, query: Query) -> list[int]:
        """Return the positions of the known questions that share most with a text."""
        shared: dict[int, float] = {}
        total = sum(word.weight for word in query.words)
        for word in sorted(query.words, key=lambda word: -word.weight):
            if len(shared) >= _MAX_COMPARED and word.weight < _LIGHT_WORD:
                break
            for root, probability in word.matches.items():
                value = word.weight * probability
                for at in self._postings[root]:
                    shared[at] = shared.get(at, 0.0) + value
        if len(shared) <= _MAX_COMPARED:
            return list(shared)
        known = self.known
        return nlargest(_MAX_COMPARED, shared, key=lambda at: (shared[at] / (total + known[at].total), -at))

    def _fit(self, query: Query, at: int, hidden: frozenset[int]) -> Fit:
        """Return the scores of one known question."""
        known = self.known[at]
        elsewhere, answer = self.stems(known.number, hidden), self._answers[known.number]
        explained = total = 0.0
        coverage_of: dict[str, float] = {}
        for word in query.words:
            weight = word.weight
            total += weight
            best = 0.0
            for root, probability in word.matches.items():
                if root in known.weights:
                    best = max(best, probability)
                    coverage_of[root] = max(coverage_of.get(root, 0.0), probability)
                elif root in elsewhere:
                    best = max(best, _IN_OTHER_VARIANT * probability)
                elif root in answer:
                    best = max(best, _IN_ANSWER * probability)
            if not best and word.matches and weight >= _DECISIVE_WEIGHT:
                total += (_OTHER_FAQ_FACTOR - 1) * weight
            explained += weight * best
        covered = sum(known.weights[root] * probability for root, probability in coverage_of.items()) / known.total
        explained /= total or 1.0
        score = _harmonic_mean(explained, covered)
        if query.negated != known.negated:
            score *= _NEGATION_FACTOR
        if asks_other_type(query.types, known.types or self._types_of[known.number]):
            score *= _OTHER_TYPE_FACTOR
        return Fit(known.number, at, min(score, 1.0), explained, covered)


def _harmonic_mean(explained: float, covered: float) -> float:
    """Return the weighted harmonic mean, which is high only if both are."""
    return 1 / (_EXPLAINED_SHARE / explained + (1 - _EXPLAINED_SHARE) / covered) if explained and covered else 0.0


def _class_weight(word: str) -> float:
    if word in QUESTION_WORDS:
        return _QUESTION_WORD
    if word in NEGATIONS or word in LIGHT_WORDS:
        return _LIGHT_WORD
    return _STOP_WORD if word in STOP_WORDS else CONTENT


def distinctive_stems(words: Iterable[str]) -> tuple[str, ...]:
    """Return the stems of words that distinguish questions, in order; not of *the*, *want* or *how*."""
    return tuple(stem(word) for word in words if word not in _NOT_DISTINCTIVE)


def is_negated(words: Iterable[str]) -> bool:
    """Return whether one of the words negates."""
    return any(word in NEGATIONS for word in words)
