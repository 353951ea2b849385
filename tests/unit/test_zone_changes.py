"""Changes of a zone's clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.domain.zone_changes import next_zone_change


@pytest.mark.parametrize(
    ("zone", "after", "change"),
    [
        ("Europe/Berlin", datetime(2026, 3, 1, tzinfo=UTC), (datetime(2026, 3, 29, 1, tzinfo=UTC), 60)),
        ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC), (datetime(2026, 10, 25, 1, tzinfo=UTC), -60)),
        ("Australia/Lord_Howe", datetime(2026, 9, 1, tzinfo=UTC), (datetime(2026, 10, 3, 15, 30, tzinfo=UTC), 30)),
        ("America/Sao_Paulo", datetime(2026, 3, 1, tzinfo=UTC), None),
        ("Asia/Kathmandu", datetime(2026, 3, 1, tzinfo=UTC), None),
    ],
)
def test_next_change_of_the_clock(zone: str, after: datetime, change: tuple[datetime, int] | None) -> None:
    assert next_zone_change(ZoneInfo(zone), after) == change
