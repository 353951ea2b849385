"""A flow as steps and the ways between them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from shared.flows.base_types import END, HAND_OFF, PASS, QuestionStep, Timeout
from shared.flows.flow import Flow
from shared.flows.steps import Ai, Ask, Branch, Call, Choose, End, HandOff, Jump, SubFlow, Wait
from shared.flows.yaml_tree import Path

WAITING_STEPS = (Ask, Choose, Wait, Ai)
Way = tuple[str, str, Path]  # target, label, where it is written (within the step)


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one step to another (or `end`, `hand_off`). label: when it is taken; path: where it is written."""

    source: str
    target: str
    label: str
    path: Path


def is_waiting_step(step: Any) -> bool:
    """Whether the flow stops at the step until the customer writes or a time comes."""
    return isinstance(step, WAITING_STEPS)


def edges(flow: Flow) -> Iterator[Edge]:
    """All ways, in the order of the file."""
    for name, step in flow.content.steps.items():
        for target, label, path in _ways(step, flow.after(name)):
            yield Edge(name, target, label, ("steps", name, *path))


def reachable(flow: Flow) -> set[str]:
    """The steps that the flow can come to."""
    starts = [flow.first, *([flow.content.timeout.then] if flow.content.timeout else [])]
    return reachable_from(successors(flow), starts)


def successors(flow: Flow) -> dict[str, list[str]]:
    """The steps behind each step."""
    found: dict[str, list[str]] = {name: [] for name in flow.content.steps}
    for edge in edges(flow):
        if edge.target in found:
            found[edge.source].append(edge.target)
    return found


def reachable_from(behind: dict[str, list[str]], starts: list[str]) -> set[str]:
    """All that can be reached, the starts too."""
    found: set[str] = set()
    rest = [start for start in starts if start in behind]
    while rest:
        name = rest.pop()
        if name not in found:
            found.add(name)
            rest += behind[name]
    return found


def find_cycle(behind: dict[str, list[str]]) -> list[str]:
    """The names of a round trip, if there is one; otherwise empty."""
    done: set[str] = set()
    for start in behind:
        trail: list[str] = []
        rest = [(start, iter(behind[start]))] if start not in done else []
        trail += [start] if rest else []
        while rest:
            name, coming = rest[-1]
            following = next((it for it in coming if it in behind), None)
            if following is None:
                done.add(name)
                rest.pop()
                trail.pop()
            elif following in trail:
                return trail[trail.index(following) :]
            elif following not in done:
                trail.append(following)
                rest.append((following, iter(behind[following])))
    return []


@singledispatch
def _ways(step: Any, after: str) -> Iterator[Way]:
    yield after, "", ("next",)


@_ways.register
def _(step: Choose, after: str) -> Iterator[Way]:
    for title, option in step.options.items():
        yield option.then or after, title, ("options", title)
    yield from _when_not(step)


@_ways.register
def _(step: Ask, after: str) -> Iterator[Way]:
    yield after, "", ("next",)
    yield from _when_not(step)


def _when_not(step: QuestionStep) -> Iterator[Way]:
    if step.otherwise != PASS:
        yield step.otherwise, "does not fit", ("else",)
    yield from _in_time(step.timeout)


def _in_time(timeout: Timeout | None) -> Iterator[Way]:
    if timeout is not None:
        yield timeout.then, f"after {timeout.after}", ("timeout",)


@_ways.register
def _(step: Branch, after: str) -> Iterator[Way]:
    for place, case in enumerate(step.branch):
        yield case.then, case.condition, ("branch", place)
    yield step.otherwise or after, "else", ("else",)


@_ways.register
def _(step: Call, after: str) -> Iterator[Way]:
    for outcome, target in step.outcomes.items():
        yield target, outcome, ("outcomes", outcome)
    yield after, "", ("next",)


@_ways.register
def _(step: Ai, after: str) -> Iterator[Way]:
    yield after, " / ".join(step.until), ("next",)
    yield from _in_time(step.timeout)


@_ways.register
def _(step: Wait, after: str) -> Iterator[Way]:
    yield after, "", ("next",)
    if step.wait != "answer":
        yield step.then or after, f"after {step.wait}", ("then",)


@_ways.register
def _(step: Jump, after: str) -> Iterator[Way]:
    yield step.jump, "", ("jump",)


@_ways.register
def _(step: SubFlow, after: str) -> Iterator[Way]:
    yield after, "", ("next",)


@_ways.register
def _(step: HandOff, after: str) -> Iterator[Way]:
    yield HAND_OFF, "", ("hand_off",)


@_ways.register
def _(step: End, after: str) -> Iterator[Way]:
    yield END, "", ("end",)
