"""Numbers and times of webhooks are parsed within bounds that every part of the pipeline supports."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import bson
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messages import content as c
from shared.providers import bounds
from shared.storage.documents import plain
from tests.fuzz.nasty import JSON_VALUES

NOW = datetime(2026, 3, 14, tzinfo=UTC)
TIMES = ["", "0", "1", "-1", "1e9", "9" * 400, "²", "NaN", "253402300800", "0001-01-01T00:00:00+14:00",
         "9999-12-31T23:59:59-14:00", "2026-03-13T10:00:00", "2026-02-30", "1773446400", "12345-01-01"]  # fmt: skip


@given(st.one_of(st.sampled_from(TIMES), st.text(max_size=30), st.integers().map(str)))
def test_past_time_is_utc_storable_and_not_in_the_future(text: str) -> None:
    at = bounds.parse_past_time(text, NOW)
    assert at.tzinfo is UTC
    assert NOW - timedelta(days=40 * 365) < at <= NOW
    assert bson.decode(bson.encode({"at": at}))["at"].year == at.year


@pytest.mark.parametrize(
    ("text", "day"), [("2026-03-13T10:00:00", 13), ("1773446400", 14), ("2026-03-14T01+02:00", 13)]
)
def test_valid_time_is_kept(text: str, day: int) -> None:
    assert bounds.parse_past_time(text, NOW).day == day


@given(st.integers() | st.integers().map(str) | st.sampled_from(["1" * 5000, "²", "1e5", "", "NaN"]))
def test_seconds_are_within_bounds_or_refused(seconds: int | str) -> None:
    try:
        at = bounds.parse_time(seconds)
    except ValueError:
        return
    assert 1970 <= at.year < 2100
    bson.encode({"at": at + timedelta(days=3650)})


@pytest.mark.parametrize("milliseconds", [1_773_446_400_000, "1773446400999"])
def test_milliseconds_are_recognised_by_size(milliseconds: int | str) -> None:
    assert bounds.parse_time(milliseconds) == datetime(2026, 3, 14, tzinfo=UTC)


@given(st.integers())
def test_quantity_is_limited(value: int) -> None:
    assert bounds.quantity(str(abs(value))) == bounds.quantity(abs(value))
    assert bounds.quantity(value) in (value, bounds.MAX_QUANTITY, -bounds.MAX_QUANTITY)
    assert abs(bounds.quantity(10**30)) == bounds.quantity("9" * 5000) == bounds.MAX_QUANTITY


@given(st.decimals() | st.sampled_from([Decimal("1e999999"), Decimal("1." + "3" * 5000), Decimal("-0e-30")]))
def test_price_is_short_or_refused(value: Decimal) -> None:
    try:
        assert len(bounds.price(value)) <= 40
    except ValueError:
        return


@given(st.floats(), st.floats())
def test_coordinates_are_on_the_earth_or_refused(latitude: float, longitude: float) -> None:
    try:
        assert bounds.coordinates(latitude, longitude) == (latitude, longitude)
    except ValueError:
        return
    assert abs(latitude) <= 90
    assert abs(longitude) <= 180


@given(st.integers() | st.none() | st.text())
def test_error_code_is_a_short_text(value: Any) -> None:
    assert len(bounds.error_code(value)) <= 64


@given(JSON_VALUES)
def test_contact_card_with_any_content_can_be_stored(value: Any) -> None:
    for _ in range(150):
        value = [value]
    cards = c.Contacts(cards=msgspec.Raw(json.dumps([{"a\0b": value}, 10**30, -(2**63), 2**63]).encode()))
    stored = bson.decode(bson.encode({"content": plain(cards)}))["content"]
    assert stored["cards"][1:] == [str(10**30), -(2**63), str(2**63)]
