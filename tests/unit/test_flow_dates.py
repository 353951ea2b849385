"""Dates as customers write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.flows import dates

DATES = {
    "2026-3-20": "2026-03-20", "20.3.2026": "2026-03-20", "20/03/26": "2026-03-20", "today": "2026-03-14",
    "Tomorrow": "2026-03-15", "mañana": "2026-03-15", "20 March": "2026-03-20", "1 March": "2027-03-01",
    "March 20th, 2027": "2027-03-20", "20 de março de 2027": "2027-03-20", "le 20": None, "13/13/2026": None,
    "29/2/2026": None, "": None, "99999-1-1": None, "١٤/٤": "2026-04-14", "3rd of may": "2026-05-03",
    "25 December": "2026-12-25", "25 de diciembre": "2026-12-25", "Tomorrow.": "2026-03-15", "Hoy!": "2026-03-14",
    "24 march!": "2026-03-24", "24-Mar": "2026-03-24", "24-Mar-2027": "2027-03-24", "2026/03/24": "2026-03-24",
    "1º de abril": "2026-04-01", "pasado mañana": "2026-03-16", "3/24": "2026-03-24", "Monday": "2026-03-16",
    "el lunes": "2026-03-16", "Saturday": "2026-03-21", "segunda-feira": "2026-03-16",
}  # fmt: skip


@pytest.mark.parametrize("text", DATES)
def test_written_dates_are_parsed(text: str) -> None:
    today = dates.parse_date_limit("2026-03-14", date(2026, 1, 1))
    assert today is not None
    found = dates.parse_date(text, today)
    assert (found.isoformat() if found else None) == DATES[text]


def test_month_comes_first_in_the_united_states() -> None:
    today = date(2026, 1, 1)
    assert str(dates.parse_date("3/4/2026", today, "US")) == "2026-03-04"
    assert str(dates.parse_date("3/4/2026", today, "NG")) == "2026-04-03"
    assert str(dates.parse_date("24/3/2026", today, "US")) == "2026-03-24"


@given(st.text(max_size=80))
def test_any_text_is_a_date_or_none(text: str) -> None:
    dates.parse_date(text, date(2024, 2, 29))
