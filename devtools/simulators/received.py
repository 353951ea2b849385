"""Reads what a customer's phone shows from messages as providers accept them."""

from typing import Any, NamedTuple

Json = dict[str, Any]


class Option(NamedTuple):
    """A button, or a row of a list (`row`). url: of a button that opens a page."""

    id: str
    title: str
    description: str = ""
    row: bool = False
    url: str = ""


def options_of(payload: Json) -> tuple[Option, ...]:
    """Return the buttons of a message, or the rows of its list."""
    action = _object(_object(payload.get("interactive")).get("action"))
    buttons = [button["reply"] for button in action.get("buttons", [])]
    rows = [row for section in action.get("sections", []) for row in section.get("rows", [])]
    link = _object(action.get("parameters"))
    return (
        *(Option(button["id"], button["title"]) for button in buttons),
        *(Option(row["id"], row["title"], row.get("description", ""), row=True) for row in rows),
        *([Option("", str(link.get("display_text", "")), url=str(link["url"]))] if "url" in link else []),
    )


def list_button_of(payload: Json) -> str:
    """Return the text of the button that opens the list; empty: there is no list."""
    button = _object(_object(payload.get("interactive")).get("action")).get("button", "")
    return button if isinstance(button, str) else ""


def caption_of(payload: Json, part: str) -> str:
    """Return the `header` or `footer` of an interactive message."""
    return str(_object(_object(payload.get("interactive")).get(part)).get("text", ""))


def media_of(payload: Json) -> str:
    """Return kind, name and address of a file; empty: there is none."""
    if url := payload.get("MediaUrl"):
        return f"media {url}"
    kind = str(payload.get("type"))
    part = _object(payload.get(kind))
    if "link" not in part and "id" not in part:
        return ""
    return " ".join(filter(None, (kind, part.get("filename"), part.get("link") or part.get("id"))))


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}
