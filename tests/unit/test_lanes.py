"""`Dispatcher`: which records start, in which order, and which offsets it commits. See also test_lanes_stateful."""

import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.runtime.lanes import Dispatcher
from shared.kafka.runtime.recent_starts import RECENT
from shared.kafka.runtime.slots import Slot
from tests.unit.test_lanes_stateful import PARTITIONS, SLOT, record


def started(dispatcher: Dispatcher) -> list[Slot]:
    slots = []
    while slot := dispatcher.start():
        slots.append(slot)
    return slots


P = PARTITIONS[0]


def test_slow_lane_holds_back_the_offset_but_not_other_lanes() -> None:
    dispatcher = Dispatcher(window=10, lanes=10, lanes_per_workspace=10)
    slow = dispatcher.offer(record(P, 0), "a/slow", "a")
    for offset in range(1, 6):
        dispatcher.offer(record(P, offset), f"a/{offset}", "a")
    for slot in started(dispatcher)[1:]:
        dispatcher.finish(slot)
    assert dispatcher.windows.committable() == {}
    assert dispatcher.windows.room(P) == 4, "finished records behind the slow one still fill the window"
    dispatcher.finish(slow)
    assert dispatcher.windows.committable() == {P: 6}
    assert dispatcher.windows.room(P) == 10


@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.integers(1, 4))
def test_workspaces_take_turns_however_many_records_one_has(sizes: list[int], lanes: int) -> None:
    """With `lanes` places and everything ready, no workspace is more than one turn ahead of one that still waits."""
    dispatcher = Dispatcher(window=1000, lanes=lanes, lanes_per_workspace=1000)
    offset = 0
    for number, size in enumerate(sizes):
        for conversation in range(size):
            dispatcher.offer(record(P, offset), f"{number}/{conversation}", str(number))
            offset += 1
    left, turns = dict(enumerate(sizes)), dict.fromkeys(range(len(sizes)), 0)
    while slot := dispatcher.start():
        workspace = int(slot.workspace)
        left[workspace] -= 1
        turns[workspace] += 1
        waiting = [turns[other] for other, count in left.items() if count]
        assert turns[workspace] - min(waiting, default=turns[workspace]) <= 1
        dispatcher.finish(slot)
    assert not any(left.values())


def test_workspace_at_its_cap_leaves_lanes_free_for_others() -> None:
    dispatcher = Dispatcher(window=100, lanes=5, lanes_per_workspace=3)
    for offset in range(10):
        dispatcher.offer(record(P, offset), f"big/{offset}", "big")
    dispatcher.offer(record(P, 10), "small/0", "small")
    assert sorted(slot.workspace for slot in started(dispatcher)) == ["big", "big", "big", "small"]


def test_flood_has_few_active_records_beside_others_and_all_when_alone() -> None:
    dispatcher = Dispatcher(window=100, lanes=50, lanes_per_workspace=20, active=3, alone_after=6)
    for offset in range(50):
        dispatcher.offer(record(P, offset), f"big/{offset}", "big")
    first = started(dispatcher)
    assert len(first) == 3, "it is not known yet whether it is alone"
    dispatcher.begin_external_wait(first[0])
    second = started(dispatcher)
    assert len(second) == 1, "a record in an external wait is not active"
    dispatcher.end_external_wait(first[0])
    dispatcher.finish(second[0])
    assert started(dispatcher) == [], "the record that ended its external wait is active again"
    dispatcher.finish(first[0])
    dispatcher.finish(first[1])
    assert len(started(dispatcher)) == 19, "alone now"
    dispatcher.offer(record(P, 50), "small/0", "small")
    (small,) = started(dispatcher)
    dispatcher.finish(small)
    dispatcher.finish(first[2])
    assert started(dispatcher) == [], "not alone any more"


def test_low_priority_has_few_active_records_even_when_alone() -> None:
    dispatcher = Dispatcher(window=2000, lanes=200, lanes_per_workspace=100, active=2, alone_after=sys.maxsize)
    for offset in range(3 * RECENT):
        dispatcher.offer(record(P, offset), f"big/{offset}", "big")
    for _ in range(RECENT):  # far more than after which others are taken to be alone
        slots = started(dispatcher)
        assert len(slots) == 2
        for slot in slots:
            dispatcher.finish(slot)
    one, _ = started(dispatcher)
    dispatcher.begin_external_wait(one)
    assert len(started(dispatcher)) == 1, "an external wait makes room for the next record"


def test_paused_workspace_starts_nothing_while_others_do() -> None:
    dispatcher = Dispatcher(window=100, lanes=50, lanes_per_workspace=20, active=1)
    for offset in range(3):
        dispatcher.offer(record(P, offset), f"big/{offset}", "big")
    (first,) = started(dispatcher)
    dispatcher.turns.pause("big")
    dispatcher.finish(first)
    dispatcher.offer(record(P, 3), "small/0", "small")
    assert [slot.workspace for slot in started(dispatcher)] == ["small"]
    assert dispatcher.turns.throttled
    dispatcher.turns.resume("big")
    assert [slot.workspace for slot in started(dispatcher)] == ["big"]


def offered(dispatcher: Dispatcher, workspace: str, count: int, first: int) -> None:
    for number in range(count):
        dispatcher.offer(record(P, first + number), f"{workspace}/{first + number}", workspace)


def all_done(dispatcher: Dispatcher) -> None:
    while slots := started(dispatcher):
        for slot in slots:
            dispatcher.finish(slot)


def test_workspace_with_a_backlog_does_not_flood_while_another_has_one() -> None:
    dispatcher = Dispatcher(window=100, lanes=50, lanes_per_workspace=20, active=1)
    offered(dispatcher, "big", 10, 0)
    all_done(dispatcher)
    offered(dispatcher, "big", 2, 10)
    started(dispatcher)
    assert dispatcher.turns.floods("big")
    offered(dispatcher, "small", 2, 20)
    started(dispatcher)
    assert not dispatcher.turns.floods("big")


def test_workspace_that_catches_up_floods_only_after_several_times_the_records_of_others() -> None:
    dispatcher = Dispatcher(window=100, lanes=50, lanes_per_workspace=20, active=1, alone_after=30)
    offered(dispatcher, "other", 5, 0)
    all_done(dispatcher)
    offered(dispatcher, "late", 20, 10)
    all_done(dispatcher)
    assert not dispatcher.turns.floods("late")
    offered(dispatcher, "late", 1, 30)
    all_done(dispatcher)
    assert dispatcher.turns.floods("late")
    offered(dispatcher, "other", 1, 31)
    all_done(dispatcher)
    assert not dispatcher.turns.floods("late")


def begun(dispatcher: Dispatcher) -> dict[str, int]:
    return dict(Counter(slot.workspace for slot in started(dispatcher)))


def test_when_most_have_a_backlog_each_has_more_active_records() -> None:
    dispatcher = Dispatcher(window=200, lanes=100, lanes_per_workspace=50, active=1, active_in_backlog=8)
    for number, workspace in enumerate("abcd"):
        offered(dispatcher, workspace, 1 if workspace == "d" else 30, 30 * number)
    assert begun(dispatcher) == {"a": 8, "b": 8, "c": 8, "d": 1}, "three of four"


def test_two_floods_beside_two_quiet_workspaces_have_few_active_records() -> None:
    dispatcher = Dispatcher(window=200, lanes=100, lanes_per_workspace=50, active=1, active_in_backlog=8)
    for workspace, count in {"a": 30, "b": 30, "c": 1, "d": 1}.items():
        offered(dispatcher, workspace, count, 30 * "abcd".index(workspace))
    assert begun(dispatcher) == {"a": 1, "b": 1, "c": 1, "d": 1}, "half is not most"


def test_capped_workspaces_start_more_as_soon_as_most_have_a_backlog() -> None:
    dispatcher = Dispatcher(window=200, lanes=100, lanes_per_workspace=50, active=1, active_in_backlog=8)
    for number, workspace in enumerate("uvw"):
        offered(dispatcher, workspace, 1, number)
    all_done(dispatcher)
    for number, workspace in enumerate("abc"):
        offered(dispatcher, workspace, 30, 10 + 30 * number)
        assert begun(dispatcher) == {workspace: 1}
    offered(dispatcher, "d", 30, 100)
    assert begun(dispatcher) == {"a": 7, "b": 7, "c": 7, "d": 8}, "four of seven"


def test_records_of_many_workspaces_at_once_are_no_backlog() -> None:
    dispatcher = Dispatcher(window=200, lanes=100, lanes_per_workspace=50, active=1, active_in_backlog=8)
    for number, workspace in enumerate("abcdef"):
        offered(dispatcher, workspace, 1, number)
    all_done(dispatcher)
    offered(dispatcher, "big", 30, 10)
    assert begun(dispatcher) == {"big": 1}
    for number, workspace in enumerate("abcdef"):
        offered(dispatcher, workspace, 1, 40 + number)
    assert begun(dispatcher) == dict.fromkeys("abcdef", 1)


def test_workspace_without_more_ready_records_has_no_backlog() -> None:
    dispatcher = Dispatcher(window=200, lanes=100, lanes_per_workspace=50, active=1, active_in_backlog=3)
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
    assert started(dispatcher) == [], "one of two has a backlog, and has two active records already"


def test_old_starts_do_not_count_for_a_flood() -> None:
    dispatcher = Dispatcher(window=200, lanes=50, lanes_per_workspace=20, active=1, alone_after=10)
    offered(dispatcher, "other", 10, 0)
    all_done(dispatcher)
    offered(dispatcher, "big", 9, 10)
    all_done(dispatcher)
    assert dispatcher.turns.floods("big"), "nine to one"


def test_drop_unstarted_keeps_waiting_records_before_started_ones() -> None:
    """Otherwise they would hold back the offset, and all that is finished behind them would be done again."""
    dispatcher = Dispatcher(window=10, lanes=2, lanes_per_workspace=2)
    dispatcher.offer(record(P, 0), "a/1", "a")
    hole = dispatcher.offer(record(P, 1), "a/1", "a")
    dispatcher.offer(record(P, 2), "a/2", "a")
    dispatcher.offer(record(P, 3), "a/2", "a")
    first, second = started(dispatcher)
    assert dispatcher.drop_unstarted([P]) == 1
    dispatcher.finish(first)
    assert dispatcher.start() is hole
    dispatcher.finish(second)
    dispatcher.finish(hole)
    assert dispatcher.windows.committable() == {P: 3}


def test_drop_unstarted_does_not_finish_a_flood() -> None:
    """Records behind a flood have started early: the flood before them is not run because of them."""
    dispatcher = Dispatcher(window=5, lanes=4, lanes_per_workspace=2, read_ahead=100, read_ahead_bytes=1_000_000)
    for offset in range(50):
        dispatcher.offer(record(P, offset), f"flood/{offset}", "flood")
    dispatcher.offer(record(P, 50, "small"), "small/0", "small")
    running = started(dispatcher)
    assert [slot.record.offset for slot in running] == [0, 50, 1]
    assert dispatcher.drop_unstarted([P]) == 48
    assert dispatcher.windows.unfinished([P]) == 3
    for slot in running:
        dispatcher.finish(slot)
    assert started(dispatcher) == []
    assert dispatcher.windows.committable() == {P: 2}


def test_records_behind_a_flood_start_at_once() -> None:
    """One workspace has 10,000 records before those of the others in the same partition."""
    dispatcher = Dispatcher(window=500, lanes=40, lanes_per_workspace=8, read_ahead=20_000, read_ahead_bytes=2**26)
    for offset in range(10_000):
        dispatcher.offer(record(P, offset), f"flood/{offset % 5000}", "flood")
    assert len(started(dispatcher)) == 8
    for offset in range(10_000, 10_009):
        dispatcher.offer(record(P, offset), f"{offset}/0", str(offset))
    assert [slot.record.offset for slot in started(dispatcher)] == list(range(10_000, 10_009))


def test_read_ahead_bytes_leave_every_partition_its_window() -> None:
    dispatcher = Dispatcher(window=5, lanes=1, lanes_per_workspace=1, read_ahead=100, read_ahead_bytes=20 * SLOT)
    for offset in range(20):
        assert dispatcher.windows.room(P) == 100 - offset
        dispatcher.offer(record(P, offset), f"flood/{offset}", "flood")
    assert dispatcher.windows.room(P) < 0
    assert dispatcher.windows.room(PARTITIONS[1]) == 5
    dispatcher.forget([P])
    assert dispatcher.windows.room(P) == 100


def test_late_end_of_an_earlier_assignment_does_not_affect_the_new_one() -> None:
    """A handler is slow to be cancelled, and its partition has come back and is read again."""
    dispatcher = Dispatcher(window=10, lanes=10, lanes_per_workspace=10)
    dispatcher.offer(record(P, 0), "a/1", "a")
    (old,) = started(dispatcher)
    assert dispatcher.forget([P]) == [old]
    again = dispatcher.offer(record(P, 0), "a/1", "a")
    assert dispatcher.start() is None, "one record of a lane at a time, also across assignments"
    dispatcher.abandon(old)
    assert dispatcher.start() is again
    dispatcher.finish(again)
    assert dispatcher.windows.committable() == {P: 1}


@pytest.mark.parametrize("end", ["finish", "abandon"])
def test_record_that_ends_after_the_revocation_commits_nothing(end: str) -> None:
    dispatcher = Dispatcher(window=10, lanes=10, lanes_per_workspace=10)
    dispatcher.offer(record(P, 0), "a/1", "a")
    (slot,) = started(dispatcher)
    dispatcher.forget([P])
    getattr(dispatcher, end)(slot)
    assert dispatcher.windows.committable() == {}
    assert dispatcher.running == 0


def test_lane_that_waits_for_a_retry_does_not_run_and_keeps_its_order() -> None:
    """Other lanes run meanwhile; the rest of the lane, and the offset, wait."""
    dispatcher = Dispatcher(window=10, lanes=1, lanes_per_workspace=1)
    first = dispatcher.offer(record(P, 0), "a/1", "a")
    dispatcher.offer(record(P, 1), "a/1", "a")
    dispatcher.offer(record(P, 2), "a/2", "a")
    assert started(dispatcher) == [first]
    dispatcher.retry_later(first)
    (other,) = started(dispatcher)
    assert other.lane == "a/2"
    dispatcher.finish(other)
    assert dispatcher.start() is None
    assert dispatcher.windows.committable() == {}
    dispatcher.retry_now(first)
    assert dispatcher.start() is first
    dispatcher.finish(first)
    (second,) = started(dispatcher)
    dispatcher.finish(second)
    assert dispatcher.windows.committable() == {P: 3}
