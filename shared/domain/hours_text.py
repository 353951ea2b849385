"""Texts for future times, as in "We are back …", in four languages: data. Pure."""

from datetime import date, datetime

WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "pt": ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
MONTHS = {language: tuple(names.split()) for language, names in _MONTHS.items()}
# today, tomorrow, a day of this week, a date of this year, a date of another
_PATTERNS = {
    "en": (
        "today at {time}",
        "tomorrow at {time}",
        "on {weekday} at {time}",
        "on {day} {month} at {time}",
        "on {day} {month} {year} at {time}",
    ),
    "es": (
        "hoy a las {time}",
        "mañana a las {time}",
        "el {weekday} a las {time}",
        "el {day} de {month} a las {time}",
        "el {day} de {month} de {year} a las {time}",
    ),
    "pt": (
        "hoje às {time}",
        "amanhã às {time}",
        "{on} {weekday} às {time}",
        "em {day} de {month} às {time}",
        "em {day} de {month} de {year} às {time}",
    ),
    "fr": (
        "aujourd'hui à {time}",
        "demain à {time}",
        "{weekday} à {time}",
        "le {day} {month} à {time}",
        "le {day} {month} {year} à {time}",
    ),
}


_DATES = {"en": "{weekday} {day} {month}", "fr": "{weekday} {day} {month}"}
_DATE = "{weekday} {day} de {month}"  # in Spanish and Portuguese


def date_text(day: date, language: str) -> str:
    """Return a day in words: `Monday 2 March`, `lunes 2 de marzo`. Other languages: English."""
    language = language if language in WEEKDAYS else "en"
    return _DATES.get(language, _DATE).format(
        weekday=WEEKDAYS[language][day.weekday()], day=day.day, month=MONTHS[language][day.month - 1]
    )


def time_text(there: datetime, here: datetime, language: str) -> str:
    """Return the text for a future time. there: that time; here: now; both in one zone. Other languages: English."""
    language = language if language in _PATTERNS else "en"
    days = (there.date() - here.date()).days
    way = min(days, 2) if days < 7 else 3 if there.year == here.year else 4
    return _PATTERNS[language][way].format(
        time=f"{there:%H:%M}",
        weekday=WEEKDAYS[language][there.weekday()],
        on="no" if there.weekday() > 4 else "na",  # of Portuguese: no sábado, na sexta-feira
        day=there.day,
        month=MONTHS[language][there.month - 1],
        year=there.year,
    )
