"""Trims an answer that was cut off at the token limit to whole sentences. Pure."""

import re

_MIN_SHARE = 1 / 3  # of the text; if less is left, a shorter answer is requested
_END = re.compile(r"(?:[.!?…؟।][\"'”’»)\]*_~]*(?=\s)|[。！？][\"'”’»)\]*_~]*|\S(?=[^\S\n]*\n))")
_NO_END = re.compile(
    r"(?:(?:^|\n)[^\S\n]*\d{1,3}\.|\b(?:e\.g|i\.e|etc|approx|no|nr|mr|mrs|ms|dr|st|vs|incl|excl|p\.ej|ca|z\.b)\.)$",
    re.IGNORECASE,
)
_LOOK_BACK = 24  # characters before an end that may show that it is none
_MARKS = "*_~"


def whole_part(text: str) -> str:
    """Return the text up to the end of its last whole sentence or line; empty when too little would be left."""
    ends = [
        found.end()
        for found in _END.finditer(text)
        if not _NO_END.search(text, max(0, found.end() - _LOOK_BACK), found.end())
    ]
    for end in reversed(ends):
        part = text[:end].rstrip()
        if not part.endswith(":") and len(part) >= len(text) * _MIN_SHARE:
            return _closed(part)
    return ""


def _closed(text: str) -> str:
    """Return the text without a formatting mark that its last line opens and does not close."""
    before, newline, line = text.rpartition("\n")
    for mark in _MARKS:
        opened = [found.start() for found in re.finditer(rf"(?<!\w){re.escape(mark)}|{re.escape(mark)}(?!\w)", line)]
        if len(opened) % 2 and not line.lstrip().startswith(f"{mark} "):
            line = line[: opened[-1]] + line[opened[-1] + 1 :]
    if text.count("```") % 2:
        return f"{before}{newline}{line}\n```"
    return f"{before}{newline}{line}"
