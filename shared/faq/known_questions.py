"""The known questions of a workspace, and how well one of them and a customer's text explain each other. Pure.

A text and a known question are compared word by word, both ways: how much of what the customer says the known question
explains, and how much of the known question the customer says. Each word counts by how few FAQs have it.
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

LONGEST = 500  # characters; longer texts are not questions that an FAQ answers
_MOST_WORDS = 60
_EXPLAINED = 0.6  # of the score; the rest is how much of the known question was said
_COMPARED = 24  # known questions that are compared in full
_AGREEING = 10  # known questions that are asked whether they agree
_ELSEWHERE, _IN_ANSWER = 0.9, 0.35  # what a word is worth that another variant, or only the answer, has
_OTHER_KIND = 0.75  # of the score of a question that asks for something else about the matter
_DECIDING, _ELSE = 0.3, 1.5  # from this weight on, a word that only other FAQs have counts so much more
_CONTRARY = 0.5  # of the score when one is negated and the other is not
_TELLING_NOTHING = STOP_WORDS | LIGHT_WORDS | {"how"}
CONTENT, _ASKED, _LIGHT, _SLIGHT = 1.0, 0.35, 0.3, 0.08


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question or variant. weights: of its stems, which add up to total; telling: see `distinctive_stems`.

    foreign: see `shared.faq.unknown_language`.
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
    """A customer's word, with its stem. likeness: the stems of the FAQ that it may stand for; content: whether it
    says what the text is about.
    """

    text: str
    stem: str
    weight: float
    content: bool
    matches: StemMatches


@dataclass(frozen=True, slots=True)
class Query:
    """A customer's text. length: in words, repeated ones too."""

    words: tuple[QueryWord, ...]
    text: tuple[str, ...]
    content: int
    length: int
    types: frozenset[str]
    negated: bool

    def stems(self, *, content: bool) -> list[str]:
        """The stems of its words, or of the content words only."""
        return [word.stem for word in self.words if word.content or not content]


@dataclass(frozen=True, slots=True)
class Fit:
    """How well the known question `at` of the FAQ `number` fits. All but the numbers are from 0 to 1.

    explained: how much of the customer's text the FAQ has. covered: how much of the known question the customer said.
    """

    number: int
    at: int
    score: float
    explained: float
    covered: float


class KnownQuestions:
    """All questions and variants of one workspace."""

    def __init__(self, faqs: Sequence[Faq]) -> None:
        self.faqs = tuple(faqs)
        asked = [(number, text) for number, faq in enumerate(faqs) for text in (faq.question, *faq.variants)]
        self._compounds = frozenset().union(*(compounds_in(text) for _, text in asked))
        parsed = [join_compounds(tokenize(text), self._compounds) for _, text in asked]
        self.exact: dict[tuple[str, ...], list[int]] = {}
        stems_of: dict[int, set[str]] = {}
        kinds_of: dict[int, frozenset[str]] = {}
        for (number, _), words in zip(asked, parsed, strict=True):
            self.exact.setdefault(words, []).append(number)
            stems_of.setdefault(number, set()).update(map(stem, words))
            kinds_of[number] = kinds_of.get(number, frozenset()) | question_types_in(words)
        self._stems_of = [frozenset(stems_of[number]) for number in range(len(faqs))]
        self._kinds_of = [kinds_of[number] for number in range(len(faqs))]
        spread = Counter(root for stems in self._stems_of for root in stems)
        most = log(1 + len(faqs)) + 1
        self._rarity = {root: (log((1 + len(faqs)) / count) + 1) / most for root, count in spread.items()}
        self.known = [self._read(number, text, words) for (number, text), words in zip(asked, parsed, strict=True)]
        self._places: list[list[int]] = [[] for _ in faqs]
        self._postings: dict[str, list[int]] = {}
        for at, known in enumerate(self.known):
            self._places[known.number].append(at)
            for root in known.weights:
                self._postings.setdefault(root, []).append(at)
        self._vocabulary = Vocabulary(self._postings)
        self._answers = [frozenset(map(stem, tokenize(faq.answer[:LONGEST]))) for faq in faqs]
        same: dict[str, int] = {}
        self.answer_of = [same.setdefault(faq.answer, number) for number, faq in enumerate(faqs)]

    def words(self, text: str) -> tuple[str, ...]:
        """The words of a text to compare; none when it is no question for an FAQ."""
        return self.join_compounds(tokenize(text)) if self.faqs and len(text) <= LONGEST else ()

    def join_compounds(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Words as the known questions write them; none when they are too many."""
        made = join_compounds(words, self._compounds)
        return made if len(made) <= _MOST_WORDS else ()

    def asked(self, words: tuple[str, ...], unknown: Iterable[int] = ()) -> Query:
        """A text, read. unknown: known questions of which it is supposed that nobody had thought of them."""
        seen: dict[str, QueryWord] = {}
        content = 0
        hidden = frozenset(unknown)
        for word in words:
            root = stem(word)
            if root in seen:
                continue
            like = self._vocabulary.matches(word)
            if hidden:
                like = {one: how for one, how in like.items() if not hidden.issuperset(self._postings[one])}
            class_ = _class_of(word)
            rarity = max((self._rarity[one] for one in like), default=1.0)
            content += class_ == CONTENT
            seen[root] = QueryWord(word, root, class_ * rarity, class_ == CONTENT, like)
        return Query(tuple(seen.values()), words, content, len(words), question_types_in(words), is_negated(words))

    def fits(self, asked: Query, unknown: Iterable[int] = ()) -> list[Fit]:
        """The known questions that have most in common with a text, best first."""
        hidden = frozenset(unknown)
        found = [self._fit(asked, at, hidden) for at in self._candidates(asked) if at not in hidden]
        return sorted(found, key=lambda fit: (-fit.score, fit.at))

    def best_per_faq(self, fits: Iterable[Fit]) -> list[Fit]:
        """The best fit of each FAQ, best first; ties in the order of the FAQs. fits: best first."""
        best: dict[int, Fit] = {}
        for fit in fits:
            best.setdefault(fit.number, fit)
        return sorted(best.values(), key=lambda fit: (-fit.score, fit.number))

    def runner_up_score(self, fits: Sequence[Fit]) -> float:
        """The score of the best answer that is another one than the first. fits: of each FAQ, best first."""
        first = self.answer_of[fits[0].number]
        return next((fit.score for fit in fits if self.answer_of[fit.number] != first), 0.0)

    def agreement(self, fits: Sequence[Fit], number: int) -> float:
        """How far the known questions that come nearest have the answer of the FAQ `number`, from 0 to 1."""
        nearest = fits[:_AGREEING]
        all_ = sum(fit.score**2 for fit in nearest)
        same = sum(fit.score**2 for fit in nearest if self.answer_of[fit.number] == self.answer_of[number])
        return same / all_ if all_ else 0.0

    def positions(self, number: int) -> list[int]:
        """The known questions of an FAQ."""
        return self._places[number]

    def unexplained_words(self, asked: Query, fit: Fit, unknown: Iterable[int] = ()) -> list[QueryWord]:
        """The content words of a text that no question or variant of the FAQ has."""
        stems = self.stems(fit.number, frozenset(unknown))
        return [word for word in asked.words if word.content and stems.isdisjoint(word.matches)]

    def stems(self, number: int, unknown: frozenset[int] = frozenset()) -> frozenset[str]:
        """The stems of all questions and variants of an FAQ."""
        places = self._places[number]
        if unknown.isdisjoint(places):
            return self._stems_of[number]
        return frozenset().union(*(self.known[at].weights for at in places if at not in unknown))

    def _read(self, number: int, text: str, words: tuple[str, ...]) -> KnownQuestion:
        weights: dict[str, float] = {}
        for word in words:
            root = stem(word)
            weights[root] = max(weights.get(root, 0.0), _class_of(word) * self._rarity[root])
        total = sum(weights.values()) or 1.0
        asks, negated = question_types_in(words), is_negated(words)
        return KnownQuestion(
            number, text, words, weights, total, distinctive_stems(words), asks, negated, is_unknown_language(text)
        )

    def _candidates(self, asked: Query) -> list[int]:
        """The known questions that share most with a text."""
        shared: dict[int, float] = {}
        total = sum(word.weight for word in asked.words)
        for word in sorted(asked.words, key=lambda word: -word.weight):
            if len(shared) >= _COMPARED and word.weight < _LIGHT:
                break
            for root, how in word.matches.items():
                value = word.weight * how
                for at in self._postings[root]:
                    shared[at] = shared.get(at, 0.0) + value
        if len(shared) <= _COMPARED:
            return list(shared)
        known = self.known
        return nlargest(_COMPARED, shared, key=lambda at: (shared[at] / (total + known[at].total), -at))

    def _fit(self, asked: Query, at: int, hidden: frozenset[int]) -> Fit:
        """How well a known question and a text explain each other."""
        known = self.known[at]
        elsewhere, answer = self.stems(known.number, hidden), self._answers[known.number]
        explained = total = 0.0
        said: dict[str, float] = {}
        for word in asked.words:
            weight = word.weight
            total += weight
            best = 0.0
            for root, how in word.matches.items():
                if root in known.weights:
                    best = max(best, how)
                    said[root] = max(said.get(root, 0.0), how)
                elif root in elsewhere:
                    best = max(best, _ELSEWHERE * how)
                elif root in answer:
                    best = max(best, _IN_ANSWER * how)
            if not best and word.matches and weight >= _DECIDING:
                total += (_ELSE - 1) * weight
            explained += weight * best
        covered = sum(known.weights[root] * how for root, how in said.items()) / known.total
        explained /= total or 1.0
        score = _together(explained, covered)
        if asked.negated != known.negated:
            score *= _CONTRARY
        if asks_other_type(asked.types, known.types or self._kinds_of[known.number]):
            score *= _OTHER_KIND
        return Fit(known.number, at, min(score, 1.0), explained, covered)


def _together(explained: float, covered: float) -> float:
    """Both have to be high: their weighted harmonic mean."""
    return 1 / (_EXPLAINED / explained + (1 - _EXPLAINED) / covered) if explained and covered else 0.0


def _class_of(word: str) -> float:
    if word in QUESTION_WORDS:
        return _ASKED
    if word in NEGATIONS or word in LIGHT_WORDS:
        return _LIGHT
    return _SLIGHT if word in STOP_WORDS else CONTENT


def distinctive_stems(words: Iterable[str]) -> tuple[str, ...]:
    """The stems of the words that tell one question from another, in order: not those of *the*, *want* or *how*."""
    return tuple(stem(word) for word in words if word not in _TELLING_NOTHING)


def is_negated(words: Iterable[str]) -> bool:
    """Whether one of the words negates."""
    return any(word in NEGATIONS for word in words)
