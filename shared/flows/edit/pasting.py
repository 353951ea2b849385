"""Inserts steps of another text into a flow file, as they are written there."""

import re
import textwrap
from collections.abc import Collection, Mapping, Sequence
from functools import partial

import yaml

from shared.flows.base_types import RESERVED
from shared.flows.edit import model
from shared.flows.edit.change import indented, inserted_lines, proved
from shared.flows.edit.document import BOM, Document, Place, Splice, document_of, is_flow
from shared.flows.edit.lines import own_lines
from shared.flows.edit.refused import Refused
from shared.flows.edit.steps import lines_apart, rename_step, step_place
from shared.flows.edit.targets import steps_of
from shared.flows.yaml_tree import FORBIDDEN_CHARACTERS

_BREAK = re.compile(r"\r\n?")


def paste_steps(document: Document, after: str | None, text: str) -> Document:
    """Insert the steps of a text behind a step, or before all. Raises Refused."""
    names = list(steps_of(document.value))
    if not names:
        raise Refused("there are no steps; edit it as text", document.line(("steps",)))
    near = step_place(document, names[0] if after is None else after)
    pasted = _with_free_names(_steps_in(text), names)
    expected, above = document.value, after
    for name, step in steps_of(pasted.value).items():
        expected = model.with_pair_behind(expected, ("steps", name), above, step)
        above = name
    return proved(document, expected, [partial(_insertion, document, near, pasted, before=after is None)], ("steps",))


def _steps_in(text: str) -> Document:
    """Return a document with nothing but the steps of a text, which may be a whole file. Raises Refused."""
    if found := FORBIDDEN_CHARACTERS.search(text):
        raise Refused(f"the text has the character U+{ord(found[0]):04X}, which no text has")
    lines = textwrap.dedent(_BREAK.sub("\n", text.removeprefix(BOM))).strip("\n")
    whole = document_of(lines)
    place = whole.find(("steps",))
    if place is not None:
        if not isinstance(place.node, yaml.MappingNode) or is_flow(place.node) or not place.node.value:
            raise Refused("the steps of this text are not below each other")
        key, node = place.node.value[0]
        first, _ = own_lines(whole, Place(node, place.node, key, 0, in_flow=False))
        last = own_lines(whole, place)[1]
        lines = textwrap.dedent("\n".join(whole.line_text(line) for line in range(first, last + 1)))
    steps = document_of("steps:\n" + textwrap.indent(lines, "  "))
    found_steps = steps_of(steps.value)
    if not found_steps or not all(isinstance(step, str | Mapping) for step in found_steps.values()):
        raise Refused("this text has no steps")
    return steps


def _with_free_names(steps: Document, taken: Collection[str]) -> Document:
    """Return the steps under names that the flow does not have, also where they are named."""
    used = {*taken, *RESERVED, *steps_of(steps.value)}
    for name in list(steps_of(steps.value)):
        if name in taken:
            number = next(number for number in range(2, 10_000) if f"{name}_{number}" not in used)
            used.add(f"{name}_{number}")
            steps = rename_step(steps, name, f"{name}_{number}")
    return steps


def _insertion(document: Document, near: Place, pasted: Document, *, before: bool) -> Sequence[Splice]:
    first, last = own_lines(document, near)
    column = near.key.start_mark.column if near.key is not None else document.indent_step
    lines = [pasted.line_text(line) for line in range(1, pasted.line_count)]
    lines = list(indented([f"{' ' * column}{line[2:]}" for line in lines]))
    gap = [""] if lines_apart(document) else []
    if before:
        return [inserted_lines(document, first, [*lines, *gap])]
    return [inserted_lines(document, last + 1, [*gap, *lines])]
