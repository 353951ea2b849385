"""Chooses how options are shown: as buttons, as a list, or numbered in a text. Pure."""

from collections.abc import Iterable, Sequence

from shared.flows.steps import Style

BUTTONS, BUTTON_TITLE, BUTTON_ID = 3, 20, 256
ROWS, ROW_TITLE, ROW_DESCRIPTION, ROW_ID = 10, 24, 72, 200


def buttons_problem(titles: Sequence[str], descriptions: Iterable[str] = ()) -> str:
    """Return why the options cannot be buttons; empty when they can."""
    if len(titles) > BUTTONS:
        return f"there are at most {BUTTONS} buttons, not {len(titles)}"
    if any(descriptions):
        return "buttons have no descriptions"
    return _too_long("the title of a button", titles, BUTTON_TITLE)


def list_problem(titles: Sequence[str], descriptions: Iterable[str] = ()) -> str:
    """Return why the options cannot be rows of a list; empty when they can."""
    if len(titles) > ROWS:
        return f"a list has at most {ROWS} rows, not {len(titles)}"
    title = _too_long("the title of a row", titles, ROW_TITLE)
    return title or _too_long("the description of a row", descriptions, ROW_DESCRIPTION)


def best_style(titles: Sequence[str], descriptions: Sequence[str] = ()) -> Style:
    """Return buttons if possible, else a list, else numbers."""
    if not buttons_problem(titles, descriptions):
        return Style.BUTTONS
    return Style.NUMBERS if list_problem(titles, descriptions) else Style.LIST


def _too_long(what: str, texts: Iterable[str], most: int) -> str:
    long = next((text for text in texts if len(text) > most), None)
    return f"{what} has at most {most} characters, and `{long}` has {len(long)}" if long is not None else ""
