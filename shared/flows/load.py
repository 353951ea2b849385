"""Reads a flow file; reports all its problems by line and step."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from shared.flows import steps
from shared.flows.base_types import FlowModel, Timeout, Triggers
from shared.flows.flow import Flow, FlowFile
from shared.flows.validation.flow_checks import check_flow
from shared.flows.validation.limits import invalid_patterns
from shared.flows.validation.problem import FlowInvalid, FlowProblem
from shared.flows.yaml_tree import Path, Tree, YamlUnreadable, read_tree

_NAME_RULE = "letters, digits, _ and -, and begins with a letter"
_RULES = {
    "flow": f"a flow's name has small {_NAME_RULE}",
    "sub_flow": f"a flow's name has small {_NAME_RULE}",
    "after": "a time is written as 30s, 10m, 2h or 3d",
    "wait": "a time is written as 30s, 10m, 2h or 3d; or `answer`",
    "template": "a template's name has letters, digits and _",
    "language": "a language is written as en or pt_BR",
    "call": "an action's name has small letters, digits, _, - and points, and begins with a letter",
    "save": "a variable's name has letters, digits and _, and begins with a letter",
}


def read_flow(text: str, file: str = "flow") -> Flow:
    """Return the flow of a file. file: its name in errors. Raises FlowInvalid with all problems."""
    flow, problems = _read(text, file)
    problems += invalid_patterns(flow)
    if problems:
        raise FlowInvalid(problems)
    return flow


def read_stored_flow(text: str, file: str, *, quick: bool = False) -> Flow:
    """Return the flow of a file that was valid when it was stored. quick: by the YAML parser in C.

    A pattern that was accepted then and is refused now matches nothing, instead of making the flow invalid. Raises
    FlowInvalid with all other problems.
    """
    flow, problems = _read(text, file, quick=quick)
    if problems:
        raise FlowInvalid(problems)
    return flow


def read_with_problems(tree: Tree, file: str) -> tuple[Flow | None, list[FlowProblem]]:
    """Return the flow of a parsed file with all problems; no flow if its form is wrong."""
    try:
        flow, problems = _read_parsed(tree, file)
    except FlowInvalid as error:
        return None, list(error.problems)
    return flow, sorted({*problems, *invalid_patterns(flow)})


def _read(text: str, file: str, *, quick: bool = False) -> tuple[Flow, list[FlowProblem]]:
    try:
        tree = read_tree(text, quick=quick)
    except YamlUnreadable as error:
        raise FlowInvalid([FlowProblem(file, error.line, "file", str(error))]) from None
    return _read_parsed(tree, file)


def _read_parsed(tree: Tree, file: str) -> tuple[Flow, list[FlowProblem]]:
    if not isinstance(tree.value, dict):
        raise FlowInvalid([FlowProblem(file, 1, "file", "a flow is a mapping that begins with `flow: name`")])
    try:
        content = FlowFile.model_validate(tree.value)
    except ValidationError as error:
        raise FlowInvalid(_form_problems(error, tree, file)) from None
    flow = Flow(content, file, tree.lines)
    return flow, check_flow(flow)


def _form_problems(error: ValidationError, tree: Tree, file: str) -> Iterator[FlowProblem]:
    reported: set[Path] = set()
    for item in error.errors(include_url=False, include_context=False):
        path = _path_in_file(item["loc"], tree)
        if path not in reported:  # pydantic reports an error for each alternative of a union
            reported.add(path)
            yield FlowProblem(file, _line(path, tree), _section(path), _message(item, path, tree))


def _path_in_file(loc: tuple[int | str, ...], tree: Tree) -> Path:
    """Return the path of an error in the file, without pydantic's names of classes and alternatives."""
    path: Path = ()
    for part in loc:
        if (*path, part) in tree.lines:
            path = (*path, part)
    last = loc[-1] if loc else ""
    return path if (path and path[-1] == last) or last in steps.TAGS or not _is_key(last) else (*path, last)


def _is_key(part: str | int) -> bool:
    return isinstance(part, str) and part in _KEYS


def _line(path: Path, tree: Tree) -> int:
    while path and path not in tree.lines:
        path = path[:-1]
    return tree.lines.get(path, 1)


def _section(path: Path) -> str:
    if len(path) > 1 and path[0] == "steps":
        return str(path[1])
    return str(path[0]) if path else "file"


def _message(item: Mapping[str, Any], path: Path, tree: Tree) -> str:
    key = str(path[-1]) if path else ""
    inside = f"`{key}` " if len(path) > 2 or path[:1] != ("steps",) else ""
    match item["type"]:
        case "extra_forbidden":
            return _unknown_key(str(item["loc"][-1]))
        case "missing":
            return f"`{item['loc'][-1]}` is missing"
        case "union_tag_not_found":
            return _unknown_step_type(item["input"])
        case "union_tag_invalid" | "mapping_type" | "model_type" | "model_attributes_type" | "dict_type":
            return f"{inside}has keys and values, each on a line of its own"
        case "string_pattern_mismatch":
            return _RULES.get(
                key, f"`{key}`: a name has {_NAME_RULE}" if len(path) < 3 else f"`{key}` is a step's name"
            )
        case "value_error":
            return str(item["msg"]).removeprefix("Value error, ")
        case "string_type" | "tuple_type":
            return f"{inside}is a text; put it in quotes"
        case _:
            return f"{inside}{str(item['msg'])[:1].lower()}{str(item['msg'])[1:]}"


def _unknown_step_type(written: Any) -> str:
    if not isinstance(written, Mapping):
        return "a step has keys and values, or is a text in quotes"
    for key in written:
        if close := get_close_matches(key, steps.STEP_TYPES, 1):
            return f"`{key}` is not known; did you mean `{close[0]}`?"
    return f"a step is one of {', '.join(steps.STEP_TYPES)}; none of these is here"


def _unknown_key(key: str) -> str:
    close = get_close_matches(key, _KEYS, 1)
    if close and close[0] != key:
        return f"`{key}` is not known; did you mean `{close[0]}`?"
    return f"`{key}` does not belong here"


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


_MODELS: tuple[type[FlowModel], ...] = (
    FlowFile,
    Triggers,
    Timeout,
    steps.ChoiceOption,
    steps.TappableOption,
    steps.Case,
    *dict.fromkeys(steps.STEP_TYPES.values()),
)
_KEYS = tuple(dict.fromkeys(key for model in _MODELS for key in _keys(model)))
