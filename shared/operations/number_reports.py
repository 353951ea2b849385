"""Reports of a provider about numbers: the people that a number may write to in a day, and its quality."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.phone import canonical
from shared.messages.inbound import Provider
from shared.providers.registry import PROVIDERS
from shared.repositories.account_events import AccountEvents
from shared.storage.mongo import Mongo

_FIELD = "phone_number_quality_update"
_QUALITY: dict[str, Literal["low", "recovered"]] = {"FLAGGED": "low", "DOWNGRADE": "low", "UNFLAGGED": "recovered"}


@dataclass(frozen=True, slots=True)
class NumberReport:
    """The last report of a provider about a number. limit: the provider's word, such as `TIER_1K`; empty: not
    reported. quality: empty: not reported. at: of the last report.
    """

    limit: str
    quality: Literal["", "low", "recovered"]
    at: datetime


async def number_reports(mongo: Mongo, workspace: str) -> dict[str, NumberReport]:
    """Return the latest reports within 90 days, by number in its `canonical` form. Raises DependencyAway."""
    found: dict[str, NumberReport] = {}
    for event in await AccountEvents(mongo, workspace).of_field(_FIELD):
        change = PROVIDERS[Provider(event["provider"])].account_change(_FIELD, event["raw"].encode())
        if not change.number:
            continue
        known = found.get(change.number)  # newer than this one
        found[change.number] = NumberReport(
            limit=(known.limit if known else "") or change.limit,
            quality=(known.quality if known else "") or _QUALITY.get(change.value, ""),
            at=known.at if known else event["at"],
        )
    return found


def report_of(reports: dict[str, NumberReport], address: str) -> NumberReport | None:
    """Return the report about a number as a channel has it."""
    return reports.get(canonical(address))
