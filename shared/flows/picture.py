"""A flow as a canvas draws it: steps with their first words, edges with the places in the file that make them.

It is made of the values of the file, so that a draft with problems has a picture too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.flows import graph
from shared.flows.base_types import END
from shared.flows.edit import model
from shared.flows.edit.connecting import written_at
from shared.flows.edit.targets import step_targets, steps_of
from shared.flows.flow import Flow
from shared.flows.mermaid import describe
from shared.flows.steps import STEP_TYPES, Step, step_type_name
from shared.flows.yaml_tree import Path, Tree

_STEP: TypeAdapter[Any] = TypeAdapter(Step)
_KINDS = {
    **{
        "SendText": "say",
        "SendMedia": "media",
        "SendTemplate": "template",
        "HandOff": "hand_off",
        "SubFlow": "sub_flow",
    },
    **{
        name: name.lower()
        for name in ("Choose", "Ask", "Branch", "Set", "Call", "Ai", "Wait", "Jump", "Customer", "End")
    },
}


@dataclass(frozen=True, slots=True)
class PictureEdge:
    """A way from one step to another. path: names the edge in `connect`. written: the path of the target's name; None:
    it cannot lead elsewhere. implicit: nothing is written there, the target follows from the order or is the default.
    """

    source: str
    target: str
    label: str
    path: Path
    written: Path | None
    implicit: bool
    line: int


@dataclass(frozen=True, slots=True)
class PictureStep:
    """A step as the canvas draws it. kind: of step, `unknown` if none; words: the first ones of what it does; line: of
    its name, from 1. valid: whether the form of the step is right. titles: of the buttons or rows that it does not wait
    for.
    """

    name: str
    kind: str
    words: str
    line: int
    valid: bool
    waits: bool
    reachable: bool
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A flow as the canvas draws it. start: the name of the first step; empty: none. The edge of the flow's time-out
    has the source `""`.
    """

    start: str = ""
    steps: tuple[PictureStep, ...] = ()
    edges: tuple[PictureEdge, ...] = field(default=())


def draw(tree: Tree, flow: Flow | None = None) -> Picture:
    """Return the picture of a file's values. flow: of them, if their form is right."""
    steps = steps_of(tree.value)
    names = list(steps)
    if not names:
        return Picture()
    valid: Mapping[str, Any] = flow.content.steps if flow is not None else {}
    parsed = {name: valid[name] if name in valid else _parsed(step) for name, step in steps.items()}
    edges = tuple(_edges(tree, parsed, dict(zip(names, [*names[1:], END], strict=True))))
    behind: dict[str, list[str]] = {name: [] for name in names}
    for edge in edges:
        if edge.source and edge.target in steps:
            behind[edge.source].append(edge.target)
    starts = [names[0], *(edge.target for edge in edges if not edge.source)]
    reached = graph.reachable_from(behind, starts)
    return Picture(names[0], tuple(_step(tree, name, parsed[name], name in reached) for name in names), edges)


def kind_of(step: Any) -> str:
    """Return the kind of a step, of its values or its model."""
    if isinstance(step, str):
        return "say"
    return _KINDS.get(step_type_name(step) or "", "unknown")


def kinds() -> Mapping[str, tuple[str, ...]]:
    """Return the kinds of steps with the keys that make a step one of them."""
    found: dict[str, list[str]] = {}
    for key, of in STEP_TYPES.items():
        found.setdefault(_KINDS[of.__name__], []).append(key)
    return {kind: tuple(keys) for kind, keys in found.items()}


def _edges(tree: Tree, parsed: Mapping[str, Any], following: Mapping[str, str]) -> Iterator[PictureEdge]:
    timeout = tree.value.get("timeout")
    if isinstance(timeout, Mapping) and isinstance(timeout.get("then"), str):
        after = f"after {timeout.get('after')} in all"
        yield _edge(tree, "", timeout["then"], after, ("timeout",))
    for name, step in steps_of(tree.value).items():
        if parsed[name] is not None:
            after = getattr(parsed[name], "next", None) or following[name]
            for target, label, path in graph.outgoing(parsed[name], after):
                yield _edge(tree, name, target, label, ("steps", name, *path))
        else:
            for path, target in step_targets(step):
                yield _edge(tree, name, target, str(path[1]) if len(path) > 1 else "", ("steps", name, *_short(path)))


def _short(path: Path) -> Path:
    """Return the path of an edge, of the path of its target's name."""
    return path[:-1] if len(path) > 1 and path[-1] == "then" else path


def _edge(tree: Tree, source: str, target: str, label: str, path: Path) -> PictureEdge:
    written = written_at(tree.value, path)
    found = model.at(tree.value, written) if written is not None else target
    line = next((tree.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in tree.lines), 1)
    return PictureEdge(source, target, label, path, written, found is model.MISSING or found is None, line)


def _step(tree: Tree, name: str, parsed: Any, reachable: bool) -> PictureStep:
    step = tree.value["steps"][name]
    words = " ".join(describe(parsed).split())[:120] if parsed is not None else ""
    waits = parsed is not None and graph.is_waiting_step(parsed)
    line = tree.lines.get(("steps", name), 1)
    return PictureStep(name, kind_of(step), words, line, parsed is not None, waits, reachable, _titles(step))


def _titles(step: Any) -> tuple[str, ...]:
    """Return the titles of buttons and rows in the order of the file, which JSON's readers may not keep."""
    below = (step.get(key) for key in ("buttons", "list")) if isinstance(step, Mapping) else ()
    return tuple(title for titles in below if isinstance(titles, Mapping) for title in titles)


def _parsed(step: Any) -> Any:
    """Return the model of a step; None if its form is wrong."""
    if isinstance(step, str):
        return _text_step(step)
    try:
        return _STEP.validate_python(step)
    except ValidationError:
        return None


@lru_cache(maxsize=1000)
def _text_step(text: str) -> Any:
    try:
        return _STEP.validate_python({"text": text})
    except ValidationError:
        return None
