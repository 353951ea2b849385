"""Connections to a broker end at any moment; the driver goes on, also on uvloop, or the process is told to restart."""

import asyncio
import concurrent.futures
import contextlib
import sys

import pytest
import uvloop
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as DriverPartition
from aiokafka.errors import KafkaConnectionError, KafkaError, NodeNotReadyError

from shared.kafka.brokers import Brokers
from shared.kafka.driver_tasks import reason_to_end
from shared.kafka.ports import SourceLost
from shared.kafka.records import CommittedOffset, TopicPartition
from shared.topics import Topic
from tests.runtime.conftest import Replicate
from tests.runtime.harness import SOURCES, Cluster, Replica, Work, create, make_topic, until


def test_consumer_survives_writing_to_closed_connections_on_uvloop(real: Cluster) -> None:
    """The driver reads of the end only later: what it writes until then is an error of the connection."""
    uvloop.run(_write_to_closed_connections(real))


async def _write_to_closed_connections(cluster: Cluster) -> None:
    topic = make_topic()
    await create(cluster, topic)
    options = Brokers(cluster.bootstrap).options
    consumer = AIOKafkaConsumer(topic.name, **options, group_id=f"group.{topic.name}", enable_auto_commit=False)
    await consumer.start()
    try:
        await until(consumer.assignment, "the consumer has its partitions")
        for turns in range(5):  # of the loop, between the end of a connection and the next request
            connections = list(consumer._client._conns.values())
            for connection in connections:
                connection._writer.transport.abort()
            for _ in range(turns):
                await asyncio.sleep(0)
            for connection in connections:
                with pytest.raises(KafkaConnectionError):
                    await connection.send(object.__new__(_Anything))
            async with asyncio.timeout(20):
                await consumer._client.force_metadata_update()
                await consumer.commit({DriverPartition(topic.name, 0): 1 + turns})
            assert reason_to_end(consumer) == ""
    finally:
        await consumer.stop()


class _Anything:
    """A request whose content does not matter."""

    def prepare(self, _: object) -> "_Anything":
        return self

    def build_request_header(self, **_: object) -> "_Anything":
        return self

    def encode(self) -> bytes:
        return b"anything"


@pytest.mark.parametrize("name", ["metadata", "coordination", "fetch"])
async def test_ended_task_of_the_driver_ends_the_replica(
    topic: Topic, kind: str, replicate: Replicate, name: str
) -> None:
    """Otherwise it would be removed from its group and go on with partitions that another member has."""
    replica = replicate(Work())
    await replica.ready()
    consumer = _consumer(replica, kind)
    task = {
        "metadata": consumer._client._sync_task,
        "coordination": consumer._coordinator._coordination_task,
        "fetch": consumer._fetcher._fetch_task,
    }[name]
    task.get_loop().call_soon_threadsafe(task.cancel)
    with pytest.raises(SourceLost, match=f"{name} task has ended"):
        await asyncio.wait_for(replica.ended(), 20)


async def test_error_of_the_coordinator_ends_the_replica(topic: Topic, kind: str, replicate: Replicate) -> None:
    """As when partitions cannot be assigned: the driver waits until it is read, and is in no group meanwhile."""
    replica = replicate(Work())
    await replica.ready()
    pushing = _push_error(_consumer(replica, kind), KafkaError("no assignment"))
    with pytest.raises(SourceLost, match="no assignment"):
        await asyncio.wait_for(replica.ended(), 20)
    with contextlib.suppress(RuntimeError):  # faust has closed its loop
        pushing.cancel()


async def test_retriable_error_of_the_coordinator_is_read(topic: Topic, kind: str, replicate: Replicate) -> None:
    """So that the coordinator goes on. A fetch that waits meanwhile gets the error, too, and faust ends of it."""
    replica = replicate(Work())
    await replica.ready()
    reading = asyncio.wrap_future(_push_error(_consumer(replica, kind), NodeNotReadyError()))
    ending = asyncio.ensure_future(replica.ended())
    await asyncio.wait({reading, ending}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    if ending.done():
        with pytest.raises(SourceLost, match="NodeNotReadyError"):
            ending.result()
    else:
        assert reading.done()
        ending.cancel()


def _push_error(consumer: AIOKafkaConsumer, error: KafkaError) -> "concurrent.futures.Future[None]":
    """Let the coordinator have an error; the future is done when somebody has read it."""
    coordinator = consumer._coordinator
    loop = coordinator._coordination_task.get_loop()
    return asyncio.run_coroutine_threadsafe(coordinator._push_error_to_user(error), loop)


async def test_commit_without_an_answer_blocks_no_other_call(
    topic: Topic, kind: str, replicate: Replicate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of them would occupy all workers of faust's thread."""
    module = sys.modules[SOURCES[kind].__module__]
    monkeypatch.setattr(module, "_COMMIT_LIMIT", 0.3)
    replica = replicate(Work())
    await replica.ready()
    consumer, source = _consumer(replica, kind), replica.source
    partition = TopicPartition(topic.name, 0)

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(consumer._coordinator, "_do_commit_offsets", never)
        async with asyncio.timeout(20):
            for _ in range(3):
                assert not await source.commit({partition: CommittedOffset(1)})
    async with asyncio.timeout(20):
        assert await source.committed([partition]) == {}
        assert await source.commit({partition: CommittedOffset(2)})
        assert await source.committed([partition]) == {partition: CommittedOffset(2)}


def _consumer(replica: Replica, kind: str) -> AIOKafkaConsumer:
    source = replica.source
    return source._consumer if kind == "aiokafka" else source._app.consumer._thread._consumer  # type: ignore[attr-defined]
