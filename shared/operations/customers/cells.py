"""Cells of CSV files that people open with spreadsheets: nothing that a stranger wrote may become a formula there.

A `'` goes before each part of a cell that a spreadsheet may take for a formula, and is taken away when the file is
read: what was written comes back exactly.
"""

import re

from shared.domain.phone import from_wa_id

_SEPARATORS = ";\t\r\n"  # behind which a spreadsheet set to another language begins a new cell, or a new row
# Some spreadsheets trim these away. A `"` within a cell is written as two, of which one set to `;` takes the first two
# of a part for an empty quotation, and what follows for the cell.
_UNSEEN = (
    r'["\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800'
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_MOST_UNSEEN = 250  # characters that are looked past; more of them are guarded whatever follows
_FORMULA = r"[=+\-@＝＋－＠﹦﹢﹣﹫−']"  # also full-width, small, and the minus sign; `'` so that it comes back too
_RISKY = rf"{_UNSEEN}{{0,{_MOST_UNSEEN - 1}}}{_FORMULA}|{_UNSEEN}{{{_MOST_UNSEEN}}}|[\t\r]"
_BEGINS = re.compile(rf"(?:^|(?<=[{_SEPARATORS}]))(?={_RISKY})")
_GUARD = re.compile(rf"(?:^|(?<=[{_SEPARATORS}]))'(?={_RISKY})")


def escape_cell(cell: str) -> str:
    """Return a cell of which no spreadsheet takes a part for a formula; whole phone numbers are left as they are."""
    return cell if cell.startswith("+") and from_wa_id(cell) else _BEGINS.sub("'", cell)


def unescape_cell(cell: str) -> str:
    """Return a cell without what programs put around it: spaces, Excel's `="…"`, and the `'` of `escape_cell`."""
    text = cell.replace("\x00", "").replace("\xa0", " ").strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = text[2:-1]
    return _GUARD.sub("", text)
