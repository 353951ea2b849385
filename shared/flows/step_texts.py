"""All texts of a flow that are more than text: with `{{ … }}` in them, or conditions. Pure."""

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

TEXT, BODY, BRIEF = 4096, 1024, 2000  # characters: of a text, of one with buttons or of a caption, of a brief
WITHOUT_END = 8000


@dataclass(frozen=True, slots=True)
class Written:
    """path: within the step. most: characters that it may have. condition: an expression rather than a text."""

    path: Path
    text: str
    most: int = WITHOUT_END
    condition: bool = False


@singledispatch
def texts_of(step: Any) -> Iterator[Written]:
    """Those of one step."""
    yield from ()


@texts_of.register
def _(step: SendText) -> Iterator[Written]:
    most = BODY if step.buttons or step.rows else TEXT
    for text in step.texts:
        yield Written(("text",), text, most)


@texts_of.register
def _(step: SendMedia) -> Iterator[Written]:
    yield Written((step.kind,), step.url)
    yield Written(("caption",), step.caption, BODY)
    yield Written(("filename",), step.filename)


@texts_of.register
def _(step: SendTemplate) -> Iterator[Written]:
    for place, text in enumerate(step.parameters):
        yield Written(("parameters", place), text, BODY)


@texts_of.register
def _(step: Choose) -> Iterator[Written]:
    most = TEXT if step.style is Style.NUMBERS else BODY
    yield Written(("choose",), step.choose, most)
    if step.reprompt:
        yield Written(("reprompt",), step.reprompt, most)


@texts_of.register
def _(step: Ask) -> Iterator[Written]:
    most = BODY if step.choices else TEXT
    yield Written(("ask",), step.ask, most)
    if step.reprompt:
        yield Written(("reprompt",), step.reprompt, most)


@texts_of.register
def _(step: Branch) -> Iterator[Written]:
    for place, case in enumerate(step.branch):
        yield Written(("branch", place, "if"), case.condition, condition=True)


@texts_of.register
def _(step: Set) -> Iterator[Written]:
    yield from _within(step.set, ("set",))


@texts_of.register(Call)
@texts_of.register(SubFlow)
def _(step: Call | SubFlow) -> Iterator[Written]:
    yield from _within(step.arguments, ("with",))


@texts_of.register
def _(step: Ai) -> Iterator[Written]:
    yield Written(("ai",), step.ai, BRIEF)


@texts_of.register
def _(step: Customer) -> Iterator[Written]:
    yield from _within(step.add_tags, ("add_tags",))
    yield from _within(step.remove_tags, ("remove_tags",))
    yield from _within(step.fields, ("fields",))
    if step.name:
        yield Written(("name",), step.name)


@texts_of.register
def _(step: End) -> Iterator[Written]:
    yield Written(("end",), step.end, TEXT)


def _within(value: Any, path: Path) -> Iterator[Written]:
    if isinstance(value, str):
        yield Written(path, value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _within(item, (*path, key))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _within(item, (*path, place))
