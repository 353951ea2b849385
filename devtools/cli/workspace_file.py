"""Reads a workspace file: YAML with `${NAME}` from the environment, and errors that name file, line and field."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from devtools.cli.source_file import MOST_BYTES, read_source
from devtools.stack.errors import StackError
from shared.flows.yaml_tree import NotReadable, Tree, read_tree
from shared.mistakes import mistakes
from shared.workspace import WorkspaceFile

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_TAB = "found character '\\t' that cannot start any token"

Steps = tuple[int | str, ...]


def read(path: Path, env: Mapping[str, str]) -> WorkspaceFile:
    """The workspace of a file. Raises StackError with a line for each thing that is wrong."""
    tree = _tree(path)
    if not isinstance(tree.value, dict):
        raise StackError(f"{path}:1: a workspace file has fields, and begins with `workspace: name`")
    unset = [(steps, f"{name} is not in the environment") for steps, name in _unset(tree.value, env)]
    if unset:
        raise StackError(told(path, tree, unset))
    try:
        return WorkspaceFile.model_validate(_filled(tree.value, env))
    except ValidationError as error:
        raise StackError(told(path, tree, mistakes(error, WorkspaceFile))) from None


def line_of(path: Path, *steps: int | str) -> int:
    """Where something stands in a workspace file that was read without error."""
    return _line(_tree(path), steps)


def told(path: Path, tree: Tree, problems: Any) -> str:
    """A line for each problem, in the order of the file."""
    lines = sorted({(_line(tree, steps), ".".join(map(str, steps)) or "workspace", said) for steps, said in problems})
    return "\n".join(f"{path}:{line}: {field}: {said}" for line, field, said in lines)


def _tree(path: Path) -> Tree:
    text = read_source(path)
    try:
        return read_tree(text, MOST_BYTES)
    except NotReadable as error:
        said = "a tab, where YAML wants spaces" if _TAB in str(error) else str(error)
        raise StackError(f"{path}:{error.line}: {said}") from None


def _line(tree: Tree, steps: Steps) -> int:
    for length in range(len(steps), 0, -1):
        if steps[:length] in tree.lines:
            return tree.lines[steps[:length]]
    return 1


def _unset(value: Any, env: Mapping[str, str], steps: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """The variables that the environment does not have, each with the field that names it."""
    if isinstance(value, str):
        yield from ((steps, name) for name in dict.fromkeys(_VARIABLE.findall(value)) if name not in env)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _unset(item, env, (*steps, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unset(item, env, (*steps, index))


def _filled(value: Any, env: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: env[found[1]], value)
    if isinstance(value, dict):
        return {key: _filled(item, env) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, env) for item in value]
    return value
