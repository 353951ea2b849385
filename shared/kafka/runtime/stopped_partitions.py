"""The partitions of a runner that have stopped (their fuse is blown), and the records that wait there.

A waiting record is tried again from time to time. When one succeeds, its partition goes on at once.
"""

from collections.abc import Callable, Collection
from itertools import islice

from shared.clock import Clock
from shared.kafka.records import TopicPartition
from shared.kafka.retry import Backoff
from shared.kafka.runtime.fuse import Fuse, Witnesses
from shared.kafka.runtime.lanes import Slot, State
from shared.telemetry import logging

log = logging.get(__name__)

_PAUSE = Backoff(first=1.0, most=60.0)
_SAY_EVERY = 60.0  # seconds
_PROBES = 2
_WHAT_TO_DO = (
    "Nothing is lost and nothing more is buried: mend the release or the settings and restart, or roll back; "
    "then `parley dlq replay`"
)


class Stopped:
    """limit, window (seconds): see `Fuse`. Memory: one fuse for each partition, a number for each waiting record.

    sole: whether the installation has only one workspace, so that a partition that stops keeps nobody else waiting.
    """

    def __init__(self, *, limit: int, window: float, clock: Clock, sole: Callable[[], bool]) -> None:
        self._limit = limit
        self._sole = sole
        self._witnesses = Witnesses(window=window)
        self._window = window
        self._clock = clock
        self._fuses: dict[TopicPartition, Fuse] = {}
        self._waiting: dict[TopicPartition, dict[Slot, int]] = {}  # pauses made
        self._said: dict[TopicPartition, float] = {}

    def waits(self, slot: Slot) -> bool:
        """Whether this record failed before and was not buried."""
        return slot in self._waiting.get(slot.record.source, ())

    def pause_for(self, slot: Slot, reason: str) -> float | None:
        """The record failed for its own sake. None: bury it; otherwise seconds to wait before its next try."""
        source, now = slot.record.source, self._clock.monotonic()
        fuse, waited = self._fuse(source), self.waits(slot)
        if not waited:
            self._witnesses.saw(slot.workspace, now, failed=True)
        if not self._sole() and not self._witnesses.several_fail(now):
            fuse.failed_alone(now, again=waited)
            self._wait_no_more(slot)
            return None
        if fuse.failed_again(now) if waited else fuse.failed(now, self._count(source)):
            self._wait_no_more(slot)
            return None
        waiting = self._waiting.setdefault(source, {})
        pauses = waiting[slot] = waiting.get(slot, 0) + 1
        if now - self._said.get(source, -_SAY_EVERY) >= _SAY_EVERY:
            self._said[source] = now
            log.error(
                "A partition has stopped: most of its records fail",
                topic=source.topic,
                partition=source.partition,
                reason=reason,
                waiting=len(waiting),
                what_to_do=_WHAT_TO_DO,
            )
        return _PAUSE.wait(pauses - 1)

    def went_well(self, slot: Slot) -> list[Slot]:
        """The record is done; what waits in its partition and may be tried at once: all when the partition goes on, a
        few when a waiting record was done, for it may have been luck.
        """
        source = slot.record.source
        waited = self.waits(slot)
        self._wait_no_more(slot)
        self._witnesses.saw(slot.workspace, self._clock.monotonic(), failed=False)
        goes_on = self._fuse(source).went_well(self._count(source))
        if goes_on:
            log.warning("A stopped partition goes on", topic=source.topic, partition=source.partition)
        waiting = self._waiting.get(source, {})
        return list(waiting) if goes_on else list(islice(waiting, _PROBES)) if waited else []

    def forget_dropped(self) -> None:
        """Forget the records that will be read again, here or elsewhere."""
        for waiting in self._waiting.values():
            for slot in [slot for slot in waiting if slot.state is State.DROPPED]:
                del waiting[slot]

    def forget(self, sources: Collection[TopicPartition]) -> None:
        """These partitions are given up. Should they come back, their fuses are as they were."""
        for source in sources:
            self._waiting.pop(source, None)
            self._said.pop(source, None)

    def shown(self) -> dict[str, int]:
        """The stopped partitions, with how many records wait there."""
        return {
            f"{source.topic}/{source.partition}": len(waiting)
            for source, waiting in sorted(self._waiting.items())
            if waiting
        }

    def _fuse(self, source: TopicPartition) -> Fuse:
        fuse = self._fuses.get(source)
        if fuse is None:
            fuse = self._fuses[source] = Fuse(limit=self._limit, window=self._window)
        return fuse

    def _count(self, source: TopicPartition) -> int:
        return len(self._waiting.get(source, ()))

    def _wait_no_more(self, slot: Slot) -> None:
        self._waiting.get(slot.record.source, {}).pop(slot, None)
