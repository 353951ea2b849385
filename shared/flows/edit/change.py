"""Changes of a document that are proved: the edited text is parsed again and must have the expected values."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from shared.flows.edit import model
from shared.flows.edit.document import Document, Splice
from shared.flows.edit.refused import Refused
from shared.flows.yaml_tree import Path

Candidates = Iterable[Callable[[], Sequence[Splice]]]


def proved(document: Document, expected: Any, candidates: Candidates, path: Path = ()) -> Document:
    """Return the document after the first way of writing a change that has the expected values. Raises Refused."""
    if model.same(document.value, expected):
        return document
    refused: Refused | None = None
    for candidate in candidates:
        try:
            found = document.spliced(candidate())
        except Refused as error:
            refused = refused or error
            continue
        if model.same(found.value, expected):
            return found
    reason = f": {refused}" if refused else ""
    raise Refused(f"{model.shown(path)} can only be edited as text{reason}", document.line(path))


def inserted_lines(document: Document, line: int, lines: Sequence[str]) -> Splice:
    """Return the insertion of whole lines before a line; a missing break at the end of the file stays missing."""
    text, line_break = "".join(f"{one}{document.line_break}" for one in lines), document.line_break
    index = document.line_start(line)
    if line >= document.line_count or (index == len(document.text) and index and not _ends_with_break(document)):
        return Splice(len(document.text), len(document.text), line_break + text.removesuffix(line_break))
    return Splice(index, index, text)


def removed_lines(document: Document, first: int, last: int) -> Splice:
    """Return the removal of whole lines, from `first` to `last`."""
    start, end = document.line_start(first), document.line_start(last + 1)
    if last + 1 >= document.line_count and first:
        start = document.line_end(first - 1)  # the last line has no break: the one before it gives its own
    return Splice(start, end, "")


def removed_block(document: Document, first: int, last: int) -> Splice:
    """Return the removal of whole lines; of empty lines on both sides those before it go too."""
    if last + 1 >= document.line_count or not document.line_text(last + 1).strip():
        while first and not document.line_text(first - 1).strip():
            first -= 1
    return removed_lines(document, first, last)


def indented(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines; those with only spaces become empty."""
    return (line if line.strip() else "" for line in lines)


def _ends_with_break(document: Document) -> bool:
    return document.line_starts[-1] == len(document.text)
