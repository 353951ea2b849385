"""Leads edges of a flow to other steps, however they are written."""

from collections.abc import Mapping
from typing import Any

from shared.flows.edit import model, values
from shared.flows.edit.document import Document
from shared.flows.edit.refused import Refused
from shared.flows.edit.setting import set_value
from shared.flows.steps import step_type_name
from shared.flows.yaml_tree import Path

_FIXED = ("end", "hand_off")


def connect(document: Document, edge: Path, target: str | None) -> Document:
    """Lead an edge to a step; None: to the step below. Raises Refused."""
    path = written_at(document.value, edge)
    if path is None:
        raise Refused("this edge cannot lead elsewhere", document.line(edge))
    if target is not None:
        return set_value(document, path, target)
    if path[-1] in ("jump", "timeout") or path[2:3] == ("branch",):
        raise Refused("this edge needs a step that it leads to", document.line(edge))
    if model.at(document.value, path) is model.MISSING:
        return document
    if len(path) == 4 and path[2] == "options":
        return set_value(document, path, None)
    if path[-2:-1] == ("timeout",):
        return values.remove(document, path[:-1])
    return values.remove(document, path)


def written_at(value: Any, edge: Path) -> Path | None:
    """Return the path of the name that an edge leads to, as the file is written; None: it has no name.

    The path need not be there yet: the name of the step below is not written.
    """
    if edge == ("timeout",):
        return ("timeout", "then")
    if len(edge) < 3 or edge[0] != "steps" or (edge[-1] in _FIXED and len(edge) == 3):
        return None
    step, key = model.at(value, edge[:2]), edge[2]
    if key == "timeout" and len(edge) == 3:
        return (*edge, "then")
    if key == "branch" and len(edge) == 4:
        return (*edge, "then")
    if key == "options" and len(edge) == 4:
        option = model.at(value, edge)
        return (*edge, "then") if isinstance(option, Mapping) else edge
    if key == "next" and isinstance(step, Mapping) and step_type_name(step) in ("Jump", "HandOff", "End", None):
        return None
    return edge if len(edge) <= 4 else None
