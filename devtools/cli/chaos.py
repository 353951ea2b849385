"""`parley chaos`: injects faults into real processes under load and checks the guarantees."""

import json
import signal
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from devtools.chaos.options import REPLICAS, ChaosOptions
from devtools.chaos.pieces import Pieces, run_pieces
from devtools.chaos.pieces_page import page
from devtools.chaos.report import save, show
from devtools.chaos.run import run
from devtools.chaos.schedule import DEFAULT_KINDS
from devtools.cli.screen import console
from devtools.cli.up import parse_replicas
from devtools.stack.errors import StackError

NOT_DONE = 2


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(chaos)


def chaos(
    messages: Annotated[int, typer.Option(min=1, help="Messages of customers in total.")] = 2000,
    customers: Annotated[int, typer.Option(min=0, help="Customers who write them; 0: one per ten messages.")] = 0,
    workspaces: Annotated[int, typer.Option(min=1, max=1000, help="Workspaces, each with two channels.")] = 6,
    seed: Annotated[int, typer.Option(help="Seed of messages and faults.")] = 1,
    faults: Annotated[int, typer.Option(min=0, help="Faults, spread over the run.")] = 10,
    kinds: Annotated[str, typer.Option(help="Kinds of faults, comma-separated; default: all but `outage`.")] = "",
    replicas: Annotated[str, typer.Option(help="Replicas by service.")] = "router=2,ai=2,delivery=2",
    rate: Annotated[float, typer.Option(min=0.1, help="Messages per second, at most.")] = 40.0,
    in_flight: Annotated[int, typer.Option(min=1, help="At most this many unanswered messages.")] = 2000,
    sharded: Annotated[bool, typer.Option("--sharded", help="Give each workspace four shards.")] = False,
    hostile: Annotated[
        bool, typer.Option("--hostile", help="Let a hostile workspace write beside the others.")
    ] = False,
    plant: Annotated[str, typer.Option(help="Run the services with this bug, to see that the checks detect it.")] = "",
    drain: Annotated[float, typer.Option(min=1, help="Seconds without progress after which the run ends.")] = 120.0,
    outage_seconds: Annotated[float, typer.Option(min=1, help="Seconds of a fault of the kind `outage`.")] = 120.0,
    memory_limit: Annotated[int, typer.Option(min=1, help="Memory limit of a service process, in MB.")] = 400,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the stack's directory with all logs.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the result to this folder, as JSON.")] = None,
    pieces: Annotated[int, typer.Option(min=0, help="Divide the run into pieces; results are kept in --out.")] = 0,
    minutes: Annotated[float, typer.Option(min=0, help="Begin no piece after these minutes; 0: no limit.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON instead of tables.")] = False,
) -> None:
    """Inject faults under load and check the guarantees.

    Exit code 1 when a guarantee was violated, 2 when the run could not be completed.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop the stack in both cases
    try:
        options = ChaosOptions(
            messages=messages,
            customers=customers,
            workspaces=workspaces,
            seed=seed,
            faults=faults,
            kinds=tuple(kinds.replace(" ", "").split(",")) if kinds else DEFAULT_KINDS,
            replicas={**REPLICAS, **parse_replicas(replicas)},
            rate=rate,
            in_flight=in_flight,
            sharded=sharded,
            hostile=hostile,
            plant=plant,
            drain=drain,
            outage_seconds=outage_seconds,
            memory_limit=memory_limit,
            keep=keep,
        )
        if pieces:
            raise typer.Exit(0 if _run_in_pieces(options, pieces, out, minutes) else 1)
        result = run(options)
    except StackError as error:
        print(f"parley: the run could not be completed: {error}", file=sys.stderr)
        raise typer.Exit(NOT_DONE) from None
    if out is not None:
        save(result, out)
    if as_json:
        print(json.dumps(msgspec.to_builtins(result)))
    else:
        show(result, console())
    raise typer.Exit(0 if result.passed else 1)


def _run_in_pieces(options: ChaosOptions, count: int, folder: Path | None, minutes: float) -> bool:
    """Run what is left, write the page of all attempts, and return True unless a guarantee was violated."""
    if folder is None:
        raise typer.BadParameter("--pieces needs --out FOLDER, where the results are kept")
    plan = Pieces(options, count, folder)
    plan.check_folder()
    try:
        return run_pieces(plan, run, minutes=minutes)
    finally:
        (folder / "README.md").write_text(page(options.command, count, plan.records()))
