"""Reads a file of JSON objects, one in each line, as the lines of a CSV file: each key is a column.

So what `parley customers export FILE.jsonl` wrote can be imported. A bad line does not affect the others.
"""

import os
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from shared.operations.customers.cells import escape_cell
from shared.operations.customers.csv_file import MAX_LINE_BYTES, CsvFile, CsvLine, next_line
from shared.operations.customers.rows import FIELD, MAX_COLUMNS, HeaderInvalid, meaning_of

_MARK = b"\xef\xbb\xbf"  # of byte order, before the first line


def opened(stream: BinaryIO) -> "CsvFile | JsonLinesFile":
    """Return a file of customers in either form; it is JSON if it begins with `{`. stream: at its start, seekable for
    JSON. Raises HeaderInvalid.
    """
    if not stream.seekable():
        return CsvFile(stream)
    first = stream.read(len(_MARK) + 1)
    stream.seek(-len(first), os.SEEK_CUR)
    return JsonLinesFile(stream) if first.removeprefix(_MARK).startswith(b"{") else CsvFile(stream)


class JsonLinesFile:
    """A file of JSON objects. header: all keys, in the order in which they come; a key with the meaning of an earlier
    one is a custom field. Raises HeaderInvalid when there are too many.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._start = stream.tell()
        self._keys: dict[str, None] = {}
        for _, content, _ in self._objects():
            self._keys |= dict.fromkeys(content or ())
            if len(self._keys) > MAX_COLUMNS:
                raise HeaderInvalid(f"its objects have more than {MAX_COLUMNS} different keys")
        self.header: list[str] = []
        meanings: set[str] = set()
        for key in self._keys:
            meaning = meaning_of(key)
            self.header.append(f"{FIELD}{key}" if meaning and meaning in meanings else key)
            meanings.add(meaning)

    def __iter__(self) -> Iterator[CsvLine]:
        """Yield the lines, without empty ones."""
        for number, content, text in self._objects():
            if content is None:
                too_long = len(text) > MAX_LINE_BYTES
                shown = text[:1000].decode(errors="replace").strip()
                yield CsvLine(number, [shown], "it is longer than 1 MiB" if too_long else "it is no JSON object")
                continue
            cells = [_cell(content.get(key)) for key in self._keys]
            if any(cell is None for cell in cells):
                yield CsvLine(number, [cell or "" for cell in cells], "a value is an object")
            else:
                yield CsvLine(number, [cell or "" for cell in cells])

    def _objects(self) -> Iterator[tuple[int, dict[str, Any] | None, bytes]]:
        """Yield each line's number, from 1, its object, and its bytes; None: it is none."""
        self._stream.seek(self._start)
        number = 0
        while line := next_line(self._stream):
            number += 1
            if line.strip():
                yield number, _object(line) if len(line) <= MAX_LINE_BYTES else None, line


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(line.removeprefix(_MARK))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _cell(value: Any) -> str | None:
    """Return a value as a cell; None for one that no cell can have."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return escape_cell(str(value))
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return escape_cell(";".join(str(one) for one in value))
    return None
