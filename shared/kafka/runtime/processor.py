"""Processes one record to its end: done, dead letter, or to be retried.

A handler has three outcomes. It returns: done. It raises DependencyAway: it is called again after a backoff, for as
long as the partition is ours (RetryLater: its lane waits, without running). It raises anything else: it is called again
a few times (`retries` of the topic; not at all after Unstorable), then the record becomes a dead letter, unless its
partition has stopped (`stopped_partitions.py`).

A batch handler gets several records at once. When it fails, they are processed one by one, so that a bad record harms
only itself: it must tolerate that a part of them was processed already.
"""

import asyncio
import collections
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Any

from prometheus_client import Counter, Histogram

from shared.clock import Clock
from shared.errors import DependencyAway, RetryLater, Unstorable
from shared.kafka import retry
from shared.kafka.codec import Undecodable, decode
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.records import Record
from shared.kafka.runtime.assignment import Assignment
from shared.kafka.runtime.external_wait import external_wait, timed_record
from shared.kafka.runtime.slots import Slot
from shared.kafka.runtime.spans import ProcessSpans
from shared.kafka.runtime.stopped_partitions import StoppedPartitions
from shared.messages.base import Message
from shared.messages.dead_letters import DeadLetterReason
from shared.telemetry import logging, metrics, tracing
from shared.topics import TOPICS, OnFailure, workspace_of

log = logging.get(__name__)

_LOG_EVERY = 5.0  # seconds

Handler = Callable[[Any], Awaitable[None]]
BatchHandler = Callable[[Sequence[Any]], Awaitable[None]]
OnSlot = Callable[[Slot], None]


class RetrySlot(Exception):
    """Raised by `Processor.process` when the record is to be started again after some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Processor:
    """Calls the handler of a record until it is done, retried later or a dead letter. batch_handlers: by topic, beside
    its handler. on_external_begin, on_external_end: called as a handler's external wait begins and ends. retry_now:
    called with the records that need not wait for their backoff any more.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        batch_handlers: Mapping[str, BatchHandler],
        *,
        assignment: Assignment,
        stopped: StoppedPartitions,
        dead_letters: DeadLetters,
        spans: ProcessSpans,
        clock: Clock,
        on_external_begin: OnSlot,
        on_external_end: OnSlot,
        retry_now: OnSlot,
    ) -> None:
        self._handlers = handlers
        self._batch_handlers = batch_handlers
        self._assignment = assignment
        self._stopped = stopped
        self._dead_letters = dead_letters
        self._spans = spans
        self._clock = clock
        self._on_external_begin = on_external_begin
        self._on_external_end = on_external_end
        self._retry_now = retry_now
        self._logged: dict[str, float] = {}  # by dependency: when its last warning was logged
        self.counts: collections.Counter[str] = collections.Counter()

    async def process_batch(self, slots: Sequence[Slot], finish: OnSlot) -> None:
        """Process the records of one lane together; one by one, if that fails. When they are processed one by one,
        `finish` is called for each but the last. Raises as `process` does, for the first one that is left.
        """
        if len(slots) > 1 and await self._process_together(slots):
            return
        for slot in slots[:-1]:
            await self.process(slot)
            finish(slot)
        await self.process(slots[-1])

    async def _process_together(self, slots: Sequence[Slot]) -> bool:
        """Return whether the batch handler has processed all records. Raises DependencyAway, as `process` does."""
        first, ages = slots[0], [self._age(slot) for slot in slots]
        topic = first.record.topic
        messages: list[Message] = [decode(slot.record) for slot in slots]  # those that cannot be are alone in a lane
        backoff = retry.DEPENDENCY.waits()
        logging.bind(workspace_id=first.workspace)
        with (
            self._spans.around_batch(slots, messages),
            timed_record(
                topic,
                lambda: self._on_external_begin(first),
                lambda: self._on_external_end(first),
                records=len(slots),
            ),
        ):
            while True:
                try:
                    await self._batch_handlers[topic](messages)
                except DependencyAway as error:
                    await self._wait_for(first.record, error, next(backoff))
                except Exception as error:
                    log.warning(
                        "A batch failed, its records follow one by one", topic=topic, error=type(error).__name__
                    )
                    return False
                else:
                    break
        for slot, age in zip(slots, ages, strict=True):
            if age is not None:
                _age_of(topic).observe(age)
            self._succeed(slot)
        return True

    def _age(self, slot: Slot) -> float | None:
        """Return the age of a record in seconds; None if it was started before."""
        if self._stopped.is_retried(slot):
            return None
        return max(0.0, self._clock.now().timestamp() - slot.record.timestamp_ms / 1000)

    async def process(self, slot: Slot) -> None:
        """Return when the record is done or is a dead letter. Raises RetrySlot; DependencyAway when the partition is
        about to be given up.
        """
        record = slot.record
        age = self._age(slot)
        if age is not None:
            _age_of(record.topic).observe(age)
        try:
            message: Message = decode(record)
        except Undecodable as error:
            await self._fail(slot, DeadLetterReason.UNDECODABLE, str(error), workspace_of(record.key) or "-", "")
            return
        trace_id = tracing.trace_id_of(record.headers) or message.correlation_id
        # Each run has a context of its own, so nothing need be unbound.
        logging.bind(workspace_id=message.workspace, correlation_id=message.correlation_id, trace_id=trace_id)
        with (
            self._spans.around(slot, message),
            timed_record(record.topic, lambda: self._on_external_begin(slot), lambda: self._on_external_end(slot)),
        ):
            await self._handle(slot, message)

    async def _handle(self, slot: Slot, message: Message) -> None:
        record = slot.record
        failures = 0
        backoff = retry.DEPENDENCY.waits()
        while True:
            try:
                await self._handlers[record.topic](message)
            except DependencyAway as error:
                await self._wait_for(record, error, next(backoff))
            except RetryLater as error:
                self._spans.mark_retry(slot)
                raise RetrySlot(error.seconds) from None
            except Exception as error:
                failures += 1
                if self._gives_up(slot, error, failures):
                    detail = f"{type(error).__name__}: {error}"
                    await self._fail(
                        slot, DeadLetterReason.HANDLER_FAILED, detail, message.workspace, message.correlation_id
                    )
                    return
                metrics.RETRIES.labels(record.topic).inc()
                with external_wait():
                    await asyncio.sleep(retry.IN_PLACE.wait(failures - 1))
            else:
                self._succeed(slot)
                return

    def _gives_up(self, slot: Slot, error: Exception, failures: int) -> bool:
        """Report a failure of the handler; return whether it was the last attempt."""
        record, is_retried = slot.record, self._stopped.is_retried(slot)
        tracing.current().event("failed", error__type=type(error).__name__, parley__failures=failures)
        if not is_retried:  # a retried record fails again and again, and was logged the first time
            log.exception("A handler failed", topic=record.topic, offset=record.offset, failures=failures)
        attempts = 1 if is_retried else 1 + TOPICS[record.topic].retries
        return failures >= attempts or isinstance(error, Unstorable)

    def _succeed(self, slot: Slot) -> None:
        self.count(slot, "done")
        for other in self._stopped.succeeded(slot):
            self._retry_now(other)

    async def _fail(
        self, slot: Slot, reason: DeadLetterReason, detail: str, workspace: str, correlation_id: str
    ) -> None:
        """Skip a record that failed, make it a dead letter, or raise RetrySlot."""
        record = slot.record
        if TOPICS[record.topic].on_failure is OnFailure.SKIP:
            self.count(slot, "skipped")
            return
        tracing.current().mark_failed(reason)
        seconds = self._stopped.backoff_for(slot, detail)
        if seconds is not None:
            self._spans.mark_retry(slot)
            raise RetrySlot(seconds)
        for wait in retry.DEPENDENCY.waits():
            try:
                await self._dead_letters.from_record(record, reason, detail, workspace, correlation_id)
            except DependencyAway as error:
                await self._wait_for(record, error, wait)
            else:
                break
        self.count(slot, "dead_letter")

    async def _wait_for(self, record: Record, error: DependencyAway, seconds: float) -> None:
        """Wait for a dependency. Raises its error when the partition is about to be given up: the record will be read
        again.
        """
        metrics.SLOWED.labels(error.dependency).inc()
        now = self._clock.monotonic()
        if now - self._logged.get(error.dependency, -_LOG_EVERY) >= _LOG_EVERY:
            self._logged[error.dependency] = now
            log.warning("A dependency is away, waiting", dependency=error.dependency, detail=str(error))
        if not await self._assignment.wait(record.source, seconds):
            raise error

    def count(self, slot: Slot, outcome: str) -> None:
        """Count a record that was processed or skipped."""
        self.counts[outcome] += 1
        topic = slot.record.topic
        _records_of(topic, outcome).inc()
        _workspace_records_of(metrics.by_workspace(slot.workspace), topic, outcome).inc()


# A look-up of a labelled metric costs more than its update, and each record has several.


@cache
def _age_of(topic: str) -> Histogram:
    return metrics.RECORD_AGE.labels(topic)


@cache
def _records_of(topic: str, outcome: str) -> Counter:
    return metrics.RECORDS.labels(topic, outcome)


@cache
def _workspace_records_of(workspace: str, topic: str, outcome: str) -> Counter:  # bounded as `by_workspace` is
    return metrics.WORKSPACE_RECORDS.labels(workspace, topic, outcome)
