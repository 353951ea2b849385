"""A group of commands that imports a command's module only when the command is called."""

import importlib
import inspect
import re
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup


class LazyGroup(TyperGroup):
    """A group of lazily imported commands. Subclasses set `table`: module and line of help by the command's name.

    Each module has a function `register(app)`.
    """

    table: ClassVar[dict[str, tuple[str, str]]] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        # Placeholders: sufficient for the list of commands and for suggestions after a typo.
        self.commands = {name: TyperCommand(name, callback=None, help=text) for name, (_, text) in self.table.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the name, the imported command and the remaining arguments."""
        name, placeholder, remaining = super().resolve_command(ctx, args)
        return name, load(name, self.table[name][0]) if name else placeholder, remaining


def load(name: str, module: str) -> Any:
    """Import a command's module and return the command."""
    app = typer.Typer()
    importlib.import_module(module).register(app)
    command = typer.main.get_group(app).commands[name]
    _join_lines_of_help(command)
    return command


def _join_lines_of_help(command: Any) -> None:
    """Make each paragraph of the help one line, of this command and those below it: the terminal's width breaks it,
    not the docstring's.
    """
    if command.help:
        paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(command.help))
        command.help = "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in paragraphs)
    for below in getattr(command, "commands", {}).values():
        _join_lines_of_help(below)
