"""Learns a workspace's threshold of certainty from its own FAQ. Pure.

Each question is removed from the FAQ and asked as if by a customer (`cross_validation`, leave-one-out); the threshold
is the lowest certainty at which few enough answers would be wrong. A trial has one variant fewer than a customer would
find, so trials with two variants removed are made too, and the error is extrapolated from two and one to none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shared.faq.cross_validation import Trial, TrialResults, run_trials
from shared.faq.known_questions import KnownQuestions

MAX_WRONG_SHARE = 0.03  # of the answers given, the share that may be wrong
DEFAULT_THRESHOLD = 0.86  # the threshold of FAQs without variants
_LOWEST, _HIGHEST = 0.6, 0.97  # thresholds
_UNRELATED_SHARE = 0.3  # share of customers' texts that no FAQ answers
_NEAR_SHARE = 0.3  # share of the unrelated texts that resemble an FAQ
_PRIOR = 10.0  # weight of other FAQs' experience, in trials
_EQUAL_TRUST_TEXTS = 12.0  # variants per FAQ at which its own trials weigh as much as other FAQs' experience
_MIN_RATIO = 0.3  # lower bound of the extrapolated error, as a share of the error with one variant removed
_OTHER_FAQS = ((0.6, 0.086), (0.7, 0.063), (0.8, 0.037), (0.85, 0.026), (0.9, 0.017), (0.95, 0.005), (1.0, 0.001))
"""Measured with other FAQs: certainty, and the share of wrong answers among those at least as certain."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The learned threshold. threshold: the lowest certainty that is sure. precision, coverage: expected, 0 to 1.

    Without variants no trial is possible: `trials.own` is empty, and precision and coverage are 0.
    """

    threshold: float
    precision: float
    coverage: float
    trials: TrialResults


def calibrate(questions: KnownQuestions, dismissed: Iterable[str] = ()) -> Calibration:
    """Return the threshold for these questions. dismissed: texts that no FAQ answers, besides the shipped ones."""
    trials = run_trials(questions, dismissed)
    if not trials.own:
        return Calibration(DEFAULT_THRESHOLD, 0.0, 0.0, trials)
    texts = len(questions.known) / len(questions.faqs) - 1
    threshold = _threshold(trials, texts)
    return Calibration(threshold, 1 - wrong_share(trials, threshold, texts), coverage(trials, threshold), trials)


def wrong_share(trials: TrialResults, threshold: float, texts: float) -> float:
    """Return the expected share of wrong answers with a threshold. texts: variants of an FAQ, on average.

    The fewer variants, the more other FAQs' experience counts.
    """
    others = _wrong_share_of_other_faqs(threshold)
    answered = _answered(trials.own, threshold)
    two_removed, one_removed = (
        _smoothed_wrong_share(trials_, threshold, others) for trials_ in (trials.fewer, trials.own)
    )
    own = one_removed * min(1.0, max(_MIN_RATIO, one_removed / two_removed))
    unrelated = _unrelated_answers(trials, threshold)
    observed = (own * (answered + _PRIOR) + unrelated) / (answered + _PRIOR + unrelated)
    trust = texts / (texts + _EQUAL_TRUST_TEXTS)
    return float(observed**trust * others ** (1 - trust))


def coverage(trials: TrialResults, threshold: float) -> float:
    """Return the expected share of answerable questions that are answered with a threshold."""
    two_removed, one_removed = (
        _correct(trials_, threshold) / max(1, len(trials_)) for trials_ in (trials.fewer, trials.own)
    )
    return min(1.0, one_removed * min(2.0, one_removed / two_removed) if two_removed else one_removed)


def _threshold(trials: TrialResults, texts: float) -> float:
    trials_ = (*trials.own, *trials.near, *trials.far)
    certainties = sorted({trial.certainty for trial in trials_ if _LOWEST <= trial.certainty < _HIGHEST})
    acceptable = (certainty for certainty in certainties if wrong_share(trials, certainty, texts) <= MAX_WRONG_SHARE)
    return next(acceptable, _HIGHEST)


def _smoothed_wrong_share(trials_: Sequence[Trial], threshold: float, others: float) -> float:
    """Return the share of wrong answers, smoothed by other FAQs' experience."""
    answered, right = _answered(trials_, threshold), _correct(trials_, threshold)
    return (answered - right + _PRIOR * others) / (answered + _PRIOR)


def _unrelated_answers(trials: TrialResults, threshold: float) -> float:
    """Return the expected number of answers to unrelated texts, for as many questions as own trials."""
    near, far = (_answered(trials_, threshold) / max(1, len(trials_)) for trials_ in (trials.near, trials.far))
    return (_NEAR_SHARE * near + (1 - _NEAR_SHARE) * far) * len(trials.own) * _UNRELATED_SHARE / (1 - _UNRELATED_SHARE)


def _answered(trials_: Sequence[Trial], threshold: float) -> int:
    return sum(trial.certainty >= threshold for trial in trials_)


def _correct(trials_: Sequence[Trial], threshold: float) -> int:
    return sum(trial.certainty >= threshold and trial.right for trial in trials_)


def _wrong_share_of_other_faqs(certainty: float) -> float:
    """Return other FAQs' share of wrong answers with at least this certainty, interpolated linearly."""
    for (low, many), (high, few) in pairwise(_OTHER_FAQS):
        if certainty <= high:
            return many + (few - many) * (certainty - low) / (high - low)
    return _OTHER_FAQS[-1][1]
