"""The preview of an import: the meaning of each column, and the first lines. Pure."""

from collections.abc import Mapping, Sequence

import msgspec

from shared.operations.customers.csv_file import CsvLine
from shared.operations.customers.rejects import without_surrogates
from shared.operations.customers.rows import parse_header

PREVIEW_LINES = 20
_LONGEST = 200  # characters of a cell
_MOST_CELLS = 200


class PreviewColumn(msgspec.Struct, frozen=True):
    """A column of a file in its preview. meaning: `phone`, `name`, …, `field:` with the name of a custom field; empty:
    the column is ignored.
    """

    title: str
    meaning: str


class PreviewLine(msgspec.Struct, frozen=True):
    """A line of a file in its preview. line: its number in the file. reason: why it would be refused; empty: it would
    not.
    """

    line: int
    cells: list[str]
    reason: str


class ImportPreview(msgspec.Struct, frozen=True):
    """Cells are cut."""

    columns: list[PreviewColumn]
    lines: list[PreviewLine]


def preview_of(header: Sequence[str], lines: Sequence[CsvLine], reasons: Mapping[int, str]) -> ImportPreview:
    """Return the preview of a file. reasons: of refused lines, by their numbers."""
    columns = [PreviewColumn(_cut(title), meaning) for title, meaning in zip(header, parse_header(header), strict=True)]
    shown = [
        PreviewLine(line.number, [_cut(cell) for cell in line.cells[:_MOST_CELLS]], reasons.get(line.number, ""))
        for line in lines[:PREVIEW_LINES]
    ]
    return ImportPreview(columns, shown)


def _cut(cell: str) -> str:
    return without_surrogates(cell[:_LONGEST])
