"""The choice of the next record, and the finished prefix of each partition. Pure: no I/O, no clock, no driver.

Records of one lane (one conversation) run one after another, in the order of the topic. Lanes run beside each other,
and the workspaces take turns (`turns.py`). The window of each partition says what may be fetched and committed
(`windows.py`).

Call order: `offer` each fetched record, or `windows.skip` it; `start` until it returns None; `finish` when the
record's work is done and its outputs are acknowledged; `committable` from time to time. `retry_later` ends an attempt:
the lane waits without running. On revocation: `drop_retries`, `drop_unstarted`, `finish` what is left, `forget`.

A batch: `join` adds the records that wait right behind a slot that was just started. It takes one place among the
running ones. Its slots end in their order: each by `finish`, or the first one that is left by `retry_later` or
`abandon`, which end the run of those behind it too.
"""

from collections import deque
from collections.abc import Iterable
from itertools import islice

from shared.kafka.records import Record, TopicPartition
from shared.kafka.runtime.slots import Slot, SlotState
from shared.kafka.runtime.turns import Turns
from shared.kafka.runtime.windows import Windows


class Dispatcher:
    """Puts records into lanes and decides which one starts next. window, read_ahead, read_ahead_bytes: see `Windows`;
    all others: see `Turns`.
    """

    def __init__(
        self,
        *,
        window: int,
        lanes: int,
        lanes_per_workspace: int,
        active: int,
        read_ahead: int = 0,
        read_ahead_bytes: int = 0,
    ) -> None:
        self.windows = Windows(size=window, read_ahead=read_ahead, read_ahead_bytes=read_ahead_bytes)
        self.turns = Turns(active=active, lanes=lanes, lanes_per_workspace=lanes_per_workspace)
        self._lanes: dict[str, deque[Slot]] = {}
        self._retries: dict[str, Slot] = {}  # by lane: its first record, which waits for its next attempt

    @property
    def running(self) -> int:
        return self.turns.running

    def retrying_lanes(self) -> int:
        """Return how many lanes wait for the next attempt of their first record."""
        return len(self._retries)

    def offer(self, record: Record, lane: str, workspace: str) -> Slot:
        """Add a record to its lane. Records of one partition are offered in the order of their offsets."""
        slot = self.windows.add(record, lane, workspace)
        queue = self._lanes.get(lane)
        if queue is None:
            self._lanes[lane] = deque((slot,))
            self.turns.add(workspace, lane)
        else:
            queue.append(slot)
        return slot

    def start(self, now: float) -> Slot | None:
        """Return the next slot to run, now marked as running; None when nothing may start. now: see `Turns`."""
        lane = self.turns.start(now)
        if lane is None:
            return None
        slot = self._lanes[lane][0]
        slot.state = SlotState.RUNNING
        return slot

    def join(self, first: Slot, most: int) -> list[Slot]:
        """Return a slot that was just started, and at most `most - 1` that wait right behind it, now running with it.

        All are of one window, so that no revocation is of a part of them.
        """
        batch = [first]
        for slot in islice(self._lanes[first.lane], 1, most):
            if slot.window is not first.window or slot.record.topic != first.record.topic:
                break
            slot.state = SlotState.RUNNING
            batch.append(slot)
        return batch

    def begin_external_wait(self, slot: Slot) -> None:
        """Do not count the running slot as active until `end_external_wait` or its end."""
        if slot.state is SlotState.RUNNING and not slot.external:
            slot.external = True
            self.turns.begin_external_wait(slot.workspace)

    def end_external_wait(self, slot: Slot) -> None:
        """Count the slot as active again."""
        if slot.external:
            slot.external = False
            self.turns.end_external_wait(slot.workspace)

    def finish(self, slot: Slot) -> None:
        """End the running slot, the first one of its batch: its work is done and its outputs are acknowledged."""
        self._remove_first(slot)
        slot.state = SlotState.FINISHED
        self.windows.close(slot)

    def abandon(self, slot: Slot) -> None:
        """End the running slot unfinished: it will be read again.

        What is behind it in its lane, from the same window, is dropped too: it must not overtake.
        """
        for follower in reversed(self._lanes[slot.lane].copy()):
            if follower.window is slot.window and follower is not slot:
                self._drop(follower)
        self._remove_first(slot)
        slot.state = SlotState.DROPPED
        self.windows.close(slot)

    def retry_later(self, slot: Slot) -> None:
        """End the running slot's attempt: its lane waits until `retry_now`, and others run."""
        self._end_run(slot)
        for one in self._lanes[slot.lane]:
            if one.state is not SlotState.RUNNING:
                break
            one.state = SlotState.WAITING
        self._retries[slot.lane] = slot

    def retry_now(self, slot: Slot) -> None:
        """Let the slot of `retry_later` start again; nothing happens if it was dropped since."""
        if self._retries.get(slot.lane) is slot:
            del self._retries[slot.lane]
            self.turns.add(slot.workspace, slot.lane)

    def retries(self, sources: Iterable[TopicPartition]) -> list[Slot]:
        """Return the slots of these partitions that wait for their next attempt."""
        wanted = set(sources)
        return [slot for slot in self._retries.values() if slot.record.source in wanted]

    def drop_retries(self, sources: Iterable[TopicPartition]) -> None:
        """Drop the slots that wait for their next attempt, and those behind them: all will be read again."""
        for first in self.retries(sources):
            for slot in reversed(self._lanes[first.lane].copy()):
                if slot.window is first.window:
                    self._drop(slot)

    def drop_unstarted(self, sources: Iterable[TopicPartition]) -> int:
        """Drop the waiting slots of these partitions; return how many."""
        dropped = [slot for source in sources for slot in self.windows.unstarted(source)]
        for slot in dropped:
            self._drop(slot)
        return len(dropped)

    def forget(self, sources: Iterable[TopicPartition]) -> list[Slot]:
        """Remove these partitions; return the slots that still run, which the caller cancels."""
        slots = [slot for source in sources for slot in self.windows.remove(source)]
        for slot in slots:
            if slot.state is SlotState.WAITING:
                self._drop(slot)
        return [slot for slot in slots if slot.state is SlotState.RUNNING]

    def _drop(self, slot: Slot) -> None:
        slot.state = SlotState.DROPPED
        self.windows.close(slot)
        queue = self._lanes[slot.lane]
        if queue[0] is not slot:
            if queue[-1] is slot:
                queue.pop()
            else:
                queue.remove(slot)
            return
        queue.popleft()
        was_retry = self._retries.pop(slot.lane, None) is not None
        if not queue:
            del self._lanes[slot.lane]
            if not was_retry:
                self.turns.remove(slot.workspace, slot.lane)
        elif was_retry:
            self.turns.add(slot.workspace, slot.lane)

    def _remove_first(self, slot: Slot) -> None:
        queue = self._lanes[slot.lane]
        queue.popleft()
        if queue and queue[0].state is SlotState.RUNNING:  # the rest of a batch, which goes on
            self.end_external_wait(slot)
            return
        self._end_run(slot)
        if queue:
            self.turns.add(slot.workspace, slot.lane)
        else:
            del self._lanes[slot.lane]

    def _end_run(self, slot: Slot) -> None:
        self.end_external_wait(slot)
        self.turns.end(slot.workspace)
