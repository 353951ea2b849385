"""Reads a text file that a person wrote: UTF-8, of limited size, without control characters."""

import re
from pathlib import Path

from shared.operations.errors import FileInvalid

MAX_BYTES = 2 * 1024 * 1024
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")


def read_source(path: Path, most: int = MAX_BYTES) -> str:
    """Return the text of a file. Raises FileInvalid, with the line where there is one."""
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except OSError as error:
        raise FileInvalid(f"{path}: {error.strerror or error}") from None
    if len(raw) > most:
        raise FileInvalid(f"{path}: is larger than {most // 1024} KiB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FileInvalid(f"{path}:{line}: is not UTF-8 text; save the file in that encoding") from None
    if found := _CONTROL_CHARACTERS.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise FileInvalid(f"{path}:{line}: has the character U+{ord(found[0]):04X}, which no text has")
    return text
