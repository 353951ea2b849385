"""Reads a workspace file: YAML with `${NAME}` from the environment, and errors that name file, line and field."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from devtools.stack.errors import StackError
from shared.workspace import WorkspaceFile

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def read(path: Path, env: Mapping[str, str]) -> WorkspaceFile:
    """The workspace of a file. Raises StackError with a line for each thing that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except OSError as error:
        raise StackError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise StackError(f"{path}: is not UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f":{mark.line + 1}" if mark else ""
        raise StackError(f"{path}{place}: not YAML: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(values, dict):
        raise StackError(f"{path}:1: a workspace file is a mapping that begins with `workspace: name`")
    missing: set[str] = set()
    values = _filled(values, env, missing)
    if missing:
        raise StackError("\n".join(_unset(path, text, name) for name in sorted(missing)))
    try:
        return WorkspaceFile.model_validate(values)
    except ValidationError as error:
        raise StackError("\n".join(_line(path, tree, item) for item in error.errors())) from None


def _filled(value: Any, env: Mapping[str, str], missing: set[str]) -> Any:
    if isinstance(value, str):

        def fill(match: re.Match[str]) -> str:
            if match[1] not in env:
                missing.add(match[1])
            return env.get(match[1], "")

        return _VARIABLE.sub(fill, value)
    if isinstance(value, dict):
        return {key: _filled(item, env, missing) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, env, missing) for item in value]
    return value


def _unset(path: Path, text: str, name: str) -> str:
    number, line = next((n, line) for n, line in enumerate(text.splitlines(), 1) if f"${{{name}}}" in line)
    field = line.split("${")[0].strip(" -\"'").rstrip(":").split(" ")[-1]
    return f"{path}:{number}: {field}: {name} is not in the environment"


def _line(path: Path, tree: yaml.Node | None, error: Mapping[str, Any]) -> str:
    node, steps = tree, []
    for step in error["loc"]:
        found = _child(node, step)
        if found is None and step in ("meta", "twilio"):
            continue  # pydantic's name of the kind of channel, not a step in the file
        steps.append(str(step))
        node = found or node
    line = node.start_mark.line + 1 if node is not None else 1
    return f"{path}:{line}: {'.'.join(steps) or 'workspace'}: {error['msg']}"


def _child(node: yaml.Node | None, step: object) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: yaml.Node = node.value[step]
        return child
    return None
