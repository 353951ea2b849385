"""Finds the comments of a flow file."""

import re
from bisect import bisect_right
from collections import Counter

from shared.flows.edit.document import Document
from shared.flows.edit.scalars import header_end

_COMMENT = re.compile(r"(?:^|(?<=[ \t\r\n\x85\u2028\u2029]))#[^\r\n\x85\u2028\u2029]*")


def comments(document: Document) -> Counter[str]:
    """Return the comments with their numbers."""
    if document.comments is None:
        document.comments = _found(document)
    return document.comments


def _found(document: Document) -> Counter[str]:
    text = document.text
    spans = [(_text_start(text, node.start_mark.index, node.style), node) for node in document.scalars()]
    starts = [start for start, _ in spans]
    found: Counter[str] = Counter()
    at = 0
    while match := _COMMENT.search(text, at):
        before = bisect_right(starts, match.start()) - 1
        end = spans[before][1].end_mark.index if before >= 0 else 0
        if match.start() >= end:
            found[match[0].rstrip()] += 1
        at = max(match.end(), end) if match.start() >= end else end
    return found


def _text_start(text: str, start: int, style: str | None) -> int:
    """Return the start of a scalar's own text; a comment may stand behind the header of a block text."""
    if style not in ("|", ">"):
        return start
    end = text.find("\n", header_end(text, start))
    return len(text) if end < 0 else end
