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
from shared.operations.flows.simulating import book_of
from shared.operations.flows.trials import choices_of, options_of, perform, read_trials, session_of, text_of
from shared.workspace.config import Workspace

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


@dataclass(frozen=True, slots=True)
class SampleLine:
    """A message of a conversation. by: `customer` or `flow`. options: titles of its buttons or rows."""

    by: str
    text: str
    options: tuple[str, ...] = ()


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


def sample(one: Starter, workspace: Workspace) -> list[SampleLine]:
    """Return the conversation of a starter's first test, as customers of this workspace would have it."""
    trial = read_trials(one.tests)[0]
    session = session_of(trial, book_of({one.name: one.source}), workspace)
    lines: list[SampleLine] = []
    titles: dict[str, str] = {}
    for turn in trial.talk:
        heard = turn.hear
        said = heard.text or titles.get(heard.button or "", heard.title or heard.button or heard.media or "")
        if said:
            lines.append(SampleLine("customer", said))
        for outcome in perform(session, heard, one.name):
            for body in outcome.bodies:
                titles |= choices_of(body)
                lines.append(SampleLine("flow", text_of(body), options_of(body)))
    return lines


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
