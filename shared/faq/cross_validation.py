"""The FAQ's own questions, asked as if by customers, and texts that it does not answer. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from shared.faq.assessment import assess
from shared.faq.known_questions import KnownQuestions
from shared.faq.tokenizer import tokenize
from shared.faq.unrelated_texts import UNRELATED_TEXTS

_TRIED = 400  # of the known questions at most, so that the time is bounded


@dataclass(frozen=True, slots=True)
class Trial:
    """A text that was asked. number: the FAQ that it belongs to, -1: none; answered: the FAQ that came out, -1: none.

    certainty: of that FAQ, 0 when it is doubtful in any case.
    """

    text: str
    number: int
    matched: int
    certainty: float
    right: bool


@dataclass(frozen=True, slots=True)
class TrialResults:
    """own: each question asked without itself. fewer: the same without one more of its FAQ's. near: without its whole
    FAQ, so that nothing answers it. far: texts that nothing answers.
    """

    own: tuple[Trial, ...]
    fewer: tuple[Trial, ...]
    near: tuple[Trial, ...]
    far: tuple[Trial, ...]


def run_trials(questions: KnownQuestions, dismissed: Iterable[str]) -> TrialResults:
    """Ask. dismissed: texts that no FAQ answers, besides the shipped ones."""
    step = -(-len(questions.known) // _TRIED) or 1
    places = range(0, len(questions.known), step)
    strangers = ((text, questions.join_compounds(words)) for text, words in _strangers())
    far = [(text, words) for text, words in strangers if words not in questions.exact]
    far += [(text, questions.words(text)) for text in dismissed]
    return TrialResults(
        own=tuple(_without(questions, places, 1)),
        fewer=tuple(_without(questions, places, 2)),
        near=tuple(_without_faq(questions, at) for at in places),
        far=tuple(_trial(questions, text, words, -1) for text, words in far),
    )


@cache
def _strangers() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The shipped ones with their words, read once for all workspaces."""
    return tuple((text, tokenize(text)) for text in UNRELATED_TEXTS)


def _without(questions: KnownQuestions, places: Sequence[int], out: int) -> Iterator[Trial]:
    """Each question, where its FAQ has more than `out` texts; itself and the next ones of its FAQ taken out."""
    for at in places:
        known = questions.known[at]
        same = questions.positions(known.number)
        if len(same) > out:
            first = same.index(at)
            hidden = [same[(first + more) % len(same)] for more in range(out)]
            yield _trial(questions, known.text, known.words, known.number, hidden)


def _without_faq(questions: KnownQuestions, at: int) -> Trial:
    known = questions.known[at]
    answer = questions.answer_of[known.number]
    same = (number for number, other in enumerate(questions.answer_of) if other == answer)
    return _trial(
        questions, known.text, known.words, -1, [place for number in same for place in questions.positions(number)]
    )


def _trial(
    questions: KnownQuestions, text: str, words: tuple[str, ...], number: int, unknown: Sequence[int] = ()
) -> Trial:
    asked = questions.asked(words, unknown)
    judged = assess(questions, asked, unknown)
    if judged is None:
        return Trial(text, number, -1, 0.0, False)
    answers = questions.answer_of
    right = number >= 0 and answers[judged.best.number] == answers[number]
    return Trial(text, number, judged.best.number, 0.0 if judged.mismatch_reason else judged.certainty, right)
