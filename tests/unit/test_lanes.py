"""What the dispatcher starts, and in which order; what its offsets say. Any order of calls: test_lanes_stateful."""

import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.runtime.lanes import LATEST, Dispatcher, Slot
from tests.unit.test_lanes_stateful import PARTITIONS, SLOT, record


def started(dispatcher: Dispatcher) -> list[Slot]:
    slots = []
    while slot := dispatcher.take():
        slots.append(slot)
    return slots


P = PARTITIONS[0]


def test_a_slow_lane_holds_the_offset_but_not_its_neighbours() -> None:
    dispatcher = Dispatcher(window=10, lanes=10, lanes_per_workspace=10)
    slow = dispatcher.offer(record(P, 0), "a/slow", "a")
    for offset in range(1, 6):
        dispatcher.offer(record(P, offset), f"a/{offset}", "a")
    for slot in started(dispatcher)[1:]:
        dispatcher.finish(slot)
    assert dispatcher.committable() == {}
    assert dispatcher.room(P) == 4, "what is finished behind the slow one still takes up the window"
    dispatcher.finish(slow)
    assert dispatcher.committable() == {P: 6}
    assert dispatcher.room(P) == 10


@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.integers(1, 4))
def test_workspaces_take_turns_however_much_one_of_them_has(sizes: list[int], lanes: int) -> None:
    """With `lanes` places and everything ready, no workspace is more than one turn ahead of one that still waits."""
    dispatcher = Dispatcher(window=1000, lanes=lanes, lanes_per_workspace=1000)
    offset = 0
    for number, size in enumerate(sizes):
        for conversation in range(size):
            dispatcher.offer(record(P, offset), f"{number}/{conversation}", str(number))
            offset += 1
    left, turns = dict(enumerate(sizes)), dict.fromkeys(range(len(sizes)), 0)
    while slot := dispatcher.take():
        workspace = int(slot.workspace)
        left[workspace] -= 1
        turns[workspace] += 1
        waiting = [turns[other] for other, count in left.items() if count]
        assert turns[workspace] - min(waiting, default=turns[workspace]) <= 1
        dispatcher.finish(slot)
    assert not any(left.values())


def test_a_workspace_at_its_cap_leaves_the_other_places_free() -> None:
    dispatcher = Dispatcher(window=100, lanes=5, lanes_per_workspace=3)
    for offset in range(10):
        dispatcher.offer(record(P, offset), f"big/{offset}", "big")
    dispatcher.offer(record(P, 10), "small/0", "small")
    assert sorted(slot.workspace for slot in started(dispatcher)) == ["big", "big", "big", "small"]


def test_a_flood_has_few_places_beside_others_and_all_of_its_own_when_alone() -> None:
    dispatcher = Dispatcher(window=100, lanes=50, lanes_per_workspace=20, at_work=3, alone_after=6)
    for offset in range(50):
        dispatcher.offer(record(P, offset), f"big/{offset}", "big")
    first = started(dispatcher)
    assert len(first) == 3, "nobody knows yet whether it is alone"
    dispatcher.leave(first[0])
    second = started(dispatcher)
    assert len(second) == 1, "who waits for a model takes no place"
    dispatcher.come_back(first[0])
    dispatcher.finish(second[0])
    assert started(dispatcher) == [], "who is back goes before who has not begun"
    dispatcher.finish(first[0])
    dispatcher.finish(first[1])
    assert len(started(dispatcher)) == 19, "alone by now"
    dispatcher.offer(record(P, 50), "small/0", "small")
    (small,) = started(dispatcher)
    dispatcher.finish(small)
    dispatcher.finish(first[2])
    assert started(dispatcher) == [], "not alone any more"


def test_what_gives_way_has_few_at_work_even_when_it_is_alone() -> None:
    dispatcher = Dispatcher(window=2000, lanes=200, lanes_per_workspace=100, at_work=2, alone_after=sys.maxsize)
    for offset in range(3 * LATEST):
        dispatcher.offer(record(P, offset), f"big/{offset}", "big")
    for _ in range(LATEST):  # far more than after which anybody else is taken for alone
        slots = started(dispatcher)
        assert len(slots) == 2
        for slot in slots:
            dispatcher.finish(slot)
    one, _ = started(dispatcher)
    dispatcher.leave(one)
    assert len(started(dispatcher)) == 1, "who waits for the provider makes room for the next one"


def test_a_workspace_that_rests_starts_nothing_while_others_do() -> None:
    dispatcher = Dispatcher(window=100, lanes=50, lanes_per_workspace=20, at_work=1)
    for offset in range(3):
        dispatcher.offer(record(P, offset), f"big/{offset}", "big")
    (first,) = started(dispatcher)
    dispatcher.rest("big")
    dispatcher.finish(first)
    dispatcher.offer(record(P, 3), "small/0", "small")
    assert [slot.workspace for slot in started(dispatcher)] == ["small"]
    assert dispatcher.held_back
    dispatcher.wake("big")
    assert [slot.workspace for slot in started(dispatcher)] == ["big"]


def offered(dispatcher: Dispatcher, workspace: str, count: int, first: int) -> None:
    for number in range(count):
        dispatcher.offer(record(P, first + number), f"{workspace}/{first + number}", workspace)


def all_done(dispatcher: Dispatcher) -> None:
    while slots := started(dispatcher):
        for slot in slots:
            dispatcher.finish(slot)


def test_who_has_a_backlog_beside_others_that_have_one_does_not_flood() -> None:
    dispatcher = Dispatcher(window=100, lanes=50, lanes_per_workspace=20, at_work=1)
    offered(dispatcher, "big", 10, 0)
    all_done(dispatcher)
    offered(dispatcher, "big", 2, 10)
    started(dispatcher)
    assert dispatcher.floods("big")
    offered(dispatcher, "small", 2, 20)
    started(dispatcher)
    assert not dispatcher.floods("big")


def test_who_catches_up_does_not_flood_until_it_has_had_several_times_what_the_others_had() -> None:
    dispatcher = Dispatcher(window=100, lanes=50, lanes_per_workspace=20, at_work=1, alone_after=30)
    offered(dispatcher, "other", 5, 0)
    all_done(dispatcher)
    offered(dispatcher, "late", 20, 10)
    all_done(dispatcher)
    assert not dispatcher.floods("late")
    offered(dispatcher, "late", 1, 30)
    all_done(dispatcher)
    assert dispatcher.floods("late")
    offered(dispatcher, "other", 1, 31)
    all_done(dispatcher)
    assert not dispatcher.floods("late")


def begun(dispatcher: Dispatcher) -> dict[str, int]:
    return dict(Counter(slot.workspace for slot in started(dispatcher)))


def test_where_most_have_a_backlog_each_has_more_at_work() -> None:
    dispatcher = Dispatcher(window=200, lanes=100, lanes_per_workspace=50, at_work=1, at_work_together=8)
    for number, workspace in enumerate("abcd"):
        offered(dispatcher, workspace, 1 if workspace == "d" else 30, 30 * number)
    assert begun(dispatcher) == {"a": 8, "b": 8, "c": 8, "d": 1}, "three of four"


def test_two_floods_beside_two_that_are_quiet_have_few_at_work() -> None:
    dispatcher = Dispatcher(window=200, lanes=100, lanes_per_workspace=50, at_work=1, at_work_together=8)
    for workspace, count in {"a": 30, "b": 30, "c": 1, "d": 1}.items():
        offered(dispatcher, workspace, count, 30 * "abcd".index(workspace))
    assert begun(dispatcher) == {"a": 1, "b": 1, "c": 1, "d": 1}, "half of them is not most of them"


def test_who_was_held_back_has_more_at_work_as_soon_as_most_have_a_backlog() -> None:
    dispatcher = Dispatcher(window=200, lanes=100, lanes_per_workspace=50, at_work=1, at_work_together=8)
    for number, workspace in enumerate("uvw"):
        offered(dispatcher, workspace, 1, number)
    all_done(dispatcher)
    for number, workspace in enumerate("abc"):
        offered(dispatcher, workspace, 30, 10 + 30 * number)
        assert begun(dispatcher) == {workspace: 1}
    offered(dispatcher, "d", 30, 100)
    assert begun(dispatcher) == {"a": 7, "b": 7, "c": 7, "d": 8}, "four of seven"


def test_many_that_come_at_the_same_moment_are_no_backlog() -> None:
    dispatcher = Dispatcher(window=200, lanes=100, lanes_per_workspace=50, at_work=1, at_work_together=8)
    for number, workspace in enumerate("abcdef"):
        offered(dispatcher, workspace, 1, number)
    all_done(dispatcher)
    offered(dispatcher, "big", 30, 10)
    assert begun(dispatcher) == {"big": 1}
    for number, workspace in enumerate("abcdef"):
        offered(dispatcher, workspace, 1, 40 + number)
    assert begun(dispatcher) == dict.fromkeys("abcdef", 1)


def test_who_is_through_with_a_backlog_does_not_count_as_behind() -> None:
    dispatcher = Dispatcher(window=200, lanes=100, lanes_per_workspace=50, at_work=1, at_work_together=3)
    offered(dispatcher, "a", 30, 0)
    offered(dispatcher, "b", 4, 30)
    slots = started(dispatcher)
    assert Counter(slot.workspace for slot in slots) == {"a": 3, "b": 3}
    for slot in slots:
        if slot.workspace == "b":
            dispatcher.finish(slot)
    (last,) = started(dispatcher)
    assert last.workspace == "b"
    dispatcher.finish(next(slot for slot in slots if slot.workspace == "a"))
    assert started(dispatcher) == [], "two were lately at work, one of them is behind: that one has two at work already"


def test_what_was_taken_long_ago_does_not_count() -> None:
    dispatcher = Dispatcher(window=200, lanes=50, lanes_per_workspace=20, at_work=1, alone_after=10)
    offered(dispatcher, "other", 10, 0)
    all_done(dispatcher)
    offered(dispatcher, "big", 9, 10)
    all_done(dispatcher)
    assert dispatcher.floods("big"), "nine to one"


def test_drop_tail_keeps_the_holes_before_what_has_started() -> None:
    """Left out, they would hold the offset back, and all that was finished behind them would be done again."""
    dispatcher = Dispatcher(window=10, lanes=2, lanes_per_workspace=2)
    dispatcher.offer(record(P, 0), "a/1", "a")
    hole = dispatcher.offer(record(P, 1), "a/1", "a")
    dispatcher.offer(record(P, 2), "a/2", "a")
    dispatcher.offer(record(P, 3), "a/2", "a")
    first, second = started(dispatcher)
    assert dispatcher.drop_tail([P]) == 1
    dispatcher.finish(first)
    assert dispatcher.take() is hole
    dispatcher.finish(second)
    dispatcher.finish(hole)
    assert dispatcher.committable() == {P: 3}


def test_drop_tail_gives_up_what_a_flood_would_take_too_long_to_finish() -> None:
    """Records far behind a flood have run ahead of it: what stands before them is not run for their sake."""
    dispatcher = Dispatcher(window=5, lanes=4, lanes_per_workspace=2, read_ahead=100, read_ahead_bytes=1_000_000)
    for offset in range(50):
        dispatcher.offer(record(P, offset), f"flood/{offset}", "flood")
    dispatcher.offer(record(P, 50, "small"), "small/0", "small")
    running = started(dispatcher)
    assert [slot.record.offset for slot in running] == [0, 50, 1]
    assert dispatcher.drop_tail([P]) == 48
    assert dispatcher.unfinished([P]) == 3
    for slot in running:
        dispatcher.finish(slot)
    assert started(dispatcher) == []
    assert dispatcher.committable() == {P: 2}


def test_who_stands_behind_a_flood_does_not_wait_for_it() -> None:
    """One workspace has 10,000 records in front of the others' in the same partition; they start at once."""
    dispatcher = Dispatcher(window=500, lanes=40, lanes_per_workspace=8, read_ahead=20_000, read_ahead_bytes=2**26)
    for offset in range(10_000):
        dispatcher.offer(record(P, offset), f"flood/{offset % 5000}", "flood")
    assert len(started(dispatcher)) == 8
    for offset in range(10_000, 10_009):
        dispatcher.offer(record(P, offset), f"{offset}/0", str(offset))
    assert [slot.record.offset for slot in started(dispatcher)] == list(range(10_000, 10_009))


def test_the_bound_in_bytes_leaves_every_partition_its_window() -> None:
    dispatcher = Dispatcher(window=5, lanes=1, lanes_per_workspace=1, read_ahead=100, read_ahead_bytes=20 * SLOT)
    for offset in range(20):
        assert dispatcher.room(P) == 100 - offset
        dispatcher.offer(record(P, offset), f"flood/{offset}", "flood")
    assert dispatcher.room(P) < 0
    assert dispatcher.room(PARTITIONS[1]) == 5
    dispatcher.forget([P])
    assert dispatcher.room(P) == 100


def test_a_late_end_of_an_earlier_assignment_does_not_touch_the_new_one() -> None:
    """A handler that is slow to be cancelled ends when the partition has come back: its records are read anew."""
    dispatcher = Dispatcher(window=10, lanes=10, lanes_per_workspace=10)
    dispatcher.offer(record(P, 0), "a/1", "a")
    (old,) = started(dispatcher)
    assert dispatcher.forget([P]) == [old]
    again = dispatcher.offer(record(P, 0), "a/1", "a")
    assert dispatcher.take() is None, "one at a time in a lane, also across assignments"
    dispatcher.abandon(old)
    assert dispatcher.take() is again
    dispatcher.finish(again)
    assert dispatcher.committable() == {P: 1}


@pytest.mark.parametrize("end", ["finish", "abandon"])
def test_what_ends_after_its_partition_was_given_up_commits_nothing(end: str) -> None:
    dispatcher = Dispatcher(window=10, lanes=10, lanes_per_workspace=10)
    dispatcher.offer(record(P, 0), "a/1", "a")
    (slot,) = started(dispatcher)
    dispatcher.forget([P])
    getattr(dispatcher, end)(slot)
    assert dispatcher.committable() == {}
    assert dispatcher.running == 0


def test_a_parked_lane_takes_no_place_and_keeps_its_order() -> None:
    """Until its time others run; what follows in the lane, and the offset, wait."""
    dispatcher = Dispatcher(window=10, lanes=1, lanes_per_workspace=1)
    first = dispatcher.offer(record(P, 0), "a/1", "a")
    dispatcher.offer(record(P, 1), "a/1", "a")
    dispatcher.offer(record(P, 2), "a/2", "a")
    assert started(dispatcher) == [first]
    dispatcher.park(first)
    (other,) = started(dispatcher)
    assert other.lane == "a/2"
    dispatcher.finish(other)
    assert dispatcher.take() is None
    assert dispatcher.committable() == {}
    dispatcher.unpark(first)
    assert dispatcher.take() is first
    dispatcher.finish(first)
    (second,) = started(dispatcher)
    dispatcher.finish(second)
    assert dispatcher.committable() == {P: 3}
