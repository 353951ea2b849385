"""Exports the lag of all consumer groups, measured from outside.

A dead consumer exports nothing, so its backlog would not be seen. The exporter asks the broker every few seconds how
many records are behind the committed offset, how old the oldest one is, for how long nothing was committed, and how
many members a group has. One replica is enough; more export the same. While the broker cannot be reached,
`parley_kafka_up` is 0 and no other gauge has a value.
"""

import asyncio
from collections.abc import Mapping, Sequence

from aiokafka.errors import KafkaError

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.kafka.brokers import Brokers
from shared.kafka.lag.calculation import Lag
from shared.kafka.lag.meter import LagMeter
from shared.kafka.records import TopicPartition
from shared.periodic import repeat
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_EVERY = 5.0  # seconds between two measurements
_UNREACHABLE = (KafkaError, TimeoutError, OSError)
_GAUGES = (metrics.GROUP_LAG, metrics.GROUP_LAG_SECONDS, metrics.GROUP_STALLED, metrics.GROUP_MEMBERS)


class LagExporter:
    """Exports the lag of consumer groups as metrics. groups: the topics that each group reads; topics: those whose
    written records are counted. heartbeat: monotonic time of the last measurement.
    """

    def __init__(
        self, brokers: Brokers, groups: Mapping[str, Sequence[str]], topics: Sequence[str], clock: Clock
    ) -> None:
        self._clock = clock
        self._meter = LagMeter(brokers, groups, clock, topics)
        self._written: dict[TopicPartition, int] = {}
        self._problem = "the broker has not been asked yet"
        self.heartbeat = clock.monotonic()

    async def run(self, stop: asyncio.Event) -> None:
        """Measure every few seconds until `stop` is set."""
        await repeat(self.measure, stop, every=_EVERY)
        await self._meter.close()

    async def check(self) -> None:
        """Raise DependencyAway when the last measurement failed."""
        if self._problem:
            raise DependencyAway("kafka", self._problem)

    async def measure(self) -> None:
        """Ask the broker once and bring the metrics up to date; never raises."""
        began, before = self._clock.monotonic(), self._problem
        self.heartbeat = began
        try:
            await self._measure()
            self._problem = ""
        except _UNREACHABLE as error:
            self._problem = str(error) or repr(error)
        except Exception as error:  # a driver without a broker may raise anything; the next measurement must follow
            self._problem = repr(error)
            log.exception("Measuring the lag failed")
        metrics.KAFKA_UP.set(0 if self._problem else 1)
        metrics.LOOK_SECONDS.set(self._clock.monotonic() - began)
        if self._problem:
            await self._forget_values(log_it=not before)

    async def _measure(self) -> None:
        found = await self._meter.measure()
        self._count_written(found.ends)
        _show(found.lags, found.members)

    async def _forget_values(self, *, log_it: bool) -> None:
        for gauge in _GAUGES:
            gauge.clear()  # an old value would look like a current one
        if log_it:
            log.warning("The broker cannot be asked for the lag", detail=self._problem)
        await self._meter.close()

    def _count_written(self, ends: Mapping[TopicPartition, tuple[int, int]]) -> None:
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
