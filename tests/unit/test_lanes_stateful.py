"""The dispatcher keeps its promises whatever happens in whatever order.

A model beside it knows each partition's log, what was offered from it, and what has become of each slot.
"""

from collections import deque
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.kafka.records import Record, TopicPartition
from shared.kafka.runtime.lanes import _OVERHEAD, Dispatcher, Slot, State

PARTITIONS = (
    TopicPartition("inbound.messages", 0),
    TopicPartition("inbound.messages", 1),
    TopicPartition("conversation.commands", 0),
)
WORKSPACES = ("a", "b", "c")
partitions = st.sampled_from(PARTITIONS)
SLOT = _OVERHEAD  # bytes; the records of these tests are empty
_records = st.tuples(
    partitions, st.sampled_from(WORKSPACES), st.integers(0, 3), st.integers(1, 3), st.sampled_from((True, True, False))
)
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
        lanes=st.integers(1, 8),
        per_workspace=st.integers(1, 4),
        at_work=st.integers(1, 3),
        together=st.integers(0, 4),
        alone_after=st.integers(1, 4),
        width=st.integers(1, 4),
        read_ahead=st.integers(0, 12),
        slots_ahead=st.integers(0, 20),
    )
    def begin(
        self,
        window: int,
        lanes: int,
        per_workspace: int,
        at_work: int,
        together: int,
        alone_after: int,
        width: int,
        read_ahead: int,
        slots_ahead: int,
    ) -> None:
        self.limits = (window, lanes, per_workspace)
        self.at_work = at_work
        self.together = together
        self.alone_after = alone_after
        self.read_ahead = max(window, read_ahead)
        self.slots_ahead = slots_ahead
        self.width = width
        self.dispatcher = Dispatcher(
            window=window,
            lanes=lanes,
            lanes_per_workspace=per_workspace,
            at_work=at_work,
            at_work_together=together,
            alone_after=alone_after,
            read_ahead=read_ahead,
            read_ahead_bytes=slots_ahead * SLOT,
        )

    # What happens.

    @rule(found=st.lists(_records, min_size=1, max_size=8))
    def offer(self, found: list[tuple[TopicPartition, str, int, int, bool]]) -> None:
        """Or pass by; what was passed by may be offered when it is read again, and the other way round."""
        for source, workspace, conversation, gap, needed in found:
            if self.dispatcher.room(source) <= 0:
                continue
            partition = self.partitions[source]
            if partition.position == len(partition.log):
                last = partition.log[-1][0] if partition.log else -1
                partition.log.append((last + gap, workspace, f"{workspace}/{conversation % self.width}"))
            self.offer_next(source, needed=needed)

    def offer_next(self, source: TopicPartition, *, needed: bool = True) -> None:
        partition = self.partitions[source]
        offset, workspace, lane = partition.log[partition.position]
        partition.position += 1
        found = record(source, offset, workspace)
        if needed:
            told = Told(self.dispatcher.offer(found, lane, workspace), source, partition.epoch)
            self.queues.setdefault(lane, []).append(told)
        else:
            told = Told(self.dispatcher.pass_by(found, workspace), source, partition.epoch, State.PASSED_BY)
            partition.ever_finished.add(offset)
        self.all[told.slot] = told
        partition.window.append(told)
        self.look()

    @rule(times=st.integers(1, 6))
    def take(self, times: int) -> None:
        for _ in range(times):
            self.take_one()

    def take_one(self) -> None:
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

    @rule(sources=some_partitions, how=st.sampled_from(("drop_parked", "drop_tail", "forget")))
    def revoke(self, sources: list[TopicPartition], how: str) -> None:
        getattr(self, how)(sources)

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
            self.take_one()
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
            while partition.window and partition.window[0].state in (State.FINISHED, State.PASSED_BY):
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
        enough = max(self.at_work, self.together) if self.most_are_behind() else self.at_work
        return len(running) < per_workspace and (alone or (at_work < enough and workspace not in self.resting))

    def most_are_behind(self) -> bool:
        """More than half of those who had a turn lately could start something beside what they have running."""
        behind = self.waiting() & {told.slot.workspace for told in self.running()}
        return 2 * len(behind) > len(set(self.taken[-self.alone_after :]))

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
    """offer, pass by, take, leave, come back, finish, abandon, park, unpark, drop, forget and commit, in any order."""
    run_state_machine_as_test(Lanes, settings=settings(max_examples=300, stateful_step_count=100, deadline=None))
