"""The console has words in each language for all refusals of its API that a person can meet."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.console.auth.password_rules import PasswordProblem
from services.console.problems import CODES, PROBLEMS

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "web" / "src" / "texts"
CONFLICTS_WITH_PAGES = {"services/console/api/flow_drafts.py"}
"""Files whose conflicts a page shows in its own way: both versions of a draft."""


def keys_of(language: str, part: str) -> set[str]:
    """Return the keys of a part of the texts of problems."""
    source = (TEXTS / language / "problems.ts").read_text()
    inner = re.search(rf"^  {part}: {{\n(.*?)^  }},$", source, re.DOTALL | re.MULTILINE)
    assert inner is not None
    return set(re.findall(r'^    "?([\w-]+)"?:', inner[1], re.MULTILINE))


def problems() -> Iterator[tuple[str, str, str]]:
    """Yield file, name and reason of each problem that the console's code makes; an empty reason: it has none."""
    for path in sorted((ROOT / "services" / "console").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
                name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
                given = [one.value for one in node.keywords if one.arg == "reason"]
                reason = given[0].value if given and isinstance(given[0], ast.Constant) else ""
                yield str(path.relative_to(ROOT)), str(name), str(reason)


def reasons() -> set[str]:
    """Return the reasons of problems and of refused operations."""
    found = {reason for _, _, reason in problems() if reason}
    for path in (ROOT / "shared" / "operations").rglob("*.py"):
        found |= set(re.findall(r'^    reason = "([\w-]+)"$', path.read_text(), re.MULTILINE))
    return found


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_problem_reason_and_code_has_words(language: str) -> None:
    assert keys_of(language, "kinds") == set(PROBLEMS)
    assert keys_of(language, "reasons") == reasons()
    assert keys_of(language, "fields") == {*CODES.values(), *(one.code for one in PasswordProblem)}


def test_conflicts_have_a_reason() -> None:
    """`conflict` alone says nothing in a person's language."""
    without = {file for file, name, reason in problems() if name == "conflict" and not reason}
    assert without <= CONFLICTS_WITH_PAGES
