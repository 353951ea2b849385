"""A consumer process to be killed: runs a runner on a topic and writes a line to a file for each thing it has done.

What the file holds outlives a SIGKILL, as a database would. Arguments: a JSON object, see `Account.live`.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import uvloop

from shared.kafka.brokers import Brokers
from shared.kafka.producer import KafkaProducer
from shared.kafka.runtime.runner import Runner
from shared.messages.ai import AiRequest
from shared.topics import TOPICS
from tests.runtime.harness import Cluster, limits, make_runner, make_topic, until


async def main() -> None:
    given = json.loads(sys.argv[1])
    topic = make_topic(name=given["topic"])
    TOPICS[topic.name] = topic
    account = os.open(Path(given["file"]), os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(*words: object) -> None:
        os.write(account, (" ".join(map(str, words)) + "\n").encode())

    async def handle(message: AiRequest) -> None:
        write("begin", message.id)
        if message.channel == "hold" and given["hold"]:
            await asyncio.sleep(3600)
        await asyncio.sleep(given["work"] * (message.turn % 5))
        write("done", message.id)

    cluster = Cluster(given["bootstrap"], given["cluster"])
    producer = KafkaProducer(Brokers(cluster.bootstrap), "child")
    await producer.start()
    runner, _ = make_runner(
        cluster,
        given["kind"],
        topic,
        given["group"],
        handle,
        producer,
        instance=given["instance"],
        session_timeout=given["session_timeout"],
        bounds=limits(window=given["window"]),
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    ready = asyncio.create_task(_say_ready(runner, write))
    await runner.run(stop)
    await producer.stop()
    ready.cancel()
    write("stopped", "-")


async def _say_ready(runner: Runner, write: Callable[..., None]) -> None:
    await until(lambda: runner.ready, "the first assignment", timeout=120)
    write("ready", "-")


if __name__ == "__main__":
    uvloop.run(main())
