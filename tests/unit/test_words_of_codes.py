"""The console's catalogues have words for every code that the server writes, in each language."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from shared.operations.broadcasts.problem_text import CODES as PROBLEMS
from shared.operations.checks.channel import CODES as CHECKS
from shared.operations.trace.hops import CODES as STEPS

TEXTS = Path("web/src/texts")
SAID = {
    ("why", "steps"): STEPS,
    ("channels", "checkTexts"): CHECKS,
    ("broadcasts", "problemTexts"): PROBLEMS,
}


@pytest.mark.parametrize("language", [found.name for found in sorted(TEXTS.iterdir()) if found.is_dir()])
@pytest.mark.parametrize(("area", "block"), SAID)
def test_every_code_has_words(language: str, area: str, block: str) -> None:
    codes: Sequence[str] = SAID[area, block]
    text = (TEXTS / language / f"{area}.ts").read_text()
    found = re.search(rf"^  {block}: {{\n(.*?)^  }}", text, re.MULTILINE | re.DOTALL)
    assert found, f"{language}/{area}.ts has no {block}"
    assert sorted(re.findall(r"^    (\w+): ", found[1], re.MULTILINE)) == sorted(codes)
