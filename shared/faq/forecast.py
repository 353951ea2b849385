"""Expected precision and coverage of a workspace's FAQ, from its own questions: see `shared.faq.calibration`. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from shared.faq.cross_validation import Trial
from shared.faq.index import FaqIndex
from shared.workspace.config import Faq

_CONFUSED_FROM = 0.6  # certainty from which on a wrong match is reported
_MAX_NAMED = 10  # pairs, and FAQs


@dataclass(frozen=True, slots=True)
class FaqForecast:
    """Expected quality. precision, coverage: 0 to 1; None when no FAQ has a variant. threshold: the lowest certainty.

    trials: questions tried. confusable: pairs of FAQs (numbers from 0), each with the question that matched the other.
    need_variants: FAQs that need more variants, those with most misses first.
    """

    threshold: float
    trials: int
    precision: float | None
    coverage: float | None
    confusable: tuple[tuple[int, int, str], ...]
    need_variants: tuple[int, ...]


def forecast(faqs: Sequence[Faq]) -> FaqForecast | None:
    """Test the FAQ with its own questions; None when there are no FAQs."""
    calibration = FaqIndex(faqs).calibration
    if not faqs or calibration is None:
        return None
    own = calibration.trials.own
    return FaqForecast(
        threshold=calibration.threshold,
        trials=len(own),
        precision=calibration.precision if own else None,
        coverage=calibration.coverage if own else None,
        confusable=_confusable(own),
        need_variants=_faqs_needing_variants(faqs, own, calibration.threshold),
    )


def forecast_lines(result: FaqForecast, owners: float | None) -> list[str]:
    """Return lines for people. owners: the threshold of the workspace file, if it has one."""
    lines = [f"{_faq(one)} and {_faq(other)} are easily confused: {text!r}" for one, other, text in result.confusable]
    if result.need_variants:
        lines.append(f"More variants would help most: {', '.join(map(_faq, result.need_variants))}.")
    if result.precision is None or result.coverage is None:
        return [*lines, "No FAQ has variants, so precision and coverage cannot be predicted."]
    lines.append(
        f"Expected, from {result.trials} questions tried out: {result.precision:.0%} of the answers right,"
        f" {result.coverage:.0%} of the questions answered."
    )
    if owners is not None:
        lines.append(f"This ignores bot.faq_threshold: {owners:g} is used instead of the learned threshold.")
    return lines


def _faq(number: int) -> str:
    return f"FAQ {number + 1}"


def _confusable(own: Sequence[Trial]) -> tuple[tuple[int, int, str], ...]:
    wrong = [trial for trial in own if not trial.right and trial.certainty >= _CONFUSED_FROM]
    result: dict[tuple[int, int], str] = {}
    for trial in sorted(wrong, key=lambda trial: -trial.certainty):
        one, other = sorted((trial.number, trial.matched))
        result.setdefault((one, other), trial.text)
    return tuple((*pair, text) for pair, text in result.items())[:_MAX_NAMED]


def _faqs_needing_variants(faqs: Sequence[Faq], own: Sequence[Trial], threshold: float) -> tuple[int, ...]:
    """Return FAQs by their misses, most first; an FAQ without variants counts as missed once."""
    missed = Counter(trial.number for trial in own if not trial.right or trial.certainty < threshold)
    missed.update(number for number, faq in enumerate(faqs) if not faq.variants)
    return tuple(number for number, _ in sorted(missed.items(), key=lambda item: (-item[1], item[0])))[:_MAX_NAMED]
