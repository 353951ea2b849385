"""Which account events say that a number's quality dropped."""

import json

import pytest

from shared.providers.meta.quality import FIELD, Dropped, dropped
from shared.providers.meta.webhook import parse
from shared.providers.port import ParsedEvent
from tests.providers.payloads import payload

NUMBER = "+2348031234567"


def said(event: str, number: str = "2348031234567", limit: str = "TIER_1K") -> bytes:
    return json.dumps({"display_phone_number": number, "event": event, "current_limit": limit}).encode()


EVENTS: list[tuple[str, str, bytes, Dropped | None]] = [
    ("flagged", FIELD, said("FLAGGED"), Dropped(number=NUMBER, event="FLAGGED", limit="TIER_1K")),
    ("a lower limit", FIELD, said("DOWNGRADE"), Dropped(number=NUMBER, event="DOWNGRADE", limit="TIER_1K")),
    (
        "a number as people write it",
        FIELD,
        said("FLAGGED", "+234 803-123 4567"),
        Dropped(number=NUMBER, event="FLAGGED", limit="TIER_1K"),
    ),
    ("better again", FIELD, said("UNFLAGGED"), None),
    ("a higher limit", FIELD, said("UPGRADE"), None),
    ("a word that does not exist yet", FIELD, said("SHINING"), None),
    ("no number", FIELD, said("FLAGGED", ""), None),
    ("another event", "account_update", said("FLAGGED"), None),
    ("not JSON", FIELD, b"{", None),
    ("not an object", FIELD, b"[1]", None),
    ("a number that is none", FIELD, json.dumps({"event": "FLAGGED", "display_phone_number": [1]}).encode(), None),
]


@pytest.mark.parametrize("case", EVENTS, ids=[case[0] for case in EVENTS])
def test_which_events_say_so(case: tuple[str, str, bytes, Dropped | None]) -> None:
    _, field, raw, found = case
    assert dropped(field, raw) == found


def test_a_whole_webhook_of_metas() -> None:
    (event,) = parse(payload("meta", "quality"))
    assert isinstance(event, ParsedEvent)
    assert dropped(event.field, event.raw) == Dropped(number=NUMBER, event="DOWNGRADE", limit="TIER_1K")
