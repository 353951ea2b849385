"""Formats the refused lines of an import as a CSV file, which can be corrected and imported again. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from shared.operations.customers.cells import escape_cell, unescape_cell
from shared.operations.customers.csv_file import CsvLine
from shared.operations.customers.export import csv_line


def rejects_csv(header: Sequence[str], rejects: Iterable[CsvLine]) -> Iterator[bytes]:
    """Yield the lines of the file: the number and the reason before the cells of each refused line."""
    yield rejects_header(header)
    yield from rejects_lines(rejects)


def rejects_header(header: Sequence[str]) -> bytes:
    """Return the first line of the file."""
    return _line(["Line", "Reason", *header])


def rejects_lines(rejects: Iterable[CsvLine]) -> Iterator[bytes]:
    """Yield the lines after the first one."""
    for one in rejects:
        yield _line([str(one.number), one.reason, *one.cells])


def _line(cells: Iterable[str]) -> bytes:
    return csv_line([escape_cell(unescape_cell(without_surrogates(cell))) for cell in cells])


def without_surrogates(cell: str) -> str:
    """Return a cell in which bytes that are not UTF-8 are replaced."""
    return cell.encode(errors="surrogateescape").decode(errors="replace")
