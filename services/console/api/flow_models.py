"""Answers about flows that several modules of routes share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from services.console.models import AnswerModel
from shared.flows.edit.operations import Patch
from shared.flows.picture import Picture
from shared.flows.validation.problem import FlowProblem
from shared.flows.yaml_tree import Path
from shared.operations.flows.describing import described
from shared.operations.flows.warnings import FlowWarning, WarningContext
from shared.repositories.flow_drafts import FlowDraft


class FlowProblemFound(AnswerModel):
    """A problem of a flow. line: from 1. where: the step, or the key of the file. path: of the value, in answers about
    drafts.
    """

    file: str
    line: int
    where: str
    message: str
    path: tuple[str | int, ...] = ()


class FlowWarningFound(AnswerModel):
    """A part of a flow that may not do what is meant. The flow can be published all the same. provider: the
    one that shows it differently; empty: it is about none. step: or `triggers`.
    """

    provider: str
    step: str
    line: int
    message: str


class FlowEdge(AnswerModel):
    """A way from one step to another. source: empty: the time-out of the whole flow. path: names the edge in `connect`.
    written: the path of the target's name; null: the edge cannot lead elsewhere. implicit: nothing is written there,
    the target follows from the order of the steps or is the default.
    """

    source: str
    target: str
    label: str
    path: list[str | int]
    written: list[str | int] | None
    implicit: bool
    line: int


class FlowStep(AnswerModel):
    """A step of a flow. kind: `say`, `media`, `template`, `choose`, `ask`, `branch`, `set`, `call`, `ai`, `wait`,
    `jump`, `sub_flow`, `hand_off`, `customer`, `end` or `unknown`. words: the first ones. ports: places in `edges`, in
    the order of the file. valid: whether its form is right. titles: of the buttons and rows below a text, in the order
    of the file.
    """

    name: str
    kind: str
    words: str
    line: int
    valid: bool
    waits: bool
    reachable: bool
    ports: list[int]
    titles: list[str]


class FlowGraph(AnswerModel):
    """The steps of a flow and the ways between them. start: the name of the first step; empty: there is none."""

    start: str
    steps: list[FlowStep]
    edges: list[FlowEdge]


class FlowDraftShown(AnswerModel):
    """A text that is being edited. stored: false: nobody has edited it, it is the published one. base: the version it
    was begun from. digest: identifies the text, and is the `base` of the next edit. model, graph: null: not YAML.
    version: that it would be published as; null while it has problems. inverse: the patch that undoes the edit.
    """

    name: str
    stored: bool
    base: str
    digest: str
    revision: int
    by: str
    at: datetime | None
    undo: int
    redo: int
    source: str
    model: Any
    graph: FlowGraph | None
    problems: list[FlowProblemFound]
    warnings: list[FlowWarningFound]
    inverse: Patch | None = None


class FlowTestResult(AnswerModel):
    """The result of a test of a flow. failures: with the number of the turn, and what was expected."""

    name: str
    passed: bool
    failures: list[str]


class TheirText(AnswerModel):
    """The draft as it is now."""

    digest: str
    source: str
    by: str
    at: datetime


class MeaningChanged(AnswerModel):
    """A difference between two texts of a flow. what: `step`, or a key of the file. before: the former name of a
    renamed step. keys: those that differ.
    """

    kind: Literal["added", "removed", "changed", "renamed", "moved"]
    what: str
    name: str
    before: str
    keys: list[str]


def problem_found(problem: FlowProblem, path: Path = ()) -> FlowProblemFound:
    """Return a problem as it is shown."""
    return FlowProblemFound(
        file=problem.file, line=problem.line, where=problem.where, message=problem.message, path=path
    )


def warnings_found(warnings: Sequence[FlowWarning]) -> list[FlowWarningFound]:
    """Return warnings as they are shown."""
    return [
        FlowWarningFound(provider=one.provider or "", step=one.step, line=one.line, message=one.message)
        for one in warnings
    ]


def graph_shown(picture: Picture) -> FlowGraph:
    """Return a picture as it is shown. Its parts are not validated: that takes 10 ms for 300 steps."""
    ports: dict[str, list[int]] = {step.name: [] for step in picture.steps}
    for place, edge in enumerate(picture.edges):
        ports.setdefault(edge.source, []).append(place)
    return FlowGraph(
        start=picture.start,
        steps=[
            FlowStep.model_construct(
                name=step.name,
                kind=step.kind,
                words=step.words,
                line=step.line,
                valid=step.valid,
                waits=step.waits,
                reachable=step.reachable,
                ports=ports[step.name],
                titles=list(step.titles),
            )
            for step in picture.steps
        ],
        edges=[
            FlowEdge.model_construct(
                source=edge.source,
                target=edge.target,
                label=edge.label,
                path=list(edge.path),
                written=None if edge.written is None else list(edge.written),
                implicit=edge.implicit,
                line=edge.line,
            )
            for edge in picture.edges
        ],
    )


def draft_shown(draft: FlowDraft, context: WarningContext, inverse: Patch | None = None) -> FlowDraftShown:
    """Return a draft as it is shown. It takes 25 ms of CPU for 300 steps: not in the event loop."""
    found = described(draft.source, draft.flow, context)
    return FlowDraftShown(
        name=draft.flow,
        stored=draft.revision > 0,
        base=draft.base,
        digest=draft.digest,
        revision=draft.revision,
        by=draft.by,
        at=draft.at if draft.revision else None,
        undo=len(draft.undo),
        redo=len(draft.redo),
        source=draft.source,
        model=found.model,
        graph=graph_shown(found.picture) if found.picture is not None else None,
        problems=[problem_found(one, path) for one, path in zip(found.problems, found.places, strict=True)],
        warnings=warnings_found(found.warnings),
        inverse=inverse,
    )
