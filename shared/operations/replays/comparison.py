"""Compares the answer then and the answer now, cheaply: by origin, numbers, links and words. Pure."""

import re
from difflib import SequenceMatcher

from shared.domain.replays import Difference, Origin, Said
from shared.text.phrases import folded

_NUMBERS_AND_LINKS = re.compile(r"https?://\S+|\d+(?:[.,:]\d+)*")
_ALIKE = 0.6  # share of the words in common, from which on two texts are the same in other words
_COMPARED_WORDS = 1000
_SILENT = (Origin.NOBODY, Origin.LATER)


def difference_of(then: Said, now: Said) -> Difference:
    """Return how two answers differ."""
    if now.error and not now.refusals and now.asked:
        return Difference.UNKNOWN
    if then.origin is not now.origin and not (then.origin in _SILENT and now.origin in _SILENT):
        return Difference.ORIGIN
    one, other = folded(then.text).split(), folded(now.text).split()
    if one == other:
        return Difference.SAME
    if _facts(then.text) != _facts(now.text) or alike(one, other) < _ALIKE:
        return Difference.MEANING
    return Difference.WORDING


def alike(one: list[str], other: list[str]) -> float:
    """Return the share of words that two texts have in common, in their order."""
    matcher = SequenceMatcher(None, one[:_COMPARED_WORDS], other[:_COMPARED_WORDS], autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= _ALIKE else 0.0


def _facts(text: str) -> set[str]:
    """Return the numbers and links of a text: who changes one of them says something else."""
    return {found.rstrip(".,:;!?)") for found in _NUMBERS_AND_LINKS.findall(text)}
