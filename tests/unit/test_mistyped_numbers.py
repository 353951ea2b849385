"""Numbers and times that look mistyped are refused, where carrying them out could not be undone."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.operations.broadcasts.lifecycle import is_past
from shared.operations.topics import TooManyPartitions, planned_partitions
from shared.topics import INBOUND_MESSAGES

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def test_one_zero_too_many_is_no_number_of_partitions() -> None:
    name, table = INBOUND_MESSAGES.name, INBOUND_MESSAGES.partitions
    assert planned_partitions(name, 4 * table) == {name: 4 * table}
    with pytest.raises(TooManyPartitions, match="cannot be removed"):
        planned_partitions(name, 10 * table)
    assert planned_partitions(name, 10 * table, sure=True) == {name: 10 * table}


@pytest.mark.parametrize(("minutes", "past"), [(-60, True), (-6, True), (-4, False), (0, False), (60, False)])
def test_start_in_the_past_is_mistyped(minutes: int, past: bool) -> None:
    assert is_past(NOW + timedelta(minutes=minutes), NOW) is past
