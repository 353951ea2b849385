"""Builds messages that offer options: as buttons, a list, or a numbered text. Pure."""

from collections.abc import Sequence

from shared.flows.option_styles import BUTTON_TITLE, ROW_DESCRIPTION, ROW_ID, ROW_TITLE, best_style
from shared.flows.step_texts import MAX_BODY
from shared.flows.steps import Style
from shared.messages.outbound import Body, Button, ButtonsBody, ListBody, Row, TextBody

Option = tuple[str, str, str]  # id, title, description


def options_body(text: str, options: Sequence[Option], style: Style, button: str) -> Body:
    """Return the message. Titles that became too long when filled in are cut; a long text gets numbered options."""
    titles, descriptions = [title for _, title, _ in options], [it for _, _, it in options]
    nicest = best_style(titles, descriptions)
    style = nicest if style is Style.AUTO else style
    if len(text) > MAX_BODY:
        style = Style.NUMBERS
    text = text or button
    if style is Style.BUTTONS:
        buttons = tuple(Button(id=id_, title=_cut(title, BUTTON_TITLE)) for id_, title, _ in options)
        return ButtonsBody(body=text, buttons=buttons)
    if style is Style.LIST:
        rows = tuple(
            Row(id=id_, title=_cut(title, ROW_TITLE), description=_cut(description, ROW_DESCRIPTION))
            for id_, title, description in options
        )
        return ListBody(body=text, button=button, rows=rows)
    lines = (f"{number}. {title}{_behind(more)}" for number, (_, title, more) in enumerate(options, 1))
    return TextBody(body="\n".join((text, "", *lines)))


def option_id(text: str) -> str:
    """Return an id within providers' limits."""
    return text[:ROW_ID]


def _behind(description: str) -> str:
    return f" ({description})" if description else ""


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
