"""Counts of a workspace by quarter of an hour. Pure.

Quarters are of UTC; as every time zone's offset is a multiple of a quarter, a local hour or day is a sum of them.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

QUARTER = timedelta(minutes=15)
WAITED_UP_TO = (30, 60, 300, 900, 1800, 3600, 14_400, 86_400)
"""Upper bounds of the classes of waiting times, in seconds; the last class has none."""
LONGER = "longer"
MICRO = 1_000_000


class Measure(StrEnum):
    """Counted things. In brackets: their labels."""

    RECEIVED = "received"  # customers' messages [decision: faq, ai, flow, …]
    SENT = "sent"  # accepted by the provider [author]
    DELIVERED = "delivered"  # of those sent [author]
    READ = "read"  # of those sent [author]
    FAILED = "failed"  # [reason: the provider's code]
    HANDED_OFF = "handed_off"
    TAKEN = "taken"  # by themselves, not assigned by others [agent]
    ANSWERED = "answered"  # first answers of people [agent]
    WAITED_MS = "waited_ms"  # for people's first answers, milliseconds [agent]
    WAITED = "waited"  # people's first answers [class of the waiting time]
    RETURNED = "returned"
    CLOSED = "closed"
    REOPENED = "reopened"
    FLOWS_ENDED = "flows_ended"  # [flow, step and why, with spaces]
    AI_ANSWERS = "ai_answers"  # [model]
    AI_MICRO_USD = "ai_micro_usd"  # millionths of a dollar, summaries included [model]
    ORDERS = "orders"  # [currency]
    ORDERS_MICRO = "orders_micro"  # millionths of the currency [currency]


class LiveMeasure(StrEnum):
    """Things that are counted when somebody asks, for short periods: quarters of an hour do not add up to them."""

    CONVERSATIONS = "conversations"  # in which customers wrote
    NEW_CUSTOMERS = "new_customers"  # first known of: they wrote, or came by a file [created_by]


class Key(NamedTuple):
    """The thing that is counted. channel: empty where there is none."""

    measure: Measure
    label: str = ""
    channel: str = ""


Counts = Counter[Key]


def quarter_of(at: datetime) -> datetime:
    """Return the start of the quarter of an hour, in UTC."""
    at = at.astimezone(UTC)
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def waited_class(seconds: float) -> str:
    """Return the class of a waiting time: its upper bound in seconds, or `longer`."""
    return next((str(bound) for bound in WAITED_UP_TO if seconds <= bound), LONGER)


def by_period(
    quarters: Iterable[tuple[datetime, Counts]], timezone: str, *, days: bool
) -> list[tuple[datetime, Counts]]:
    """Return the sums of local days or hours in their order, with their start in that zone. A day with a change of the
    clock has 23 or 25 hours; of these two may have the same name.
    """
    zone, sums = ZoneInfo(timezone), dict[datetime, Counts]()
    for begins, counts in quarters:
        local = begins.astimezone(zone).replace(minute=0)
        period = local.replace(hour=0, fold=0) if days else local
        # In one zone, times that differ by `fold` only are equal; in UTC they are not.
        sums.setdefault(period.astimezone(UTC), Counter()).update(counts)
    return [(begins.astimezone(zone), counts) for begins, counts in sorted(sums.items())]
