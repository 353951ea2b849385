"""The partitions of a consumer that have stopped, as their fuses are blown, and the records that are retried there.

A failed record of a stopped partition is retried from time to time. After a success two more are retried at once; the
partition goes on when no record is retried any more, or fewer than half of the last 200 records and the retried ones
failed.
"""

from collections.abc import Callable, Collection
from itertools import islice

from shared.clock import Clock
from shared.kafka.records import TopicPartition
from shared.kafka.retry import Backoff
from shared.kafka.runtime.fuse import Fuse, WorkspaceFailures
from shared.kafka.runtime.slots import Slot, SlotState
from shared.telemetry import logging

log = logging.get(__name__)

_BACKOFF = Backoff(first=1.0, most=60.0)
_LOG_EVERY = 60.0  # seconds
_PROBES = 2  # records that are retried at once after another retried one succeeded
_WHAT_TO_DO = (
    "Nothing is lost and no more records become dead letters: repair the release or the settings and restart, or roll "
    "back; then `parley dlq replay`"
)


class StoppedPartitions:
    """The partitions that a fuse has stopped. limit, window: see `Fuse`. single_workspace: whether the installation has
    only one workspace, so that a stopped partition keeps no other one waiting. Memory: one fuse for each partition, a
    number for each retried record.
    """

    def __init__(self, *, limit: int, window: float, clock: Clock, single_workspace: Callable[[], bool]) -> None:
        self._limit = limit
        self._window = window
        self._clock = clock
        self._single_workspace = single_workspace
        self._failures = WorkspaceFailures(window=window)
        self._fuses: dict[TopicPartition, Fuse] = {}
        self._retried: dict[TopicPartition, dict[Slot, int]] = {}  # how often
        self._logged: dict[TopicPartition, float] = {}

    def is_retried(self, slot: Slot) -> bool:
        """Return whether this record failed before and is retried instead of being a dead letter."""
        return slot in self._retried.get(slot.record.source, ())

    def backoff_for(self, slot: Slot, reason: str) -> float | None:
        """Return the seconds until the next attempt of a failed record; None: it becomes a dead letter."""
        now = self._clock.monotonic()
        if self._becomes_dead_letter(slot, now):
            self._end_retries(slot)
            return None
        retried = self._retried.setdefault(slot.record.source, {})
        retried[slot] = retried.get(slot, 0) + 1
        self._log_stop(slot.record.source, reason, now)
        return _BACKOFF.wait(retried[slot] - 1)

    def _becomes_dead_letter(self, slot: Slot, now: float) -> bool:
        source = slot.record.source
        fuse, again = self._fuse(source), self.is_retried(slot)
        if not again:
            self._failures.add(slot.workspace, now, failed=True)
        if not self._single_workspace() and not self._failures.several_fail(now):
            fuse.fail_alone(now, again=again)
            return True
        return fuse.fail_again(now) if again else fuse.fail(now, self._count(source))

    def _log_stop(self, source: TopicPartition, reason: str, now: float) -> None:
        if now - self._logged.get(source, -_LOG_EVERY) < _LOG_EVERY:
            return
        self._logged[source] = now
        log.error(
            "A partition has stopped: most of its records fail",
            topic=source.topic,
            partition=source.partition,
            reason=reason,
            waiting=self._count(source),
            what_to_do=_WHAT_TO_DO,
        )

    def succeeded(self, slot: Slot) -> list[Slot]:
        """Count a finished record; return the records of its partition to retry now.

        These are all when the partition goes on, and a few when a retried record succeeded, which may have been luck.
        """
        source = slot.record.source
        was_retried = self.is_retried(slot)
        self._end_retries(slot)
        self._failures.add(slot.workspace, self._clock.monotonic(), failed=False)
        goes_on = self._fuse(source).succeed(self._count(source))
        if goes_on:
            log.warning("A stopped partition goes on", topic=source.topic, partition=source.partition)
        retried = self._retried.get(source, {})
        return list(retried) if goes_on else list(islice(retried, _PROBES)) if was_retried else []

    def forget_dropped(self) -> None:
        """Forget the records that will be read again, here or by another member."""
        for retried in self._retried.values():
            for slot in [slot for slot in retried if slot.state is SlotState.DROPPED]:
                del retried[slot]

    def forget(self, sources: Collection[TopicPartition]) -> None:
        """Forget the records of revoked partitions. Should these come back, their fuses are as they were."""
        for source in sources:
            self._retried.pop(source, None)
            self._logged.pop(source, None)

    def counts(self) -> dict[str, int]:
        """Return the stopped partitions with the number of records that are retried there."""
        return {
            f"{source.topic}/{source.partition}": len(retried)
            for source, retried in sorted(self._retried.items())
            if retried
        }

    def _fuse(self, source: TopicPartition) -> Fuse:
        fuse = self._fuses.get(source)
        if fuse is None:
            fuse = self._fuses[source] = Fuse(limit=self._limit, window=self._window)
        return fuse

    def _count(self, source: TopicPartition) -> int:
        return len(self._retried.get(source, ()))

    def _end_retries(self, slot: Slot) -> None:
        self._retried.get(slot.record.source, {}).pop(slot, None)
