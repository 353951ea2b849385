"""`Dispatcher`: which records start, in which order, and which offsets it commits. See test_lanes_stateful too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.records import CommittedOffset
from shared.kafka.runtime.finished_offsets import decode
from shared.kafka.runtime.lanes import Dispatcher
from shared.kafka.runtime.slots import Slot
from tests.unit.lanes_model import PARTITIONS, SLOT, record
from tests.unit.test_finished_offsets import of


def started(dispatcher: Dispatcher) -> list[Slot]:
    slots = []
    while slot := dispatcher.start(NOW):
        slots.append(slot)
    return slots


def committable(dispatcher: Dispatcher) -> tuple[int, list[int]]:
    """Return the offset to commit of the only partition, and those that are finished behind it."""
    (committed,) = dispatcher.windows.committable().values()
    finished = decode(committed.offset, committed.metadata)
    return committed.offset, [offset for offset in range(committed.offset, committed.offset + 60) if offset in finished]


P = PARTITIONS[0]
NOW = 100.0


def test_slow_lane_holds_back_the_offset_but_not_other_lanes() -> None:
    dispatcher = Dispatcher(window=10, lanes=10, active=10_000, lanes_per_workspace=10)
    slow = dispatcher.offer(record(P, 0), "a/slow", "a")
    for offset in range(1, 6):
        dispatcher.offer(record(P, offset), f"a/{offset}", "a")
    for slot in started(dispatcher)[1:]:
        dispatcher.finish(slot)
    assert committable(dispatcher) == (0, [1, 2, 3, 4, 5])
    assert dispatcher.windows.room(P) == 4, "finished records behind the slow one still fill the window"
    dispatcher.finish(slow)
    assert committable(dispatcher) == (6, [])
    assert dispatcher.windows.room(P) == 10


@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.integers(1, 4))
def test_workspaces_take_turns_however_many_records_one_has(sizes: list[int], lanes: int) -> None:
    """With `lanes` places and everything ready, no workspace is more than one turn ahead of one that still waits."""
    dispatcher = Dispatcher(window=1000, lanes=lanes, active=10_000, lanes_per_workspace=1000)
    offset = 0
    for number, size in enumerate(sizes):
        for conversation in range(size):
            dispatcher.offer(record(P, offset), f"{number}/{conversation}", str(number))
            offset += 1
    left, turns = dict(enumerate(sizes)), dict.fromkeys(range(len(sizes)), 0)
    while slot := dispatcher.start(NOW):
        workspace = int(slot.workspace)
        left[workspace] -= 1
        turns[workspace] += 1
        waiting = [turns[other] for other, count in left.items() if count]
        assert turns[workspace] - min(waiting, default=turns[workspace]) <= 1
        dispatcher.finish(slot)
    assert not any(left.values())


def test_workspace_at_its_cap_leaves_lanes_free_for_others() -> None:
    dispatcher = Dispatcher(window=100, lanes=5, active=10_000, lanes_per_workspace=3)
    for offset in range(10):
        dispatcher.offer(record(P, offset), f"big/{offset}", "big")
    dispatcher.offer(record(P, 10), "small/0", "small")
    assert sorted(slot.workspace for slot in started(dispatcher)) == ["big", "big", "big", "small"]


def test_drop_unstarted_keeps_what_runs() -> None:
    """Nobody waits for the records before it, and what is finished behind them is not done again."""
    dispatcher = Dispatcher(window=10, lanes=2, active=10_000, lanes_per_workspace=2)
    dispatcher.offer(record(P, 0), "a/1", "a")
    dispatcher.offer(record(P, 1), "a/1", "a")
    dispatcher.offer(record(P, 2), "a/2", "a")
    dispatcher.offer(record(P, 3), "a/2", "a")
    first, second = started(dispatcher)
    assert dispatcher.drop_unstarted([P]) == 2
    dispatcher.finish(first)
    assert dispatcher.start(NOW) is None
    dispatcher.finish(second)
    assert committable(dispatcher) == (1, [2])


def test_finished_records_of_a_former_owner_are_known() -> None:
    """They need no lane, and are committed again before they have been read."""
    former = Dispatcher(window=10, lanes=10, active=10_000, lanes_per_workspace=10)
    for offset in range(10, 16):
        former.offer(record(P, offset), f"a/{offset}", "a")
    for slot in started(former)[1::2]:
        former.finish(slot)
    committed = former.windows.committable()[P]

    dispatcher = Dispatcher(window=10, lanes=10, active=10_000, lanes_per_workspace=10)
    dispatcher.windows.resume(P, committed)
    assert not dispatcher.windows.has_uncommitted()
    dispatcher.offer(record(P, 10), "a/10", "a")
    assert [offset for offset in range(9, 18) if dispatcher.windows.is_finished(record(P, offset))] == [11, 13, 15]
    dispatcher.windows.skip(record(P, 11), "a")
    assert committable(dispatcher) == (10, [11, 13, 15])
    dispatcher.windows.committed([P])
    dispatcher.finish(*started(dispatcher))
    assert committable(dispatcher) == (12, [13, 15])


def test_what_ends_during_a_commit_is_committed_next() -> None:
    dispatcher = Dispatcher(window=10, lanes=10, active=10_000, lanes_per_workspace=10)
    for offset in range(3):
        dispatcher.offer(record(P, offset), f"a/{offset}", "a")
    first, second, third = started(dispatcher)
    dispatcher.finish(second)
    offered = dispatcher.windows.committable()
    dispatcher.finish(third)
    dispatcher.windows.committed(offered)
    assert dispatcher.windows.has_uncommitted()
    assert committable(dispatcher) == (0, [1, 2])
    dispatcher.finish(first)
    assert committable(dispatcher) == (3, [])


def test_records_that_came_before_the_former_owner_was_known_are_processed() -> None:
    """The others are skipped all the same."""
    dispatcher = Dispatcher(window=10, lanes=10, active=10_000, lanes_per_workspace=10)
    early = dispatcher.offer(record(P, 10), "a/10", "a")
    dispatcher.windows.resume(P, CommittedOffset(10, of(10, {10, 12}).encoded()))
    assert started(dispatcher) == [early]
    dispatcher.finish(early)
    assert dispatcher.windows.is_finished(record(P, 12))
    assert committable(dispatcher) == (11, [12])


def test_log_that_was_made_anew_is_read_from_its_begin() -> None:
    """An offset below the committed one: nothing there is finished, and nothing above is committed."""
    dispatcher = Dispatcher(window=10, lanes=10, active=10_000, lanes_per_workspace=10)
    dispatcher.windows.resume(P, CommittedOffset(100, of(100, {102}).encoded()))
    for offset in range(2):
        dispatcher.offer(record(P, offset), f"a/{offset}", "a")
    dispatcher.finish(started(dispatcher)[0])
    assert committable(dispatcher) == (1, [])
    assert not dispatcher.windows.is_finished(record(P, 102))


def test_records_of_a_log_that_was_cut_end_nothing_of_the_new_one() -> None:
    """They run while it is read from its begin again: what they finish has other offsets now."""
    dispatcher = Dispatcher(window=20, lanes=20, active=10_000, lanes_per_workspace=20)
    for offset in (3, 5, 9):
        dispatcher.offer(record(P, offset), f"a/{offset}", "a")
    old = started(dispatcher)
    for offset in range(2):
        dispatcher.offer(record(P, offset), f"a/new{offset}", "a")
    for slot in old:
        dispatcher.finish(slot)
    assert not dispatcher.windows.has_uncommitted()
    assert not dispatcher.windows.is_finished(record(P, 5))
    first, _ = started(dispatcher)
    dispatcher.finish(first)
    assert committable(dispatcher) == (1, [])
    assert dispatcher.windows.fill() == 1


def test_log_that_was_cut_behind_the_committed_offset_is_read_again() -> None:
    dispatcher = Dispatcher(window=20, lanes=20, active=10_000, lanes_per_workspace=20)
    for offset in range(10, 20):
        dispatcher.offer(record(P, offset), f"a/{offset}", "a")
    for slot in started(dispatcher)[1:]:
        dispatcher.finish(slot)
    again = record(P, 15)
    assert not dispatcher.windows.is_finished(again)
    dispatcher.offer(again, "a/15", "a")
    dispatcher.finish(started(dispatcher)[0])
    assert committable(dispatcher) == (16, [])


def test_drop_unstarted_does_not_finish_a_flood() -> None:
    """Records behind a flood have started early: the flood before them is not run because of them."""
    dispatcher = Dispatcher(
        window=5, lanes=4, active=10_000, lanes_per_workspace=2, read_ahead=100, read_ahead_bytes=1_000_000
    )
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
    assert committable(dispatcher) == (2, [50])


def test_records_behind_a_flood_start_at_once() -> None:
    """One workspace has 10,000 records before those of the others in the same partition."""
    dispatcher = Dispatcher(
        window=500, lanes=40, active=10_000, lanes_per_workspace=8, read_ahead=20_000, read_ahead_bytes=2**26
    )
    for offset in range(10_000):
        dispatcher.offer(record(P, offset), f"flood/{offset % 5000}", "flood")
    assert len(started(dispatcher)) == 8
    for offset in range(10_000, 10_009):
        dispatcher.offer(record(P, offset), f"{offset}/0", str(offset))
    assert [slot.record.offset for slot in started(dispatcher)] == list(range(10_000, 10_009))


def test_read_ahead_bytes_leave_every_partition_its_window() -> None:
    dispatcher = Dispatcher(
        window=5, lanes=1, active=10_000, lanes_per_workspace=1, read_ahead=100, read_ahead_bytes=20 * SLOT
    )
    for offset in range(20):
        assert dispatcher.windows.room(P) == 100 - offset
        dispatcher.offer(record(P, offset), f"flood/{offset}", "flood")
    assert dispatcher.windows.room(P) < 0
    assert dispatcher.windows.room(PARTITIONS[1]) == 5
    dispatcher.forget([P])
    assert dispatcher.windows.room(P) == 100


def test_late_end_of_an_earlier_assignment_does_not_affect_the_new_one() -> None:
    """A handler is slow to be cancelled, and its partition has come back and is read again."""
    dispatcher = Dispatcher(window=10, lanes=10, active=10_000, lanes_per_workspace=10)
    dispatcher.offer(record(P, 0), "a/1", "a")
    (old,) = started(dispatcher)
    assert dispatcher.forget([P]) == [old]
    again = dispatcher.offer(record(P, 0), "a/1", "a")
    assert dispatcher.start(NOW) is None, "one record of a lane at a time, also across assignments"
    dispatcher.abandon(old)
    assert dispatcher.start(NOW) is again
    dispatcher.finish(again)
    assert committable(dispatcher) == (1, [])


@pytest.mark.parametrize("end", ["finish", "abandon"])
def test_record_that_ends_after_the_revocation_commits_nothing(end: str) -> None:
    dispatcher = Dispatcher(window=10, lanes=10, active=10_000, lanes_per_workspace=10)
    dispatcher.offer(record(P, 0), "a/1", "a")
    (slot,) = started(dispatcher)
    dispatcher.forget([P])
    getattr(dispatcher, end)(slot)
    assert dispatcher.windows.committable() == {}
    assert dispatcher.running == 0


def test_lane_that_waits_for_a_retry_does_not_run_and_keeps_its_order() -> None:
    """Other lanes run meanwhile; the rest of the lane, and the offset, wait."""
    dispatcher = Dispatcher(window=10, lanes=1, active=10_000, lanes_per_workspace=1)
    first = dispatcher.offer(record(P, 0), "a/1", "a")
    dispatcher.offer(record(P, 1), "a/1", "a")
    dispatcher.offer(record(P, 2), "a/2", "a")
    assert started(dispatcher) == [first]
    dispatcher.retry_later(first)
    (other,) = started(dispatcher)
    assert other.lane == "a/2"
    dispatcher.finish(other)
    assert dispatcher.start(NOW) is None
    assert committable(dispatcher) == (0, [2])
    dispatcher.retry_now(first)
    assert dispatcher.start(NOW) is first
    dispatcher.finish(first)
    (second,) = started(dispatcher)
    dispatcher.finish(second)
    assert committable(dispatcher) == (3, [])
