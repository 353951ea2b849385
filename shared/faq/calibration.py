"""How sure the FAQ of one workspace has to be, learnt from its own questions. Pure.

Each question is taken out and asked as if a customer had written it (`trials`); the threshold is the least certainty at
which few enough answers would be wrong. Customers find all questions there, the trials one less. How much that matters
shows when two are taken out: what went wrong is reckoned on from two and one to none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shared.faq.cross_validation import Trial, TrialResults, run_trials
from shared.faq.known_questions import KnownQuestions

MAX_WRONG_SHARE = 0.03  # of the answers given, the share that may be wrong
DEFAULT_THRESHOLD = 0.86  # the threshold where there is nothing to learn from
_LOWEST, _HIGHEST = 0.6, 0.97  # thresholds
_STRANGERS = 0.3  # of what customers write, the share that no FAQ answers
_NEAR = 0.3  # of the strangers, the share that is close to an FAQ
_PRIOR = 10.0  # trials that the experience of other FAQs is worth
_TEXTS = 12.0  # texts of an FAQ with which its own trials count as much as that experience
_LEAST = 0.3  # of what went wrong with one text less, what is reckoned to go wrong with all, at least
_ELSEWHERE = ((0.6, 0.086), (0.7, 0.063), (0.8, 0.037), (0.85, 0.026), (0.9, 0.017), (0.95, 0.005), (1.0, 0.001))
"""Certainties, and the share of wrong answers among those that are as certain or more, in other FAQs."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """threshold: the least certainty that is sure. precision, coverage: expected with it, 0 to 1.

    Without variants there is nothing to try: `trials.own` is empty then, and precision and coverage are 0.
    """

    threshold: float
    precision: float
    coverage: float
    trials: TrialResults


def calibrate(questions: KnownQuestions, dismissed: Iterable[str] = ()) -> Calibration:
    """Learn the threshold. dismissed: texts that no FAQ answers, besides the shipped ones."""
    trials = run_trials(questions, dismissed)
    if not trials.own:
        return Calibration(DEFAULT_THRESHOLD, 0.0, 0.0, trials)
    texts = len(questions.known) / len(questions.faqs) - 1
    threshold = _threshold(trials, texts)
    return Calibration(threshold, 1 - wrong_share(trials, threshold, texts), coverage(trials, threshold), trials)


def wrong_share(trials: TrialResults, threshold: float, texts: float) -> float:
    """Of the answers given with a threshold, the share that would be wrong. texts: variants of an FAQ, on average.

    The experience of other FAQs counts the more, the fewer texts there are.
    """
    elsewhere = _wrong_elsewhere(threshold)
    given = _given(trials.own, threshold)
    before, now = (_share(some, threshold, elsewhere) for some in (trials.fewer, trials.own))
    own = now * min(1.0, max(_LEAST, now / before))
    strangers = _strangers(trials, threshold)
    here = (own * (given + _PRIOR) + strangers) / (given + _PRIOR + strangers)
    trust = texts / (texts + _TEXTS)
    return float(here**trust * elsewhere ** (1 - trust))


def coverage(trials: TrialResults, threshold: float) -> float:
    """Of the questions that have an answer, the share that gets it with a threshold."""
    before, now = (_right(some, threshold) / max(1, len(some)) for some in (trials.fewer, trials.own))
    return min(1.0, now * min(2.0, now / before) if before else now)


def _threshold(trials: TrialResults, texts: float) -> float:
    some = (*trials.own, *trials.near, *trials.far)
    certainties = sorted({trial.certainty for trial in some if _LOWEST <= trial.certainty < _HIGHEST})
    enough = (certainty for certainty in certainties if wrong_share(trials, certainty, texts) <= MAX_WRONG_SHARE)
    return next(enough, _HIGHEST)


def _share(some: Sequence[Trial], threshold: float, elsewhere: float) -> float:
    """The share of wrong answers, evened out where there are few."""
    given, right = _given(some, threshold), _right(some, threshold)
    return (given - right + _PRIOR * elsewhere) / (given + _PRIOR)


def _strangers(trials: TrialResults, threshold: float) -> float:
    """Answers to strangers, when there are as many questions as own trials."""
    near, far = (_given(some, threshold) / max(1, len(some)) for some in (trials.near, trials.far))
    return (_NEAR * near + (1 - _NEAR) * far) * len(trials.own) * _STRANGERS / (1 - _STRANGERS)


def _given(some: Sequence[Trial], threshold: float) -> int:
    return sum(trial.certainty >= threshold for trial in some)


def _right(some: Sequence[Trial], threshold: float) -> int:
    return sum(trial.certainty >= threshold and trial.right for trial in some)


def _wrong_elsewhere(certainty: float) -> float:
    """Of the answers that other FAQs gave with at least this certainty, the share that was wrong; between two, even."""
    for (low, many), (high, few) in pairwise(_ELSEWHERE):
        if certainty <= high:
            return many + (few - many) * (certainty - low) / (high - low)
    return _ELSEWHERE[-1][1]
