"""Inserts, deletes, renames and moves steps of a flow file as whole lines."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

import yaml

from shared.flows.base_types import END, RESERVED
from shared.flows.edit import model
from shared.flows.edit.change import inserted_lines, proved, removed_block
from shared.flows.edit.collections import pair_lines
from shared.flows.edit.document import Document, Place, Splice, is_flow
from shared.flows.edit.lines import own_lines
from shared.flows.edit.refused import Refused
from shared.flows.edit.setting import set_value
from shared.flows.edit.targets import steps_of, targets, uses_following
from shared.flows.edit.values import key_splice, scalar_splice
from shared.flows.yaml_tree import Path

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}\Z")


def insert_step(document: Document, name: str, after: str | None, step: Any) -> Document:
    """Insert a step behind another one, or as the first. Raises Refused."""
    _check_new_name(document, name)
    if after is not None:
        step_place(document, after)
    path: Path = ("steps", name)
    expected = model.with_pair_behind(document.value, path, after, step)
    return proved(document, expected, [partial(_insertion, document, name, after, step)], path)


def delete_step(document: Document, name: str, relink: str | None) -> Document:
    """Remove a step. Raises Refused."""
    step_place(document, name)
    names = list(steps_of(document.value))
    if len(names) == 1:
        raise Refused("a flow has at least one step", document.line(("steps", name)))
    if relink == name:
        raise Refused("a step that goes cannot be where others lead", document.line(("steps", name)))
    document = _relinked(document, name, relink, names)
    expected = model.removed(document.value, ("steps", name))
    return proved(document, expected, [lambda: [_removal(document, name)]], ("steps", name))


def rename_step(document: Document, name: str, new: str) -> Document:
    """Give a step another name, also where it is named. Raises Refused."""
    place = step_place(document, name)
    if new == name:
        return document
    _check_new_name(document, new)
    named = [path for path, target in targets(document.value) if target == name]
    expected = document.value
    for path in named:
        expected = model.replaced(expected, path, new)
    expected = model.renamed(expected, ("steps", name), new)

    def splices() -> list[Splice]:
        own = key_splice(place.key, new, in_flow=place.in_flow)
        return [own, *(scalar_splice(document, path, new) for path in named)]

    return proved(document, expected, [splices], ("steps", name))


def move_step(document: Document, name: str, after: str | None, *, keep_implicit: bool) -> Document:
    """Move a step behind another one, or to the begin. Raises Refused."""
    step_place(document, name)
    if after is not None:
        step_place(document, after)
    old = list(steps_of(document.value))
    new = [one for one in old if one != name]
    new.insert(0 if after is None else new.index(after) + 1 if after != name else old.index(name), name)
    if old == new:
        return document
    if after is not None and old[0] != new[0]:
        said = f"the flow begins with `{name}`; make another step the first one instead"
        raise Refused(said, document.line(("steps", name)))
    document = _with_explicit_next(document, old, new, keep_implicit=keep_implicit)
    steps = steps_of(document.value)
    expected = model.replaced(document.value, ("steps",), {one: steps[one] for one in new})
    return proved(document, expected, [partial(_move, document, name, after)], ("steps", name))


def following_in(names: Sequence[str]) -> dict[str, str]:
    """Return the step below each step; `end` below the last."""
    return dict(zip(names, [*names[1:], END], strict=True))


def _with_explicit_next(document: Document, old: list[str], new: list[str], *, keep_implicit: bool) -> Document:
    before, behind = following_in(old), following_in(new)
    steps = steps_of(document.value)
    wanted = [name for name in old if uses_following(steps[name]) and before[name] != behind[name]]
    if wanted and keep_implicit:
        said = f"these steps continue with the one below them: {', '.join(wanted)}"
        raise Refused(said, document.line(("steps", wanted[0])))
    for name in wanted:
        document = set_value(document, ("steps", name, "next"), before[name])
    return document


def _relinked(document: Document, name: str, relink: str | None, names: list[str]) -> Document:
    """Lead all that leads to a step elsewhere."""
    named = [path for path, target in targets(document.value) if target == name and path[:2] != ("steps", name)]
    if relink is None:
        if named:
            places = ", ".join(model.shown(path[1:] if path[0] == "steps" else path) for path in named)
            raise Refused(f"`{name}` is named in {places}; say where these lead then", document.line(named[0]))
        return document
    if relink not in (*names, "end", "hand_off"):
        raise Refused(f"there is no step `{relink}`", document.line(("steps", name)))
    position = names.index(name)
    below = [*names[1:], END][position]
    if position == 0 and relink != below:
        said = f"the flow begins with `{name}`, and would begin with `{below}`; lead there, or move that step first"
        raise Refused(said, document.line(("steps", name)))
    for path in named:
        document = set_value(document, path, relink)
    if position and relink != below and uses_following(steps_of(document.value)[names[position - 1]]):
        document = set_value(document, ("steps", names[position - 1], "next"), relink)
    return document


def step_place(document: Document, name: str) -> Place:
    """Return the place of a step that stands below others. Raises Refused."""
    place = document.find(("steps", name))
    if place is None:
        raise Refused(f"there is no step `{name}`", document.line(("steps",)))
    if is_flow(place.parent):
        raise Refused("the steps are written in brackets; edit them as text", document.line(("steps",)))
    return place


def _check_new_name(document: Document, name: str) -> None:
    steps = document.find(("steps",))
    if steps is None or not isinstance(steps.node, yaml.MappingNode) or not steps.node.value:
        raise Refused("there are no steps; edit it as text", document.line(("steps",)))
    if is_flow(steps.node):
        raise Refused("the steps are written in brackets; edit them as text", document.line(("steps",)))
    if name in steps_of(document.value):
        raise Refused(f"there is a step `{name}` already", document.line(("steps", name)))
    if not _NAME.match(name) or name in RESERVED:
        raise Refused("a step's name has letters, digits, _ and -, begins with a letter, and has no other meaning")


def _insertion(document: Document, name: str, after: str | None, step: Any) -> list[Splice]:
    names = list(steps_of(document.value))
    near = step_place(document, after if after is not None else names[0])
    first, last = own_lines(document, near)
    column = near.key.start_mark.column if near.key is not None else document.indent_step
    lines = pair_lines(name, step, column, document.indent_step, brackets=False)
    apart = lines_apart(document)
    if after is None:
        return [inserted_lines(document, first, [*lines, *([""] if apart else [])])]
    return [inserted_lines(document, last + 1, [*([""] if apart else []), *lines])]


def lines_apart(document: Document) -> bool:
    """Return whether most steps of the file have an empty line before them."""
    names = list(steps_of(document.value))
    empty = 0
    for name in names[1:]:
        first, _ = own_lines(document, step_place(document, name))
        empty += not document.line_text(first - 1).strip()
    return empty * 2 > len(names) - 1


def _removal(document: Document, name: str) -> Splice:
    return removed_block(document, *own_lines(document, step_place(document, name)))


def _move(document: Document, name: str, after: str | None) -> list[Splice]:
    first, last = own_lines(document, step_place(document, name))
    lines = [document.line_text(line) for line in range(first, last + 1)]
    near = step_place(document, after if after is not None else next(iter(steps_of(document.value))))
    near_first, near_last = own_lines(document, near)
    at = near_first if after is None else near_last + 1
    gap_before = first > 0 and not document.line_text(first - 1).strip()
    if gap_before and after is not None:
        lines = ["", *lines]
    elif gap_before or (after is None and lines_apart(document)):
        lines = [*lines, ""]
    return [_removal(document, name), inserted_lines(document, at, lines)]
