"""Makes texts of others safe to show: what a customer, a provider or a model wrote must not move a terminal's cursor,
change its title, hide lines, reverse what stands beside it, or look like lines of our own. Pure.
"""

import re

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_LINES = "\x85\u2028\u2029"  # that some programs take for the end of a line
_INVISIBLE = "\xad\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"  # two texts with them look the same
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_HALVES = "\ud800-\udfff"  # cannot be written at all
_UNPRINTABLE = re.compile(f"[{_CONTROLS}{_BIDI}{_LINES}{_INVISIBLE}{_HALVES}]")
_BREAKS = re.compile("[\r\n\t\x0b\x0c\x85\u2028\u2029 ]+")


def printable(text: str) -> str:
    """Return the text with each character that a reader does not see written as `\\u001b`; tabs and line ends stay.

    Within a JSON text the result means the same, for JSON writes characters in this way. Joiners of emoji and of
    Persian (U+200C, U+200D) stay.
    """
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def cleaned(text: str) -> str:
    """Return the text without the characters that `printable` would write out: nobody misses them in a name."""
    return _UNPRINTABLE.sub("", text)


def one_line(text: str, most: int = 0) -> str:
    """Return a printable text as one line. most: characters, of which the last becomes `…` when there are more."""
    line = printable(_BREAKS.sub(" ", text).strip())
    return f"{line[: most - 1]}…" if most and len(line) > most else line
