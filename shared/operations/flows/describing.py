"""Describes the text of a flow for people who edit it: values, picture, problems and warnings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.flows.edit.document import BOM, document_of
from shared.flows.edit.refused import Refused
from shared.flows.flow import Flow
from shared.flows.load import read_with_problems
from shared.flows.meaning import MeaningChange, differences
from shared.flows.picture import Picture, draw
from shared.flows.validation.problem import FlowProblem
from shared.messages.inbound import Provider
from shared.operations.flows.differences import unified_diff
from shared.operations.flows.provider_warnings import FlowWarning, provider_warnings


@dataclass(frozen=True, slots=True)
class Description:
    """model: the values of the file; None: not YAML. flow: None while its form is wrong."""

    model: Any
    picture: Picture | None
    flow: Flow | None
    problems: tuple[FlowProblem, ...]
    warnings: tuple[FlowWarning, ...]


def compared(before: str, after: str, old: str, new: str) -> tuple[str, list[MeaningChange] | None]:
    """Return the differences of two texts, and of their meanings; None: one is not YAML. old, new: their names."""
    diff = unified_diff(before, after, old, new)
    try:
        values = [document_of(text.removeprefix(BOM)).value for text in (before, after)]
    except Refused:
        return diff, None
    return diff, differences(*values)


def described(source: str, name: str, providers: Sequence[Provider]) -> Description:
    """Return the description of a text. providers: of the workspace's channels.

    It reads with the quick parser; publishing reads with the other one, which refuses more.
    """
    file = f"{name}.yaml"
    try:
        tree = document_of(source.removeprefix(BOM)).tree
    except Refused as error:
        return Description(None, None, None, (FlowProblem(file, error.line, "file", str(error)),), ())
    flow, problems = read_with_problems(tree, file)
    warnings = provider_warnings(flow, providers) if flow is not None else []
    return Description(tree.value, draw(tree, flow), flow, tuple(problems), tuple(warnings))
