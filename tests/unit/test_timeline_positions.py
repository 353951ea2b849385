"""Positions in a timeline: their order, and their written form."""

import pytest

from shared.domain.timeline import TimelinePosition
from tests.repositories.builders import NOW, later

IN_ORDER = [
    TimelinePosition.of_customer(1),
    TimelinePosition.of_ours(1, 0),
    TimelinePosition.of_ours(1, 1),
    TimelinePosition.of_time(1, NOW),
    TimelinePosition.of_time(1, later(1)),
    TimelinePosition.of_customer(2),
]


def test_customer_comes_before_answers_and_notes_after_them() -> None:
    assert sorted([*IN_ORDER[3:], *IN_ORDER[:3]]) == IN_ORDER


def test_written_position_is_read_back() -> None:
    assert [TimelinePosition.parse(str(one)) for one in IN_ORDER] == IN_ORDER
    assert TimelinePosition.parse("12") == TimelinePosition(12, 0)
    assert TimelinePosition.of_time(1, NOW).at == NOW
    assert TimelinePosition.of_ours(1, 3).at is None


@pytest.mark.parametrize("text", ["", "x", "1.x", "-1.0", "1.-1", "99999999999.0", "1.99999999999999999"])
def test_other_texts_are_no_positions(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        TimelinePosition.parse(text)
