"""Formats the refused lines of an import as a CSV file, which can be corrected and imported again. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from shared.operations.customers.cells import escape_cell, unescape_cell
from shared.operations.customers.csv_file import CsvLine
from shared.operations.customers.export import csv_line


def rejects_csv(header: Sequence[str], rejects: Iterable[CsvLine]) -> Iterator[bytes]:
    """Yield the lines of the file: the number and the reason before the cells of each refused line."""
    yield _line(["Line", "Reason", *header])
    for one in rejects:
        yield _line([str(one.number), one.reason, *one.cells])


def _line(cells: Iterable[str]) -> bytes:
    return csv_line([escape_cell(unescape_cell(_without_surrogates(cell))) for cell in cells])


def _without_surrogates(cell: str) -> str:
    """Replace the bytes of a cell that are not UTF-8."""
    return cell.encode(errors="surrogateescape").decode(errors="replace")
