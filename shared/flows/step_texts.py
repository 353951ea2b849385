"""Finds the texts and conditions of steps that contain expressions. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from shared.flows.steps import (
    Ai,
    Ask,
    Branch,
    Call,
    Choose,
    Customer,
    End,
    SendMedia,
    SendTemplate,
    SendText,
    Set,
    Style,
    SubFlow,
)
from shared.flows.yaml_tree import Path

# Characters: a text; a text with buttons, or a caption; a brief for the model; a text that is not sent as such.
MAX_TEXT, MAX_BODY, MAX_BRIEF, MAX_UNSENT = 4096, 1024, 2000, 8000


@dataclass(frozen=True, slots=True)
class StepText:
    """A text of a step. path: within the step. most: allowed characters. condition: whether it is an expression."""

    path: Path
    text: str
    most: int = MAX_UNSENT
    condition: bool = False


@singledispatch
def step_texts(step: Any) -> Iterator[StepText]:
    """Yield the texts of one step."""
    yield from ()


@step_texts.register
def _(step: SendText) -> Iterator[StepText]:
    most = MAX_BODY if step.buttons or step.rows else MAX_TEXT
    for text in step.texts:
        yield StepText(("text",), text, most)


@step_texts.register
def _(step: SendMedia) -> Iterator[StepText]:
    yield StepText((step.kind,), step.url)
    yield StepText(("caption",), step.caption, MAX_BODY)
    yield StepText(("filename",), step.filename)


@step_texts.register
def _(step: SendTemplate) -> Iterator[StepText]:
    for place, text in enumerate(step.parameters):
        yield StepText(("parameters", place), text, MAX_BODY)


@step_texts.register
def _(step: Choose) -> Iterator[StepText]:
    most = MAX_TEXT if step.style is Style.NUMBERS else MAX_BODY
    yield StepText(("choose",), step.choose, most)
    if step.reprompt:
        yield StepText(("reprompt",), step.reprompt, most)


@step_texts.register
def _(step: Ask) -> Iterator[StepText]:
    most = MAX_BODY if step.choices else MAX_TEXT
    yield StepText(("ask",), step.ask, most)
    if step.reprompt:
        yield StepText(("reprompt",), step.reprompt, most)


@step_texts.register
def _(step: Branch) -> Iterator[StepText]:
    for place, case in enumerate(step.branch):
        yield StepText(("branch", place, "if"), case.condition, condition=True)


@step_texts.register
def _(step: Set) -> Iterator[StepText]:
    yield from _nested_texts(step.set, ("set",))


@step_texts.register(Call)
@step_texts.register(SubFlow)
def _(step: Call | SubFlow) -> Iterator[StepText]:
    yield from _nested_texts(step.arguments, ("with",))


@step_texts.register
def _(step: Ai) -> Iterator[StepText]:
    yield StepText(("ai",), step.ai, MAX_BRIEF)


@step_texts.register
def _(step: Customer) -> Iterator[StepText]:
    yield from _nested_texts(step.add_tags, ("add_tags",))
    yield from _nested_texts(step.remove_tags, ("remove_tags",))
    yield from _nested_texts(step.fields, ("fields",))
    if step.name:
        yield StepText(("name",), step.name)


@step_texts.register
def _(step: End) -> Iterator[StepText]:
    yield StepText(("end",), step.end, MAX_TEXT)


def _nested_texts(value: Any, path: Path) -> Iterator[StepText]:
    if isinstance(value, str):
        yield StepText(path, value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _nested_texts(item, (*path, key))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _nested_texts(item, (*path, place))
