"""Options that `parley bench` commands share, and what each does with its result."""

from pathlib import Path
from typing import Annotated

import typer

from devtools.bench import report as reports
from devtools.bench import results
from devtools.bench.results import BenchResult
from devtools.bench.stack import DEFAULT_OUT

SeedOption = Annotated[int, typer.Option(help="Seed of what the run makes up: documents, messages, their times.")]
RunsOption = Annotated[int, typer.Option(min=1, help="Runs; the result has their medians.")]
OutOption = Annotated[Path, typer.Option(help="Directory or .json file for the result.")]
ProfileOption = Annotated[str, typer.Option(help="Profile this service and print its CPU time by function.")]


def folder(out: Path) -> Path:
    """Return the directory of the stack and of the profile; the default if `out` is a file."""
    return DEFAULT_OUT if out.suffix == ".json" else out


def names(only: str, every: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of a list such as `ai,faq`; all of `every` if it is empty."""
    return tuple(only.replace(" ", "").split(",")) if only else every


def finish(result: BenchResult, out: Path) -> None:
    """Print a result and save it."""
    print(reports.section(result))
    print(f"Result: {results.save(result, out)}")
