"""Business hours, also on the days when clocks are put forward or back, checked against looking at every minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.domain.hours import (
    DAYS,
    Hours,
    after_open_time,
    closes_at,
    is_open,
    minutes,
    next_opening,
    opening_text,
    week_text,
)

LAGOS, BERLIN, NEW_YORK = (ZoneInfo(name) for name in ("Africa/Lagos", "Europe/Berlin", "America/New_York"))
SHOP = Hours(
    mon=("09:00-12:00", "13:00-17:30"),
    tue=("09:00-17:30",),
    wed=("09:00-17:30",),
    thu=("09:00-17:30",),
    fri=("09:00-24:00",),
    sat=("00:00-02:00",),
)
CHRISTMAS = (date(2026, 12, 25),)


def at(text: str, zone: ZoneInfo = LAGOS, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


OPEN = [
    ("at the minute of the beginning", "2026-03-16T09:00:00", True),
    ("a second before the beginning", "2026-03-16T08:59:59", False),
    ("a second before the end", "2026-03-16T11:59:59", True),
    ("at the minute of the end", "2026-03-16T12:00:00", False),
    ("in the second span of a day", "2026-03-16T13:00:00", True),
    ("a minute before a midnight that is the end", "2026-03-20T23:59:00", True),
    ("past midnight, by the next day's span", "2026-03-21T00:00:00", True),
    ("on a day without spans", "2026-03-22T12:00:00", False),
    ("on a holiday", "2026-12-25T12:00:00", False),
    ("past midnight after a holiday", "2026-12-26T01:00:00", True),
]


@pytest.mark.parametrize(("when", "expected"), [case[1:] for case in OPEN], ids=[case[0] for case in OPEN])
def test_hours_say_whether_it_is_open(when: str, expected: bool) -> None:
    assert is_open(SHOP, CHRISTMAS, LAGOS, at(when)) is expected
    assert is_open(SHOP, CHRISTMAS, LAGOS, at(when).astimezone(UTC)) is expected


NEXT = [
    ("later the same day", "2026-03-16T12:30", "2026-03-16T13:00", "today at 13:00"),
    ("the next day", "2026-03-16T18:00", "2026-03-17T09:00", "tomorrow at 09:00"),
    ("over the week-end", "2026-03-21T10:00", "2026-03-23T09:00", "on Monday at 09:00"),
    ("over a holiday", "2026-12-24T18:00", "2026-12-26T00:00", "on Saturday at 00:00"),
    ("now, while somebody is there", "2026-03-16T09:30", "2026-03-16T09:30", "today at 09:30"),
]


@pytest.mark.parametrize(("now", "opens", "said"), [case[1:] for case in NEXT], ids=[case[0] for case in NEXT])
def test_next_opening_is_found_and_said(now: str, opens: str, said: str) -> None:
    found = next_opening(SHOP, CHRISTMAS, LAGOS, at(now))
    assert found is not None
    assert found == at(opens)
    assert opening_text(found, at(now), LAGOS) == said


CLOSES = [
    ("at the end of the span", "2026-03-16T09:30", "2026-03-16T12:00"),
    ("over a midnight at which spans touch", "2026-03-20T23:00", "2026-03-21T02:00"),
    ("not while nobody is there", "2026-03-16T12:30", None),
    ("not on a holiday", "2026-12-25T10:00", None),
]


@pytest.mark.parametrize(("now", "closes"), [case[1:] for case in CLOSES], ids=[case[0] for case in CLOSES])
def test_end_of_the_open_hours_is_found(now: str, closes: str | None) -> None:
    assert closes_at(SHOP, CHRISTMAS, LAGOS, at(now)) == (at(closes) if closes else None)


def test_business_open_around_the_clock_never_closes() -> None:
    always = Hours(**dict.fromkeys(DAYS, ("00:00-24:00",)))
    assert closes_at(always, (), LAGOS, at("2026-03-16T09:30")) is None


def test_week_is_said_in_words() -> None:
    assert week_text(SHOP) == (
        "Monday 09:00-12:00 and 13:00-17:30, Tuesday to Thursday 09:00-17:30, Friday 09:00-24:00, "
        "Saturday 00:00-02:00, closed on Sunday"
    )
    assert week_text(Hours()) == "closed on Monday to Sunday"


def test_week_without_hours_never_opens() -> None:
    assert next_opening(Hours(), (), LAGOS, at("2026-03-16T09:00")) is None
    assert not is_open(Hours(), (), LAGOS, at("2026-03-16T09:00"))


def test_far_openings_are_said_with_their_date() -> None:
    now = at("2026-12-20T12:00")
    assert opening_text(at("2026-12-26T09:00"), now, LAGOS) == "on Saturday at 09:00"
    assert opening_text(at("2026-12-27T09:00"), now, LAGOS) == "on 27 December at 09:00"
    assert opening_text(at("2027-01-04T09:00"), now, LAGOS) == "on 4 January 2027 at 09:00"


def test_words_are_about_the_days_of_the_zone_and_not_of_utc() -> None:
    now, opens = at("2026-03-16T23:30", NEW_YORK), at("2026-03-17T09:00", NEW_YORK)
    assert opening_text(opens.astimezone(UTC), now.astimezone(UTC), NEW_YORK) == "tomorrow at 09:00"


SHIFTS = [
    ("an opening that the clock jumps over", "02:30-10:00", "2026-03-29T00:00", "2026-03-29T01:00:00+00:00"),
    ("hours that fall out altogether", "02:00-03:00", "2026-03-29T00:00", "2026-03-30T00:00:00+00:00"),
    ("the usual hours of that day", "09:00-17:00", "2026-03-29T00:00", "2026-03-29T07:00:00+00:00"),
    ("the usual hours when it is put back", "09:00-17:00", "2026-10-25T00:00", "2026-10-25T08:00:00+00:00"),
    ("the first of two half past two", "02:30-02:45", "2026-10-25T00:00", "2026-10-25T00:30:00+00:00"),
]


@pytest.mark.parametrize(("span", "now", "opens"), [case[1:] for case in SHIFTS], ids=[case[0] for case in SHIFTS])
def test_next_opening_is_right_when_clocks_are_changed(span: str, now: str, opens: str) -> None:
    daily = Hours.model_validate(dict.fromkeys(DAYS, (span,)))
    found = next_opening(daily, (), BERLIN, at(now, BERLIN))
    assert found is not None
    assert found.astimezone(UTC) == datetime.fromisoformat(opens)


def test_second_of_two_half_past_two_is_an_opening_too() -> None:
    daily = Hours(sun=("02:30-02:45",))
    now = at("2026-10-25T02:50", BERLIN)
    found = next_opening(daily, (), BERLIN, now)
    assert found is not None
    assert found.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@st.composite
def weeks(draw: st.DrawFn) -> Hours:
    """Up to two spans a day, on quarters of an hour."""
    days = {}
    for day in DAYS:
        marks = draw(st.lists(st.integers(0, 96), max_size=4, unique=True).map(sorted))
        spans = zip(marks[::2], marks[1::2], strict=False)
        days[day] = tuple(f"{a // 4:02}:{a % 4 * 15:02}-{b // 4:02}:{b % 4 * 15:02}" for a, b in spans)
    return Hours.model_validate(days)


ZONES = st.sampled_from(
    [
        "UTC",
        "Africa/Lagos",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "Asia/Beirut",
    ]
).map(ZoneInfo)
# Around changes of the clock in all of these zones, and around nothing.
MOMENTS = st.sampled_from(
    [datetime(2026, 3, 28), datetime(2026, 10, 24), datetime(2026, 4, 4), datetime(2018, 11, 3), datetime(2026, 6, 1)]  # noqa: DTZ001
).flatmap(lambda day: st.integers(0, 60 * 48).map(lambda minute: day.replace(tzinfo=UTC) + timedelta(minutes=minute)))


@given(weeks(), ZONES, MOMENTS, st.booleans())
def test_next_opening_is_the_first_open_minute(hours: Hours, zone: ZoneInfo, now: datetime, holiday: bool) -> None:
    holidays = {now.astimezone(zone).date()} if holiday else set()
    found = next_opening(hours, holidays, zone, now)
    looked = (now + timedelta(minutes=5 * n) for n in range(12 * 24 * 3))
    now_aligned = now.minute % 5 == 0
    first = next((moment for moment in looked if is_open(hours, holidays, zone, moment)), None)
    if found is None:
        assert first is None
        return
    assert found.astimezone(UTC) >= now
    assert is_open(hours, holidays, zone, found)
    if now_aligned and first is not None:
        assert found.astimezone(UTC) == first
    if found > now:
        assert not is_open(hours, holidays, zone, found.astimezone(UTC) - timedelta(seconds=1))


WRONG = [
    ("17:00-09:00", "ends before it begins"),
    ("09:00-09:00", "has no length"),
    ("9:00-17:00", "match pattern"),
    ("24:00-24:00", "match pattern"),
    ("09:00-24:30", "match pattern"),
    ("", "match pattern"),
]


@pytest.mark.parametrize(("span", "said"), WRONG)
def test_malformed_span_is_refused(span: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Hours(mon=(span,))


def test_spans_that_overlap_are_refused_in_whatever_order() -> None:
    with pytest.raises(ValidationError, match="09:00-12:30 and 12:00-17:00 overlap"):
        Hours(mon=("12:00-17:00", "09:00-12:30"))
    assert Hours(mon=("12:00-17:00", "09:00-12:00")).mon == ("12:00-17:00", "09:00-12:00")


def test_span_is_read_in_minutes() -> None:
    assert minutes("00:00-24:00") == (0, 1440)
    assert minutes("09:05-17:30") == (545, 1050)


@pytest.mark.parametrize(
    ("since", "hours", "until"),
    [
        ("2026-03-17T10:00:00", 3, "2026-03-17T13:00:00"),
        ("2026-03-17T17:30:00", 1, "2026-03-18T10:00:00"),
        ("2026-03-16T11:30:00", 1, "2026-03-16T13:30:00"),
        ("2026-03-20T23:30:00", 1, "2026-03-21T00:30:00"),
        ("2026-03-21T01:30:00", 1, "2026-03-23T09:30:00"),
        ("2026-03-17T17:00:00", 12, "2026-03-19T12:00:00"),
    ],
)
def test_only_time_within_the_hours_passes(since: str, hours: int, until: str) -> None:
    assert after_open_time(SHOP, (), LAGOS, at(since), timedelta(hours=hours)) == at(until)


def test_all_time_passes_without_hours_or_without_an_end() -> None:
    since, hour = at("2026-03-17T10:00:00"), timedelta(hours=1)
    assert after_open_time(Hours(), (), LAGOS, since, hour) == since + hour
    always = Hours.model_validate(dict.fromkeys(DAYS, ("00:00-24:00",)))
    assert after_open_time(always, (), LAGOS, since, 900 * hour) == since + 900 * hour
