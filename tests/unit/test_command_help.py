"""Help of the commands as a terminal shows it."""

from collections.abc import Iterator
from typing import Any

import pytest

from devtools.cli.lazy_group import load
from devtools.cli.main import COMMANDS


def _all(command: Any) -> Iterator[Any]:
    yield command
    for below in getattr(command, "commands", {}).values():
        yield from _all(below)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_lines_of_a_paragraph_are_joined(name: str) -> None:
    for command in _all(load(name, f"devtools.cli.{COMMANDS[name][0]}")):
        assert command.help, command.name
        assert all("\n" not in paragraph for paragraph in command.help.split("\n\n")), command.name
