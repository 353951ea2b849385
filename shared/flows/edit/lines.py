"""The lines of pairs and items in a flow file, with their comments."""

import yaml

from shared.flows.edit.document import Document, Place, is_flow
from shared.flows.edit.refused import Refused


def own_lines(document: Document, place: Place) -> tuple[int, int]:
    """Return the first and the last line of a pair or item of a block, with its own comments.

    Its own are those directly above it with its indentation, and those directly below it that are indented more.
    Raises Refused if it does not begin on a line of its own.
    """
    start = start_of(document, place)
    line = document.line_of(start)
    column = start - document.line_start(line)
    if document.line_text(line)[:column].strip():
        raise Refused("this does not begin on a line of its own; edit it as text", line + 1)
    first, before = line, end_line_before(document, place)
    while first - 1 > before and _comment_indent(document, first - 1) == column:
        first -= 1
    return first, last_line(document, place, column)


def last_line(document: Document, place: Place, column: int) -> int:
    """Return the last line of a pair or item: of its value, or of a comment directly below that is indented more."""
    end = document.line_of(document.content_end(place.node))
    last = end
    bound = _next_start_line(document, place)
    while last + 1 < bound and (indent := _comment_indent(document, last + 1)) is not None and indent > column:
        last += 1
    return last


def start_of(document: Document, place: Place) -> int:
    """Return the index of a pair's key, or of an item's hyphen."""
    if place.key is not None:
        return int(place.key.start_mark.index)
    if not isinstance(place.parent, yaml.SequenceNode) or is_flow(place.parent):
        return int(place.node.start_mark.index)
    begin = place.parent.start_mark.index
    if place.position:
        begin = document.content_end(place.parent.value[place.position - 1])
    found = document.text.rfind("-", begin, max(place.node.start_mark.index, begin + 1))
    if found < 0:
        raise Refused("the hyphen of this item is not found; edit it as text", place.node.start_mark.line + 1)
    return found


def end_line_before(document: Document, place: Place) -> int:
    """Return the line on which what comes before a pair or item ends; -1: nothing does."""
    if place.position and place.parent is not None:
        before = place.parent.value[place.position - 1]
        return document.line_of(document.content_end(before[1] if isinstance(before, tuple) else before))
    start = start_of(document, place)
    text = document.text[:start]
    line = document.line_of(start) - 1
    while line >= 0 and _comment_indent(document, line) is not None:
        line -= 1
    return line if text.strip() else -1


def sibling(document: Document, place: Place, offset: int) -> Place | None:
    """Return the pair or item before or behind one in the same collection."""
    position = place.position + offset
    if place.parent is None or not 0 <= position < len(place.parent.value):
        return None
    item = place.parent.value[position]
    key, node = item if isinstance(item, tuple) else (None, item)
    return Place(node, place.parent, key, position, place.in_flow)


def _next_start_line(document: Document, place: Place) -> int:
    following = sibling(document, place, 1)
    return document.line_of(start_of(document, following)) if following else document.line_count


def _comment_indent(document: Document, line: int) -> int | None:
    """Return the column of a line that is only a comment, else None."""
    text = document.line_text(line)
    stripped = text.lstrip(" ")
    return len(text) - len(stripped) if stripped.startswith("#") else None
