"""Errors of operations name no command; the command line completes them."""

import ast
from pathlib import Path

from devtools.cli.hints import with_hint
from shared.operations.broadcasts.lifecycle import BroadcastNotFound
from shared.operations.errors import NotFound

OPERATIONS = Path(__file__).parents[2] / "shared/operations"


def test_hint_is_added_for_the_class_of_an_error() -> None:
    assert with_hint(BroadcastNotFound("none")) == "none; `parley broadcast list` shows them"
    assert with_hint(NotFound("none")) == "none"


def test_operations_name_no_command() -> None:
    found = [
        f"{file.name}:{node.lineno}"
        for file in OPERATIONS.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Raise) and "parley " in ast.unparse(node)
    ]
    assert found == []
