"""Texts of a workspace that are sent beside its flows and answers: own ones, or the built-in ones in the customer's
language. Pure.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.domain import hours
from shared.text.built_in_texts import SOON, localized
from shared.workspace.config import Workspace


def text_of(workspace: Workspace, name: str, language: str) -> str:
    """Return the text of that field name of the settings; where it is the built-in one, in this language."""
    settings = workspace.bot if hasattr(workspace.bot, name) else workspace.conversing
    return localized(name, getattr(settings, name), language)


def away_text(workspace: Workspace, now: datetime, language: str) -> str:
    """Return the text that says when agents are back; empty during business hours."""
    if workspace.hours is None:
        return ""
    zone = ZoneInfo(workspace.timezone)
    if hours.is_open(workspace.hours, workspace.holidays, zone, now):
        return ""
    opening = hours.next_opening(workspace.hours, workspace.holidays, zone, now)
    opens = hours.opening_text(opening, now, zone, language) if opening else SOON.get(language, SOON["en"])
    return text_of(workspace, "away", language).replace("{opens}", opens)
