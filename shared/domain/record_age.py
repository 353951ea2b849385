"""Detects messages and reports that arrive too late to act on. Pure.

The signature of a captured webhook stays valid for ever. Posted again after months, only the provider's own time in it
tells it apart from a new one, where there is such a time (Meta, mostly MSG91).
"""

from datetime import datetime, timedelta

from shared.messages.commands import ConsentChanged, WrittenOnPhone
from shared.messages.inbound import InboundMessage

DatedRecord = InboundMessage | WrittenOnPhone | ConsentChanged

RETRIED_FOR = timedelta(days=7)
"""Meta retries a webhook for so long (developers.facebook.com, WhatsApp webhooks: "up to 7 days")."""
_SLACK = timedelta(hours=1)  # for clocks and the last attempt itself
_SECOND = timedelta(seconds=1)  # providers leave out the fraction of a second


def provider_time(record: DatedRecord) -> datetime:
    """Return the latest time at which it can have been made by the provider's clock; never later than its arrival."""
    said = record.said_at if isinstance(record, ConsentChanged) else record.sent_at
    return min(record.created_at, said + _SECOND)


def is_too_old(record: DatedRecord) -> bool:
    """Return whether it arrived later than any provider retries. The result never changes for a record."""
    return record.created_at - provider_time(record) > RETRIED_FOR + _SLACK
