"""The best match of a text, and its certainty: a logistic regression (docs/faq.md has its training data). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from shared.faq.known_questions import Fit, KnownQuestions, Query
from shared.faq.mismatch import mismatch_reason

_SCORE, _MARGIN, _MATCHED, _AGREEMENT, _INTERCEPT = 5.77, 1.49, 0.81, 2.02, -5.3
_MAX_MATCHED = 3


@dataclass(frozen=True, slots=True)
class Assessment:
    """The FAQs that fit a text best. fits: the best of each FAQ, best first. certainty: of the first, from 0 to 1.

    rival: the score of the best different answer. mismatch_reason: why the first is not sure whatever its certainty;
    empty if there is no reason.
    """

    fits: tuple[Fit, ...]
    certainty: float
    runner_up_score: float
    mismatch_reason: str

    @property
    def best(self) -> Fit:
        """The fit that the certainty is about."""
        return self.fits[0]


def assess(questions: KnownQuestions, query: Query, excluded: Sequence[int] = ()) -> Assessment | None:
    """Return the best fits and their certainty; None without any fit. excluded: see `KnownQuestions.query`."""
    all_fits = questions.fits(query, excluded)
    if not all_fits:
        return None
    fits = questions.best_per_faq(all_fits)
    best, rival = fits[0], questions.runner_up_score(fits)
    matched = min(query.content - len(questions.unexplained_words(query, best, excluded)), _MAX_MATCHED)
    agreement = questions.agreement(all_fits, best.number)
    logit = (
        _SCORE * best.score + _MARGIN * (best.score - rival) + _MATCHED * matched + _AGREEMENT * agreement + _INTERCEPT
    )
    reason = _too_short(query) or mismatch_reason(questions, query, best, excluded)
    return Assessment(tuple(fits), 1 / (1 + exp(-logit)), rival, reason)


def _too_short(query: Query) -> str:
    return "one word is not enough" if query.length < 2 else ""
