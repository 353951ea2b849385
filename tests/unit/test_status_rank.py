"""The rank of a status: total, and in the order of a message's life."""

import itertools
import random
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messages.inbound import Status
from shared.messages.outbound import status_rank

LIFE = [
    Status.UNKNOWN,
    Status.QUEUED,
    Status.SENT,
    Status.FAILED,
    Status.DELIVERED,
    Status.READ,
    Status.PLAYED,
    Status.DELETED,
]


def test_every_status_has_its_own_rank() -> None:
    assert sorted(Status, key=status_rank) == LIFE
    assert len({status_rank(status) for status in Status}) == len(Status)


@pytest.mark.parametrize(("earlier", "later"), list(itertools.combinations(LIFE, 2)))
def test_later_status_has_the_higher_rank(earlier: Status, later: Status) -> None:
    """A message that was delivered did not fail, whatever arrives afterwards."""
    assert status_rank(earlier) < status_rank(later)


def higher(one: Status, other: Status) -> Status:
    return max(one, other, key=status_rank)


@given(st.lists(st.sampled_from(Status), min_size=1), st.randoms())
def test_order_of_arrival_does_not_matter(statuses: list[Status], rng: random.Random) -> None:
    shuffled = list(statuses)
    rng.shuffle(shuffled)
    assert reduce(higher, shuffled) == reduce(higher, statuses)


@given(st.lists(st.sampled_from(Status), min_size=1), st.data())
def test_repeated_statuses_end_in_the_same_state(statuses: list[Status], data: st.DataObject) -> None:
    """The same set of statuses, each any number of times, ends alike, and on the way it never goes back."""
    repeated = statuses + data.draw(st.lists(st.sampled_from(statuses), max_size=20))
    arriving = data.draw(st.permutations(repeated))
    way = list(itertools.accumulate(arriving, higher))
    assert way == sorted(way, key=status_rank)
    assert way[-1] == max(set(statuses), key=status_rank)


@given(st.sampled_from(Status), st.sampled_from(Status))
def test_ranks_are_a_total_order(one: Status, other: Status) -> None:
    assert (status_rank(one) == status_rank(other)) == (one is other)
    assert higher(one, other) is higher(other, one)
