"""`parley`: every tool of a developer or operator is one of its commands.

A command is a module of this package with `register(app)`, listed below. It imports heavy things inside its functions,
so that `parley --help` stays quick.
"""

import importlib
import sys

import typer

COMMANDS = (
    "devtools.cli.run",
    "devtools.cli.demo",
    "devtools.cli.up",
    "devtools.cli.doctor",
    "devtools.cli.apply",
    "devtools.cli.bench",
    "devtools.cli.capacity",
    "devtools.cli.chaos",
    "devtools.cli.chat",
    "devtools.cli.media",
    "devtools.cli.flow",
    "devtools.cli.trace",
    "devtools.cli.tail",
    "devtools.cli.dlq",
    "devtools.cli.channels",
    "devtools.cli.templates",
    "devtools.cli.customers",
    "devtools.cli.orders",
    "devtools.cli.broadcast",
    "devtools.cli.faq",
    "devtools.cli.backup",
    "devtools.cli.archive",
    "devtools.cli.rotate_secrets",
    "devtools.cli.stats",
    "devtools.cli.topics",
    "devtools.cli.shadow",
)


def build() -> typer.Typer:
    """The app with all commands."""
    app = typer.Typer(
        name="parley",
        help="Runs, inspects and tries out Parley.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for name in COMMANDS:
        importlib.import_module(name).register(app)
    return app


def main() -> None:
    """Entry point: an error that a person can act on is one line and exit code 1."""
    from devtools.cli.screen import printable_output
    from devtools.stack.errors import StackError

    with printable_output():
        try:
            build()()
        except StackError as error:
            print(f"parley: {error}", file=sys.stderr)
            sys.exit(1)


if __name__ == "__main__":
    main()
