"""Words of the console for values that services store."""

import re
from pathlib import Path

import pytest

from shared.decisions.decision import DecisionKind

TEXTS = Path(__file__).parents[2] / "web" / "src" / "texts"


@pytest.mark.parametrize("language", ["en", "es"])
def test_analytics_have_a_word_for_every_decision(language: str) -> None:
    labels = (TEXTS / language / "analytics.ts").read_text().partition("labels: {")[2].partition("}")[0]
    assert {kind.value for kind in DecisionKind} <= set(re.findall(r'^\s+"?([\w-]+)"?:', labels, re.MULTILINE))
