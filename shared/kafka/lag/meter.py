"""Measures the lag of consumer groups over one connection."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.clock import Clock
from shared.kafka.brokers import Brokers
from shared.kafka.driver_cancellation import driver_cancellation_as_error
from shared.kafka.lag.calculation import Lag, LagCalculator
from shared.kafka.lag.reader import LagReader
from shared.kafka.records import TopicPartition

_TIME_LIMIT = 15.0  # seconds for one measurement


@dataclass(frozen=True, slots=True)
class LagMeasurement:
    """The lag of all consumer groups at one moment. lags: by group and topic. members: of each group. ends: the first
    and the next offset of each partition of the topics that the meter was given besides the groups'.
    """

    lags: Mapping[tuple[str, str], Lag]
    members: Mapping[str, int]
    ends: Mapping[TopicPartition, tuple[int, int]]


class LagMeter:
    """Measures the lag of consumer groups at the broker. groups: the topics that each group reads. topics: those whose
    ends are measured too.
    """

    def __init__(
        self, brokers: Brokers, groups: Mapping[str, Sequence[str]], clock: Clock, topics: Sequence[str] = ()
    ) -> None:
        self._brokers = brokers
        self._groups = groups
        self._topics = topics
        self._clock = clock
        self._calculator = LagCalculator()
        self._reader: LagReader | None = None

    async def measure(self) -> LagMeasurement:
        """Ask the broker once, for at most 15 seconds; connect first if needed.

        Raises TimeoutError, OSError, KafkaError; then call `close` before the next measurement.
        """
        async with asyncio.timeout(_TIME_LIMIT):
            with driver_cancellation_as_error():
                return await self._measure()

    async def _measure(self) -> LagMeasurement:
        if self._reader is None:
            self._reader = await LagReader.connected(self._brokers)
        reader = self._reader
        ends = await reader.ends(self._topics) if self._topics else {}
        positions = await reader.read(self._groups)
        self._calculator.learn(await reader.times(self._calculator.unknown(positions)))
        members = await reader.members(list(self._groups))
        now = self._clock.now().timestamp()
        return LagMeasurement(self._calculator.lags(positions, now, self._clock.monotonic()), members, ends)

    async def close(self) -> None:
        """Disconnect; never raises. The next measurement connects anew."""
        reader, self._reader = self._reader, None
        if reader is not None:
            await reader.close()
