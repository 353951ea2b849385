"""The lag exporter's process: `python -m shared.kafka.lag`, with /metrics on OPS_PORT."""

from shared.kafka.brokers import brokers_of
from shared.kafka.lag.disks import BrokerDisksWatch
from shared.kafka.lag.exporter import LagExporter
from shared.service.process import Process, run
from shared.topics import GROUP_TOPICS, TOPICS

_STUCK = 60.0  # seconds without a measurement


async def wire(process: Process) -> None:
    """Make the exporter and register it."""
    brokers = brokers_of(process.settings)
    exporter = LagExporter(brokers, GROUP_TOPICS, list(TOPICS), process.clock)
    process.ops.checks["kafka"] = exporter.check
    process.ops.alive["lag"] = lambda: process.clock.monotonic() - exporter.heartbeat < _STUCK
    process.part(exporter.run)
    process.part(BrokerDisksWatch(brokers).run)


if __name__ == "__main__":
    raise SystemExit(run("lag", wire, secrets_key=False))
