"""Exports the room that the brokers' log directories have, once a minute."""

import asyncio

from aiokafka.errors import KafkaError

from shared.errors import AccessRefused
from shared.kafka.brokers import Brokers
from shared.kafka.driver_cancellation import driver_cancellation_as_error
from shared.kafka.log_dirs import LogDirReader, LogDirsUntold
from shared.periodic import repeat
from shared.telemetry import logging
from shared.telemetry.disks import DiskGauges
from shared.telemetry.said_once import SaidOnce

log = logging.get(__name__)

_EVERY = 60.0  # seconds
_TIME_LIMIT = 15.0  # seconds for one look
_UNREACHABLE = (KafkaError, TimeoutError, OSError)


class BrokerDisksWatch:
    """A part of the lag exporter, which goes on whatever the brokers answer."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers
        self._gauges = DiskGauges("kafka")
        self._warnings = SaidOnce(log)
        self._reader: LogDirReader | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop` is set."""
        await repeat(self.look, stop, every=_EVERY)
        await self.close()

    async def close(self) -> None:
        """Disconnect; never raises. The next look connects anew."""
        reader, self._reader = self._reader, None
        if reader is not None:
            await reader.close()

    async def look(self) -> None:
        """Ask each broker once and bring the gauges up to date; never raises. Without an answer there is no value."""
        try:
            async with asyncio.timeout(_TIME_LIMIT):
                with driver_cancellation_as_error():
                    await self._look()
        except AccessRefused as error:
            await self._no_figure(f"{error}: give it that right (docs/deploy.md)")
        except LogDirsUntold as error:
            await self._no_figure(f"{error}: watch their disks otherwise")
        except _UNREACHABLE:  # the lag exporter says so
            self._gauges.show(())
            await self.close()
        except Exception:  # a driver without a broker may raise anything; the next look must follow
            log.exception("Asking the brokers for their disks failed")
            self._gauges.show(())
            await self.close()

    async def _look(self) -> None:
        if self._reader is None:
            self._reader = await LogDirReader.connected(self._brokers)
        self._gauges.show(await self._reader.read())
        self._warnings.well("disks")

    async def _no_figure(self, detail: str) -> None:
        self._gauges.show(())
        self._warnings.warn("disks", "The brokers do not tell how full their disks are", detail)
        await self.close()
