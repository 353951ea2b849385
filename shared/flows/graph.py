"""A flow as a directed graph of its steps. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from shared.flows.base_types import END, HAND_OFF, PASS, QuestionStep, Timeout
from shared.flows.flow import Flow
from shared.flows.steps import Ai, Ask, Branch, Call, Choose, End, HandOff, Jump, SubFlow, Wait
from shared.flows.yaml_tree import Path

WAITING_STEPS = (Ask, Choose, Wait, Ai)
Outgoing = tuple[str, str, Path]  # target, label, path within the step


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge from a step to another (or `end`, `hand_off`). label: its condition; path: within the file."""

    source: str
    target: str
    label: str
    path: Path


def is_waiting_step(step: Any) -> bool:
    """Return whether the flow stops at the step until the customer writes or a timer is due."""
    return isinstance(step, WAITING_STEPS)


def edges(flow: Flow) -> Iterator[Edge]:
    """Yield all edges, in the order of the file."""
    for name, step in flow.content.steps.items():
        for target, label, path in outgoing(step, flow.next_step(name)):
            yield Edge(name, target, label, ("steps", name, *path))


def reachable(flow: Flow) -> set[str]:
    """Return the steps that the flow can reach."""
    return reachable_from(successors(flow, edges(flow)), starts_of(flow))


def starts_of(flow: Flow) -> list[str]:
    """Return the steps that the flow comes to without an edge: the first, and that of its time-out."""
    return [flow.first_step, *([flow.content.timeout.then] if flow.content.timeout else [])]


def successors(flow: Flow, found_edges: Iterable[Edge]) -> dict[str, list[str]]:
    """Return the successors of each step."""
    found: dict[str, list[str]] = {name: [] for name in flow.content.steps}
    for edge in found_edges:
        if edge.target in found:
            found[edge.source].append(edge.target)
    return found


def passed_before(successors_of: dict[str, list[str]], marks: Mapping[str, int]) -> dict[str, int]:
    """Return, for each step, the marks of the steps that some way to it has passed. Marks are bits of a number."""
    found = dict.fromkeys(successors_of, 0)
    rest = [name for name in reversed(successors_of) if marks.get(name)]
    while rest:
        name = rest.pop()
        passed = found[name] | marks.get(name, 0)
        for following in successors_of[name]:
            if passed & ~found[following]:
                found[following] |= passed
                rest.append(following)
    return found


def reachable_from(successors_of: dict[str, list[str]], starts: list[str]) -> set[str]:
    """Return all steps that can be reached from the starts, including these."""
    found: set[str] = set()
    rest = [start for start in starts if start in successors_of]
    while rest:
        name = rest.pop()
        if name not in found:
            found.add(name)
            rest += successors_of[name]
    return found


def find_cycle(successors_of: dict[str, list[str]]) -> list[str]:
    """Return the steps of one cycle; empty if there is none."""
    done: set[str] = set()
    for start in successors_of:
        trail: list[str] = []
        rest = [(start, iter(successors_of[start]))] if start not in done else []
        trail += [start] if rest else []
        while rest:
            name, coming = rest[-1]
            following = next((it for it in coming if it in successors_of), None)
            if following is None:
                done.add(name)
                rest.pop()
                trail.pop()
            elif following in trail:
                return trail[trail.index(following) :]
            elif following not in done:
                trail.append(following)
                rest.append((following, iter(successors_of[following])))
    return []


@singledispatch
def outgoing(step: Any, after: str) -> Iterator[Outgoing]:
    """Yield what leads from a step to others. after: the step that follows it."""
    yield after, "", ("next",)


@outgoing.register
def _(step: Choose, after: str) -> Iterator[Outgoing]:
    for title, option in step.options.items():
        yield option.then or after, title, ("options", title)
    yield from _invalid_answer(step)


@outgoing.register
def _(step: Ask, after: str) -> Iterator[Outgoing]:
    yield after, "", ("next",)
    yield from _invalid_answer(step)


def _invalid_answer(step: QuestionStep) -> Iterator[Outgoing]:
    if step.otherwise != PASS:
        yield step.otherwise, "does not fit", ("else",)
    yield from _timeout(step.timeout)


def _timeout(timeout: Timeout | None) -> Iterator[Outgoing]:
    if timeout is not None:
        yield timeout.then, f"after {timeout.after}", ("timeout",)


@outgoing.register
def _(step: Branch, after: str) -> Iterator[Outgoing]:
    for place, case in enumerate(step.branch):
        yield case.then, case.condition, ("branch", place)
    yield step.otherwise or after, "else", ("else",)


@outgoing.register
def _(step: Call, after: str) -> Iterator[Outgoing]:
    for outcome, target in step.outcomes.items():
        yield target, outcome, ("outcomes", outcome)
    yield after, "", ("next",)


@outgoing.register
def _(step: Ai, after: str) -> Iterator[Outgoing]:
    yield after, " / ".join(step.until), ("next",)
    yield from _timeout(step.timeout)


@outgoing.register
def _(step: Wait, after: str) -> Iterator[Outgoing]:
    yield after, "", ("next",)
    if step.wait != "answer":
        yield step.then or after, f"after {step.wait}", ("then",)


@outgoing.register
def _(step: Jump, after: str) -> Iterator[Outgoing]:
    yield step.jump, "", ("jump",)


@outgoing.register
def _(step: SubFlow, after: str) -> Iterator[Outgoing]:
    yield after, "", ("next",)


@outgoing.register
def _(step: HandOff, after: str) -> Iterator[Outgoing]:
    yield HAND_OFF, "", ("hand_off",)


@outgoing.register
def _(step: End, after: str) -> Iterator[Outgoing]:
    yield END, "", ("end",)
