"""Offsets are committed with metadata, and without it where the broker does not take it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as DriverPartition
from aiokafka.errors import CommitFailedError, OffsetMetadataTooLargeError, UnknownTopicOrPartitionError

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


async def test_a_broker_that_refuses_also_no_metadata_is_an_error(
    real: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = make_topic()

    async def refuse(*_: object) -> None:
        raise OffsetMetadataTooLargeError

    async with _member(real, topic) as consumer:
        monkeypatch.setattr(consumer._coordinator, "_do_commit_offsets", refuse)
        offsets = GroupOffsets()
        for _ in range(2):
            with pytest.raises(OffsetMetadataTooLargeError):
                await offsets.commit(consumer, {DriverPartition(topic.name, 0): CommittedOffset(4)})


async def test_who_is_no_member_commits_nothing(real: Cluster) -> None:
    """The broker would take it while the group is empty: an offset of a log that may be another one by now."""
    topic = make_topic()
    source = DriverPartition(topic.name, 0)
    async with _member(real, topic) as consumer:
        consumer._coordinator.reset_generation()
        with pytest.raises(CommitFailedError, match="not a member"):
            await GroupOffsets().commit(consumer, {source: CommittedOffset(5)})
        assert await read_committed(consumer, [TopicPartition(*source)]) == {}


async def test_commit_of_a_partition_that_is_no_more_is_not_repeated(real: Cluster) -> None:
    """The offsets of the other partitions, in the same request, are taken."""
    topic = make_topic()
    source, none = DriverPartition(topic.name, 0), DriverPartition(topic.name, 99)
    async with _member(real, topic) as consumer:
        async with asyncio.timeout(20):
            with pytest.raises(UnknownTopicOrPartitionError):
                await GroupOffsets().commit(consumer, {source: CommittedOffset(5), none: CommittedOffset(1)})
        ours = TopicPartition(*source)
        assert await read_committed(consumer, [ours]) == {ours: CommittedOffset(5)}
