"""Offsets are committed with metadata, and without it where the broker does not take it."""

import contextlib
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as DriverPartition
from aiokafka.errors import OffsetMetadataTooLargeError

from shared.kafka.group_offsets import GroupOffsets, read_committed
from shared.kafka.records import CommittedOffset, TopicPartition
from shared.topics import Topic
from tests.runtime.harness import Cluster, create, make_topic, until

TOO_LONG = "x" * 5000


@contextlib.asynccontextmanager
async def _member(cluster: Cluster, topic: Topic) -> AsyncIterator[AIOKafkaConsumer]:
    await create(cluster, topic)
    consumer = AIOKafkaConsumer(
        topic.name, bootstrap_servers=cluster.bootstrap, group_id=f"group.{topic.name}", enable_auto_commit=False
    )
    await consumer.start()
    try:
        await until(consumer.assignment, "the consumer has its partitions")
        yield consumer
    finally:
        await consumer.stop()


async def test_metadata_that_the_broker_refuses_is_left_out(real: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    """Once, it is logged with the setting that a broker needs; the offset is committed all the same."""
    topic = make_topic()
    source, other = DriverPartition(topic.name, 0), DriverPartition(topic.name, 1)
    ours = [TopicPartition(*source), TopicPartition(*other)]
    offsets = GroupOffsets()
    async with _member(real, topic) as consumer:
        assert await read_committed(consumer, ours) == {}
        await offsets.commit(consumer, {source: CommittedOffset(1, "short")})
        assert await read_committed(consumer, ours) == {ours[0]: CommittedOffset(1, "short")}
        assert "offset.metadata.max.bytes" not in capsys.readouterr().out
        await offsets.commit(consumer, {source: CommittedOffset(2, TOO_LONG), other: CommittedOffset(7, "short")})
        assert "Set offset.metadata.max.bytes to at least 4096" in capsys.readouterr().out
        await offsets.commit(consumer, {source: CommittedOffset(3, TOO_LONG)})
        assert await read_committed(consumer, ours) == {ours[0]: CommittedOffset(3), ours[1]: CommittedOffset(7)}
        assert "offset.metadata.max.bytes" not in capsys.readouterr().out


class _Refuses:
    async def commit(self, _: object) -> None:
        raise OffsetMetadataTooLargeError


async def test_a_broker_that_refuses_also_no_metadata_is_an_error() -> None:
    offsets = GroupOffsets()
    for _ in range(2):
        with pytest.raises(OffsetMetadataTooLargeError):
            await offsets.commit(_Refuses(), {DriverPartition("t", 0): CommittedOffset(4)})
