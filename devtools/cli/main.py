"""Entry point of `parley`, the command line of developers and operators.

A command is a module of this package with `register(app)` and a row in `COMMANDS`. The module is imported only when the
command is called, so that `parley --help` stays quick.
"""

import sys
from typing import ClassVar, NoReturn

import typer

from devtools.cli.lazy_group import LazyGroup
from devtools.cli.printable_output import printable_output
from devtools.stack.errors import StackError
from shared.operations.errors import OperationRefused

COMMANDS = {
    "run": ("run", "Start Parley, send a first message, show its hops, and run until Ctrl-C."),
    "demo": ("demo", "Start a fresh stack, play three conversations, check the replies, and stop the stack."),
    "up": ("up", "Start the local stack; Ctrl-C or `parley down` stops it."),
    "down": ("up", "Stop the running stack and wait until it has ended."),
    "status": ("up", "Show the running stack: addresses and process ids."),
    "doctor": ("doctor", "Check whether this machine has what the local stack needs."),
    "apply": ("apply", "Create or change a workspace from a workspace file."),
    "export": ("export", "Write a workspace back as a workspace file, with `${NAMES}` for secrets."),
    "bench": ("bench", "Measure, compare and report performance."),
    "capacity": ("capacity", "Estimate the replicas, partitions and gigabytes that a load needs."),
    "chaos": ("chaos", "Inject faults under load and check the guarantees."),
    "chat": ("chat", "Write as a customer, and see the replies arrive."),
    "media": ("media", "Media: fetch, upload."),
    "flow": ("flow", "Flows: validate, show, simulate, test, pull."),
    "trace": ("trace", "Show every hop of a message: times, decision, model, attempts, statuses."),
    "tail": ("tail", "Print the records of a topic until Ctrl-C."),
    "dlq": ("dlq", "Dead letters: list, summary, show, replay."),
    "channels": ("channels", "Channels: list stopped ones, resume, check, events."),
    "templates": ("templates", "Templates: sync, list."),
    "customers": ("customers", "Customers: list, show, find, tag, import, export, erase, segments."),
    "orders": ("orders", "Orders: list, show, advance."),
    "broadcast": ("broadcast", "Broadcasts: create, start, pause, resume, cancel, retry, status, list."),
    "user": ("user_accounts", "Users: create, invite, disable, sessions, erase."),
    "faq": ("faq", "FAQ: test, check, unanswered, dismiss."),
    "webhooks": ("webhooks", "Webhooks out: failing, log, test, replay, rotate."),
    "backup": (
        "backup",
        "Write a consistent copy of MongoDB to a file while the services run, and note there that it was made.",
    ),
    "restore": ("backup", "Restore a backup into an empty database and verify it."),
    "migrate": ("backup", "Create the indexes and migrate stored documents to this version."),
    "archive": ("archive", "Archive of old messages: move, find."),
    "rotate-secrets": ("rotate_secrets", "Encrypt all credentials with the first key of SECRETS_KEY."),
    "console": ("console", "Console: recount statistics."),
    "models": ("models", "Models: list open circuit breakers, close."),
    "redis": ("redis_usage", "Show how full Redis is, and which keys fill it."),
    "stats": ("stats", "Print this month's usage of each workspace, and the state of the processes."),
    "topics": ("topics", "Topics: check, create, resize, lag."),
    "replay": ("shadow", "Answer recorded messages again with another prompt, model, FAQ or flow, and write a report."),
}
"""By name: the module, and the first sentence of the command's own help (`tests/cli/test_main.py`)."""


class _Commands(LazyGroup):
    table: ClassVar = {name: (f"devtools.cli.{module}", text) for name, (module, text) in COMMANDS.items()}


def build() -> typer.Typer:
    """Return the app with all commands."""
    app = typer.Typer(
        cls=_Commands,
        name="parley",
        help="Run, inspect and try out Parley.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(lambda: None)
    return app


def main() -> None:
    """Run a command; print an error that the user can correct as one line, and exit with code 1."""
    with printable_output():
        try:
            build()()
        except StackError as error:
            _fail(str(error))
        except OperationRefused as error:
            from devtools.cli.hints import with_hint  # here, because it imports all operations

            _fail(with_hint(error))


def _fail(text: str) -> NoReturn:
    print(f"parley: {text}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
