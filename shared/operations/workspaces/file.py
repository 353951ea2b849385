"""Reads a workspace file: YAML, secrets from the environment, and errors that name file, line and field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shared.flows.yaml_tree import Tree, YamlUnreadable, read_tree
from shared.operations.errors import FileInvalid
from shared.operations.workspaces import secrets
from shared.operations.workspaces.secrets import AllowedVariables
from shared.operations.workspaces.source_file import MAX_BYTES, read_source
from shared.validation.error_texts import problems_of
from shared.validation.strict import Problem
from shared.workspace.config import WorkspaceFile

_TAB = "found character '\\t' that cannot start any token"

Steps = tuple[int | str, ...]


class VariableNotAllowed(FileInvalid):
    """Raised when a file names a variable that its workspace may not use."""


@dataclass(frozen=True, slots=True)
class LoadedWorkspaceFile:
    """A workspace file with its secrets. variables: the names of the variables that the secrets come from.
    variable_of: the name by a secret's path, such as `channels[main].access_token`.
    """

    wanted: WorkspaceFile
    allowed: AllowedVariables
    variables: frozenset[str]
    variable_of: Mapping[str, str]


def read(path: Path, env: Mapping[str, str] | None, allow_env: Sequence[str] = ()) -> LoadedWorkspaceFile:
    """Read a workspace file and fill in its secrets.

    env: None when the secrets are not needed: their fields stay as written. allow_env: variables that it may name
    besides the workspace's own (docs/workspace-file.md). Raises FileInvalid with a line for each thing that is wrong;
    no value of a variable is in it.
    """
    return parse(path, read_source(path), env, allow_env)


def parse(path: Path, text: str, env: Mapping[str, str] | None, allow_env: Sequence[str] = ()) -> LoadedWorkspaceFile:
    """Return the workspace file with this text, as `read` does. path: named in errors; nothing is read from it."""
    if wrong := secrets.invalid_patterns(allow_env):
        raise FileInvalid(f"{wrong[0]!r}: name the variable to allow, or the beginning of several as PREFIX_*")
    tree = _parse_tree(path, text)
    if not isinstance(tree.value, dict):
        raise FileInvalid(f"{path}:1: a workspace file has fields, and begins with `workspace: name`")
    name = tree.value.get("workspace")
    allowed = AllowedVariables(name if isinstance(name, str) else "", tuple(allow_env))
    unfilled = list(secrets.problems(tree.value, env, allowed))
    not_allowed = env is not None and any(map(allowed.refusal, secrets.variables(tree.value)))
    invalid = VariableNotAllowed if not_allowed else FileInvalid
    try:
        wanted = WorkspaceFile.model_validate(secrets.filled(tree.value, {} if unfilled else env or {}))
    except ValidationError as error:
        raise invalid(describe(path, tree, _merge_problems(problems_of(error, WorkspaceFile), unfilled))) from None
    if unfilled:
        raise invalid(describe(path, tree, unfilled))
    return LoadedWorkspaceFile(wanted, allowed, secrets.variables(tree.value), secrets.variable_of_secrets(tree.value))


def _merge_problems(found: Iterable[Problem], unfilled: Sequence[Problem]) -> list[Problem]:
    """Return all problems; for a field with two of them the one about its variable, unless the field is unknown."""
    found = list(found)
    unknown = {steps for steps, said in found if said.startswith("is not known")}
    variables = [one for one in unfilled if one[0] not in unknown]
    places = {steps for steps, _ in variables}
    return [*variables, *(one for one in found if one[0] not in places)]


def line_of(path: Path, *steps: int | str) -> int:
    """Return the line of a field in a workspace file that was read without error."""
    return _line(_parse_tree(path, read_source(path)), steps)


def describe(path: Path, tree: Tree, problems: Any) -> str:
    """Return a line for each problem, in the order of the file."""
    lines = sorted({(_line(tree, steps), ".".join(map(str, steps)) or "workspace", said) for steps, said in problems})
    return "\n".join(f"{path}:{line}: {field}: {said}" for line, field, said in lines)


def _parse_tree(path: Path, text: str) -> Tree:
    try:
        return read_tree(text, MAX_BYTES)
    except YamlUnreadable as error:
        said = "a tab, where YAML wants spaces" if _TAB in str(error) else str(error)
        raise FileInvalid(f"{path}:{error.line}: {said}") from None


def _line(tree: Tree, steps: Steps) -> int:
    for length in range(len(steps), 0, -1):
        if steps[:length] in tree.lines:
            return tree.lines[steps[:length]]
    return 1
