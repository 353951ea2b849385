"""Tiers and their limits: which one leaves no room, and when a month begins."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from shared.domain.limits import (
    TIERS,
    Tier,
    TierLimits,
    UsageCounts,
    ai_limit_exceeded,
    effective_limits,
    exceeded_limit,
    local_month,
)

LIMITS = TierLimits(messages_per_month=10, customers=5, ai_usd_per_month=Decimal(2))
CASES = [
    ("room for all", UsageCounts(messages=9, customers=4), True, ""),
    ("the last message was had", UsageCounts(messages=10), False, "messages_per_month"),
    ("a new customer too many", UsageCounts(customers=5), True, "customers"),
    ("a known customer of as many", UsageCounts(customers=5), False, ""),
    ("both", UsageCounts(messages=10, customers=5), True, "messages_per_month"),
    ("money alone", UsageCounts(ai_usd=Decimal(2)), True, ""),
]


@pytest.mark.parametrize(("counts", "new", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_limit_that_leaves_no_room(counts: UsageCounts, new: bool, expected: str) -> None:
    assert exceeded_limit(LIMITS, counts, new_customer=new) == expected
    assert exceeded_limit(TIERS[Tier.ENTERPRISE], counts, new_customer=new) == ""


def test_money_is_up_to_the_cent() -> None:
    assert not ai_limit_exceeded(LIMITS, UsageCounts(ai_usd=Decimal("1.999999")))
    assert ai_limit_exceeded(LIMITS, UsageCounts(ai_usd=Decimal(2)))
    assert not ai_limit_exceeded(TierLimits(), UsageCounts(ai_usd=Decimal(2)))


def test_a_limit_of_nothing_is_a_limit() -> None:
    none = effective_limits(Tier.ENTERPRISE, TierLimits(messages_per_month=0))
    assert exceeded_limit(none, UsageCounts(), new_customer=False) == "messages_per_month"


def test_own_limits_come_before_those_of_the_tier() -> None:
    found = effective_limits(Tier.FREE, TierLimits(customers=7))
    assert (found.customers, found.messages_per_month) == (7, TIERS[Tier.FREE].messages_per_month)


def test_a_month_is_one_of_the_zone() -> None:
    assert local_month(datetime(2026, 3, 31, 23, 30, tzinfo=UTC), "Africa/Lagos") == "2026-04"
    assert local_month(datetime(2026, 4, 1, 3, 30, tzinfo=UTC), "America/New_York") == "2026-03"
