"""`parley bench console resume|roll|fanout`: measurements of live events."""

from typing import Annotated

import typer

from devtools.bench.console import live_fanout, live_resume, live_roll
from devtools.bench.stack import DEFAULT_OUT
from devtools.cli.bench_options import OutOption, SeedOption, finish


def register(console: typer.Typer) -> None:
    """Add the commands."""
    console.command()(resume)
    console.command()(roll)
    console.command()(fanout)


def resume(
    drops: Annotated[int, typer.Option(min=1, help="Interruptions of browsers.")] = 1000,
    rate: Annotated[float, typer.Option(min=1, help="Exchanges and hand-overs per second.")] = 40.0,
    screens: Annotated[int, typer.Option(min=1, help="Browsers.")] = 4,
    seed: SeedOption = 1,
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Interrupt browsers while messages flow; in the end each must show what MongoDB has."""
    finish(live_resume.run(live_resume.ResumeOptions(drops=drops, rate=rate, screens=screens, seed=seed)), out)


def roll(
    sockets: Annotated[int, typer.Option(min=2, help="Sockets, half at each replica.")] = 2000,
    seed: SeedOption = 1,
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Stop one of two replicas, and measure until all sockets are live again."""
    finish(live_roll.run(live_roll.RollBenchOptions(sockets=sockets, seed=seed)), out)


def fanout(
    sockets: Annotated[int, typer.Option(min=10, help="Sockets at one replica.")] = 2000,
    rate: Annotated[int, typer.Option(min=0, help="Events per second on the topic; 0: only connect.")] = 4000,
    relevant: Annotated[float, typer.Option(min=0, max=1, help="Share of watched workspaces.")] = 0.01,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds of load.")] = 30.0,
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Measure CPU time, memory and delay of a replica with thousands of sockets under load."""
    options = live_fanout.FanoutBenchOptions(sockets=sockets, rate=rate, relevant=relevant, seconds=seconds)
    finish(live_fanout.run(options), out)
