"""The stand-in for machines without Java: librdkafka's embedded cluster, in a process of its own.

It speaks Kafka's protocol over TCP, keeps everything in memory, creates topics by itself, picks its own port, and
cannot host two members in one consumer group. `python -m devtools.stack.embedded_kafka` prints its bootstrap address
on one line and serves until it is ended.
"""

import re
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from devtools.stack.errors import StackError
from devtools.stack.kafka_wire import broker_count
from devtools.stack.server import Server

_ADDRESS = re.compile(rb"^127\.0\.0\.1:(\d+)$", re.MULTILINE)


class EmbeddedKafka(Server):
    """The process, as a part of the stack. It keeps no data, so it cannot be restarted."""

    kind = "embedded"
    ready_timeout = 20.0

    def __init__(self, *, log: Path, env: Mapping[str, str]) -> None:
        super().__init__("kafka", port=0, log=log, cwd=log.parent, env=env)

    def prepare(self) -> None:
        if self.port:
            raise StackError("the embedded Kafka keeps no data and cannot be restarted; this needs Apache Kafka")
        self.log.unlink(missing_ok=True)

    def command(self) -> list[str]:
        return [sys.executable, "-m", "devtools.stack.embedded_kafka"]

    def is_ready(self) -> bool:
        found = _ADDRESS.search(self.log.read_bytes()) if self.log.exists() else None
        if found is None:
            return False
        self.port = int(found.group(1))
        return broker_count(self.address) > 0


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    from confluent_kafka import Producer

    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    cluster = Producer({"test.mock.num.brokers": 1, "log_level": 3})
    broker = next(iter(cluster.list_topics(timeout=10).brokers.values()))
    print(f"{broker.host}:{broker.port}", flush=True)
    over.wait()


if __name__ == "__main__":
    main()
