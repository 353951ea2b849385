"""Cuts long texts into messages that a provider accepts.

Lengths are in characters as Python counts them (code points), which is what the providers' limits are taken to mean.
"""

import re
import unicodedata

_ENDS = (
    re.compile(r"\n[^\S\n]*\n\s*"),  # a paragraph
    re.compile(r"\s*\n\s*"),  # a line
    re.compile(r"(?<=[.!?…。！？؟।])[\"'”’»)\]*_~]*(?:\s+|(?<=[。！？]))"),  # a sentence
    re.compile(r"\s+"),  # a word
)
_EARLIEST = (0.5, 0.5, 0.3, 0.0)  # an end before this part of the limit would make needlessly short messages
_MARK = re.compile(r"```|[*_~]")
_MARKS_FROM = 40  # below this limit parts are too short for extra marks
_ROOM = 6  # characters reserved for closing marks

_JOINERS = {"\u200d"}
_EXTENDERS = re.compile(r"[\u1160-\u11ff\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\u200d]")


def split(text: str, limit: int) -> list[str]:
    """Return parts of at most `limit` characters, cut at a paragraph, line, sentence or word.

    Only white space is lost, and characters that belong together (an emoji and its colour, a letter and its accent, a
    flag) stay together where they fit. `*bold*`, `_italics_`, `~strike~` and code that go across a cut are closed
    before and opened again after it. A blank text has no parts. Raises ValueError when the limit is not positive.
    """
    if limit < 1:
        raise ValueError("the limit must be positive")
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        marks_matter = limit >= _MARKS_FROM
        room = limit - _ROOM if marks_matter else limit
        cut = _cut(rest, room)
        if not rest[:cut].strip("*_~` \n"):
            cut = room  # marks alone are no part: opened again, they would come back for ever
        part, rest_after = rest[:cut].rstrip(), rest[cut:].lstrip()
        marks = _open_marks(part, rest_after) if marks_matter else []
        parts.append(part + "".join(reversed(marks)))
        rest = "".join(marks) + rest_after
    if rest:
        parts.append(rest)
    return parts


def _cut(text: str, limit: int) -> int:
    """Return the end of the first part, between 1 and `limit`."""
    for pattern, earliest in zip(_ENDS, _EARLIEST, strict=True):
        cut = 0
        for end in pattern.finditer(text, 0, limit + 1):
            kept = end.start() if end[0].isspace() else end.end()
            cut = kept if len(text[:kept].rstrip()) <= limit else cut
        cut = min(cut, limit)
        if cut > limit * earliest and text[:cut].strip():
            return cut
    return _whole_character(text, limit)


def _whole_character(text: str, limit: int) -> int:
    """Return the last boundary of a visible character up to `limit`; `limit` if there is none."""
    cut = limit
    while cut > 0 and not _is_boundary(text, cut):
        cut -= 1
    return cut or limit


def _is_boundary(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if unicodedata.category(after).startswith("M") or _EXTENDERS.match(after) or before in _JOINERS:
        return False
    if _is_flag_half(before) and _is_flag_half(after):
        start = at
        while start > 0 and _is_flag_half(text[start - 1]):
            start -= 1
        return (at - start) % 2 == 0
    return True


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _open_marks(part: str, after: str) -> list[str]:
    """Return the marks that are open at the end of a part and closed later; all but code end with their line."""
    marks: list[str] = []
    for found in _MARK.finditer(part):
        mark = found[0]
        if "```" in marks:
            marks = [] if mark == "```" else marks
        elif mark == "```":
            marks = ["```"]
        elif mark in marks:
            marks.remove(mark) if _closes(part, found) else None
        elif _opens(part, found) and "\n" not in part[found.end() :]:
            marks.append(mark)
    line = after.partition("\n")[0]
    return [mark for mark in marks if mark in (after if mark == "```" else line)]


def _opens(text: str, mark: re.Match[str]) -> bool:
    before, after = text[: mark.start()][-1:], text[mark.end() : mark.end() + 1]
    return not before.isalnum() and bool(after) and not after.isspace()


def _closes(text: str, mark: re.Match[str]) -> bool:
    before, after = text[: mark.start()][-1:], text[mark.end() : mark.end() + 1]
    return not before.isspace() and not after.isalnum()
