"""Business hours in a time zone: open or closed, and the next opening. Pure.

Spans are local times, also on days with a change to or from daylight saving time. Holidays are closed all day.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, StringConstraints

from shared.domain.hours_text import MONTHS as NAMES
from shared.domain.hours_text import WEEKDAYS
from shared.domain.hours_text import time_text as time_in_words
from shared.validation import formats
from shared.validation.strict import StrictModel

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_WEEKDAYS, MONTHS = WEEKDAYS["en"], NAMES["en"]
_MAX_DAYS = 400  # searched for the next opening
_END = 24 * 60  # of a day, in minutes


def _forward(span: str) -> str:
    begin, end = minutes(span)
    if begin == end:
        raise ValueError(f"{span} has no length")
    if begin > end:
        raise ValueError(f"{span} ends before it begins; hours past midnight belong to the next day, from 00:00 on")
    return span


def _apart(spans: tuple[str, ...]) -> tuple[str, ...]:
    ordered = sorted(spans, key=minutes)
    for one, other in pairwise(ordered):
        if minutes(one)[1] > minutes(other)[0]:
            raise ValueError(f"{one} and {other} overlap")
    return spans


Span = Annotated[str, StringConstraints(pattern=formats.SPAN), AfterValidator(_forward)]
Spans = Annotated[tuple[Span, ...], AfterValidator(_apart)]


class Hours(StrictModel):
    """Business hours in the workspace's time zone: spans such as `09:00-17:30` by day of the week."""

    mon: Spans = ()
    tue: Spans = ()
    wed: Spans = ()
    thu: Spans = ()
    fri: Spans = ()
    sat: Spans = ()
    sun: Spans = ()

    def of(self, day: date) -> tuple[str, ...]:
        """Return the spans of a date's day of the week."""
        found: tuple[str, ...] = getattr(self, DAYS[day.weekday()])
        return found


@lru_cache(maxsize=10_000)
def minutes(span: str) -> tuple[int, int]:
    """Return begin and end of a span in minutes of the day; 24:00 is 1440."""
    begin, end = (int(part[:2]) * 60 + int(part[3:]) for part in span.split("-"))
    return begin, end


def is_open(hours: Hours, holidays: Collection[date], zone: ZoneInfo, now: datetime) -> bool:
    """Return whether it is within business hours. now: aware, in any zone."""
    local = now.astimezone(zone)
    if local.date() in holidays:
        return False
    minute = local.hour * 60 + local.minute
    return any(begin <= minute < end for begin, end in map(minutes, hours.of(local.date())))


def next_opening(hours: Hours, holidays: Collection[date], zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the first time from `now` on that is within business hours, in `zone`; None: none within a year.

    It is `now` during business hours.
    """
    if is_open(hours, holidays, zone, now):
        return now.astimezone(zone)
    now = now.astimezone(UTC)  # Python compares two times of one zone by their local times
    today = now.astimezone(zone).date()
    for day in (today + timedelta(days=days) for days in range(_MAX_DAYS)):
        if day in holidays:
            continue
        begins = (moment for span in hours.of(day) for moment in _moments(day, minutes(span)[0], zone))
        later = [moment for moment in begins if moment > now and is_open(hours, holidays, zone, moment)]
        if later:
            return min(later).astimezone(zone)
    return None


def opening_text(opening: datetime, now: datetime, zone: ZoneInfo, language: str = "en") -> str:
    """Return a future time for a sentence such as "We are back …": `today at 14:00`, `on Monday at 09:00`."""
    return time_in_words(opening.astimezone(zone), now.astimezone(zone), language)


def day_text(day: datetime) -> str:
    """Return a day, such as `Saturday 14 March 2026`."""
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def week_text(hours: Hours) -> str:
    """Return the hours of a week, with equal days grouped: `Monday to Friday 09:00-17:00, Saturday 10:00-14:00,
    closed on Sunday`.
    """
    days: list[tuple[int, int, tuple[str, ...]]] = []
    for index, name in enumerate(DAYS):
        spans = tuple(sorted(getattr(hours, name), key=minutes))
        if days and days[-1][2] == spans:
            days[-1] = (days[-1][0], index, spans)
        else:
            days.append((index, index, spans))
    return ", ".join(_days_in_words(*one) for one in days)


def _days_in_words(first: int, last: int, spans: tuple[str, ...]) -> str:
    name = _WEEKDAYS[first] if first == last else f"{_WEEKDAYS[first]} to {_WEEKDAYS[last]}"
    return f"{name} {' and '.join(spans)}" if spans else f"closed on {name}"


def closes_at(hours: Hours, holidays: Collection[date], zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the end of the business hours that `now` is in, in `zone`; adjacent spans count as one. None: closed, or
    open for more than a week without a break.
    """
    if not is_open(hours, holidays, zone, now):
        return None
    moment = now.astimezone(zone)
    for _ in range(2 * len(DAYS)):
        minute = moment.hour * 60 + moment.minute
        end = next(e for b, e in map(minutes, hours.of(moment.date())) if b <= minute < e)
        moment = datetime.combine(moment.date(), time(), zone) + timedelta(minutes=end)  # in local time
        if not is_open(hours, holidays, zone, moment):
            return moment
    return None


def after_open_time(
    hours: Hours, holidays: Collection[date], zone: ZoneInfo, since: datetime, duration: timedelta
) -> datetime:
    """Return when that much time within business hours has passed, in UTC. All time counts where there are no hours
    within a year; at most 400 spans are counted.
    """
    moment, left = since.astimezone(UTC), duration
    for _ in range(_MAX_DAYS):
        opening = next_opening(hours, holidays, zone, moment)
        if opening is None:
            return moment + left
        end = closes_at(hours, holidays, zone, opening)
        moment = opening.astimezone(UTC)
        if end is None or end.astimezone(UTC) - moment >= left:
            return moment + left
        left -= end.astimezone(UTC) - moment
        moment = end.astimezone(UTC)
    return moment


def _moments(day: date, minute: int, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the moments with that local time: two on a day when the clock is put back; of a skipped time, the jump."""
    if minute >= _END:
        return
    wall = datetime.combine(day, time(minute // 60, minute % 60), zone)
    first, second = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        yield from sorted({first, second})
    else:
        yield _jump(second, first, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment between the two at which the clock is put forward."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
