"""Complete flows to begin with: `shared/flows/starters/NAME/LANGUAGE.yaml`, with their tests beside them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared.flows.edit.apply import apply
from shared.flows.edit.operations import operation_of
from shared.flows.load import read_flow
from shared.operations.flows.publishing import FlowNotFound

FOLDER = Path(__file__).parents[2] / "flows" / "starters"
_STARTS = re.compile(r"\{start: [a-z][a-z0-9_-]*\}")


@dataclass(frozen=True, slots=True)
class Starter:
    """A flow in one language. tests: its tests in YAML."""

    name: str
    language: str
    description: str
    steps: int
    source: str
    tests: str


@cache
def starters() -> tuple[Starter, ...]:
    """Return all starters, by name and language."""
    return tuple(_starters(sorted(FOLDER.glob("*/??.yaml"))))


def starter(name: str, language: str) -> Starter:
    """Return one. Raises FlowNotFound."""
    for one in starters():
        if (one.name, one.language) == (name, language):
            return one
    raise FlowNotFound(f"there is no starter `{name}` in the language `{language}`")


def copy_of(one: Starter, name: str) -> tuple[str, str]:
    """Return the text and the tests of a starter as a flow of another name."""
    source = apply(one.source, operation_of({"op": "set", "path": ["flow"], "value": name})).source
    return source, _STARTS.sub(f"{{start: {name}}}", one.tests)


def _starters(files: Iterable[Path]) -> Iterable[Starter]:
    for file in files:
        source = file.read_text(encoding="utf-8")
        flow = read_flow(source, file.name)
        yield Starter(
            name=file.parent.name,
            language=file.stem,
            description=flow.content.description,
            steps=len(flow.content.steps),
            source=source,
            tests=file.with_suffix(".test.yaml").read_text(encoding="utf-8"),
        )
