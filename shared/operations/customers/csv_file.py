"""Reads a CSV file line by line, in any form that Excel writes: `;`, `,` or tabs, a byte order mark, `sep=;`, line
breaks within a cell. A bad line does not affect the others, and only one line is in memory.
"""

import csv
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from shared.operations.customers.rows import HeaderInvalid

MAX_LINE_BYTES = 1024 * 1024  # of one record
MAX_LINE_BREAKS = 100  # within one record; with more, a quotation mark was never closed
_SEPARATORS = ";,\t"


def separator_of(header: str) -> str:
    """Return what separates the cells of a file, by its first line."""
    return max(_SEPARATORS, key=_outside_quotes(header).count)


class CsvLine(msgspec.Struct, frozen=True):
    """A record of the file. number: of its first line, from 1. reason: why it could not be read, if so."""

    number: int
    cells: list[str]
    reason: str = ""


class CsvFile:
    """A file with a header. separator: between its cells. Raises HeaderInvalid when it has no header."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._number = 0
        self._pushed_back: list[bytes] = []
        first = self._next_line()
        if first.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise HeaderInvalid("it is UTF-16; in Excel, save as `CSV UTF-8`")
        text = _text(first.removeprefix(b"\xef\xbb\xbf"))
        if text.lower().startswith("sep=") and len(text.strip()) == 5:
            self.separator = text.strip()[4]
            header = self._parse_record(self._next_line())
        else:
            self.separator = separator_of(text)
            header = self._parse_record(first.removeprefix(b"\xef\xbb\xbf"))
        while header.cells and not header.cells[-1].strip():  # Excel adds empty columns
            header.cells.pop()
        if header.reason or not header.cells:
            raise HeaderInvalid(header.reason or "it is empty")
        self.header = header.cells

    def __iter__(self) -> Iterator[CsvLine]:
        """Yield the records after the header, without empty lines."""
        while first := self._next_line():
            if first.strip(b" \r\n\t;,"):
                yield self._parse_record(first)

    def _next_line(self) -> bytes:
        """Return the next line, as `next_line` does."""
        self._number += 1
        if self._pushed_back:
            return self._pushed_back.pop()
        return next_line(self._stream)

    def _push_back(self, lines: list[bytes]) -> None:
        self._pushed_back.extend(reversed(lines))
        self._number -= len(lines)

    def _parse_record(self, first: bytes) -> CsvLine:
        number, lines, marks, size = self._number, [first], first.count(b'"'), len(first)
        while marks % 2 and size <= MAX_LINE_BYTES and len(lines) <= MAX_LINE_BREAKS and (further := self._next_line()):
            lines.append(further)
            marks += further.count(b'"')
            size += len(further)
        if size > MAX_LINE_BYTES or marks % 2:
            # Only the first line is wrong: the lines after it may be right.
            self._push_back(lines[1:])
            too_long = "it is longer than 1 MiB" if len(first) > MAX_LINE_BYTES else "a quotation mark is never closed"
            return CsvLine(number, [_text(first)[:1000].strip()], too_long)
        try:
            cells = next(csv.reader([_text(b"".join(lines))], delimiter=self.separator), [])
        except csv.Error:
            return CsvLine(number, [_text(first)[:1000].strip()], "a cell is longer than 128 KiB")
        return CsvLine(number, [cell.replace("\r\n", "\n") for cell in cells])


def next_line(stream: BinaryIO) -> bytes:
    """Return the next line with its line break; empty at the end of the file. A line that is too long is cut; its
    length shows it.
    """
    line = rest = stream.readline(MAX_LINE_BYTES + 1)
    while len(line) > MAX_LINE_BYTES and rest and not rest.endswith(b"\n"):
        rest = stream.readline(MAX_LINE_BYTES)
    return line


def _text(line: bytes) -> str:
    """Decode a line. Bytes that are not UTF-8 become surrogates, for which the row is refused."""
    return line.decode(errors="surrogateescape").rstrip("\r\n")


def _outside_quotes(text: str) -> str:
    return "".join(text.split('"')[::2])
