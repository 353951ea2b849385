"""Places in a flow file where a step can be named, also of a file that is not valid yet. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.flows.base_types import PASS
from shared.flows.steps import step_type_name
from shared.flows.yaml_tree import Path

_WITHOUT_NEXT = ("Jump", "HandOff", "End")


def targets(value: Any) -> Iterator[tuple[Path, str]]:
    """Yield the paths of all names of steps, with the name, in the order of the file; not of the steps themselves."""
    if not isinstance(value, Mapping):
        return
    yield from _at(value, ("timeout",), "then")
    for name, step in steps_of(value).items():
        for path, target in step_targets(step):
            yield ("steps", name, *path), target


def steps_of(value: Any) -> Mapping[str, Any]:
    """Return the steps of a file's values; none if there are none."""
    steps = value.get("steps") if isinstance(value, Mapping) else None
    return steps if isinstance(steps, Mapping) else {}


def step_targets(step: Any) -> Iterator[tuple[Path, str]]:
    """Yield the names of steps in a step, with their paths within it."""
    if not isinstance(step, Mapping):
        return
    for key in ("next", "jump", "else", "then"):
        if isinstance(step.get(key), str) and not (key == "else" and step[key] == PASS):
            yield (key,), step[key]
    yield from _at(step, ("timeout",), "then")
    yield from _targets_below(step)


def _targets_below(step: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield those of options, branches and outcomes."""
    for title, option in _pairs(step.get("options")):
        if isinstance(option, str):
            yield ("options", title), option
        elif isinstance(option, Mapping) and isinstance(option.get("then"), str):
            yield ("options", title, "then"), option["then"]
    cases = step.get("branch")
    for place, case in enumerate(cases if isinstance(cases, list) else ()):
        if isinstance(case, Mapping) and isinstance(case.get("then"), str):
            yield ("branch", place, "then"), case["then"]
    for outcome, target in _pairs(step.get("outcomes")):
        if isinstance(target, str):
            yield ("outcomes", outcome), target


def uses_following(step: Any) -> bool:
    """Return whether the step may continue with the one below it in the file."""
    if isinstance(step, str):
        return True
    if not isinstance(step, Mapping) or isinstance(step.get("next"), str):
        return False
    kind = step_type_name(step)
    if kind is None or kind in _WITHOUT_NEXT:
        return False
    if kind == "Branch":
        return not isinstance(step.get("else"), str)
    if kind == "Choose":
        options = step.get("options")
        given = list(options.values()) if isinstance(options, Mapping) else []
        return not given or not all(isinstance(it, str) or (isinstance(it, Mapping) and it.get("then")) for it in given)
    return True


def _at(parent: Mapping[str, Any], path: Path, key: str) -> Iterator[tuple[Path, str]]:
    below = parent.get(str(path[0]))
    if isinstance(below, Mapping) and isinstance(below.get(key), str):
        yield (*path, key), below[key]


def _pairs(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, Mapping) else []
