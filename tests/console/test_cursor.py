"""The cursor of live events as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.live import cursor
from services.console.live.cursor import Cursor, InvalidCursor

_IDS = st.binary(min_size=16, max_size=16)
_OFFSETS = st.integers(min_value=0, max_value=2**63 - 1)


@given(_IDS, st.lists(_OFFSETS, max_size=40))
def test_every_cursor_is_decoded_as_it_was_encoded(topic_id: bytes, offsets: list[int]) -> None:
    made = Cursor(topic_id, tuple(offsets))
    assert cursor.decode(made.encode()) == made


def test_twelve_positions_of_thirty_billion_take_less_than_120_characters() -> None:
    assert len(Cursor(bytes(16), (30_000_000_000,) * 12).encode()) < 120


@given(st.text(max_size=200))
def test_other_text_is_rejected_or_is_a_cursor(text: str) -> None:
    try:
        found = cursor.decode(text)
    except InvalidCursor:
        return
    assert all(0 <= position < 2**63 for position in found.positions)


@pytest.mark.parametrize("text", ["", "x", "é" * 40, "A" * 20_000, Cursor(bytes(16), (300,)).encode()[:-1]])
def test_damaged_cursor_is_rejected(text: str) -> None:
    with pytest.raises(InvalidCursor):
        cursor.decode(text)


def test_partition_added_later_is_read_from_its_start() -> None:
    assert cursor.widened((5, 6), 4) == (5, 6, 0, 0)
