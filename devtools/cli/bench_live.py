"""`parley bench console resume|roll|fanout`: measurements of live events."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from devtools.bench.console import live_fanout, live_resume, live_roll
from devtools.bench.results import BenchResult

_OUT = Path(".parley/bench")
Out = Annotated[Path, typer.Option(help="Directory or .json file for the result.")]


def add_live(console: typer.Typer, finish: Callable[[BenchResult, Path], None]) -> None:
    """Add the commands. finish: prints and saves a result."""

    @console.command()
    def resume(
        drops: Annotated[int, typer.Option(min=1, help="Interruptions of browsers.")] = 1000,
        rate: Annotated[float, typer.Option(min=1, help="Exchanges and hand-overs per second.")] = 40.0,
        screens: Annotated[int, typer.Option(min=1, help="Browsers.")] = 4,
        seed: Annotated[int, typer.Option(help="Seed of faults and messages.")] = 1,
        out: Out = _OUT,
    ) -> None:
        """Interrupt browsers while messages flow; in the end each must show what MongoDB has."""
        finish(live_resume.run(live_resume.ResumeOptions(drops=drops, rate=rate, screens=screens, seed=seed)), out)

    @console.command()
    def roll(
        sockets: Annotated[int, typer.Option(min=2, help="Sockets, half at each replica.")] = 2000,
        seed: Annotated[int, typer.Option(help="Seed of the waits.")] = 1,
        out: Out = _OUT,
    ) -> None:
        """Stop one of two replicas, and measure until all sockets are live again."""
        finish(live_roll.run(live_roll.RollBenchOptions(sockets=sockets, seed=seed)), out)

    @console.command()
    def fanout(
        sockets: Annotated[int, typer.Option(min=10, help="Sockets at one replica.")] = 2000,
        rate: Annotated[int, typer.Option(min=0, help="Events per second on the topic; 0: only connect.")] = 4000,
        relevant: Annotated[float, typer.Option(min=0, max=1, help="Share of watched workspaces.")] = 0.01,
        seconds: Annotated[float, typer.Option(min=1, help="Seconds of load.")] = 30.0,
        out: Out = _OUT,
    ) -> None:
        """Measure CPU time, memory and delay of a replica with thousands of sockets under load."""
        options = live_fanout.FanoutBenchOptions(sockets=sockets, rate=rate, relevant=relevant, seconds=seconds)
        finish(live_fanout.run(options), out)
