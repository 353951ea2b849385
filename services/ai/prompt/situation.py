"""Describes the present in a prompt: date and time, opening hours, the customer's language. Pure.

It changes from answer to answer, so none of it is in the cached part of a prompt.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.domain import hours
from shared.text.language import base_language, detect_last
from shared.workspace.config import Workspace

_HOLIDAYS, _AHEAD = 10, timedelta(days=365)
NAMES = {"en": "English", "es": "Spanish", "pt": "Portuguese", "fr": "French"}


def now_in_words(workspace: Workspace, now: datetime) -> str:
    """Return the day, the time and the opening hours in the workspace's zone, and whether it is open."""
    zone = ZoneInfo(workspace.timezone)
    local = now.astimezone(zone)
    lines = [f"It is {hours.day_text(local)}, {local:%H:%M} ({workspace.timezone})."]
    if workspace.hours is not None:
        lines.append(f"Opening hours: {hours.week_text(workspace.hours)}.")
        lines.append(_open_or_not(workspace.hours, workspace, zone, now))
    coming = sorted(day for day in workspace.holidays if local.date() <= day <= local.date() + _AHEAD)[:_HOLIDAYS]
    if coming:
        days = ", ".join(f"{day.day} {hours.MONTHS[day.month - 1]} {day.year}" for day in coming)
        lines.append(f"Closed all day on: {days}.")
    return "\n".join(lines)


def _open_or_not(week: hours.Hours, workspace: Workspace, zone: ZoneInfo, now: datetime) -> str:
    if hours.is_open(week, workspace.holidays, zone, now):
        closes = hours.closes_at(week, workspace.holidays, zone, now)
        return f"It is open now{f', until {closes:%H:%M}' if closes else ''}."
    opening = hours.next_opening(week, workspace.holidays, zone, now)
    holiday = " Today is a holiday." if now.astimezone(zone).date() in workspace.holidays else ""
    return f"It is closed now{f'; it opens {hours.opening_text(opening, now, zone)}' if opening else ''}.{holiday}"


def language_in_words(workspace: Workspace, texts: Iterable[str], earlier: str = "") -> str:
    """Return the language to answer in. texts: the customer's, oldest first. earlier: the language detected before
    these."""
    found = detect_last(texts, workspace.languages) or earlier
    if found:
        return f"The customer writes {NAMES[found]}: answer in {NAMES[found]}."
    usual = base_language(workspace.languages[0]) if workspace.languages else "en"
    return f"Answer in the customer's language; where it cannot be told, in {NAMES.get(usual, usual)}."
