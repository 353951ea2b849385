"""Reads an uploaded CSV file in windows of lines, from any line on."""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from shared.operations.customers.csv_file import CsvFile, CsvLine
from shared.operations.customers.rows import MAX_ROWS, HeaderInvalid, parse_header

WINDOW_ROWS = 5000
_WINDOW_BYTES = 4 * 1024 * 1024


class FileWindow(msgspec.Struct, frozen=True):
    """Lines that are done together. start, end: lines of the file before them, and with them (without the header)."""

    start: int
    end: int
    lines: list[CsvLine]


class FileWindows:
    """Reads a CSV file in windows of lines. stream: read from its beginning. position: how many lines are
    skipped. Raises HeaderInvalid.
    """

    def __init__(self, stream: BinaryIO, position: int) -> None:
        stream.seek(0)
        file = CsvFile(stream)
        self.header = file.header
        parse_header(self.header)
        self._lines: Iterator[CsvLine] = iter(file)
        self._position = 0
        while self._position < position and next(self._lines, None) is not None:
            self._position += 1

    def next(self) -> FileWindow | None:
        """Return the next window; None at the end. Raises HeaderInvalid for a file with too many rows."""
        start, size = self._position, 0
        lines: list[CsvLine] = []
        while len(lines) < WINDOW_ROWS and size < _WINDOW_BYTES and (line := next(self._lines, None)) is not None:
            lines.append(line)
            size += sum(map(len, line.cells))
        self._position += len(lines)
        if self._position > MAX_ROWS:
            raise HeaderInvalid(f"it has more than {MAX_ROWS} rows; divide it")
        return FileWindow(start, self._position, lines) if lines else None
