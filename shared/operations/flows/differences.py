"""The differences of two texts, with a bound on the work."""

import difflib
import re
from collections.abc import Sequence

_MOST_LINES = 1000  # of the part that differs, in each text; difflib may take the square of it
_CONTEXT = 3  # lines before and after a difference
_HUNK = re.compile(r"@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@$")


def unified_diff(before: str, after: str, old: str, new: str) -> str:
    """Return the differences in the unified format; empty if there are none. old, new: names of the texts.

    Equal lines at the begin and end are not compared. If what is between them is long, it is shown as replaced in
    whole.
    """
    a, b = before.splitlines(), after.splitlines()
    if a == b:
        return ""
    start = max(0, _equal(a, b) - _CONTEXT)
    end = max(0, _equal(a[start + _CONTEXT :][::-1], b[start + _CONTEXT :][::-1]) - _CONTEXT)
    a, b = a[start : len(a) - end], b[start : len(b) - end]
    if max(len(a), len(b)) > _MOST_LINES:
        lines = _replaced(a, b, old, new)
    else:
        lines = list(difflib.unified_diff(a, b, old, new, lineterm="", n=_CONTEXT))
    return "\n".join([*lines[:2], *(_moved(line, start) for line in lines[2:])])


def _equal(a: Sequence[str], b: Sequence[str]) -> int:
    """Return the number of equal lines at the begin."""
    count = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        count += 1
    return count


def _replaced(a: Sequence[str], b: Sequence[str], old: str, new: str) -> list[str]:
    """Return a diff that replaces all lines."""
    counts = [f"{1 if lines else 0},{len(lines)}" for lines in (a, b)]
    head = [f"--- {old}", f"+++ {new}", f"@@ -{counts[0]} +{counts[1]} @@"]
    return [*head, *(f"-{line}" for line in a), *(f"+{line}" for line in b)]


def _moved(line: str, by: int) -> str:
    """Return a line of a diff; the head of a hunk for texts with so many more lines before it."""
    head = _HUNK.match(line)
    if head is None or not by:
        return line
    return f"@@ -{int(head[1]) + by}{head[2] or ''} +{int(head[3]) + by}{head[4] or ''} @@"
