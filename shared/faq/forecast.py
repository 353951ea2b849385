"""Expected precision and coverage of a workspace's FAQ, from its own questions: see `shared.faq.calibration`. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from shared.faq.cross_validation import Trial
from shared.faq.index import FaqIndex
from shared.workspace.config import Faq

_CONFUSED = 0.6  # certainty, from which on a wrong answer is worth naming
_NAMED = 10  # pairs and FAQs at most


@dataclass(frozen=True, slots=True)
class FaqForecast:
    """precision, coverage: expected, 0 to 1; None when no FAQ has a variant to try. threshold: the least certainty.

    tried: own questions that were tried out. confusable: pairs of FAQs, from 0, each with the question that was taken
    for the other's. wanting: FAQs that more variants would help, those that were missed most first.
    """

    threshold: float
    trials: int
    precision: float | None
    coverage: float | None
    confusable: tuple[tuple[int, int, str], ...]
    need_variants: tuple[int, ...]


def forecast(faqs: Sequence[Faq]) -> FaqForecast | None:
    """Test the FAQ with its own questions; None when there are no FAQs."""
    learnt = FaqIndex(faqs).calibration
    if not faqs or learnt is None:
        return None
    own = learnt.trials.own
    return FaqForecast(
        threshold=learnt.threshold,
        trials=len(own),
        precision=learnt.precision if own else None,
        coverage=learnt.coverage if own else None,
        confusable=_confusable(own),
        need_variants=_wanting(faqs, own, learnt.threshold),
    )


def forecast_lines(found: FaqForecast, owners: float | None) -> list[str]:
    """Return lines for people. owners: the threshold of the workspace file, if it has one."""
    said = [
        f"{_faq(one)} and {_faq(other)} are easily taken for each other: {text!r}"
        for one, other, text in found.confusable
    ]
    if found.need_variants:
        said.append(f"More variants would help most: {', '.join(map(_faq, found.need_variants))}.")
    if found.precision is None or found.coverage is None:
        return [*said, "No FAQ has variants, so nothing can be said of how much will be answered."]
    said.append(
        f"Expected, from {found.trials} questions tried out: {found.precision:.0%} of the answers right,"
        f" {found.coverage:.0%} of the questions answered."
    )
    if owners is not None:
        said.append(f"That is without bot.faq_threshold: {owners:g} is used instead of what was learnt.")
    return said


def _faq(number: int) -> str:
    return f"FAQ {number + 1}"


def _confusable(own: Sequence[Trial]) -> tuple[tuple[int, int, str], ...]:
    wrong = [trial for trial in own if not trial.right and trial.certainty >= _CONFUSED]
    found: dict[tuple[int, int], str] = {}
    for trial in sorted(wrong, key=lambda trial: -trial.certainty):
        one, other = sorted((trial.number, trial.matched))
        found.setdefault((one, other), trial.text)
    return tuple((*pair, text) for pair, text in found.items())[:_NAMED]


def _wanting(faqs: Sequence[Faq], own: Sequence[Trial], threshold: float) -> tuple[int, ...]:
    """FAQs without a variant count as missed once."""
    missed = Counter(trial.number for trial in own if not trial.right or trial.certainty < threshold)
    missed.update(number for number, faq in enumerate(faqs) if not faq.variants)
    return tuple(number for number, _ in sorted(missed.items(), key=lambda item: (-item[1], item[0])))[:_NAMED]
