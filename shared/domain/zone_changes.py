"""Finds the changes of a zone's clock to and from daylight saving time. Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_DAYS = 400  # searched
_ZERO = timedelta(0)


def next_zone_change(zone: ZoneInfo, after: datetime) -> tuple[datetime, int] | None:
    """Return the moment of the next change, in UTC, and the minutes by which the clock goes forward (negative: back).

    None: there is none within 400 days. after: aware, in any zone.
    """
    begin = after.astimezone(UTC).replace(second=0, microsecond=0)
    for day in range(_DAYS):
        early, late = begin + timedelta(days=day), begin + timedelta(days=day + 1)
        difference = _offset(zone, late) - _offset(zone, early)
        if difference != _ZERO:
            return _change(zone, early, late), int(difference.total_seconds() // 60)
    return None


def _change(zone: ZoneInfo, early: datetime, late: datetime) -> datetime:
    """Return the first minute with the later offset."""
    before = _offset(zone, early)
    while late - early > timedelta(minutes=1):
        middle = (early + (late - early) / 2).replace(second=0, microsecond=0)
        if _offset(zone, middle) == before:
            early = middle
        else:
            late = middle
    return late


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or _ZERO
