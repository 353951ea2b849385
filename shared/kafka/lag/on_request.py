"""The lag of consumer groups, measured when it is asked for, at most every few seconds."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from aiokafka.errors import KafkaError

from shared.clock import Clock
from shared.kafka.lag.meter import LagMeasurement, LagMeter
from shared.telemetry import logging

log = logging.get(__name__)

_EVERY = 5.0  # seconds between two measurements
_PATIENCE = 2.0  # seconds for which an answer waits for a measurement


@dataclass(frozen=True, slots=True)
class LagReading:
    """The last measurement and its time; None: there is none yet. current: the last attempt succeeded in time."""

    measurement: LagMeasurement | None = None
    at: datetime | None = None
    current: bool = False


class LagOnRequest:
    """One per process. Without requests nothing is measured; requests at the same time share one measurement."""

    def __init__(self, meter: LagMeter, clock: Clock, patience: float = _PATIENCE) -> None:
        self._meter = meter
        self._clock = clock
        self._patience = patience
        self._measuring: asyncio.Task[None] | None = None
        self._began = 0.0
        self._last = LagReading()

    async def read(self) -> LagReading:
        """Return the lag, not older than five seconds if Kafka answers within two; otherwise what is known."""
        now = self._clock.monotonic()
        if self._measuring is None or (self._measuring.done() and now >= self._began + _EVERY):
            self._began = now
            self._measuring = asyncio.create_task(self._measure())
        await asyncio.wait([self._measuring], timeout=self._patience)
        if not self._measuring.done():
            return LagReading(self._last.measurement, self._last.at, current=False)
        return self._last

    async def close(self) -> None:
        """Stop measuring and disconnect."""
        if self._measuring is not None:
            self._measuring.cancel()
            await asyncio.wait([self._measuring])
        await self._meter.close()

    async def _measure(self) -> None:
        try:
            self._last = LagReading(await self._meter.measure(), self._clock.now(), current=True)
        except (KafkaError, TimeoutError, OSError) as error:
            await self._note_failure(error)
        except Exception as error:  # a driver without a broker may raise anything
            log.exception("Measuring the lag failed")
            await self._note_failure(error)

    async def _note_failure(self, error: Exception) -> None:
        if self._last.current:
            log.warning("The broker cannot be asked for the lag", detail=str(error) or repr(error))
        self._last = LagReading(self._last.measurement, self._last.at, current=False)
        await self._meter.close()
