"""An uploaded file in windows of lines, its preview, and a file within a multipart form."""

import io
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import Request

from services.console.multipart_file import file_pieces
from services.console.problems import Problem
from shared.operations.customers.csv_file import CsvLine
from shared.operations.customers.rows import HeaderInvalid
from shared.operations.jobs import file_windows
from shared.operations.jobs.file_windows import FileWindow, FileWindows
from shared.operations.jobs.import_preview import preview_of

FILE = b"phone,name\n" + b"".join(b"0803123456%d,C%d\n" % (n, n) for n in range(7))


def windows(position: int = 0) -> list[FileWindow]:
    reading = FileWindows(io.BytesIO(FILE), position)
    return list(iter(reading.next, None))


def test_windows_have_all_lines_once_and_begin_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_windows, "WINDOW_ROWS", 3)
    assert [(one.start, one.end) for one in windows()] == [(0, 3), (3, 6), (6, 7)]
    assert [line.number for one in windows() for line in one.lines] == [2, 3, 4, 5, 6, 7, 8]
    assert windows(3) == windows()[1:]
    assert windows(7) == windows(99) == []


def test_window_has_bounded_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_windows, "_WINDOW_BYTES", 20)
    assert [len(one.lines) for one in windows()] == [2, 2, 2, 1]


def test_file_with_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_windows, "MAX_ROWS", 6)
    with pytest.raises(HeaderInvalid, match="more than 6 rows"):
        windows()


class MillionLines(io.RawIOBase):
    """A file with a million numbers that is made while it is read. given: bytes that were read."""

    def __init__(self) -> None:
        self._lines = itertools.chain([b"phone\n"], (b"0803%07d\n" % n for n in range(1_000_000)))
        self._rest = b""
        self.given = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def readinto(self, buffer: Any) -> int:
        while len(self._rest) < len(buffer) and (more := b"".join(itertools.islice(self._lines, 1000))):
            self._rest += more
        given, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(given)] = given
        self.given += len(given)
        return len(given)


def test_file_with_a_million_lines_is_refused_at_the_limit_and_never_whole_in_memory() -> None:
    file = MillionLines()
    reading = FileWindows(io.BufferedReader(file), 0)
    largest = 0
    with pytest.raises(HeaderInvalid, match="more than 200000 rows; divide it"):
        while window := reading.next():
            largest = max(largest, len(window.lines))
    assert largest == file_windows.WINDOW_ROWS
    assert file.given < (200_000 + 2 * largest) * 12, "nothing is read behind the limit"


def test_preview_has_the_meaning_of_columns_and_twenty_cut_lines() -> None:
    lines = [CsvLine(number, ["\udce9" + "x" * 300, "y"]) for number in range(2, 30)]
    found = preview_of(["Mobile Phone", "Shoe size"], lines, {3: "phone: too short"})
    assert [(one.title, one.meaning) for one in found.columns] == [
        ("Mobile Phone", "phone"),
        ("Shoe size", "field:Shoe_size"),
    ]
    assert len(found.lines) == 20
    assert [one.reason for one in found.lines[:3]] == ["", "phone: too short", ""]
    assert found.lines[0].cells == ["\ufffd" + "x" * 199, "y"]


def form(*parts: tuple[str, bytes]) -> bytes:
    each = [
        b'--b0\r\nContent-Disposition: form-data; name="%s"; filename="x.csv"\r\n\r\n%s\r\n' % (name.encode(), data)
        for name, data in parts
    ]
    return b"".join(each) + b"--b0--\r\n"


async def received(body: bytes, content_type: str = "multipart/form-data; boundary=b0", step: int = 7) -> bytes:
    pieces = [body[start : start + step] for start in range(0, len(body), step)]
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, object]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", content_type.encode())]}
    found: AsyncIterator[bytes] = file_pieces(Request(scope, receive))
    return b"".join([piece async for piece in found])


@pytest.mark.parametrize("step", [1, 7, 100_000])
async def test_file_of_a_form_arrives_whole_without_other_fields(step: int) -> None:
    data = b"phone\r\n--b\r\n+234\r\n--b1" * 50
    body = form(("note", b"no"), ("file", data), ("file", b"a second one"), ("more", b"no"))
    assert await received(body, step=step) == data


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (form(("note", b"no")), "multipart/form-data; boundary=b0"),
        (b"phone\n+234\n", "multipart/form-data; boundary=b0"),
        (form(("file", b"x")), "multipart/form-data; boundary=other"),
        (form(("file", b"x")), "multipart/form-data"),
        (b"", "multipart/form-data; boundary=b0"),
        (form(("file", b"x")), f"multipart/form-data; boundary={'b' * 300}"),
        (form(("file", b"x"))[:-12], "multipart/form-data; boundary=b0"),
    ],
    ids=["other field", "no form", "other boundary", "no boundary", "empty", "long boundary", "cut off"],
)
async def test_form_without_a_whole_file_is_invalid(body: bytes, content_type: str) -> None:
    with pytest.raises(Problem) as refused:
        await received(body, content_type)
    assert refused.value.name == "invalid"
