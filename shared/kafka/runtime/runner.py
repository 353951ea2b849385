"""The consumer runtime: fetches while there is room, runs handlers in lanes, commits what is finished.

Offsets are committed behind outputs that the broker has acknowledged (`committer.py`). What becomes of a record whose
handler raises: see `processor.py`.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.kafka.codec import Undecodable, decode
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.first_connection import connect_with_retries
from shared.kafka.ports import Source, SourceLost
from shared.kafka.records import Record, TopicPartition
from shared.kafka.runtime import gauges
from shared.kafka.runtime.alarm import Alarm
from shared.kafka.runtime.assignment import Assignment
from shared.kafka.runtime.committer import BeforeCommit, Committer, write_nothing
from shared.kafka.runtime.limits import ConsumerLimits
from shared.kafka.runtime.membership import Membership
from shared.kafka.runtime.periodic_when_busy import PeriodicWhenBusy
from shared.kafka.runtime.processor import BatchHandler, Handler, Processor, RetrySlot
from shared.kafka.runtime.slots import Slot, SlotState
from shared.kafka.runtime.spans import ProcessSpans
from shared.kafka.runtime.stopped_partitions import StoppedPartitions
from shared.messages.base import Message
from shared.periodic import wait_for
from shared.telemetry import logging, metrics
from shared.topics import workspace_of

log = logging.get(__name__)

_FETCH_WAIT = 2.0  # seconds; records, new partitions and the end are not waited for
_FULL_WAIT = 0.01  # seconds, while a window is full: it may have room again at any moment
_CANCEL_WAIT = 0.2
_HEARTBEAT = 5.0
_BATCH = 100  # records that a batch handler gets at once
_LONG = 1.0  # seconds after which a record is taken to be in an external wait
LaneOf = Callable[[Any], str]
Skip = Callable[[Record], bool]


class Runner:
    """One member of a consumer group. handlers: by topic; lane_of: the name of a message's lane within its workspace.

    skip: returns whether a record's handler would do nothing, as far as can be known at once; such records are not
    decoded. batch_handlers: by topic, beside its handler (`processor`): all records that wait at the head of a lane are
    processed together. single_workspace: see `StoppedPartitions`. before_commit: writes the changes that handlers
    have collected for finished records; offsets are committed when it has returned. Raises DependencyAway.
    on_reassigned: called when partitions were revoked or assigned, as other members may have processed their records
    meanwhile.
    """

    def __init__(
        self,
        name: str,
        *,
        source: Source,
        handlers: dict[str, Handler],
        lane_of: LaneOf,
        dead_letters: DeadLetters,
        limits: ConsumerLimits,
        clock: Clock,
        skip: Skip | None = None,
        before_commit: BeforeCommit = write_nothing,
        on_reassigned: Callable[[], None] = lambda: None,
        batch_handlers: Mapping[str, BatchHandler] = MappingProxyType({}),
        single_workspace: Callable[[], bool] = lambda: True,
    ) -> None:
        self.name = name
        self._source = source
        self._topics = list(handlers)
        self._lane_of = lane_of
        self._skip = skip
        self._on_reassigned = on_reassigned
        self._batch_topics = frozenset(batch_handlers)
        self._limits = limits
        self._clock = clock
        self._dispatcher = limits.dispatcher()
        self._assignment = Assignment()
        self._stopped = StoppedPartitions(
            limit=limits.dead_letters,
            window=limits.dead_letter_window,
            clock=clock,
            single_workspace=single_workspace,
        )
        self._spans = ProcessSpans(name, RetrySlot)
        self._processor = Processor(
            handlers,
            batch_handlers,
            assignment=self._assignment,
            stopped=self._stopped,
            dead_letters=dead_letters,
            spans=self._spans,
            clock=clock,
            on_external_begin=self._begin_external_wait,
            on_external_end=self._dispatcher.end_external_wait,
            retry_now=self._retry_now,
        )
        self._tasks: dict[asyncio.Task[None], Sequence[Slot]] = {}
        self._started_at: dict[Slot, float] = {}  # of a batch its first
        self._cancelled: set[Slot] = set()
        self._progress = asyncio.Event()
        self._next_look = Alarm(self._start_ready)
        self._fetching: asyncio.Future[list[Record]] | None = None
        self._resuming: asyncio.Task[None] | None = None
        self._marking = PeriodicWhenBusy(self._mark_long_runs, every=_LONG)
        self._membership = Membership(clock, limit=limits.refused)
        self._committer = Committer(
            name,
            source,
            self._dispatcher.windows,
            before_commit,
            every=limits.commit_interval,
            early_after=limits.commit_records,
            membership=self._membership,
        )
        self._fatal: BaseException | None = None
        self._context = contextvars.copy_context()
        self.counts = self._processor.counts
        self.heartbeat = clock.monotonic()

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set, then drain, commit and leave. Raises SourceLost."""
        if not await self._join(stop):
            return
        committer = asyncio.create_task(self._background(self._committer.run))
        marking = asyncio.create_task(self._background(self._marking.run))
        stopping = asyncio.create_task(self._end_fetch_at(stop))
        try:
            while not stop.is_set():
                await self._step()
        finally:
            stopping.cancel()
            marking.cancel()
            self._end_resuming()
            sources = self._dispatcher.windows.sources()
            await self._drain(sources)
            async with self._committer.committing:  # a commit whose outcome is not read would be lost
                committer.cancel()
            await self._committer.commit()
            await self._committer.write_collected()  # also what records have left that did not finish
            self._give_up(sources)  # the clients that handlers use are closed next
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=_CANCEL_WAIT)
            await self._source.stop()

    async def _join(self, stop: asyncio.Event) -> bool:
        """Join the group; return False when `stop` came first. This can take as long as another member's session, and
        longer while no broker can be reached. Raises DependencyAway.
        """
        joining = asyncio.create_task(connect_with_retries(self._start_source, self._clock))
        stopping = asyncio.create_task(stop.wait())
        while not joining.done() and not stop.is_set():
            await asyncio.wait([joining, stopping], timeout=_HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
            self.heartbeat = self._clock.monotonic()
        stopping.cancel()
        if joining.done():
            await joining
            return True
        joining.cancel()
        await asyncio.wait([joining], timeout=_CANCEL_WAIT)
        await self._source.stop()
        return False

    async def _start_source(self) -> None:
        """Start the source; after a failure it is stopped and can be started again. Raises DependencyAway."""
        try:
            await self._source.start(self._on_assigned, self._on_revoked)
        except DependencyAway:
            await self._source.stop()
            raise

    @property
    def ready(self) -> bool:
        """Return whether partitions have been assigned once."""
        return self._assignment.first.is_set()

    def stats(self) -> dict[str, object]:
        """Return what `/stats` shows."""
        return {
            "assigned": sorted(f"{topic}/{partition}" for topic, partition in self._assignment.sources),
            "running": self._dispatcher.running,
            "active": self._dispatcher.turns.active(),
            "window": self._dispatcher.windows.fill(),
            "oldest_seconds": round(self._longest_run(), 3),
            "stopped": self._stopped.counts(),
            **self.counts,
        }

    async def observe(self) -> None:
        """Bring the gauges up to date; called before a scrape."""
        gauges.show_dispatcher(self.name, self._dispatcher, self._assignment.sources, lanes=self._limits.lanes)
        gauges.show_age(self.name, self._topics, self._dispatcher.windows.oldest(), self._clock.now())
        metrics.OLDEST_SECONDS.labels(self.name).set(self._longest_run())
        metrics.PARTITIONS_STOPPED.labels(self.name).set(len(self._stopped.counts()))
        gauges.show_lag(self.name, self._topics, await self._source.lag())

    async def _step(self) -> None:
        self.heartbeat = self._clock.monotonic()
        if self._fatal is not None:
            raise SourceLost(f"the consumer cannot go on: {self._fatal!r}") from self._fatal
        self._source.check()
        self._membership.check()
        rooms = [self._room(source) for source in self._assignment.sources]
        if not any(room > 0 for room in rooms):
            self._progress.clear()
            await wait_for(self._progress, _FETCH_WAIT)
            return
        for record in await self._fetch(_FETCH_WAIT if all(room > 0 for room in rooms) else _FULL_WAIT):
            if self._assignment.keeps(record.source):
                self._admit(record)
        self._start_ready()

    async def _fetch(self, timeout: float) -> list[Record]:
        """Return what the source has, with a heartbeat while it waits for a rebalance, which can take long."""
        fetching = self._fetching = asyncio.ensure_future(self._source.fetch(self._room, timeout))
        while not fetching.done():
            await asyncio.wait([fetching], timeout=_HEARTBEAT)
            self.heartbeat = self._clock.monotonic()
        records = [] if fetching.cancelled() else fetching.result()
        if records:
            self._membership.note_records()
        return records

    def _end_fetch(self) -> None:
        """Do not wait any longer for records, as the runner is to end."""
        self._progress.set()
        if self._fetching is not None:
            self._fetching.cancel()

    async def _end_fetch_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._end_fetch()

    def _room(self, source: TopicPartition) -> int:
        if self._resuming is not None or self._assignment.is_revoking(source):
            return 0
        return self._dispatcher.windows.room(source)

    def _admit(self, record: Record) -> None:
        """Put a record in its lane. It is decoded again when it starts: that is cheap, and memory is not."""
        windows = self._dispatcher.windows
        is_finished = windows.is_finished(record)
        if is_finished or (self._skip is not None and self._skip(record)):
            slot = windows.skip(record, workspace_of(record.key) or "")
            self._committer.note()
            if is_finished:
                metrics.RECORDS_PASSED_OVER.labels(record.topic).inc()
            else:
                self._processor.count(slot, "done")
            return
        try:
            message: Message = decode(record)
        except Undecodable:
            lane = f"{record.topic}/{record.partition}/{record.offset}"
            self._dispatcher.offer(record, lane, workspace_of(record.key))
            return
        self._dispatcher.offer(record, f"{message.workspace}/{self._lane_of(message)}", message.workspace)

    def _start_ready(self) -> None:
        while slot := self._dispatcher.start(now := self._clock.monotonic()):
            self._started_at[slot] = now
            self._marking.note()
            batched = slot.record.topic in self._batch_topics
            batch = self._dispatcher.join(slot, _BATCH) if batched else (slot,)
            work = self._processor.process_batch(batch, self._finish) if batched else self._processor.process(slot)
            # Started while another record is processed, it must not inherit that one's context.
            task = asyncio.create_task(work, context=self._context.copy())
            self._tasks[task] = batch
            task.add_done_callback(self._ended, context=self._context)
        if (at := self._dispatcher.turns.next_look()) is not None:
            self._next_look.set(at - now)

    def _ended(self, task: asyncio.Task[None]) -> None:
        batch = self._tasks.pop(task)
        self._started_at.pop(batch[0], None)
        left = [slot for slot in batch if slot.state is SlotState.RUNNING]
        self._settle(left, cancelled=task.cancelled(), error=None if task.cancelled() else task.exception())
        self._progress.set()
        self._start_ready()

    def _settle(self, left: Sequence[Slot], *, cancelled: bool, error: BaseException | None) -> None:
        """End a run. left: its slots that are not finished yet."""
        slot = left[0]
        leaving = self._assignment.is_revoking(slot.record.source) or slot in self._cancelled
        self._cancelled.difference_update(left)
        if isinstance(error, RetrySlot) and not leaving:
            self._dispatcher.retry_later(slot)
            asyncio.get_running_loop().call_later(error.seconds, self._retry_now, slot)
        elif leaving and (cancelled or isinstance(error, DependencyAway | RetrySlot)):
            self._dispatcher.abandon(slot)
            metrics.ABANDONED.labels(self.name).inc(len(left))
        elif cancelled or error is not None:
            self._fatal = error or RuntimeError("a handler was cancelled from within")
            self._end_fetch()
            self._dispatcher.abandon(slot)
        else:
            for one in left:
                self._finish(one)

    def _finish(self, slot: Slot) -> None:
        self._dispatcher.finish(slot)
        self._committer.note()

    def _retry_now(self, slot: Slot) -> None:
        self._dispatcher.retry_now(slot)
        self._start_ready()

    def _begin_external_wait(self, slot: Slot) -> None:
        self._dispatcher.begin_external_wait(slot)
        self._start_ready()

    def _mark_long_runs_external(self) -> None:
        """Take records that run long to be in an external wait, whether or not their handlers mark it."""
        limit = self._clock.monotonic() - _LONG
        for slot, started_at in list(self._started_at.items()):
            if started_at > limit:  # they are in the order of their starts
                break
            self._dispatcher.begin_external_wait(slot)
        self._start_ready()

    def _on_assigned(self, sources: Collection[TopicPartition]) -> None:
        self._assignment.assign(sources)
        self._membership.forget_refusals()
        self._on_reassigned()
        self._end_resuming()
        work = self._background(partial(self._resume, sources))
        self._resuming = asyncio.create_task(work, context=self._context.copy())
        log.info("Partitions assigned", consumer=self.name, count=len(sources))

    async def _resume(self, sources: Collection[TopicPartition]) -> None:
        """Learn what former owners have finished, so that it is not done again. Nothing is fetched meanwhile."""
        for source, committed in (await self._source.committed(sources)).items():
            if self._assignment.keeps(source):
                self._dispatcher.windows.resume(source, committed)
        self._resuming = None
        self._progress.set()

    def _end_resuming(self) -> None:
        if self._resuming is not None:
            self._resuming.cancel()
            self._resuming = None

    async def _on_revoked(self, sources: Collection[TopicPartition]) -> None:
        await self._drain(sources)
        await self._committer.commit()
        self._give_up(sources)
        self._assignment.end_revocation(sources)
        self._on_reassigned()

    async def _drain(self, sources: Collection[TopicPartition]) -> None:
        """Fetch nothing more of these partitions, drop what need not run, and wait for the rest within the limit."""
        self._assignment.begin_revocation(sources)
        self._dispatcher.drop_retries(sources)
        self._dispatcher.drop_unstarted(sources)
        self._stopped.forget_dropped()
        deadline = self._clock.monotonic() + self._limits.drain
        while self._dispatcher.windows.unfinished(sources) and (left := deadline - self._clock.monotonic()) > 0:
            self._progress.clear()
            await wait_for(self._progress, min(left, _HEARTBEAT))
            self.heartbeat = self._clock.monotonic()

    def _give_up(self, sources: Collection[TopicPartition]) -> None:
        """Forget these partitions and cancel what still runs."""
        running = set(self._dispatcher.forget(sources))
        self._stopped.forget(sources)
        self._spans.forget(sources)
        for task, batch in list(self._tasks.items()):
            if any(slot in running for slot in batch):
                self._cancelled.update(slot for slot in batch if slot in running)
                task.cancel()

    async def _background(self, work: Callable[[], Awaitable[None]]) -> None:
        """Work until cancelled. A failure ends the runner: without commits a restart would process all records
        again.
        """
        try:
            await work()
        except Exception as error:
            self._fatal = error
            self._end_fetch()

    async def _mark_long_runs(self) -> None:
        self._mark_long_runs_external()
        if self._started_at:
            self._marking.note()

    def _longest_run(self) -> float:
        """Return for how many seconds the record has run that was started first."""
        return self._clock.monotonic() - min(self._started_at.values()) if self._started_at else 0.0
