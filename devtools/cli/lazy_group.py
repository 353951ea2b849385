"""A group of commands that imports a command's module only when the command is called."""

import importlib
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
    return typer.main.get_group(app).commands[name]
