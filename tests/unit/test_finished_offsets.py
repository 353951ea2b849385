"""The offsets that are committed as finished behind an unfinished one fit into what Kafka takes, and come back."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.runtime.finished_offsets import MOST_OFFSETS, FinishedOffsets, decode

KAFKA_TAKES = 4096  # bytes: offset.metadata.max.bytes of a broker that nobody has configured
START = 7_000_000_000
places = st.sets(st.integers(0, MOST_OFFSETS - 1), max_size=200)


def of(start: int, offsets: set[int]) -> FinishedOffsets:
    found = FinishedOffsets(start)
    for offset in offsets:
        found.add(offset)
    return found


@given(places)
def test_offsets_come_back(found: set[int]) -> None:
    offsets = {START + place for place in found}
    again = decode(START, of(START, offsets).encoded())
    assert len(again) == len(offsets)
    assert all(offset in again for offset in offsets)


@pytest.mark.parametrize("share", [0.03, 0.5, 0.97, 1.0])
def test_a_full_set_fits(share: float) -> None:
    """Also one that cannot be compressed."""
    rng = random.Random(1)
    found = of(START, {START + place for place in range(MOST_OFFSETS) if rng.random() < share})
    text = found.encoded()
    assert text.isascii()
    assert len(text) <= KAFKA_TAKES
    assert len(decode(START, text)) == len(found)


def test_nothing_is_no_text() -> None:
    assert FinishedOffsets(START).encoded() == ""
    assert len(decode(START, "")) == 0


def test_offsets_that_do_not_fit_are_not_remembered() -> None:
    found = of(START, {START - 1, START + MOST_OFFSETS - 1, START + MOST_OFFSETS, START + 10**12})
    assert len(found) == 1
    assert START - 1 not in found
    assert START + MOST_OFFSETS not in found


@given(places, st.integers(0, MOST_OFFSETS + 10))
def test_offsets_below_a_new_start_are_forgotten(found: set[int], by: int) -> None:
    offsets = {START + place for place in found}
    left = of(START, offsets)
    left.advance(START + by)
    assert left.start == START + by
    assert {offset for offset in offsets if offset in left} == {offset for offset in offsets if offset >= START + by}


@given(places, st.integers(-5, MOST_OFFSETS + 5))
def test_offsets_below_an_end_are_counted(found: set[int], end: int) -> None:
    offsets = {START + place for place in found}
    assert of(START, offsets).count_below(START + end) == sum(offset < START + end for offset in offsets)


def test_the_start_never_goes_back() -> None:
    found = of(START, {START + 1})
    found.advance(START - 5)
    assert found.start == START
    assert START + 1 in found


@pytest.mark.parametrize("begins", [-3, 0, 3])
def test_sets_are_united_if_the_other_does_not_begin_later(begins: int) -> None:
    found = of(START, {START + 1})
    found.include(of(START + begins, {START - 1, START + 1, START + 5}))
    assert found.start == START
    assert [place for place in range(-2, 7) if START + place in found] == ([1] if begins > 0 else [1, 5])


@pytest.mark.parametrize(
    "metadata",
    ["", "1", "1~", "1!!!", "noted by another client", "2abc", "1" + "x" * 4000, "1\u00e9", "1c$ly", "\x00"],
)
def test_metadata_that_is_not_ours_says_nothing(metadata: str) -> None:
    assert len(decode(START, metadata)) == 0


@given(st.text(max_size=50))
def test_no_metadata_raises(metadata: str) -> None:
    decode(START, metadata)
    decode(START, "1" + metadata)
