"""Leave-one-out trials: the FAQ's own questions asked as if by customers, and texts that it does not answer. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from shared.faq.assessment import assess
from shared.faq.known_questions import KnownQuestions
from shared.faq.tokenizer import tokenize
from shared.faq.unrelated_texts import UNRELATED_TEXTS

_MAX_TRIED = 400  # known questions; bounds the CPU time


@dataclass(frozen=True, slots=True)
class Trial:
    """A text and its match. number: the FAQ that answers it, -1: none; matched: the FAQ that was found, -1: none.

    certainty: of the match, 0 if there is a reason against it (`mismatch`).
    """

    text: str
    number: int
    matched: int
    certainty: float
    right: bool


@dataclass(frozen=True, slots=True)
class TrialResults:
    """All trials of an FAQ. own: each question asked without itself. fewer: the same with a second variant of its FAQ
    removed. near: with its whole FAQ removed, so that nothing answers it. far: texts that no FAQ answers.
    """

    own: tuple[Trial, ...]
    fewer: tuple[Trial, ...]
    near: tuple[Trial, ...]
    far: tuple[Trial, ...]


def run_trials(questions: KnownQuestions, dismissed: Iterable[str]) -> TrialResults:
    """Run all trials. dismissed: texts that no FAQ answers, besides the shipped ones."""
    step = -(-len(questions.known) // _MAX_TRIED) or 1
    places = range(0, len(questions.known), step)
    unrelated = ((text, questions.join_compounds(words)) for text, words in _tokenized_unrelated_texts())
    far = [(text, words) for text, words in unrelated if words not in questions.exact]
    far += [(text, questions.words(text)) for text in dismissed]
    return TrialResults(
        own=tuple(_trials_without(questions, places, 1)),
        fewer=tuple(_trials_without(questions, places, 2)),
        near=tuple(_trial_without_faq(questions, at) for at in places),
        far=tuple(_trial(questions, text, words, -1) for text, words in far),
    )


@cache
def _tokenized_unrelated_texts() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the shipped unrelated texts and their words; cached, for they are the same for all workspaces."""
    return tuple((text, tokenize(text)) for text in UNRELATED_TEXTS)


def _trials_without(questions: KnownQuestions, places: Sequence[int], out: int) -> Iterator[Trial]:
    """Yield a trial of each question, with `out` texts of its FAQ removed, itself first; smaller FAQs are skipped."""
    for at in places:
        known = questions.known[at]
        same = questions.positions(known.number)
        if len(same) > out:
            first = same.index(at)
            hidden = [same[(first + more) % len(same)] for more in range(out)]
            yield _trial(questions, known.text, known.words, known.number, hidden)


def _trial_without_faq(questions: KnownQuestions, at: int) -> Trial:
    known = questions.known[at]
    answer = questions.answer_of[known.number]
    same = (number for number, other in enumerate(questions.answer_of) if other == answer)
    return _trial(
        questions, known.text, known.words, -1, [place for number in same for place in questions.positions(number)]
    )


def _trial(
    questions: KnownQuestions, text: str, words: tuple[str, ...], number: int, excluded: Sequence[int] = ()
) -> Trial:
    query = questions.query(words, excluded)
    assessment = assess(questions, query, excluded)
    if assessment is None:
        return Trial(text, number, -1, 0.0, False)
    answers = questions.answer_of
    right = number >= 0 and answers[assessment.best.number] == answers[number]
    return Trial(
        text, number, assessment.best.number, 0.0 if assessment.mismatch_reason else assessment.certainty, right
    )
