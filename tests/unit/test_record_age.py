"""The age of a message or status by the provider's clock, and the limit beyond which it is not acted on."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.domain.record_age import RETRIED_FOR, is_too_old, provider_time
from shared.messages.commands import ConsentChanged, WrittenOnPhone
from shared.messages.content import Text
from shared.messages.inbound import Consent, InboundMessage, Provider
from tests.repositories.builders import NOW, inbound

DAY = timedelta(days=1)


def arriving(after: timedelta) -> InboundMessage:
    return msgspec.structs.replace(inbound(), sent_at=NOW - after, created_at=NOW)


@pytest.mark.parametrize(
    ("after", "old"),
    [
        (timedelta(0), False),
        (timedelta(hours=-2), False),  # the provider's clock is ahead
        (DAY, False),
        (RETRIED_FOR, False),  # Meta's last try
        (RETRIED_FOR + DAY, True),
        (90 * DAY, True),
    ],
)
def test_message_older_than_the_providers_retries_is_old(after: timedelta, old: bool) -> None:
    assert is_too_old(arriving(after)) is old


def test_a_provider_whose_clock_is_ahead_makes_nothing_newer_than_it_is() -> None:
    assert provider_time(arriving(-DAY)) == NOW


def test_a_time_without_fractions_is_the_end_of_its_second() -> None:
    """So that who writes again within the second of the erasure is a new customer."""
    assert provider_time(arriving(timedelta(seconds=60))) == NOW - timedelta(seconds=59)


def test_reports_have_the_providers_time_too() -> None:
    common: dict[str, Any] = {
        "id": "c1",
        "workspace": "acme",
        "correlation_id": "0" * 32,
        "created_at": NOW,
        "conversation_id": "t1",
        "by": "provider",
        "provider": Provider.META,
        "channel": "main",
        "identity": "+2348031234567",
        "address": "+2348031234567",
    }
    long_ago = NOW - 30 * DAY
    phone = WrittenOnPhone(**common, provider_message_id="w1", content=Text(body="hello"), sent_at=long_ago)
    consent = ConsentChanged(**common, consent=Consent.START, said_at=long_ago)
    assert is_too_old(phone)
    assert is_too_old(consent)
