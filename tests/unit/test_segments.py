"""Segments: the rule, case by case. That the query says the same: tests/repositories/test_customer_segments.py."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.customer import customer_view
from shared.workspace.config import Segment
from shared.workspace.segments import matches, query_of

NOW = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
ADA: dict[str, Any] = {
    "tags": ["vip", "lagos"],
    "qualified": True,
    "lead_source": {"source_type": "ad", "source_id": "77"},
    "order_count": 2,
    "last_contacted_at": NOW - timedelta(days=10),
    "fields": {"city": "Lagos", "age": 7, "score": 1.5, "member": True, "likes": ["tea", 3], "a_b": "x"},
}

CASES: list[tuple[str, dict[str, Any], bool]] = [
    ("nothing asked: everybody", {}, True),
    ("all tags there", {"tags": ("vip", "lagos")}, True),
    ("one tag missing", {"tags": ("vip", "abuja")}, False),
    ("a tag that is not wanted", {"without_tags": ("vip",)}, False),
    ("other tags are not wanted", {"without_tags": ("old",)}, True),
    ("tags are told apart by capitals", {"tags": ("VIP",)}, False),
    ("qualified", {"qualified": True}, True),
    ("not qualified", {"qualified": False}, False),
    ("nothing said of opt-out is no opt-out", {"opted_out": False}, True),
    ("opted out", {"opted_out": True}, False),
    ("the type of the source", {"lead_source": "ad"}, True),
    ("the id of the source", {"lead_source": "77"}, True),
    ("the source in full", {"lead_source": "ad:77"}, True),
    ("another source", {"lead_source": "ad:78"}, False),
    ("enough orders", {"min_orders": 2}, True),
    ("too few orders", {"min_orders": 3}, False),
    ("active, to the day", {"active_within_days": 10}, True),
    ("not active", {"active_within_days": 9}, False),
    ("idle", {"idle_for_days": 9}, True),
    ("not idle for so long", {"idle_for_days": 10}, False),
    ("within a hundred years", {"active_within_days": 36_500}, True),
    ("a field's text", {"fields": {"city": "Lagos"}}, True),
    ("another text", {"fields": {"city": "lagos"}}, False),
    ("a number as text", {"fields": {"age": "7"}}, True),
    ("a whole number written with a point", {"fields": {"age": "7.0"}}, True),
    ("a fraction", {"fields": {"score": "1.5"}}, True),
    ("a truth value", {"fields": {"member": "True"}}, True),
    ("a truth value is no number", {"fields": {"member": "1"}}, False),
    ("one of a list", {"fields": {"likes": "tea"}}, True),
    ("a number of a list", {"fields": {"likes": "3"}}, True),
    ("a field that is not there", {"fields": {"none": ""}}, False),
    ("a field by the name as it was typed", {"fields": {"a b": "x"}}, True),
    ("all must hold", {"tags": ("vip",), "min_orders": 9}, False),
]


@pytest.mark.parametrize(("asked", "holds"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_segment_holds(asked: dict[str, Any], holds: bool) -> None:
    segment = Segment(name="s", **asked)
    assert matches(segment, ADA, NOW) is holds
    assert matches(segment, customer_view(ADA), NOW) is holds


def test_customer_without_messages_is_neither_active_nor_idle() -> None:
    assert not matches(Segment(name="s", active_within_days=1), {}, NOW)
    assert not matches(Segment(name="s", idle_for_days=1), {}, NOW)


def test_a_segment_that_asks_nothing_is_an_empty_query() -> None:
    assert query_of(Segment(name="all"), NOW) == {}
