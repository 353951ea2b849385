"""The consumer runtime: fetches while there is room, runs handlers in their lanes, commits the finished prefix.

A handler has three outcomes. It returns: done. It raises DependencyAway: slow down and try again, for as long as the
partition is ours (or RetryLater: its lane waits, and takes no place meanwhile). It raises anything else: try again a
few times (the topic's `retries`; not at all after Unstorable), then a dead letter, unless too many of several
workspaces came before it: then the record waits and its partition stops (`stopped.py`). Offsets are committed here and
nowhere else, and only behind outputs that the broker has acknowledged.
"""

import asyncio
import contextvars
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

from shared.clock import Clock
from shared.errors import DependencyAway, RetryLater, Unstorable
from shared.kafka import retry
from shared.kafka.codec import Undecodable, decode
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.ports import Source, SourceLost
from shared.kafka.records import Record, TopicPartition
from shared.kafka.runtime import gauges
from shared.kafka.runtime.concurrency import Pressure
from shared.kafka.runtime.external_wait import external_wait, timed_record
from shared.kafka.runtime.lanes import LATEST, Dispatcher, Slot
from shared.kafka.runtime.spans import Spans
from shared.kafka.runtime.stopped_partitions import Stopped
from shared.messages.base import Message
from shared.messages.dead_letters import Reason
from shared.periodic import wait_for
from shared.telemetry import logging, metrics, tracing
from shared.topics import TOPICS, OnFailure, workspace_of

log = logging.get(__name__)

_FETCH_WAIT = 0.2
_FULL_WAIT = 0.01  # while a window is full: it may have room again at any moment
_SAY_EVERY = 5.0
_BEAT = 1.0
_WATCH_EVERY = 0.25
_ENOUGH = 5  # records, to judge how long the work takes
AT_WORK_MOST = 16
_LONG = 1.0
Handler = Callable[[Any], Awaitable[None]]
T = TypeVar("T")
LaneOf = Callable[[Any], str]
Skip = Callable[[Record], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one runner; times in seconds. drain: how long a revocation or a stop may wait for what has started.

    window, read_ahead, read_ahead_bytes, lanes, lanes_per_workspace, at_work, at_work_together: see `Dispatcher`.
    alone_after: the same, in records; until then no workspace counts as alone. dead_letters within
    dead_letter_window: see `Fuse`.
    """

    window: int
    lanes: int
    lanes_per_workspace: int
    drain: float
    commit_interval: float
    read_ahead: int = 0
    read_ahead_bytes: int = 0
    at_work: float = 0
    at_work_together: int = AT_WORK_MOST
    alone_after: int = LATEST
    dead_letters: int = 50
    dead_letter_window: float = 600.0


class Runner:
    """Runs one consumer group member of one service. `handlers`: by topic; `lane_of`: what must stay in order.

    skip: for which records a handler would do nothing, as far as can be told at once: they are done as they
    are read, and not even decoded. sole: see `Stopped`; a process says whether it is so.
    """

    def __init__(
        self,
        name: str,
        *,
        source: Source,
        handlers: dict[str, Handler],
        lane_of: LaneOf,
        dead_letters: DeadLetters,
        limits: Limits,
        clock: Clock,
        skip: Skip | None = None,
        sole: Callable[[], bool] = lambda: True,
    ) -> None:
        self.name = name
        self._source = source
        self._handlers = handlers
        self._lane_of = lane_of
        self._needs_nothing = skip
        self._dead_letters = dead_letters
        self._limits = limits
        self._clock = clock
        most = min(limits.lanes_per_workspace, max(AT_WORK_MOST, math.ceil(limits.at_work)))
        self._pressure = Pressure(limits.at_work or most, most)
        self._dispatcher = Dispatcher(
            window=limits.window,
            lanes=limits.lanes,
            lanes_per_workspace=limits.lanes_per_workspace,
            at_work=self._pressure.at_work,
            at_work_together=min(limits.at_work_together, limits.lanes_per_workspace),
            alone_after=limits.alone_after,
            read_ahead=limits.read_ahead,
            read_ahead_bytes=limits.read_ahead_bytes,
        )
        self._stopped = Stopped(limit=limits.dead_letters, window=limits.dead_letter_window, clock=clock, sole=sole)
        self._tasks: dict[asyncio.Task[None], Slot] = {}
        self._started_at: dict[Slot, float] = {}
        self._working: dict[Slot, float] = {}  # since when, for those in the first stretch of their work
        self._work_seconds = 0.0
        self._works = 0
        self._revoking: set[TopicPartition] = set()
        self._assigned: set[TopicPartition] = set()
        self._first_assignment = asyncio.Event()
        self._progress = asyncio.Event()
        self._leaving = asyncio.Event()
        self._committing = asyncio.Lock()
        self._fatal: BaseException | None = None
        self._given_up: set[Slot] = set()
        self._spans = Spans(name, _NotYet)
        self._last_slowed: dict[str, float] = {}
        self._context = contextvars.copy_context()
        self.heartbeat = clock.monotonic()
        self.counts: Counter[str] = Counter()

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set, then drain, commit and leave. Raises SourceLost."""
        if not await self._joined(stop):
            return
        committer = asyncio.create_task(self._commit_often())
        watch = asyncio.create_task(self._watch_the_work())
        try:
            while not stop.is_set():
                await self._step(stop)
        finally:
            sources = self._dispatcher.sources()
            await self._drain(set(sources))
            watch.cancel()
            async with self._committing:  # not in the middle of a commit, whose outcome nobody would hear
                committer.cancel()
            await self._commit()
            self._give_up(sources)  # nothing may run or begin any more: what it works with is closed next
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=_FETCH_WAIT)
            await self._source.stop()

    async def _joined(self, stop: asyncio.Event) -> bool:
        """Join the group; False when `stop` came first. Joining can take as long as another member's session lasts."""
        joining = asyncio.create_task(_as_coroutine(self._source.start(self._on_assigned, self._on_revoked)))
        stopping = asyncio.create_task(stop.wait())
        while not joining.done() and not stop.is_set():
            await asyncio.wait([joining, stopping], timeout=_BEAT, return_when=asyncio.FIRST_COMPLETED)
            self.heartbeat = self._clock.monotonic()
        stopping.cancel()
        if joining.done():
            await joining
            return True
        joining.cancel()
        await asyncio.wait([joining], timeout=_FETCH_WAIT)
        await self._source.stop()
        return False

    @property
    def ready(self) -> bool:
        """The first assignment has happened."""
        return self._first_assignment.is_set()

    def stats(self) -> dict[str, object]:
        """What `/stats` shows."""
        return {
            "assigned": sorted(f"{topic}/{partition}" for topic, partition in self._assigned),
            "running": self._dispatcher.running,
            "at_work": self._dispatcher.at_work,
            "window": self._dispatcher.fill(),
            "oldest_seconds": round(self._oldest(), 3),
            "stopped": self._stopped.shown(),
            **self.counts,
        }

    async def observe(self) -> None:
        """Bring the gauges up to date; called before a scrape."""
        gauges.show_dispatcher(self.name, self._dispatcher, self._assigned, lanes=self._limits.lanes)
        gauges.show_age(self.name, self._handlers, self._dispatcher.oldest(), self._clock.now())
        metrics.OLDEST_SECONDS.labels(self.name).set(self._oldest())
        metrics.PARTITIONS_STOPPED.labels(self.name).set(len(self._stopped.shown()))
        gauges.show_lag(self.name, self._handlers, await self._source.lag())

    async def _step(self, stop: asyncio.Event) -> None:
        self.heartbeat = self._clock.monotonic()
        if self._fatal is not None:
            raise SourceLost(f"the consumer cannot go on: {self._fatal!r}") from self._fatal
        self._source.check()
        rooms = [self._room(source) for source in self._assigned]
        if not any(room > 0 for room in rooms):
            self._progress.clear()
            await wait_for(self._progress, _FETCH_WAIT)
            return
        for record in await self._fetched(_FETCH_WAIT if all(rooms) else _FULL_WAIT, stop):
            if record.source in self._assigned and record.source not in self._revoking:
                self._admit(record)
        self._start_ready()

    async def _fetched(self, timeout: float, stop: asyncio.Event) -> list[Record]:
        """What the source has; while it waits for a rebalance, which can be long, we are alive all the same."""
        fetching = asyncio.create_task(_as_coroutine(self._source.fetch(self._room, timeout)))
        while not fetching.done() and not stop.is_set():
            await asyncio.wait([fetching], timeout=_BEAT)
            self.heartbeat = self._clock.monotonic()
        if fetching.done():
            return fetching.result()
        fetching.cancel()
        return []

    def _room(self, source: TopicPartition) -> int:
        return 0 if source in self._revoking else self._dispatcher.room(source)

    def _admit(self, record: Record) -> None:
        """Only the bytes are kept until it starts: decoding once more is cheap, and memory is not."""
        if self._needs_nothing is not None and self._needs_nothing(record):
            self._count(self._dispatcher.pass_by(record, workspace_of(record.key) or ""), "done")
            return
        try:
            message: Message = decode(record)
        except Undecodable:
            lane = f"{record.topic}/{record.partition}/{record.offset}"
            self._dispatcher.offer(record, lane, workspace_of(record.key))
            return
        self._dispatcher.offer(record, f"{message.workspace}/{self._lane_of(message)}", message.workspace)

    def _start_ready(self) -> None:
        while slot := self._dispatcher.take():
            self._started_at[slot] = self._working[slot] = self._clock.monotonic()
            # A record may be started while another one is in work: it has nothing of that one's context.
            task = asyncio.create_task(self._process(slot), context=self._context.copy())
            self._tasks[task] = slot
            task.add_done_callback(self._ended, context=self._context)

    def _ended(self, task: asyncio.Task[None]) -> None:
        slot = self._tasks.pop(task)
        self._started_at.pop(slot, None)
        self._worked(slot)
        error = None if task.cancelled() else task.exception()
        leaving = slot.record.source in self._revoking or slot in self._given_up
        self._given_up.discard(slot)
        if isinstance(error, _NotYet) and not leaving:
            self._park(slot, error)
        elif leaving and (task.cancelled() or isinstance(error, DependencyAway | _NotYet)):
            self._dispatcher.abandon(slot)
            metrics.ABANDONED.labels(self.name).inc()
        elif task.cancelled() or error is not None:
            self._fatal = error or RuntimeError("a handler was cancelled from within")
            self._dispatcher.abandon(slot)
        else:
            self._dispatcher.finish(slot)
        self._progress.set()
        self._start_ready()

    def _park(self, slot: Slot, not_yet: "_NotYet") -> None:
        self._dispatcher.park(slot)
        asyncio.get_running_loop().call_later(not_yet.seconds, self._unpark, slot)

    def _unpark(self, slot: Slot) -> None:
        self._dispatcher.unpark(slot)
        self._start_ready()

    async def _process(self, slot: Slot) -> None:
        """Bring one record to an end: done, or dead-lettered. Returns only then; raises _NotYet when it is to wait."""
        record = slot.record
        if not self._stopped.waits(slot):
            age = self._clock.now().timestamp() - record.timestamp_ms / 1000
            metrics.RECORD_AGE.labels(record.topic).observe(max(0.0, age))
        try:
            message: Message = decode(record)
        except Undecodable as error:
            await self._failed(slot, Reason.UNDECODABLE, str(error), workspace_of(record.key) or "-", "")
            return
        trace_id = tracing.trace_id_of(record.headers) or message.correlation_id
        with (
            logging.bound(workspace_id=message.workspace, correlation_id=message.correlation_id, trace_id=trace_id),
            self._spans.around(slot, message),
            timed_record(record.topic, lambda: self._leave(slot), lambda: self._dispatcher.come_back(slot)),
        ):
            await self._handle(slot, message)

    def _leave(self, slot: Slot) -> None:
        self._worked(slot)
        self._dispatcher.leave(slot)
        self._start_ready()

    def _leave_long_ones(self) -> None:
        """What takes so long waits for something, whether or not its handler says so."""
        limit = self._clock.monotonic() - _LONG
        for slot, started_at in list(self._started_at.items()):
            if started_at > limit:  # they are in the order of their starts
                break
            self._working.pop(slot, None)
            self._dispatcher.leave(slot)
        self._start_ready()

    async def _handle(self, slot: Slot, message: Message) -> None:
        record = slot.record
        tries = 1 if self._stopped.waits(slot) else 1 + TOPICS[record.topic].retries
        failures = 0
        waits = retry.DEPENDENCY.waits()
        while True:
            try:
                await self._handlers[record.topic](message)
            except DependencyAway as error:
                await self._slow_down(record, error, next(waits))
            except RetryLater as error:
                self._spans.parked(slot)
                raise _NotYet(error.seconds) from None
            except Exception as error:
                failures += 1
                tracing.current().event("failed", error__type=type(error).__name__, parley__failures=failures)
                if not self._stopped.waits(slot):  # what waits fails again and again, and has been told
                    log.exception("A handler failed", topic=record.topic, offset=record.offset, failures=failures)
                if failures >= tries or isinstance(error, Unstorable):
                    detail = f"{type(error).__name__}: {error}"
                    await self._failed(slot, Reason.HANDLER_FAILED, detail, message.workspace, message.correlation_id)
                    return
                metrics.RETRIES.labels(record.topic).inc()
                with external_wait():
                    await asyncio.sleep(retry.IN_PLACE.wait(failures - 1))
            else:
                self._count(slot, "done")
                for waiting in self._stopped.went_well(slot):
                    self._unpark(waiting)
                return

    async def _failed(self, slot: Slot, reason: Reason, detail: str, workspace: str, correlation_id: str) -> None:
        """The record fails for its own sake: skip it, bury it, or have it wait."""
        record = slot.record
        if TOPICS[record.topic].on_failure is OnFailure.SKIP:
            self._count(slot, "skipped")
            return
        tracing.current().mark_failed(reason)
        pause = self._stopped.pause_for(slot, detail)
        if pause is not None:
            self._spans.parked(slot)
            raise _NotYet(pause)
        for wait in retry.DEPENDENCY.waits():
            try:
                await self._dead_letters.from_record(record, reason, detail, workspace, correlation_id)
            except DependencyAway as error:
                await self._slow_down(record, error, wait)
            else:
                break
        self._count(slot, "dead_letter")

    async def _slow_down(self, record: Record, error: DependencyAway, wait: float) -> None:
        metrics.SLOWED.labels(error.dependency).inc()
        now = self._clock.monotonic()
        if now - self._last_slowed.get(error.dependency, -_SAY_EVERY) >= _SAY_EVERY:
            self._last_slowed[error.dependency] = now
            log.warning("A dependency is away, waiting", dependency=error.dependency, detail=str(error))
        if record.source not in self._revoking:
            await wait_for(self._leaving, wait)
        if record.source in self._revoking:
            raise error  # the partition is going: the record will be read again

    def _count(self, slot: Slot, outcome: str) -> None:
        self.counts[outcome] += 1
        topic = slot.record.topic
        metrics.RECORDS.labels(topic, outcome).inc()
        metrics.WORKSPACE_RECORDS.labels(metrics.by_workspace(slot.workspace), topic, outcome).inc()

    def _on_assigned(self, sources: Collection[TopicPartition]) -> None:
        self._assigned = set(sources)
        self._revoking.clear()
        self._leaving.clear()
        self._first_assignment.set()
        self._progress.set()
        log.info("Partitions assigned", consumer=self.name, count=len(sources))

    async def _on_revoked(self, sources: Collection[TopicPartition]) -> None:
        await self._drain(set(sources))
        await self._commit()
        self._give_up(sources)
        self._assigned.difference_update(sources)

    async def _drain(self, sources: set[TopicPartition]) -> None:
        """Take nothing more of these partitions, drop what need not run, and wait for the rest within the limit."""
        self._revoking |= sources
        self._leaving.set()
        self._dispatcher.drop_parked(sources)
        self._dispatcher.drop_tail(sources)
        self._stopped.forget_dropped()
        deadline = self._clock.monotonic() + self._limits.drain
        while self._dispatcher.unfinished(sources) and (left := deadline - self._clock.monotonic()) > 0:
            self._progress.clear()
            await wait_for(self._progress, min(left, 1.0))
            self.heartbeat = self._clock.monotonic()

    def _give_up(self, sources: Collection[TopicPartition]) -> None:
        running = set(self._dispatcher.forget(sources))
        self._stopped.forget(sources)
        self._spans.forget(sources)
        for task, slot in list(self._tasks.items()):
            if slot in running:
                self._given_up.add(slot)
                task.cancel()

    async def _commit_often(self) -> None:
        while True:
            await asyncio.sleep(self._limits.commit_interval)
            self._leave_long_ones()
            try:
                await self._commit()
            except Exception as error:  # without commits everything would be done again after the next start
                self._fatal = error
                self._progress.set()
                return

    def _worked(self, slot: Slot) -> None:
        """The first stretch of a record's work is over: it waits for somebody else, or is done."""
        began = self._working.pop(slot, None)
        if began is None:
            return
        seconds = self._clock.monotonic() - began
        self._work_seconds += seconds
        self._works += 1
        rest = min(self._pressure.rest(seconds), _LONG)
        if rest and self._dispatcher.floods(slot.workspace):
            self._dispatcher.rest(slot.workspace)
            asyncio.get_running_loop().call_later(rest, self._wake, slot.workspace)

    def _wake(self, workspace: str) -> None:
        self._dispatcher.wake(workspace)
        self._start_ready()

    async def _watch_the_work(self) -> None:
        try:
            await self._adapt_to_the_work()
        except Exception as error:  # without it a flood would be let through, and nobody would know why
            self._fatal = error
            self._progress.set()

    async def _adapt_to_the_work(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_EVERY)
            if self._works >= _ENOUGH:
                mean, held_back = self._work_seconds / self._works, self._dispatcher.held_back
                self._pressure.told(mean, held_back=held_back)
                self._dispatcher.at_work, self._dispatcher.held_back = self._pressure.at_work, False
                self._work_seconds, self._works = 0.0, 0

    async def _commit(self) -> None:
        async with self._committing:
            offsets = self._dispatcher.committable()
            if not offsets:
                return
            if await self._source.commit(offsets):
                self._dispatcher.committed(offsets)
                metrics.COMMITS.labels(self.name, "ok").inc()
            else:
                metrics.COMMITS.labels(self.name, "refused").inc()

    def _oldest(self) -> float:
        return self._clock.monotonic() - min(self._started_at.values()) if self._started_at else 0.0


class _NotYet(Exception):
    """A record's time has not come."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


async def _as_coroutine(awaitable: Awaitable[T]) -> T:
    return await awaitable
