"""A group of commands that imports a command's module only when the command is called."""

import importlib
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup


class LazyGroup(TyperGroup):
    """Subclass it with `table`: by the command's name its module, which has `register(app)`, and its line of help."""

    table: ClassVar[dict[str, tuple[str, str]]] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        # Stand-ins: enough for the list of commands and for suggestions after a typo.
        self.commands = {name: TyperCommand(name, callback=None, help=text) for name, (_, text) in self.table.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the name, the imported command and the arguments that are left."""
        name, stand_in, left = super().resolve_command(ctx, args)
        return name, load(name, self.table[name][0]) if name else stand_in, left


def load(name: str, module: str) -> Any:
    """Import a command's module and return the command."""
    app = typer.Typer()
    importlib.import_module(module).register(app)
    return typer.main.get_group(app).commands[name]
