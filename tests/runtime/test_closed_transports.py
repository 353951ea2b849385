"""Connections to a broker end at any moment; the driver goes on, also on uvloop, or the process is told to restart."""

import asyncio

import pytest
import uvloop
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as DriverPartition
from aiokafka.errors import KafkaConnectionError

from shared.kafka.brokers import Brokers
from shared.kafka.driver_tasks import ended_task
from shared.kafka.ports import SourceLost
from shared.topics import Topic
from tests.runtime.conftest import Replicate
from tests.runtime.harness import Cluster, Replica, Work, create, make_topic, until


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
            assert ended_task(consumer) == ""
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


@pytest.mark.parametrize("name", ["metadata", "coordination"])
async def test_ended_task_of_the_driver_ends_the_replica(
    topic: Topic, kind: str, replicate: Replicate, name: str
) -> None:
    """Otherwise it would be removed from its group and go on with partitions that another member has."""
    replica = replicate(Work())
    await replica.ready()
    consumer = _consumer(replica, kind)
    task = consumer._client._sync_task if name == "metadata" else consumer._coordinator._coordination_task
    task.get_loop().call_soon_threadsafe(task.cancel)
    with pytest.raises(SourceLost, match=f"{name} task has ended: cancelled"):
        await asyncio.wait_for(replica.ended(), 20)


def _consumer(replica: Replica, kind: str) -> AIOKafkaConsumer:
    source = replica.source
    return source._consumer if kind == "aiokafka" else source._app.consumer._thread._consumer  # type: ignore[attr-defined]
