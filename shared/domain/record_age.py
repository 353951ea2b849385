"""When a customer's message or a provider's report was made, and whether it came too late to act on. Pure.

Webhooks are signed, but a captured one stays valid for ever: posted again after months it has the same signature and
looks as if it had just arrived. The provider's own time inside tells it apart, where there is one (Meta, mostly MSG91).
"""

from datetime import datetime, timedelta

from shared.messages.commands import ConsentChanged, WrittenOnPhone
from shared.messages.inbound import InboundMessage

DatedRecord = InboundMessage | WrittenOnPhone | ConsentChanged

RETRIED_FOR = timedelta(days=7)
"""For how long Meta tries to deliver a webhook (developers.facebook.com, WhatsApp webhooks: "up to 7 days")."""
_SLACK = timedelta(hours=1)  # of clocks, and of the last try itself
_SECOND = timedelta(seconds=1)  # providers leave out the fraction of a second


def provider_time(record: DatedRecord) -> datetime:
    """Return when it was made by the provider's clock, at the latest; never later than it arrived."""
    said = record.said_at if isinstance(record, ConsentChanged) else record.sent_at
    return min(record.created_at, said + _SECOND)


def is_too_old(record: DatedRecord) -> bool:
    """Return whether it arrived later than any provider delivers what is new. The same whenever it is asked."""
    return record.created_at - provider_time(record) > RETRIED_FOR + _SLACK
