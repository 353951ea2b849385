"""`parley trace`: shows every hop of an exchange, found by any of its ids."""

import json
from typing import Annotated

import typer

from devtools.cli import timeline
from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.cli.screen import console
from devtools.stack.errors import StackError
from shared.maintenance.operator import Ambiguous
from shared.repositories.exchanges import Exchange


def register(app: typer.Typer) -> None:
    app.command()(trace)


def trace(
    id: Annotated[  # noqa: A002 - as the argument is called
        str, typer.Argument(help="Id of a message (Parley's or the provider's) or conversation, or a correlation id.")
    ],
    text: Annotated[bool, typer.Option("--text", help="Also show the texts of messages.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Show every hop of a message: times, decision, model, attempts, statuses."""
    export_if_running(dir)
    exchange = run(find(id.strip()))
    if as_json:
        print(json.dumps(timeline.as_json(exchange, text=text), ensure_ascii=False))
    else:
        timeline.show(console(), exchange, text=text)


async def find(reference: str) -> Exchange:
    """Return the exchange of an id. Raises StackError when there is none, or several."""
    async with connections() as connected:
        try:
            correlation_id = await connected.operator.correlation_of(reference)
        except Ambiguous as error:
            raise StackError(str(error)) from None
        if correlation_id is None:
            raise StackError(
                f"nothing is stored about {reference}; it may not be routed yet (`parley tail inbound.messages "
                "--from-start`), or be among the dead letters (`parley dlq list`)"
            )
        return await connected.operator.exchange(correlation_id)
