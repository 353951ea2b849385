"""The dispatcher keeps its guarantees for any sequence of calls.

A model knows each partition's log, what was offered from it, and the state of each slot.
"""

from collections import Counter
from fractions import Fraction

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

from shared.kafka.records import CommittedOffset, TopicPartition
from shared.kafka.runtime.bursts import LONGEST_REST, SIZE
from shared.kafka.runtime.finished_offsets import decode
from shared.kafka.runtime.lanes import Dispatcher
from shared.kafka.runtime.slots import Slot, SlotState
from shared.kafka.runtime.turns import LATELY
from tests.unit.lanes_model import (
    PARTITIONS,
    SLOT,
    WORKSPACES,
    Known,
    Partition,
    record,
    some_partitions,
    some_records,
)

DONE = (SlotState.FINISHED, SlotState.SKIPPED)


class Lanes(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.all: dict[Slot, Known] = {}
        self.queues: dict[str, list[Known]] = {}  # by lane, in the order of the offers, without what has ended
        self.partitions = {source: Partition() for source in PARTITIONS}
        self.now = 100.0
        self.taken: list[tuple[float, str]] = []  # when which workspace started a record
        self.waited: dict[str, list[str]] = {}  # workspace that could start -> who started since
        self.bursts = Counter[str]()  # by workspace: records started since it had no active one

    @initialize(
        window=st.integers(1, 6),
        lanes=st.integers(1, 8),
        per_workspace=st.integers(1, 4),
        active=st.integers(1, 12),
        width=st.integers(1, 4),
        read_ahead=st.integers(0, 12),
        slots_ahead=st.integers(0, 20),
        is_resumed=st.booleans(),
    )
    def begin(
        self,
        window: int,
        lanes: int,
        per_workspace: int,
        active: int,
        width: int,
        read_ahead: int,
        slots_ahead: int,
        *,
        is_resumed: bool,
    ) -> None:
        """is_resumed: the committed offsets can be read when a partition is assigned again."""
        self.is_resumed = is_resumed
        self.limits = (window, lanes, per_workspace)
        self.active = active
        self.read_ahead = max(window, read_ahead)
        self.slots_ahead = slots_ahead
        self.width = width
        self.dispatcher = Dispatcher(
            window=window,
            lanes=lanes,
            lanes_per_workspace=per_workspace,
            active=active,
            read_ahead=read_ahead,
            read_ahead_bytes=slots_ahead * SLOT,
        )

    # The rules.

    @rule(found=st.lists(some_records, min_size=1, max_size=8))
    def offer(self, found: list[tuple[TopicPartition, str, int, int, bool]]) -> None:
        """Offer or skip; a skipped record may be offered when it is read again, and vice versa."""
        for source, workspace, conversation, gap, needed in found:
            if self.dispatcher.windows.room(source) <= 0:
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
        is_finished = self.dispatcher.windows.is_finished(found)
        assert is_finished == (offset in partition.known), "exactly what a former owner has committed as finished"
        if needed and not is_finished:
            known = Known(self.dispatcher.offer(found, lane, workspace), source, partition.epoch)
            self.queues.setdefault(lane, []).append(known)
        else:
            known = Known(self.dispatcher.windows.skip(found, workspace), source, partition.epoch, SlotState.SKIPPED)
            partition.ever_finished.add(offset)
        self.all[known.slot] = known
        partition.window.append(known)
        self.look()

    @rule(times=st.integers(1, 6), batch=st.integers(1, 4))
    def start(self, times: int, batch: int) -> None:
        for _ in range(times):
            self.start_one(batch)

    def start_one(self, batch: int = 1) -> None:
        self.taken = [start for start in self.taken if start[0] > self.now - LATELY]
        able, rested = self.able(), self.rested()
        slot = self.dispatcher.start(self.now)
        if slot is None:
            assert not able & rested, "a workspace without an active record starts one, unless it rests"
            resting = {workspace for workspace in able if not self.active_of(workspace)}
            assert not resting or self.dispatcher.turns.next_look() is not None, "the end of a rest is awaited"
            return
        known = self.all[slot]
        assert slot.workspace in able
        self.bursts[slot.workspace] = self.bursts[slot.workspace] + 1 if self.active_of(slot.workspace) else 1
        assert self.queues[slot.lane][0] is known, "the records of a lane start in order, one at a time"
        assert known.state is SlotState.WAITING
        known.state = SlotState.RUNNING
        self.join(known, batch)
        self.taken.append((self.now, slot.workspace))
        for workspace, started in self.waited.items():
            if workspace != slot.workspace:
                assert slot.workspace not in started, f"{slot.workspace} started twice while {workspace} waited"
                started.append(slot.workspace)
        self.waited.pop(slot.workspace, None)
        self.look()

    def join(self, first: Known, batch: int) -> None:
        """Start what follows in the lane, from the same assignment of the partition, with the first record."""
        expected = [first]
        for known in self.queues[first.slot.lane][1:batch]:
            if (known.source, known.epoch) != (first.source, first.epoch):
                break
            expected.append(known)
            known.state = SlotState.RUNNING
        assert self.dispatcher.join(first.slot, batch) == [known.slot for known in expected]

    @precondition(lambda self: self.running())
    @rule(data=st.data(), external=st.booleans())
    def begin_or_end_external_wait(self, data: st.DataObject, *, external: bool) -> None:
        known = data.draw(st.sampled_from(self.running()))
        (self.dispatcher.begin_external_wait if external else self.dispatcher.end_external_wait)(known.slot)
        known.external = external
        self.look()

    @rule(seconds=st.floats(0.1, LATELY))
    def let_time_pass(self, seconds: float) -> None:
        self.now += seconds
        self.look()

    @precondition(lambda self: self.running())
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        self.finish_one(data.draw(st.sampled_from(self.running())))

    def finish_one(self, known: Known) -> None:
        self.dispatcher.finish(known.slot)
        self.end(known, SlotState.FINISHED)
        self.partitions[known.source].ever_finished.add(known.slot.record.offset)
        self.look()

    @precondition(lambda self: self.running())
    @rule(data=st.data())
    def abandon(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from(self.running()))
        self.dispatcher.abandon(known.slot)
        for follower in list(self.queues[known.slot.lane]):
            if follower is not known and (follower.source, follower.epoch) == (known.source, known.epoch):
                self.end(follower, SlotState.DROPPED)
        self.end(known, SlotState.DROPPED)
        self.look()

    @precondition(lambda self: self.in_time())
    @rule(data=st.data())
    def retry_later(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from(self.in_time()))
        self.dispatcher.retry_later(known.slot)
        known.retried, known.external = True, False
        for one in self.queues[known.slot.lane]:
            if one.state is SlotState.RUNNING:
                one.state = SlotState.WAITING
        self.look()

    @rule(data=st.data())
    def retry_now(self, data: st.DataObject) -> None:
        """Also of dropped slots: the timer does not know."""
        ever = [known for known in self.all.values() if known.retried]
        if not ever:
            return
        known = data.draw(st.sampled_from(ever))
        self.dispatcher.retry_now(known.slot)
        known.retried = False
        self.look()

    @rule(sources=some_partitions, how=st.sampled_from(("drop_retries", "drop_unstarted", "forget")))
    def revoke(self, sources: list[TopicPartition], how: str) -> None:
        getattr(self, how)(sources)

    def drop_retries(self, sources: list[TopicPartition]) -> None:
        """As a revocation begins; the records before the retried ones are still finished."""
        self.dispatcher.drop_retries(sources)
        for queue in list(self.queues.values()):
            head = queue[0]
            if head.state is SlotState.WAITING and head.retried and head.source in sources:
                for known in [known for known in queue if (known.source, known.epoch) == (head.source, head.epoch)]:
                    self.end(known, SlotState.DROPPED)
        assert self.dispatcher.retries(sources) == []
        self.look()

    def drop_unstarted(self, sources: list[TopicPartition]) -> None:
        expected = 0
        for source in sources:
            for known in self.partitions[source].window:
                if known.state is SlotState.WAITING:
                    self.end(known, SlotState.DROPPED)
                    expected += 1
        assert self.dispatcher.drop_unstarted(sources) == expected
        # The runner offers nothing more of these partitions until it has given them up.
        self.forget(sources)

    def forget(self, sources: list[TopicPartition]) -> None:
        expected = []
        for source in sources:
            partition = self.partitions[source]
            for known in partition.window:
                if known.state is SlotState.WAITING:
                    self.end(known, SlotState.DROPPED)
                elif known.state is SlotState.RUNNING:
                    expected.append(known.slot)
            partition.window.clear()
            partition.epoch += 1
            offsets = [offset for offset, _, _ in partition.log]
            partition.position = sum(offset < partition.committed for offset in offsets)
        assert self.dispatcher.forget(sources) == expected
        for source in sources:
            partition = self.partitions[source]
            partition.known = partition.marked if self.is_resumed else set()
            if self.is_resumed:
                self.dispatcher.windows.resume(source, CommittedOffset(partition.committed, partition.metadata))
        self.waited.clear()  # a workspace loses its turn with its only ready lane, also if another becomes ready
        self.look()

    @rule()
    def commit(self) -> None:
        offsets = self.dispatcher.windows.committable()
        for source, (offset, metadata) in offsets.items():
            partition = self.partitions[source]
            assert offset >= partition.committed, "committed offsets never fall"
            unfinished = {found for found, _, _ in partition.log if found < offset} - partition.ever_finished
            assert not unfinished, "no unfinished record is committed"
            finished = decode(offset, metadata)
            partition.committed, partition.metadata = offset, metadata
            partition.marked = {found for found, _, _ in partition.log if found in finished}
            assert len(finished) == len(partition.marked) <= len(partition.marked & partition.ever_finished)
            done = {known.slot.record.offset for known in partition.window if known.state in DONE}
            assert done - partition.marked == {found for found in done if found < offset}, "nothing finished is missing"
        self.dispatcher.windows.committed(offsets)
        assert not self.dispatcher.windows.has_uncommitted()
        assert self.dispatcher.windows.committable() == {}

    def teardown(self) -> None:
        """From any state: revoke and read again all partitions, and all records get done."""
        if not hasattr(self, "dispatcher"):
            return
        self.forget(list(PARTITIONS))
        for _ in range(10_000):
            self.now += LONGEST_REST
            for source, partition in self.partitions.items():
                while partition.position < len(partition.log) and self.dispatcher.windows.room(source) > 0:
                    self.offer_next(source)
            self.start_one()
            if running := self.running():
                self.finish_one(running[-1])
            elif not self.waiting():
                break
        self.commit()
        for partition in self.partitions.values():
            assert partition.ever_finished == {offset for offset, _, _ in partition.log}
            assert partition.committed == (partition.log[-1][0] + 1 if partition.log else 0)
        assert not self.queues
        assert self.dispatcher.windows.fill() == self.dispatcher.running == 0

    # The invariants.

    @invariant()
    def caps_are_kept(self) -> None:
        if not hasattr(self, "dispatcher"):
            return
        window, lanes, per_workspace = self.limits
        running = self.running()
        assert self.dispatcher.running == len(running) <= lanes
        for workspace in WORKSPACES:
            assert sum(known.slot.workspace == workspace for known in running) <= per_workspace
        assert len({known.slot.lane for known in running}) == len(running)
        for partition in self.partitions.values():
            while partition.window and partition.window[0].state in (SlotState.FINISHED, SlotState.SKIPPED):
                partition.window.popleft()
        slots = sum(len(partition.window) for partition in self.partitions.values())
        assert self.dispatcher.windows.fill() == slots <= max(self.slots_ahead, 0) + window * len(PARTITIONS)
        for source, partition in self.partitions.items():
            most = self.read_ahead if slots < self.slots_ahead else window
            assert self.dispatcher.windows.room(source) == most - len(partition.window)
            assert len(partition.window) <= self.read_ahead
            open_ones = [known for known in partition.window if known.state in (SlotState.WAITING, SlotState.RUNNING)]
            assert self.dispatcher.windows.unfinished([source]) == len(open_ones)

    @invariant()
    def states_agree(self) -> None:
        assert all(slot.state is known.state for slot, known in self.all.items())

    # The model.

    def in_time(self) -> list[Known]:
        """Return what runs and belongs to a current assignment."""
        return [known for known in self.running() if known.epoch == self.partitions[known.source].epoch]

    def running(self) -> list[Known]:
        return [queue[0] for queue in self.queues.values() if queue[0].state is SlotState.RUNNING]

    def able(self) -> set[str]:
        """Return the workspaces of which a record may start, if they do not rest."""
        _, lanes, _ = self.limits
        if len(self.running()) >= lanes:
            return set()
        return {workspace for workspace in self.waiting() if self.below_caps(workspace)}

    def below_caps(self, workspace: str) -> bool:
        _, _, per_workspace = self.limits
        running = [known for known in self.running() if known.slot.workspace == workspace]
        share = self.share(workspace)
        most = share if share > 1 else min(SIZE, self.active)
        return len(running) < per_workspace and self.active_of(workspace) < most

    def active_of(self, workspace: str) -> int:
        return sum(known.slot.workspace == workspace and not known.external for known in self.running())

    def rested(self) -> set[str]:
        """Return the workspaces that have no active record and do not rest: a rest follows on several records."""
        return {name for name in WORKSPACES if not self.active_of(name) and self.bursts[name] <= 1}

    def share(self, workspace: str) -> int:
        """Return the total divided in inverse proportion to the square of each workspace's demand."""
        demand = Counter(name for at, name in self.taken if at > self.now - LATELY)
        demand.update(queue[0].slot.workspace for queue in self.queues.values() if self.is_ready(queue[0]))
        parts = {name: Fraction(1, count**2) for name, count in demand.items()}
        return max(1, int(self.active * parts[workspace] / sum(parts.values())))

    def waiting(self) -> set[str]:
        """Return the workspaces with a lane whose first record is ready."""
        return {queue[0].slot.workspace for queue in self.queues.values() if self.is_ready(queue[0])}

    def is_ready(self, known: Known) -> bool:
        return known.state is SlotState.WAITING and not known.retried

    def end(self, known: Known, state: SlotState) -> None:
        known.state = state
        queue = self.queues[known.slot.lane]
        queue.remove(known)
        if not queue:
            del self.queues[known.slot.lane]

    def look(self) -> None:
        """Note which workspaces could start their only active record and had to wait, except because the process is
        full.
        """
        waiting = {workspace for workspace in self.waiting() & self.rested() if self.below_caps(workspace)}
        self.waited = {workspace: self.waited.get(workspace, []) for workspace in waiting}


def test_any_sequence_of_calls_keeps_all_guarantees() -> None:
    """Offer, skip, start one or a batch, wait externally, finish, abandon, retry, drop, forget and commit."""
    run_state_machine_as_test(Lanes, settings=settings(max_examples=300, stateful_step_count=100, deadline=None))
