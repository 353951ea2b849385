"""The dispatcher keeps its promises whatever happens in whatever order.

A model beside it knows each partition's log, what was offered from it, and what has become of each slot.
"""

import sys
from collections import deque
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.kafka.lanes import _OVERHEAD, LATEST, Dispatcher, Slot, State
from shared.kafka.records import Record, TopicPartition

PARTITIONS = (
    TopicPartition("inbound.messages", 0),
    TopicPartition("inbound.messages", 1),
    TopicPartition("conversation.commands", 0),
)
WORKSPACES = ("a", "b", "c")
partitions = st.sampled_from(PARTITIONS)
SLOT = _OVERHEAD  # bytes; the records of these tests are empty
some_partitions = st.lists(partitions, min_size=1, max_size=3, unique=True)


def record(source: TopicPartition, offset: int, workspace: str = "a") -> Record:
    return Record(source.topic, source.partition, offset, workspace.encode(), b"")


@dataclass(eq=False)
class Told:
    """What the model knows of a slot. `epoch`: which assignment of the partition it belongs to."""

    slot: Slot
    source: TopicPartition
    epoch: int
    state: State = State.WAITING
    parked: bool = False
    away: bool = False


@dataclass
class Partition:
    """A partition's log, and where the group stands in it. Offsets have gaps, as after compaction or transactions."""

    log: list[tuple[int, str, str]] = field(default_factory=list)  # offset, workspace, lane
    position: int = 0  # index in the log of what is read next
    committed: int = 0
    epoch: int = 0
    ever_finished: set[int] = field(default_factory=set)
    window: deque[Told] = field(default_factory=deque)


class Lanes(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.all: dict[Slot, Told] = {}
        self.queues: dict[str, list[Told]] = {}  # by lane, in the order of the offers, without what has ended
        self.partitions = {source: Partition() for source in PARTITIONS}
        self.taken: list[str] = []  # the workspaces that had a turn, in order
        self.resting: set[str] = set()
        self.waited: dict[str, list[str]] = {}  # workspace that could start -> who started since

    @initialize(
        window=st.integers(1, 6),
        lanes=st.integers(1, 5),
        per_workspace=st.integers(1, 3),
        at_work=st.integers(1, 3),
        alone_after=st.integers(1, 4),
        width=st.integers(1, 3),
        read_ahead=st.integers(0, 12),
        slots_ahead=st.integers(0, 20),
    )
    def begin(
        self,
        window: int,
        lanes: int,
        per_workspace: int,
        at_work: int,
        alone_after: int,
        width: int,
        read_ahead: int,
        slots_ahead: int,
    ) -> None:
        self.limits = (window, lanes, per_workspace)
        self.at_work = at_work
        self.alone_after = alone_after
        self.read_ahead = max(window, read_ahead)
        self.slots_ahead = slots_ahead
        self.width = width
        self.dispatcher = Dispatcher(
            window=window,
            lanes=lanes,
            lanes_per_workspace=per_workspace,
            at_work=at_work,
            alone_after=alone_after,
            read_ahead=read_ahead,
            read_ahead_bytes=slots_ahead * SLOT,
        )

    # What happens.

    @rule(
        source=partitions, workspace=st.sampled_from(WORKSPACES), conversation=st.integers(0, 2), gap=st.integers(1, 3)
    )
    def offer(self, source: TopicPartition, workspace: str, conversation: int, gap: int) -> None:
        if self.dispatcher.room(source) <= 0:
            return
        partition = self.partitions[source]
        if partition.position == len(partition.log):
            last = partition.log[-1][0] if partition.log else -1
            partition.log.append((last + gap, workspace, f"{workspace}/{conversation % self.width}"))
        self.offer_next(source)

    def offer_next(self, source: TopicPartition) -> None:
        partition = self.partitions[source]
        offset, workspace, lane = partition.log[partition.position]
        partition.position += 1
        slot = self.dispatcher.offer(record(source, offset, workspace), lane, workspace)
        told = Told(slot, source, partition.epoch)
        self.all[slot] = told
        self.queues.setdefault(lane, []).append(told)
        partition.window.append(told)
        self.look()

    @rule()
    def take(self) -> None:
        able = self.able()
        slot = self.dispatcher.take()
        assert (slot is not None) == bool(able), "something is given exactly when something may start"
        if slot is None:
            return
        told = self.all[slot]
        assert slot.workspace in able
        assert self.queues[slot.lane][0] is told, "a lane's records start in their order, one at a time"
        assert told.state is State.WAITING
        told.state = State.RUNNING
        self.taken.append(slot.workspace)
        for workspace, started in self.waited.items():
            if workspace != slot.workspace:
                assert slot.workspace not in started, f"{slot.workspace} had two turns while {workspace} waited for one"
                started.append(slot.workspace)
        self.waited.pop(slot.workspace, None)
        self.look()

    @precondition(lambda self: self.running())
    @rule(data=st.data(), away=st.booleans())
    def go_or_come_back(self, data: st.DataObject, *, away: bool) -> None:
        told = data.draw(st.sampled_from(self.running()))
        (self.dispatcher.leave if away else self.dispatcher.come_back)(told.slot)
        told.away = away
        self.look()

    @rule(workspace=st.sampled_from(WORKSPACES), rest=st.booleans())
    def rest_or_wake(self, workspace: str, *, rest: bool) -> None:
        (self.dispatcher.rest if rest else self.dispatcher.wake)(workspace)
        (self.resting.add if rest else self.resting.discard)(workspace)
        self.look()

    @precondition(lambda self: self.running())
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        self.finish_one(data.draw(st.sampled_from(self.running())))

    def finish_one(self, told: Told) -> None:
        self.dispatcher.finish(told.slot)
        self.end(told, State.FINISHED)
        self.partitions[told.source].ever_finished.add(told.slot.record.offset)
        self.look()

    @precondition(lambda self: self.running())
    @rule(data=st.data())
    def abandon(self, data: st.DataObject) -> None:
        told = data.draw(st.sampled_from(self.running()))
        self.dispatcher.abandon(told.slot)
        for follower in list(self.queues[told.slot.lane]):
            if follower is not told and (follower.source, follower.epoch) == (told.source, told.epoch):
                self.end(follower, State.DROPPED)
        self.end(told, State.DROPPED)
        self.look()

    @precondition(lambda self: self.in_time())
    @rule(data=st.data())
    def park(self, data: st.DataObject) -> None:
        told = data.draw(st.sampled_from(self.in_time()))
        self.dispatcher.park(told.slot)
        told.state, told.parked, told.away = State.WAITING, True, False
        self.look()

    @rule(data=st.data())
    def unpark(self, data: st.DataObject) -> None:
        """Also of what was dropped meanwhile: the timer does not know."""
        ever = [told for told in self.all.values() if told.parked]
        if not ever:
            return
        told = data.draw(st.sampled_from(ever))
        self.dispatcher.unpark(told.slot)
        told.parked = False
        self.look()

    @rule(sources=some_partitions)
    def drop_parked(self, sources: list[TopicPartition]) -> None:
        """As a revocation begins; the records before the parked ones are still to be finished."""
        self.dispatcher.drop_parked(sources)
        for queue in list(self.queues.values()):
            head = queue[0]
            if head.state is State.WAITING and head.parked and head.source in sources:
                for told in [told for told in queue if (told.source, told.epoch) == (head.source, head.epoch)]:
                    self.end(told, State.DROPPED)
        assert self.dispatcher.parked(sources) == []
        self.look()

    @rule(sources=some_partitions)
    def drop_tail(self, sources: list[TopicPartition]) -> None:
        expected = 0
        for source in sources:
            for told in self.not_worth_finishing(self.partitions[source].window):
                self.end(told, State.DROPPED)
                expected += 1
        assert self.dispatcher.drop_tail(sources) == expected
        # The runner offers nothing more of these partitions before it has given them up.
        self.forget(sources)

    def not_worth_finishing(self, window: deque[Told]) -> list[Told]:
        """What waits, unless it stands before a started one: then, at most `window` of them, if none was dropped."""
        most, _, _ = self.limits
        worth: list[Told] = []
        for position, told in enumerate(window):
            before = [other.state for other in list(window)[: position + 1]]
            if State.DROPPED in before or before.count(State.WAITING) > most:
                break
            if told.state in (State.RUNNING, State.FINISHED):
                worth = list(window)[:position]
        return [told for told in window if told.state is State.WAITING and told not in worth]

    @rule(source=partitions)
    def lose(self, source: TopicPartition) -> None:
        self.forget([source])

    def forget(self, sources: list[TopicPartition]) -> None:
        expected = []
        for source in sources:
            partition = self.partitions[source]
            for told in partition.window:
                if told.state is State.WAITING:
                    self.end(told, State.DROPPED)
                elif told.state is State.RUNNING:
                    expected.append(told.slot)
            partition.window.clear()
            partition.epoch += 1
            offsets = [offset for offset, _, _ in partition.log]
            partition.position = sum(offset < partition.committed for offset in offsets)
        assert self.dispatcher.forget(sources) == expected
        self.look()

    @rule()
    def commit(self) -> None:
        offsets = self.dispatcher.committable()
        for source, offset in offsets.items():
            partition = self.partitions[source]
            assert offset > partition.committed, "what is committed only goes on"
            unfinished = {found for found, _, _ in partition.log if found < offset} - partition.ever_finished
            assert not unfinished, "nothing unfinished is passed"
            partition.committed = offset
        self.dispatcher.committed(offsets)
        assert self.dispatcher.committable() == {}

    def teardown(self) -> None:
        """However it stands: the partitions are given up and read again, and all of it gets done."""
        if not hasattr(self, "dispatcher"):
            return
        self.forget(list(PARTITIONS))
        for workspace in WORKSPACES:
            self.rest_or_wake(workspace, rest=False)
        for _ in range(10_000):
            for source, partition in self.partitions.items():
                while partition.position < len(partition.log) and self.dispatcher.room(source) > 0:
                    self.offer_next(source)
            self.take()
            if not (running := self.running()):
                break
            self.finish_one(running[-1])
        self.commit()
        for partition in self.partitions.values():
            assert partition.ever_finished == {offset for offset, _, _ in partition.log}
            assert partition.committed == (partition.log[-1][0] + 1 if partition.log else 0)
        assert not self.queues
        assert self.dispatcher.fill() == self.dispatcher.running == 0

    # What always holds.

    @invariant()
    def caps_are_kept(self) -> None:
        if not hasattr(self, "dispatcher"):
            return
        window, lanes, per_workspace = self.limits
        running = self.running()
        assert self.dispatcher.running == len(running) <= lanes
        for workspace in WORKSPACES:
            assert sum(told.slot.workspace == workspace for told in running) <= per_workspace
        assert len({told.slot.lane for told in running}) == len(running)
        for partition in self.partitions.values():
            while partition.window and partition.window[0].state is State.FINISHED:
                partition.window.popleft()
        slots = sum(len(partition.window) for partition in self.partitions.values())
        assert self.dispatcher.fill() == slots <= max(self.slots_ahead, 0) + window * len(PARTITIONS)
        for source, partition in self.partitions.items():
            most = self.read_ahead if slots < self.slots_ahead else window
            assert self.dispatcher.room(source) == most - len(partition.window)
            assert len(partition.window) <= self.read_ahead
            open_ones = [told for told in partition.window if told.state in (State.WAITING, State.RUNNING)]
            assert self.dispatcher.unfinished([source]) == len(open_ones)

    @invariant()
    def states_agree(self) -> None:
        assert all(slot.state is told.state for slot, told in self.all.items())

    # The model.

    def in_time(self) -> list[Told]:
        """What runs and belongs to a partition that is still ours."""
        return [told for told in self.running() if told.epoch == self.partitions[told.source].epoch]

    def running(self) -> list[Told]:
        return [queue[0] for queue in self.queues.values() if queue[0].state is State.RUNNING]

    def able(self) -> set[str]:
        """The workspaces of which something may start."""
        _, lanes, _ = self.limits
        if len(self.running()) >= lanes:
            return set()
        return {workspace for workspace in self.waiting() if self.below_caps(workspace)}

    def below_caps(self, workspace: str) -> bool:
        _, _, per_workspace = self.limits
        running = [told for told in self.running() if told.slot.workspace == workspace]
        alone = len(self.taken) >= self.alone_after and set(self.taken[-self.alone_after :]) == {workspace}
        at_work = sum(not told.away for told in running)
        return len(running) < per_workspace and (alone or (at_work < self.at_work and workspace not in self.resting))

    def waiting(self) -> set[str]:
        """The workspaces that have a lane of which the head waits for nothing but a place."""
        heads = [queue[0] for queue in self.queues.values()]
        return {told.slot.workspace for told in heads if told.state is State.WAITING and not told.parked}

    def end(self, told: Told, state: State) -> None:
        told.state = state
        queue = self.queues[told.slot.lane]
        queue.remove(told)
        if not queue:
            del self.queues[told.slot.lane]

    def look(self) -> None:
        """Keep account of who could start and had to wait. That the process is full is nobody's turn."""
        waiting = {workspace for workspace in self.waiting() if self.below_caps(workspace)}
        self.waited = {workspace: self.waited.get(workspace, []) for workspace in waiting}


def test_any_sequence_of_calls_keeps_all_promises() -> None:
    """offer, take, leave, come back, finish, abandon, park, unpark, drop, forget and commit, in any order."""
    run_state_machine_as_test(Lanes, settings=settings(max_examples=200, stateful_step_count=60, deadline=None))


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
