"""Embedded Kafka for machines without Java: librdkafka's mock cluster in a process of its own.

It serves Kafka's protocol over TCP, keeps records in memory only, has all topics of `shared.topics` from its start,
picks its own port, and cannot host two members in one consumer group. `python -m devtools.stack.embedded_kafka` prints
its bootstrap address on one line and serves until it gets SIGTERM or SIGINT.
"""

import ctypes
import os
import re
import signal
import sys
import threading
from collections.abc import Mapping
from ctypes import c_char_p, c_int, c_size_t, c_void_p
from pathlib import Path
from typing import Any

from devtools.stack.errors import StackError
from devtools.stack.kafka_wire import broker_count
from devtools.stack.server import Server

_ADDRESS = re.compile(rb"^127\.0\.0\.1:(\d+)$", re.MULTILINE)


class EmbeddedKafka(Server):
    """The embedded Kafka's process in the stack. It keeps no data, so it cannot be restarted."""

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


class MockCluster:
    """librdkafka's mock cluster with one broker, through librdkafka's C interface.

    The Python interface cannot create topics, and the cluster does not support CreateTopics requests; topics that it
    creates automatically always have 4 partitions.
    """

    def __init__(self) -> None:
        from confluent_kafka import cimpl  # the parent process imports this module too

        self._library = ctypes.CDLL(cimpl.__file__)  # resolves symbols of the librdkafka it is linked to
        new_client = self._function("rd_kafka_new", c_void_p, c_int, c_void_p, c_char_p, c_size_t)
        new_cluster = self._function("rd_kafka_mock_cluster_new", c_void_p, c_void_p, c_int)
        reason = ctypes.create_string_buffer(512)
        client = new_client(0, None, reason, len(reason))
        if not client:
            raise StackError(f"librdkafka cannot start: {reason.value.decode()}")
        self._cluster = new_cluster(client, 1)

    @property
    def bootstrap(self) -> str:
        address: bytes = self._function("rd_kafka_mock_cluster_bootstraps", c_char_p, c_void_p)(self._cluster)
        return address.decode()

    def create_topic(self, name: str, partitions: int) -> None:
        create = self._function("rd_kafka_mock_topic_create", c_int, c_void_p, c_char_p, c_int, c_int)
        if create(self._cluster, name.encode(), partitions, 1) != 0:
            raise StackError(f"the embedded Kafka cannot create the topic {name}")

    def _function(self, name: str, result: Any, *arguments: Any) -> Any:
        function = getattr(self._library, name)
        function.restype, function.argtypes = result, arguments
        return function


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    from shared.topics import TOPICS

    stop_requested = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop_requested.set())
    cluster = MockCluster()
    for topic in TOPICS.values():
        cluster.create_topic(topic.name, topic.partitions)
    print(cluster.bootstrap, flush=True)
    stop_requested.wait()
    os._exit(0)  # do not wait for librdkafka's threads


if __name__ == "__main__":
    main()
