"""Figures and the JSON files that hold them."""

from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from devtools.bench.errors import BenchFailed

HIGHER, LOWER, NEITHER = "higher", "lower", ""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of a table. values: one per run. better: `higher`, `lower`, or empty if neither is."""

    table: str
    row: str
    column: str
    values: list[float]
    better: str = NEITHER

    @property
    def median(self) -> float:
        """Median of the runs."""
        return median(self.values)


class BenchResult(msgspec.Struct, kw_only=True):
    """The result of a benchmark. about: what it measures, against what. at: time in UTC. notes: remarks on the run."""

    kind: str
    at: str
    command: str
    seed: int
    machine: dict[str, Any]
    figures: list[Figure]
    notes: list[str] = []
    profiled: str = ""
    about: str = ""

    def add(self, table: str, row: str, column: str, *values: float, better: str = NEITHER) -> None:
        """Add values to a cell; create it if it does not exist."""
        for figure in self.figures:
            if (figure.table, figure.row, figure.column) == (table, row, column):
                figure.values.extend(values)
                return
        self.figures.append(Figure(table=table, row=row, column=column, values=list(values), better=better))


def save(result: BenchResult, out: Path) -> Path:
    """Write a result to `out` if it ends in .json, otherwise to a new file in the directory `out`; return the path."""
    stamp = result.at.replace(":", "").replace("-", "")
    path = out if out.suffix == ".json" else out / f"{result.kind}-{stamp}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
    return path


def read(path: Path) -> BenchResult:
    """Return the result in a file. Raises BenchFailed if it is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=BenchResult)
    except (OSError, msgspec.MsgspecError) as error:
        raise BenchFailed(f"{path}: {error}") from None
