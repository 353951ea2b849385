"""How sure the FAQ of one workspace has to be, learnt from its own questions. Pure.

Each variant is taken out in turn and asked as if a customer had written it: the FAQ ought to be found by what is left.
Then its whole FAQ is taken out as well, and nothing ought to be answered; nor ought the shipped strangers, nor what the
owner dismissed. The threshold is the least certainty at which the answers given would be right often enough.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shared.faq.certainty import judge
from shared.faq.questions import Questions
from shared.faq.strangers import STRANGERS

WRONG = 0.025  # of the answers given, the share that may be wrong
UNCALIBRATED = 0.86  # the threshold where there is nothing to learn from
_HIGHEST = 0.97
_TRIED = 400  # of the known questions at most, so that the time is bounded
_STRANGERS = 0.3  # of what customers write, the share that no FAQ answers; half of them close to one
_NEAR = 0.2
_PRIOR = 10.0  # trials that the experience of other FAQs is worth
_TEXTS = 6.0  # texts of an FAQ with which its own trials count as much as that experience
_ELSEWHERE = ((0.6, 0.09), (0.7, 0.065), (0.8, 0.045), (0.85, 0.028), (0.9, 0.016), (0.95, 0.006), (1.0, 0.002))
_LOWEST = 0.6


@dataclass(frozen=True, slots=True)
class Trial:
    """A text that was asked. number: the FAQ that it belongs to, -1: none; answered: the FAQ that came out, -1: none.

    certainty: of that FAQ, 0 when it is doubtful in any case. weight: how often such a text comes, against the others.
    """

    text: str
    number: int
    answered: int
    certainty: float
    right: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """threshold: the least certainty that is sure. precision, coverage: expected with it; 0 when there was no trial of
    a question.
    """

    threshold: float
    precision: float
    coverage: float
    trials: tuple[Trial, ...]


def calibrate(questions: Questions, dismissed: Iterable[str] = ()) -> Calibration:
    """Learn the threshold. dismissed: texts that no FAQ answers, besides the shipped ones."""
    own = _own(questions)
    near = _without_their_faq(questions)
    far = [_trial(questions, text, -1) for text in STRANGERS if questions.words(text) not in questions.exact]
    far += [_trial(questions, text, -1) for text in dismissed]
    share = _STRANGERS if own else 0.5
    trials = (*_weighed(own, 1 - share), *_weighed(near, share * _NEAR), *_weighed(far, share * (1 - _NEAR)))
    spare = len(questions.known) / max(1, len(questions.faqs)) - 1
    threshold = _threshold(trials, spare)
    precision, coverage = expected(trials, threshold)
    return Calibration(threshold, precision, coverage, trials)


def expected(trials: Sequence[Trial], threshold: float) -> tuple[float, float]:
    """Precision and coverage with a threshold; zeros when no trial has a right answer."""
    asked = sum(trial.weight for trial in trials if trial.number >= 0)
    given = sum(trial.weight for trial in trials if trial.certainty >= threshold)
    right = sum(trial.weight for trial in trials if trial.certainty >= threshold and trial.right)
    return (right / given if given else 0.0, right / asked) if asked else (0.0, 0.0)


def _threshold(trials: Sequence[Trial], texts: float) -> float:
    """The least certainty at which few enough answers are wrong. texts: that an FAQ has besides the one taken out.

    A workspace's own trials are stricter than its customers are where an FAQ has few texts; so what is known of other
    FAQs counts the more, the fewer there are.
    """
    own = sum(trial.number >= 0 for trial in trials)
    if not own:
        return UNCALIBRATED
    unit = sum(trial.weight for trial in trials if trial.number >= 0) / own
    trust = texts / (texts + _TEXTS)
    given = wrong = 0.0
    found = _HIGHEST
    for trial in sorted(trials, key=lambda trial: -trial.certainty):
        if trial.certainty < _LOWEST:
            break
        given += trial.weight / unit
        wrong += 0.0 if trial.right else trial.weight / unit
        here = (wrong + _PRIOR * _wrong_elsewhere(trial.certainty)) / (given + _PRIOR)
        if here**trust * _wrong_elsewhere(trial.certainty) ** (1 - trust) <= WRONG:
            found = min(found, trial.certainty)
    return found


def _wrong_elsewhere(certainty: float) -> float:
    """Of the answers that other FAQs gave with at least this certainty, the share that was wrong; between two, even."""
    for (low, many), (high, few) in pairwise(_ELSEWHERE):
        if certainty <= high:
            return many + (few - many) * (certainty - low) / (high - low)
    return _ELSEWHERE[-1][1]


def _own(questions: Questions) -> list[Trial]:
    return [
        _trial(questions, questions.known[at].text, questions.known[at].number, (at,))
        for at in _tried(questions)
        if len(questions.places(questions.known[at].number)) > 1
    ]


def _without_their_faq(questions: Questions) -> list[Trial]:
    found = []
    for at in _tried(questions):
        answer = questions.answer_of[questions.known[at].number]
        same = [number for number, other in enumerate(questions.answer_of) if other == answer]
        hidden = [place for number in same for place in questions.places(number)]
        found.append(_trial(questions, questions.known[at].text, -1, hidden))
    return found


def _tried(questions: Questions) -> Sequence[int]:
    step = -(-len(questions.known) // _TRIED) or 1
    return range(0, len(questions.known), step)


def _trial(questions: Questions, text: str, number: int, unknown: Sequence[int] = ()) -> Trial:
    words = questions.words(text)
    asked = questions.asked(words, unknown)
    judged = judge(questions, asked, unknown)
    if judged is None:
        return Trial(text, number, -1, 0.0, False, 1.0)
    answers = questions.answer_of
    right = number >= 0 and answers[judged.best.number] == answers[number]
    return Trial(text, number, judged.best.number, 0.0 if judged.doubt else judged.certainty, right, 1.0)


def _weighed(trials: Sequence[Trial], share: float) -> list[Trial]:
    each = share / len(trials) if trials else 0.0
    return [Trial(trial.text, trial.number, trial.answered, trial.certainty, trial.right, each) for trial in trials]
