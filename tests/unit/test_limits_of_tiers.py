"""Tiers and their limits: which one leaves no room, and when a month begins."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from shared.domain.limits import TIERS, Counts, Limits, Tier, ai_exceeded, exceeded, limits_of, month_of

LIMITS = Limits(messages_per_month=10, customers=5, ai_usd_per_month=Decimal(2))
CASES = [
    ("room for all", Counts(messages=9, customers=4), True, ""),
    ("the last message was had", Counts(messages=10), False, "messages_per_month"),
    ("a new customer too many", Counts(customers=5), True, "customers"),
    ("a known customer of as many", Counts(customers=5), False, ""),
    ("both", Counts(messages=10, customers=5), True, "messages_per_month"),
    ("money alone", Counts(ai_usd=Decimal(2)), True, ""),
]


@pytest.mark.parametrize(("counts", "new", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_limit_that_leaves_no_room(counts: Counts, new: bool, expected: str) -> None:
    assert exceeded(LIMITS, counts, new_customer=new) == expected
    assert exceeded(TIERS[Tier.ENTERPRISE], counts, new_customer=new) == ""


def test_money_is_up_to_the_cent() -> None:
    assert not ai_exceeded(LIMITS, Counts(ai_usd=Decimal("1.999999")))
    assert ai_exceeded(LIMITS, Counts(ai_usd=Decimal(2)))
    assert not ai_exceeded(Limits(), Counts(ai_usd=Decimal(2)))


def test_a_limit_of_nothing_is_a_limit() -> None:
    none = limits_of(Tier.ENTERPRISE, Limits(messages_per_month=0))
    assert exceeded(none, Counts(), new_customer=False) == "messages_per_month"


def test_own_limits_come_before_those_of_the_tier() -> None:
    found = limits_of(Tier.FREE, Limits(customers=7))
    assert (found.customers, found.messages_per_month) == (7, TIERS[Tier.FREE].messages_per_month)


def test_a_month_is_one_of_the_zone() -> None:
    assert month_of(datetime(2026, 3, 31, 23, 30, tzinfo=UTC), "Africa/Lagos") == "2026-04"
    assert month_of(datetime(2026, 4, 1, 3, 30, tzinfo=UTC), "America/New_York") == "2026-03"
