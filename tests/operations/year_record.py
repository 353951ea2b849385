"""The record of an operator's year (`docs/operators-year.json`), and the page that is made from it.

Each run of tests/operations with OPERATORS_YEAR=1 replaces the entries of the steps that passed, and writes the page
anew.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "docs/operators-year.json"
PAGE = ROOT / "docs/operators-year.md"


@dataclass(frozen=True)
class Step:
    """A step that passed. on: the date. seconds: with its stack, where it has one of its own. on_demand: it is not part
    of every check.
    """

    on: str
    seconds: int
    on_demand: bool


def read_record() -> dict[str, Step]:
    """Return what is known, by the test's name without `test_`."""
    return {name: Step(**entry) for name, entry in json.loads(RECORD.read_text()).items()} if RECORD.exists() else {}


def add_to_record(new: Mapping[str, Step]) -> None:
    """Replace the entries of some steps, and write the page anew."""
    entries = read_record() | dict(new)
    text = json.dumps({name: asdict(entries[name]) for name in sorted(entries)}, indent=1)
    RECORD.write_text(text + "\n")
    PAGE.write_text(page(entries))


def page(entries: Mapping[str, Step]) -> str:
    """Return the page as Markdown."""
    rows = "".join(_row(name, entries[name]) for name in sorted(entries))
    return f"""# An operator's year, as it was rehearsed

Each row is a step of [operations](operations.md), carried out on a running stack by the commands that the page names,
while customers write: each of them has exactly one answer at the end. `make operators-year` carries all of them out
again, and replaces the rows of those that pass (`operators-year.json`).

| step | runs | passed on | seconds |
|---|---|---|---|
{rows}"""


def _row(name: str, entry: Step) -> str:
    words = name.replace("_", " ").replace("mongodb", "MongoDB").replace("kafka", "Kafka").removeprefix("at last ")
    when = "on demand" if entry.on_demand else "in every check"
    return f"| {words[:1].upper()}{words[1:]} | {when} | {entry.on} | {entry.seconds} |\n"
