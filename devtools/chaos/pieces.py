"""A run in pieces: each piece has a stack, messages and faults of its own, all from one seed, and its result is kept.

A folder holds the plan and one file per attempt, `piece-007.1.json`; `pieces_page.py` makes the page of all attempts. A
run that was interrupted goes on with the first piece that has not passed.
"""

import dataclasses
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from devtools.bench.machine import commit, load_average
from devtools.bench.stack import print_progress
from devtools.chaos.options import ChaosOptions
from devtools.chaos.report import ChaosResult
from devtools.stack.errors import StackError

_SEEDS = 10_000  # numbers of pieces below one seed
_FINDINGS = 5  # kept per check
_PLAN = "plan.json"


class PieceRecord(msgspec.Struct, kw_only=True):
    """One attempt at one piece. number, attempt: from 1. began: RFC 3339, UTC. load: averages of 1, 5 and 15 minutes
    before it began. result: with at most five findings per check.
    """

    number: int
    attempt: int
    began: str
    commit: str
    cores: int
    load: list[float]
    result: ChaosResult


@dataclasses.dataclass(frozen=True, slots=True)
class Pieces:
    """options: of the whole run; its messages and faults are divided among `count` pieces. folder: of the results."""

    options: ChaosOptions
    count: int
    folder: Path

    def __post_init__(self) -> None:
        if not 1 <= self.count < min(_SEEDS, self.options.messages + 1):
            raise StackError(f"a run of {self.options.messages} messages cannot have {self.count} pieces")

    def piece(self, number: int) -> ChaosOptions:
        """Return the options of piece `number`, from 1; messages and faults of all add up to the whole."""
        options = self.options
        return dataclasses.replace(
            options,
            messages=_part(options.messages, self.count, number),
            faults=_part(options.faults, self.count, number),
            customers=options.customers and max(1, _part(options.customers, self.count, number)),  # 0: the default
            seed=options.seed * _SEEDS + number,
        )

    def check_folder(self) -> None:
        """Write the plan into the folder. Raises StackError if the folder is of another plan."""
        plan = {"command": self.options.command, "pieces": self.count}
        path = self.folder / _PLAN
        self.folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=1) + b"\n")
        elif (found := msgspec.json.decode(path.read_bytes())) != plan:
            raise StackError(
                f"{self.folder} has the results of another run ({found['command']}, {found['pieces']} pieces): "
                "use its options, or another folder"
            )

    def records(self) -> list[PieceRecord]:
        """Return all attempts, by piece and attempt."""
        return read_records(self.folder)

    def left(self) -> list[int]:
        """Return the numbers of the pieces that have not passed."""
        passed = {record.number for record in self.records() if record.result.passed}
        return [number for number in range(1, self.count + 1) if number not in passed]

    def keep(self, number: int, began: datetime, load: list[float], result: ChaosResult) -> PieceRecord:
        """Write the result of an attempt and return its record."""
        attempt = 1 + sum(record.number == number for record in self.records())
        for check in result.checks:
            check.findings = check.findings[:_FINDINGS]
        record = PieceRecord(
            number=number,
            attempt=attempt,
            began=began.isoformat(timespec="seconds"),
            commit=commit(),
            cores=len(os.sched_getaffinity(0)),
            load=load,
            result=result,
        )
        path = self.folder / f"piece-{number:03}.{attempt}.json"
        path.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")
        return record


def read_records(folder: Path) -> list[PieceRecord]:
    """Return the attempts whose results are in the folder, by piece and attempt."""
    found = [msgspec.json.decode(path.read_bytes(), type=PieceRecord) for path in folder.glob("piece-*.json")]
    return sorted(found, key=lambda record: (record.number, record.attempt))


def run_pieces(pieces: Pieces, run: Callable[[ChaosOptions], ChaosResult], *, minutes: float) -> bool:
    """Run the pieces that are left, and keep each result. Return True unless one violated a guarantee.

    minutes: no piece is begun after these; 0: without limit. A piece that fails ends the run. Raises StackError.
    """
    deadline = time.monotonic() + 60 * minutes
    for number in pieces.left():
        if minutes and time.monotonic() > deadline:
            print_progress(f"chaos: {minutes:g} minutes are over; {len(pieces.left())} pieces are left")
            return True
        print_progress(f"chaos: piece {number} of {pieces.count}")
        began, load = datetime.now(UTC), load_average()
        record = pieces.keep(number, began, load, run(pieces.piece(number)))
        if not record.result.passed:
            return False
    return True


def _part(whole: int, count: int, number: int) -> int:
    """Return the size of part `number`, from 1, when `whole` is divided into `count` parts."""
    least, more = divmod(whole, count)
    return least + (number <= more)
