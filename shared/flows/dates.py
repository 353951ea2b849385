"""Parses dates as people write them. Pure."""

import re
import unicodedata
from datetime import date, timedelta

_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})[./\- ](\d{1,2})(?:[./\- ](\d{4}|\d{2}))?\.?")
_DAY_FIRST = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|er|o|\.)?(?: (?:of|de|do|d)(?= ))?[ -]?([a-z]{3,12})\.?(?:(?:,? |-)(?:de |do )?(\d{4}))?"
)
_MONTH_FIRST = re.compile(r"([a-z]{3,12})\.?[ -](\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janvier janv enero ene janeiro",
            "feb february fevrier fevr febrero fevereiro fev",
            "mar march mars marzo marco",
            "apr april avril avr abril abr",
            "may mai mayo maio",
            "jun june juin junio junho",
            "jul july juillet juil julio julho",
            "aug august aout agosto ago",
            "sep sept september septembre septiembre setembro set",
            "oct october octobre octubre outubro out",
            "nov november novembre noviembre novembro",
            "dec december decembre diciembre dic dezembro dez",
        ),
        1,
    )
    for name in names.split()
}
_RELATIVE_DAYS = {
    **dict.fromkeys(("today", "aujourd'hui", "hoy", "hoje"), 0),
    **dict.fromkeys(("tomorrow", "demain", "manana", "amanha"), 1),
    **dict.fromkeys(("day after tomorrow", "the day after tomorrow", "apres-demain", "apres demain"), 2),
    **dict.fromkeys(("pasado manana", "depois de amanha"), 2),
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday lundi lunes segunda segunda-feira",
            "tuesday mardi martes terca terca-feira",
            "wednesday mercredi miercoles quarta quarta-feira",
            "thursday jeudi jueves quinta quinta-feira",
            "friday vendredi viernes sexta sexta-feira",
            "saturday samedi sabado",
            "sunday dimanche domingo",
        )
    )
    for name in names.split()
}
_BEFORE_WEEKDAY = re.compile(r"(?:on|this|el|este|le|ce|na|no|nesta|neste) ")
_MONTH_FIRST_REGIONS = ("US", "PH", "FM", "PW", "MH", "GU", "PR")


def parse_date(text: str, today: date, region: str = "") -> date | None:
    """Return the date that a person has written, or None. Without a year, the next such day; a weekday is the next one
    after today.

    region: two letters; 3/4 is in March in the United States, in April elsewhere; 24/3 is in March everywhere.
    """
    if len(text) > 60:
        return None
    plain = unicodedata.normalize("NFKD", text.strip().casefold().replace("’", "'"))
    plain = "".join(_digit(char) for char in plain if not unicodedata.combining(char)).rstrip(" .,!?")
    if plain in _RELATIVE_DAYS:
        return today + timedelta(days=_RELATIVE_DAYS[plain])
    weekday = _WEEKDAYS.get(_BEFORE_WEEKDAY.sub("", plain, count=1))
    if weekday is not None:
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    return _by_number(plain, today, region) or _by_name(plain, today)


def _by_number(text: str, today: date, region: str) -> date | None:
    if found := _ISO.fullmatch(text):
        return _date(found[1], int(found[3]), int(found[4]), today)
    if found := _NUMERIC.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        month_first = region in _MONTH_FIRST_REGIONS if max(first, second) <= 12 else second > 12
        month, day = (first, second) if month_first else (second, first)
        return _date(found[3], month, day, today)
    return None


def _by_name(text: str, today: date) -> date | None:
    if (found := _DAY_FIRST.fullmatch(text)) and found[2] in _MONTHS:
        return _date(found[3], _MONTHS[found[2]], int(found[1]), today)
    if (found := _MONTH_FIRST.fullmatch(text)) and found[1] in _MONTHS:
        return _date(found[3], _MONTHS[found[1]], int(found[2]), today)
    return None


def _date(year: str | None, month: int, day: int, today: date) -> date | None:
    try:
        if year is not None:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        coming = date(today.year, month, day)
        return coming if coming >= today else date(today.year + 1, month, day)
    except ValueError:
        return None


def _digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if unicodedata.category(char) == "Nd" else char


def parse_date_limit(text: str, today: date) -> date | None:
    """Return the date of a limit: `today`, `tomorrow`, `today+30`, `2026-03-14`; otherwise None."""
    if found := re.fullmatch(r"today([+-]\d{1,4})?", text):
        return today + timedelta(days=int(found[1] or 0))
    if text == "tomorrow":
        return today + timedelta(days=1)
    found = _ISO.fullmatch(text)
    return _date(found[1], int(found[3]), int(found[4]), today) if found and found[2] == "-" else None
