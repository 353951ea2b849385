"""Describes the text of a flow for people who edit it: values, picture, problems and warnings."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.flows.edit.document import BOM, document_of
from shared.flows.edit.refused import Refused
from shared.flows.edit.targets import steps_of
from shared.flows.flow import Flow
from shared.flows.load import read_with_problems
from shared.flows.meaning import MeaningChange, differences
from shared.flows.picture import Picture, draw
from shared.flows.validation.problem import FlowProblem
from shared.flows.yaml_tree import Path, Tree
from shared.operations.flows.differences import unified_diff
from shared.operations.flows.provider_warnings import provider_warnings
from shared.operations.flows.warnings import FlowWarning, WarningContext
from shared.operations.flows.word_warnings import word_warnings


@dataclass(frozen=True, slots=True)
class Description:
    """A text of a flow with everything that the builder shows of it. model: the values of the file; None: not YAML.
    flow: None while its form is wrong. places: of the problems, in their order: the paths of what they are about.
    """

    model: Any
    picture: Picture | None
    flow: Flow | None
    problems: tuple[FlowProblem, ...]
    warnings: tuple[FlowWarning, ...]
    places: tuple[Path, ...] = field(default=())


def compared(before: str, after: str, old: str, new: str) -> tuple[str, list[MeaningChange] | None]:
    """Return the differences of two texts, and of their meanings; None: one is not YAML. old, new: their names."""
    diff = unified_diff(before, after, old, new)
    try:
        values = [document_of(text.removeprefix(BOM)).value for text in (before, after)]
    except Refused:
        return diff, None
    return diff, differences(*values)


def described(source: str, name: str, context: WarningContext) -> Description:
    """Return the description of a text.

    It reads with the quick parser; publishing reads with the other one, which refuses more.
    """
    file = f"{name}.yaml"
    try:
        tree = document_of(source.removeprefix(BOM)).tree
    except Refused as error:
        return Description(None, None, None, (FlowProblem(file, error.line, "file", str(error)),), (), ((),))
    flow, problems = read_with_problems(tree, file)
    warnings = _warnings(flow, context) if flow is not None else ()
    places = _places(tree, problems)
    return Description(tree.value, draw(tree, flow), flow, tuple(problems), warnings, places)


def _warnings(flow: Flow, context: WarningContext) -> tuple[FlowWarning, ...]:
    return (
        *word_warnings(flow, context.stop_words, context.handoff_words),
        *provider_warnings(flow, context.providers),
    )


def _places(tree: Tree, problems: Sequence[FlowProblem]) -> tuple[Path, ...]:
    """Return the paths of problems: the shortest one on the line, within the step or key that they name."""
    lines = {problem.line for problem in problems}
    on_line: dict[int, list[Path]] = {line: [] for line in lines}
    for path, line in tree.lines.items():
        if line in lines:
            on_line[line].append(path)
    return tuple(_place(problem, on_line[problem.line], steps_of(tree.value)) for problem in problems)


def _place(problem: FlowProblem, on_line: Sequence[Path], steps: Container[str]) -> Path:
    within: Path = ("steps", problem.where) if problem.where in steps else (problem.where,)
    below = [path for path in on_line if path[: len(within)] == within]
    return min(below, key=len, default=within)
