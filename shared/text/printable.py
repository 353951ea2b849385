"""Makes untrusted text safe to print: it must not move a terminal's cursor, change its title, hide lines, reverse
neighbouring text, or imitate our own lines. Pure.
"""

import re

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_LINES = "\x85\u2028\u2029"  # that some programs take for the end of a line
# Two texts with these look the same: fillers and joiners of scripts, annotations, musical and shorthand controls.
_INVISIBLE = (
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
)
_TAGS = "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # a whole sentence can be written in them, unseen
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_HALVES = "\ud800-\udfff"  # cannot be written at all
_SELECTORS = "\U000e0100-\U000e01ef"  # choose a form of the ideograph before them, and are unseen elsewhere
_IDEOGRAPHS = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_JOINERS = "\u200c\u200d"
# Marks that stand above, below or around a letter; in towers they cover the lines beside it.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
)
_MOST_MARKS = 6  # on one letter; no script has more than four
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"  # of Scotland, for example
_UNPRINTABLE = re.compile(
    f"({_FLAG})|[{_CONTROLS}{_BIDI}{_LINES}{_INVISIBLE}{_HALVES}{_TAGS}]"
    f"|(?<![{_IDEOGRAPHS}])[{_SELECTORS}]|(?<=[{_JOINERS}])[{_JOINERS}]|(?<=[{_MARKS}]{{{_MOST_MARKS}}})[{_MARKS}]"
)
_BREAKS = re.compile("[\r\n\t\x0b\x0c\x85\u2028\u2029 ]+")


def printable(text: str) -> str:
    """Return the text with invisible characters escaped (`\\u001b`); tabs and line ends stay.

    Within a JSON text the result means the same, for JSON writes characters in this way. Single joiners, of emoji and
    of Persian (U+200C, U+200D), stay, as do flags of regions and six marks on a letter.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNPRINTABLE.sub(lambda found: found[1] or _written(found[0]), text)


def _written(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def without_unprintable(text: str) -> str:
    """Return the text without the characters that `printable` would escape, as for a name."""
    return _UNPRINTABLE.sub(lambda found: found[1] or "", text)


def one_line(text: str, most: int = 0) -> str:
    """Return a printable text as one line. most: characters, of which the last becomes `…` when there are more."""
    line = printable(_BREAKS.sub(" ", text).strip())
    return f"{line[: most - 1]}…" if most and len(line) > most else line
