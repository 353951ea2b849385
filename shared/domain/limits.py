"""What a workspace has subscribed to, and which of its limits are used up. Pure."""

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
    """What a workspace has subscribed to; each has limits, which `limits` may change."""

    FREE = "free"
    STARTER = "starter"
    BUSINESS = "business"
    ENTERPRISE = "enterprise"


class TierLimits(StrictModel):
    """Of a workspace. None: as its tier has it. messages: of customers, that are answered by the bot.

    A month is one of the calendar, in the workspace's time zone. customers: all that there are.
    """

    messages_per_month: Annotated[Int, Field(ge=0)] | None = None
    ai_usd_per_month: Annotated[Decimal, BeforeValidator(no_bool), Field(ge=0, le=_MOST_USD)] | None = None
    customers: Annotated[Int, Field(ge=0)] | None = None


TIERS: dict[Tier, TierLimits] = {
    Tier.FREE: TierLimits(messages_per_month=1_000, ai_usd_per_month=Decimal(5), customers=250),
    Tier.STARTER: TierLimits(messages_per_month=20_000, ai_usd_per_month=Decimal(50), customers=5_000),
    Tier.BUSINESS: TierLimits(messages_per_month=500_000, ai_usd_per_month=Decimal(1_000), customers=200_000),
    Tier.ENTERPRISE: TierLimits(),  # none
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageCounts:
    """What a workspace has used. messages, new_customers, ai_usd: in one month; customers: all that there are."""

    messages: int = 0
    new_customers: int = 0
    customers: int = 0
    ai_usd: Decimal = Decimal(0)


def local_month(now: datetime, timezone: str) -> str:
    """The month of the calendar there, such as `2026-03`. now: aware, in any zone."""
    return f"{now.astimezone(ZoneInfo(timezone)):%Y-%m}"


def local_day(now: datetime, timezone: str) -> str:
    """The day of the calendar there, such as `2026-03-14`. now: aware, in any zone."""
    return f"{now.astimezone(ZoneInfo(timezone)):%Y-%m-%d}"


def day_bounds(day: str, timezone: str) -> tuple[datetime, datetime]:
    """When a day of the calendar there begins and when the next one does, both in UTC."""
    zone, begins = ZoneInfo(timezone), date.fromisoformat(day)
    first, last = (datetime.combine(one, time(), zone) for one in (begins, begins + timedelta(days=1)))
    return first.astimezone(UTC), last.astimezone(UTC)


def effective_limits(tier: Tier, own: TierLimits) -> TierLimits:
    """The limits that hold: its own where it has some, otherwise those of its tier."""
    return TIERS[tier].model_copy(update=own.model_dump(exclude_none=True))


def exceeded_limit(limits: TierLimits, counts: UsageCounts, *, new_customer: bool) -> str:
    """The name of a limit that leaves no room for a further message; empty: there is room.

    counts: without the message. new_customer: nobody knew who wrote it; those whom we know are still answered when
    there is no room for new ones. What the model has cost is not asked here: without it, FAQs and flows still answer
    (`ai_limit_exceeded`).
    """
    if _full(limits.messages_per_month, counts.messages):
        return "messages_per_month"
    if new_customer and _full(limits.customers, counts.customers):
        return "customers"
    return ""


def ai_limit_exceeded(limits: TierLimits, counts: UsageCounts) -> bool:
    """Whether the model has cost what it may cost this month."""
    return _full(limits.ai_usd_per_month, counts.ai_usd)


def _full(limit: int | Decimal | None, used: int | Decimal) -> bool:
    return limit is not None and used >= limit
