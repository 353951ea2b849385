"""A console replica with live events as a process of its own, so that its CPU time and memory are its own.

python -m devtools.bench.console.live_child   reads its options, JSON, from stdin; prints its port when it is ready
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import uvloop

from devtools.bench.console.live_replica import LiveReplica
from devtools.bench.errors import BenchFailed
from devtools.stack.services import PROJECT, module_command
from shared.http.server import allow_connections
from shared.kafka.brokers import Brokers
from shared.kafka.producer import KafkaProducer
from shared.storage.mongo import Mongo


class LiveChild:
    """A running replica. info: of the stack."""

    def __init__(self, info: Mapping[str, Any], database: str, name: str) -> None:
        options = {"kafka": info["kafka"], "mongodb": info["mongodb"], "redis": info["redis"]}
        self._process = subprocess.Popen(
            module_command("devtools.bench.console.live_child"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=PROJECT,
            env={**os.environ, "LOG_LEVEL": "WARNING"},
        )
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(json.dumps({**options, "database": database, "name": name}).encode())
        self._process.stdin.close()
        line = self._process.stdout.readline()
        if not line:
            raise BenchFailed("a console replica did not start")
        self.port = int(line)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def terminate(self) -> None:
        """Ask it to stop, as a rolling update does."""
        self._process.terminate()

    def stop(self) -> None:
        """Stop it and wait."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(15)
        self._process.kill()
        self._process.wait()


async def _serve(options: dict[str, str]) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    allow_connections(20_000)
    mongo = Mongo(options["mongodb"], options["database"])
    producer = KafkaProducer(Brokers(options["kafka"]), "bench-console")
    await producer.start()
    replica = LiveReplica(
        options["kafka"], mongo, options["redis"], producer, name=options["name"], most_sockets=20_000
    )
    await replica.start()
    sys.stdout.write(f"{replica.port}\n")
    sys.stdout.flush()
    await stop.wait()
    await replica.stop()
    await producer.stop()
    await mongo.close()


if __name__ == "__main__":
    uvloop.run(_serve(json.loads(sys.stdin.read())))
