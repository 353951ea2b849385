"""Subscription tiers, their limits, and which of them are exceeded. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from shared.validation.strict import Int, StrictModel, no_bool

_MOST_USD = Decimal(10**9)


class Tier(StrEnum):
    """A workspace's subscription; each has limits, which `limits` overrides."""

    FREE = "free"
    STARTER = "starter"
    BUSINESS = "business"
    ENTERPRISE = "enterprise"


class TierLimits(StrictModel):
    """Limits of a workspace; None: the tier's. messages: those of customers in a calendar month of the workspace's time
    zone. customers: the total.
    """

    messages_per_month: Annotated[Int, Field(ge=0)] | None = None
    ai_usd_per_month: Annotated[Decimal, BeforeValidator(no_bool), Field(ge=0, le=_MOST_USD)] | None = None
    customers: Annotated[Int, Field(ge=0)] | None = None


TIERS: dict[Tier, TierLimits] = {
    Tier.FREE: TierLimits(messages_per_month=1_000, ai_usd_per_month=Decimal(5), customers=250),
    Tier.STARTER: TierLimits(messages_per_month=20_000, ai_usd_per_month=Decimal(50), customers=5_000),
    Tier.BUSINESS: TierLimits(messages_per_month=500_000, ai_usd_per_month=Decimal(1_000), customers=200_000),
    Tier.ENTERPRISE: TierLimits(),  # no limits
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageCounts:
    """A workspace's usage. messages, new_customers, ai_usd: of one month; customers: the total."""

    messages: int = 0
    new_customers: int = 0
    customers: int = 0
    ai_usd: Decimal = Decimal(0)


def local_month(now: datetime, timezone: str) -> str:
    """Return the local calendar month, such as `2026-03`. now: aware, in any zone."""
    return f"{now.astimezone(ZoneInfo(timezone)):%Y-%m}"


def local_day(now: datetime, timezone: str) -> str:
    """Return the local calendar day, such as `2026-03-14`. now: aware, in any zone."""
    return f"{now.astimezone(ZoneInfo(timezone)):%Y-%m-%d}"


def day_bounds(day: str, timezone: str) -> tuple[datetime, datetime]:
    """Return when a local calendar day begins and when the next one does, both in UTC."""
    zone, begins = ZoneInfo(timezone), date.fromisoformat(day)
    first, last = (datetime.combine(one, time(), zone) for one in (begins, begins + timedelta(days=1)))
    return first.astimezone(UTC), last.astimezone(UTC)


def effective_limits(tier: Tier, own: TierLimits) -> TierLimits:
    """Return the workspace's own limits, completed by those of its tier."""
    return TIERS[tier].model_copy(update=own.model_dump(exclude_none=True))


def exceeded_limit(limits: TierLimits, counts: UsageCounts, *, new_customer: bool) -> str:
    """Return the name of a limit that a further message would exceed, or "".

    counts: without the message. new_customer: the sender is new; the limit of customers concerns only new ones. The
    model's cost is checked by `ai_limit_exceeded`: beyond that limit FAQs and flows still answer.
    """
    if _full(limits.messages_per_month, counts.messages):
        return "messages_per_month"
    if new_customer and _full(limits.customers, counts.customers):
        return "customers"
    return ""


def ai_limit_exceeded(limits: TierLimits, counts: UsageCounts) -> bool:
    """Return whether the month's model costs have reached their limit."""
    return _full(limits.ai_usd_per_month, counts.ai_usd)


def _full(limit: int | Decimal | None, used: int | Decimal) -> bool:
    return limit is not None and used >= limit
