"""How sure a fit is, from 0 to 1: a formula that was fitted to labelled questions (docs/faq.md says to which). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from shared.faq.known_questions import Fit, KnownQuestions, Query
from shared.faq.mismatch import mismatch_reason

_SCORE, _MARGIN, _MATCHED, _AGREEMENT, _NOTHING = 5.77, 1.49, 0.81, 2.02, -5.3
_MOST_MATCHED = 3


@dataclass(frozen=True, slots=True)
class Assessment:
    """The FAQs that fit a text best. fits: of each FAQ, best first. certainty: of the first, from 0 to 1.

    rival: the score of the best other answer. doubt: why it is not sure in any case; empty when nothing says so.
    """

    fits: tuple[Fit, ...]
    certainty: float
    runner_up_score: float
    mismatch_reason: str

    @property
    def best(self) -> Fit:
        """The fit that is judged."""
        return self.fits[0]


def assess(questions: KnownQuestions, asked: Query, unknown: Sequence[int] = ()) -> Assessment | None:
    """Find what fits best and say how sure it is; None when nothing is alike. unknown: see `Questions.asked`."""
    all_ = questions.fits(asked, unknown)
    if not all_:
        return None
    fits = questions.best_per_faq(all_)
    best, rival = fits[0], questions.runner_up_score(fits)
    matched = min(asked.content - len(questions.unexplained_words(asked, best, unknown)), _MOST_MATCHED)
    agreement = questions.agreement(all_, best.number)
    sum_ = _SCORE * best.score + _MARGIN * (best.score - rival) + _MATCHED * matched + _AGREEMENT * agreement + _NOTHING
    why = _too_short(asked) or mismatch_reason(questions, asked, best, unknown)
    return Assessment(tuple(fits), 1 / (1 + exp(-sum_)), rival, why)


def _too_short(asked: Query) -> str:
    return "one word says too little" if asked.length < 2 else ""
