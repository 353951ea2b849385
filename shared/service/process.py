"""The process of every service: settings, logs, the operations port, signals, an orderly shutdown.

    python -m services.<name>  →  main() → run("<name>", wire)

`wire` makes the parts from the settings and registers them. SIGTERM and SIGINT stop polling; records in flight are
finished within DRAIN_TIMEOUT and committed, and the group is left. A part that fails ends the process with one log line
and exit code 1; Kubernetes, or `parley up --restart`, starts it again.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from types import MappingProxyType

import uvloop

from shared.clock import Clock, SystemClock
from shared.crypto import Secrets
from shared.errors import DependencyAway
from shared.kafka.brokers import brokers_of
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.first_connection import connect_with_retries
from shared.kafka.ports import Source, SourceLost
from shared.kafka.producer import KafkaProducer
from shared.kafka.runtime.committer import BeforeCommit, write_nothing
from shared.kafka.runtime.limits import ConsumerLimits
from shared.kafka.runtime.processor import BatchHandler, Handler
from shared.kafka.runtime.runner import LaneOf, Runner, Skip
from shared.maintenance.indexes import ensure_indexes
from shared.service.clock_check import ClockCheck
from shared.service.ops_port import Ops
from shared.service.single_workspace import SingleWorkspaceCheck
from shared.settings import Settings, SettingsError, load
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.telemetry import logging, sentry, tracing
from shared.telemetry.loop_watch import LoopWatch

log = logging.get(__name__)

_EXIT_LIMIT = 0.5
_SWITCH_INTERVAL = 0.0005  # seconds; with Python's 0.005 a store's answer waits that long while the loop is busy
_LOW_PRIORITY_ACTIVE = 2  # records in all; one would leave the processor idle during a store's round trip
_STUCK = 30.0  # seconds without a heartbeat

Part = Callable[[asyncio.Event], Awaitable[None]]


class Process:
    """One process of one service, while it is wired and runs."""

    def __init__(self, service: str, settings: Settings) -> None:
        self.service = service
        self.settings = settings
        self.clock: Clock = SystemClock()
        self.ops = Ops(service)
        self.clocks = ClockCheck(self.clock)
        self.ops.before_scrape.append(self.clocks.compare)
        # Without a stable name, no two processes may have the same one.
        self.instance = settings.instance_id or f"{service}-{socket.gethostname()}-{os.getpid()}"
        self._closing = AsyncExitStack()
        self._parts: list[Part] = []
        self._workspace_check: SingleWorkspaceCheck | None = None

    async def producer(self) -> KafkaProducer:
        """Return the connected Kafka producer of this process."""
        producer = KafkaProducer(brokers_of(self.settings), f"{self.service}-{self.instance}")
        await self.available(producer.start)
        self._closing.push_async_callback(producer.stop)
        self.ops.checks["kafka"] = partial(self._check_kafka, producer)
        return producer

    async def _check_kafka(self, producer: KafkaProducer) -> None:
        """Raise DependencyAway if Kafka does not answer; ClockWrong if it would reject our records."""
        await producer.ping()
        await self.clocks.check_for_kafka()

    def _compare_clocks(self, server: str, ask: Callable[[], Awaitable[datetime]]) -> None:
        """Compare a server's clock with ours; a difference is shown and does not stop work."""
        self.clocks.servers[server] = ask
        self.ops.checks["clock"] = self.clocks.check
        self.ops.optional.add("clock")

    async def mongo(self, *, indexes: bool = True, required: bool = True) -> Mongo:
        """Return the MongoDB of this process, with its indexes. required: without it the process is not ready."""
        mongo = Mongo(
            self.settings.mongodb_uri.get_secret_value(),
            self.settings.mongodb_database,
            self.settings.mongodb_driver,
            client=f"parley-{self.service}",
        )
        self._closing.push_async_callback(mongo.close)
        self.ops.checks["mongodb"] = mongo.ping
        self._compare_clocks("mongodb", mongo.time)
        if not required:
            self.ops.optional.add("mongodb")
        if indexes:
            await self.available(lambda: ensure_indexes(mongo))
        self._workspace_check = SingleWorkspaceCheck(mongo)
        return mongo

    def redis(self) -> Redis:
        """Return the Redis of this process, which is optional."""
        redis = Redis(self.settings.redis_url.get_secret_value(), client=f"parley-{self.service}")
        self._closing.push_async_callback(redis.close)
        self.ops.checks["redis"] = redis.ping
        self._compare_clocks("redis", redis.time)
        self.ops.optional.add("redis")
        return redis

    def secrets(self) -> Secrets:
        """Return the encryption of stored secrets. Raises SettingsError without SECRETS_KEY."""
        return Secrets(self.settings.secret_keys)

    def dead_letters(self, producer: KafkaProducer) -> DeadLetters:
        """Return the writer of this service's dead letters."""
        return DeadLetters(self.service, producer, self.clock)

    def closing(self, close: Callable[[], Awaitable[object]]) -> None:
        """Await this at the end, in the reverse order of registration."""
        self._closing.push_async_callback(close)

    def part(self, part: Part) -> None:
        """Run this until the process stops; when it fails, the process ends."""
        self._parts.append(part)

    def consume(
        self,
        group: str,
        handlers: dict[str, Handler],
        *,
        source: Callable[..., Source],
        lane_of: LaneOf,
        dead_letters: DeadLetters,
        lanes: int | None = None,
        lanes_per_workspace: int | None = None,
        low_priority: bool = False,
        skip: Skip | None = None,
        before_commit: BeforeCommit = write_nothing,
        on_reassigned: Callable[[], None] = lambda: None,
        batch_handlers: Mapping[str, BatchHandler] = MappingProxyType({}),
    ) -> None:
        """Make this process a member of a consumer group, within the bounds of the settings (lanes,
        lanes_per_workspace: fewer than those).

        source: `AiokafkaSource` or `FaustSource`. low_priority: all workspaces together have few active records, so
        that the other work of this process goes first. skip, before_commit, on_reassigned, batch_handlers: see
        `Runner`.
        """
        settings = self.settings
        lanes = lanes or settings.lanes
        runner = Runner(
            group,
            source=source(
                brokers_of(settings),
                group=group,
                topics=list(handlers),
                instance=settings.instance_id,
                session_timeout=settings.session_timeout,
                rebalance_timeout=settings.rebalance_timeout,
            ),
            handlers=handlers,
            lane_of=lane_of,
            dead_letters=dead_letters,
            limits=ConsumerLimits(
                active=_LOW_PRIORITY_ACTIVE if low_priority else settings.active_records,
                lanes=lanes,
                lanes_per_workspace=min(lanes, settings.lanes_per_workspace, lanes_per_workspace or lanes),
                drain=settings.drain_timeout,
                commit_interval=settings.commit_interval,
                refused=max(60.0, settings.session_timeout + settings.rebalance_timeout),
                read_ahead=settings.read_ahead_records,
                read_ahead_bytes=settings.read_ahead_bytes,
                dead_letters=settings.dead_letter_limit,
                dead_letter_window=settings.dead_letter_window,
            ),
            clock=self.clock,
            skip=skip,
            before_commit=before_commit,
            on_reassigned=on_reassigned,
            batch_handlers=batch_handlers,
            single_workspace=self._single_workspace(),
        )
        self.part(runner.run)
        self.ops.alive[group] = lambda: self.clock.monotonic() - runner.heartbeat < _STUCK
        self.ops.started[group] = lambda: runner.ready
        self.ops.stats[group] = runner.stats
        self.ops.before_scrape.append(runner.observe)

    def _single_workspace(self) -> Callable[[], bool]:
        """Return the check for a single workspace; without MongoDB it is never one."""
        if self._workspace_check is None:
            return lambda: False
        if self._workspace_check.run not in self._parts:
            self.part(self._workspace_check.run)
        return self._workspace_check

    async def available(self, connect: Callable[[], Awaitable[object]]) -> None:
        """Connect, with retries for at most a minute and a half. Raises DependencyAway."""
        await connect_with_retries(connect, self.clock)

    async def run(self, wire: Callable[["Process"], Awaitable[None]]) -> None:
        """Wire, run until a signal or a failure, close. Raises what failed."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        async with self._closing:
            await self.ops.start(self.settings.bind_host, self.settings.ops_port)
            self._closing.push_async_callback(self.ops.stop)
            if await self._wired(wire, stop):
                log.info("Started", instance_id=self.instance)
                _freeze_objects()
                await self._run_parts(stop)
            log.info("Stopped")

    async def _wired(self, wire: Callable[["Process"], Awaitable[None]], stop: asyncio.Event) -> bool:
        """Wire, which may wait for dependencies; return False when `stop` came first."""
        wiring = asyncio.create_task(_as_coroutine(wire(self)))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([wiring, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not wiring.done():
            wiring.cancel()
            await asyncio.wait([wiring], timeout=1.0)
            return False
        await wiring
        self.ops.wired = True
        return True

    async def _run_parts(self, stop: asyncio.Event) -> None:
        self.part(LoopWatch().run)
        parts = [asyncio.create_task(_as_coroutine(part(stop))) for part in self._parts]
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([*parts, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.ops.stopping = True
            stop.set()
            stopping.cancel()
        for result in await asyncio.gather(*parts, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result


def _freeze_objects() -> None:
    """Exclude all objects made so far from garbage collection: a full one then takes 1 ms, not 100."""
    gc.collect()
    gc.freeze()
    gc.enable()  # it was off while modules were imported


async def _as_coroutine(awaitable: Awaitable[None]) -> None:
    await awaitable


def run(service: str, wire: Callable[[Process], Awaitable[None]], *, secrets_key: bool) -> int:
    """Run a service's process to its end and return the exit code. secrets_key: whether SECRETS_KEY is required."""
    try:
        settings = load(secrets_key=secrets_key)
    except SettingsError as error:
        sys.stderr.write(f"{service}: {error}\n")
        return 2
    sys.setswitchinterval(_SWITCH_INTERVAL)
    logging.configure(service, settings.log_level, settings.instance_id)
    sentry.configure(service, settings.sentry_dsn.get_secret_value(), settings.instance_id)
    tracing.configure(
        service, settings.otel_exporter_otlp_endpoint, settings.otel_traces_sample_ratio, settings.instance_id
    )
    return uvloop.run(_run_to_end(Process(service, settings), wire))


async def _run_to_end(process: Process, wire: Callable[[Process], Awaitable[None]]) -> int:
    code = 0
    try:
        await process.run(wire)
    except (DependencyAway, SourceLost, SettingsError, OSError) as error:
        log.error("Ended", reason=str(error))
        code = 1
    except Exception:
        log.exception("Ended by an unexpected error")
        code = 1
    tracing.shutdown()
    sentry.shutdown()
    await _exit(code)
    return code


async def _exit(code: int) -> None:
    """Exit at once if a library keeps tasks or threads; all work is committed, flushed and closed.

    faust, stopped during a rebalance, waits for its end, and closing the event loop would wait for faust.
    """
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        _, left = await asyncio.wait(left, timeout=_EXIT_LIMIT)
    threads = [
        thread for thread in threading.enumerate() if thread is not threading.main_thread() and not thread.daemon
    ]
    if left or threads:
        sys.stdout.flush()
        os._exit(code)
