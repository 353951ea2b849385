"""Escapes cells of CSV files, so that no text of a customer becomes a formula in a spreadsheet (CSV injection).

A `'` goes before each part of a cell that a spreadsheet may take for a formula. It is removed when the file is read, so
that the original text comes back exactly.
"""

import re

from shared.domain.phone import from_wa_id

_SEPARATORS = ";\t\r\n"  # after which a spreadsheet with another locale begins a new cell, or a new row
# Some spreadsheets trim these characters. A `"` within a cell is written as two; with `;` as the separator, the
# first two of a part are read as an empty quotation, and the rest as the cell.
_INVISIBLE = (
    r'["\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800'
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_MAX_INVISIBLE = 250  # characters that are skipped; more of them are escaped whatever follows
_FORMULA = r"[=+\-@＝＋－＠﹦﹢﹣﹫−']"  # also full-width, small, and the minus sign; `'` to keep an original one
_RISKY = rf"{_INVISIBLE}{{0,{_MAX_INVISIBLE - 1}}}{_FORMULA}|{_INVISIBLE}{{{_MAX_INVISIBLE}}}|[\t\r]"
_PART = re.compile(rf"(?:^|(?<=[{_SEPARATORS}]))({_INVISIBLE}*)({_FORMULA}?)")
_PLACES = re.compile(r"^|(?<=[\t\r\n])")  # in a run of invisible characters
_ESCAPE = re.compile(rf"(?:^|(?<=[{_SEPARATORS}]))'(?={_RISKY})")


def escape_cell(cell: str) -> str:
    """Return a cell that has no formula for any spreadsheet; whole phone numbers are unchanged."""
    return cell if cell.startswith("+") and from_wa_id(cell) else _PART.sub(_escape_part, cell)


def unescape_cell(cell: str) -> str:
    """Return a cell without what programs put around it: spaces, Excel's `="…"`, and the `'` of `escape_cell`."""
    text = cell.replace("\x00", "").replace("\xa0", " ").strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = text[2:-1]
    return _ESCAPE.sub("", text)


def _escape_part(part: re.Match[str]) -> str:
    """Escape the invisible characters and the formula at the start of a part. They are scanned once, however many
    separators are among them.
    """
    run, formula = part.groups()
    if formula:
        return _PLACES.sub("'", run) + formula
    far = len(run) - _MAX_INVISIBLE  # the last place with as many invisible characters behind it

    def escape(place: re.Match[str]) -> str:
        at = place.start()
        return "'" if at <= far or run[at : at + 1] in ("\t", "\r") else ""

    return _PLACES.sub(escape, run) if run else ""
