"""Measures the lag of all consumer groups from outside: `python -m shared.kafka.lag`, with /metrics on OPS_PORT.

A consumer that is dead exports nothing, so nobody would hear of what waits for it. This process asks the broker every
few seconds: how many records are behind the committed offset, how old the oldest is, since when there was no commit,
and how many members a group has. One replica is enough; more say the same. While the broker is away it says so
(`parley_kafka_up` 0), tells nothing that it does not know, and goes on when the broker is back.
"""

import asyncio
from collections.abc import Mapping, Sequence

from aiokafka.errors import KafkaError

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.kafka.brokers import Brokers, brokers_of
from shared.kafka.lag.calculation import Lag, LagCalculator
from shared.kafka.lag.reader import LagReader
from shared.kafka.records import TopicPartition
from shared.periodic import repeat
from shared.service import process
from shared.telemetry import logging, metrics
from shared.topics import GROUPS, TOPICS

log = logging.get(__name__)

_EVERY = 5.0  # seconds between two measurements
_LOOK_LIMIT = 15.0
_STUCK = 60.0
_AWAY = (KafkaError, TimeoutError, OSError)
_GAUGES = (metrics.GROUP_LAG, metrics.GROUP_LAG_SECONDS, metrics.GROUP_STALLED, metrics.GROUP_MEMBERS)


class Exporter:
    """Looks again and again. groups: the names of the topics that each reads; topics: whose records are counted."""

    def __init__(
        self, brokers: Brokers, groups: Mapping[str, Sequence[str]], topics: Sequence[str], clock: Clock
    ) -> None:
        self._brokers = brokers
        self._groups = groups
        self._topics = topics
        self._clock = clock
        self._view = LagCalculator()
        self._broker: LagReader | None = None
        self._written: dict[TopicPartition, int] = {}
        self._problem = "no look at the broker yet"
        self.heartbeat = clock.monotonic()

    async def run(self, stop: asyncio.Event) -> None:
        """Look every few seconds until `stop` is set."""
        await repeat(self.look, stop, every=_EVERY)
        await self._forget_broker()

    async def check(self) -> None:
        """Raises DependencyAway when the last look did not go through."""
        if self._problem:
            raise DependencyAway("kafka", self._problem)

    async def look(self) -> None:
        """Ask the broker once and bring the metrics up to date; never raises."""
        began, before = self._clock.monotonic(), self._problem
        self.heartbeat = began
        try:
            async with asyncio.timeout(_LOOK_LIMIT):
                await self._look()
            self._problem = ""
        except _AWAY as error:
            self._problem = str(error) or repr(error)
        except Exception as error:  # a driver in trouble raises anything; what is measured must not depend on that
            self._problem = repr(error)
            log.exception("A look at the broker failed")
        metrics.KAFKA_UP.set(0 if self._problem else 1)
        metrics.LOOK_SECONDS.set(self._clock.monotonic() - began)
        if self._problem:
            await self._lost(newly=not before)

    async def _look(self) -> None:
        if self._broker is None:
            self._broker = await LagReader.connected(self._brokers)
        broker = self._broker
        self._count(await broker.ends(self._topics))
        readings = await broker.read(self._groups)
        self._view.learn(await broker.times(self._view.unknown(readings)))
        members = await broker.members(list(self._groups))
        _show(self._view.lags(readings, self._clock.now().timestamp(), self._clock.monotonic()), members)

    async def _lost(self, *, newly: bool) -> None:
        for gauge in _GAUGES:
            gauge.clear()  # the last known value would be taken for today's
        if newly:
            log.warning("The broker cannot be asked for the lag", detail=self._problem)
        await self._forget_broker()

    async def _forget_broker(self) -> None:
        broker, self._broker = self._broker, None
        if broker is not None:
            await broker.close()

    def _count(self, ends: Mapping[TopicPartition, tuple[int, int]]) -> None:
        for source, (_, end) in ends.items():
            more = end - self._written.get(source, end)
            self._written[source] = end
            metrics.TOPIC_RECORDS.labels(source.topic).inc(max(0, more))


def _show(lags: Mapping[tuple[str, str], Lag], members: Mapping[str, int]) -> None:
    for key, lag in lags.items():
        metrics.GROUP_LAG.labels(*key).set(lag.records)
        metrics.GROUP_LAG_SECONDS.labels(*key).set(lag.seconds)
        metrics.GROUP_STALLED.labels(*key).set(lag.stalled)
    for group, count in members.items():
        metrics.GROUP_MEMBERS.labels(group).set(count)


async def wire(process: process.Process) -> None:
    """Make the parts and register them."""
    groups = {group: [topic.name for topic in topics] for group, topics in GROUPS.items()}
    exporter = Exporter(brokers_of(process.settings), groups, list(TOPICS), process.clock)
    process.ops.checks["kafka"] = exporter.check
    process.ops.alive["lag"] = lambda: process.clock.monotonic() - exporter.heartbeat < _STUCK
    process.part(exporter.run)
