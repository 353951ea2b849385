"""The tail of a topic without a group: prefill, order, ids, older records, a topic made anew or larger."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.kafka.admin import add_partitions
from shared.kafka.brokers import Brokers
from shared.kafka.producer import KafkaProducer
from shared.kafka.records import NewRecord, Record
from shared.kafka.topic_id import NO_ID
from shared.kafka.topic_tail import TopicChanged, TopicTail, open_tail, read_between
from tests.conftest import Infra

_CLIENT = "test-tail"


@pytest.fixture
async def producer(bootstrap: str) -> AsyncIterator[KafkaProducer]:
    producer = KafkaProducer(Brokers(bootstrap), "test-producer")
    await producer.start()
    yield producer
    await producer.stop()


async def _new_topic(bootstrap: str, name: str, partitions: int = 3) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1)])
        while not (await admin.describe_topics([name]))[0]["partitions"]:  # noqa: ASYNC110 - Kafka sets no event
            await asyncio.sleep(0.02)
    finally:
        await admin.close()
    return name


async def _write(producer: KafkaProducer, topic: str, values: Sequence[int]) -> None:
    await producer.send([NewRecord(topic, b"key%d" % (value % 7), b"%d" % value) for value in values])


async def _read(tail: TopicTail, count: int) -> list[Record]:
    found: list[Record] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            found += await tail.poll(0.2)
    return found


async def test_prefill_and_new_records_are_read_once_and_older_ones_by_offset(
    bootstrap: str, producer: KafkaProducer
) -> None:
    topic = await _new_topic(bootstrap, "tail.prefill")
    await _write(producer, topic, range(60))
    async with open_tail(Brokers(bootstrap), topic, prefill=4, client_id=_CLIENT) as tail:
        ends, start = await tail.ends(), list(tail.positions)
        assert sum(ends) == 60
        assert start == [max(0, end - 4) for end in ends]
        held = await _read(tail, sum(ends) - sum(start))
        await _write(producer, topic, range(60, 70))
        new = await _read(tail, 10)
        assert sorted(int(record.value) for record in new) == list(range(60, 70))
        assert tail.positions == await tail.ends()
        await tail.check()
    older = await read_between(
        Brokers(bootstrap), topic, [0] * 3, start, client_id=_CLIENT, wanted=lambda key: key != b"key3"
    )
    values = sorted(int(record.value) for record in [*older, *held, *new])
    held_values = {int(record.value) for record in held}
    assert values == [value for value in range(70) if value % 7 != 3 or value >= 60 or value in held_values]


async def test_nothing_is_read_between_equal_positions(bootstrap: str) -> None:
    assert await read_between(Brokers(bootstrap), "conversation.events", [0], [0], client_id="t", wanted=bool) == []


async def test_topic_made_anew_is_noticed(infra: Infra, bootstrap: str) -> None:
    if infra.kafka_kind != "apache":
        pytest.skip("only Kafka gives topics ids and deletes them")
    topic = await _new_topic(bootstrap, "tail.anew")
    async with open_tail(Brokers(bootstrap), topic, prefill=4, client_id=_CLIENT) as tail:
        assert tail.topic_id != NO_ID
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        await admin.delete_topics([topic])
        await admin.close()
        await asyncio.sleep(0.2)
        await _new_topic(bootstrap, topic)
        with pytest.raises(TopicChanged):
            await tail.check()


async def test_added_partitions_are_noticed(infra: Infra, bootstrap: str) -> None:
    """By their first records, or by the next check, whichever comes first."""
    if infra.kafka_kind == "embedded":
        pytest.skip("the embedded cluster cannot resize")
    topic = await _new_topic(bootstrap, "tail.added")
    async with open_tail(Brokers(bootstrap), topic, prefill=4, client_id=_CLIENT) as tail:
        await tail.check()
        await add_partitions(Brokers(bootstrap), {topic: 6})
        producer = KafkaProducer(Brokers(bootstrap), "test-of-added")  # made now, it knows of them
        await producer.start()
        try:
            with pytest.raises(TopicChanged):
                await _poll_while_written(tail, producer, topic)
        finally:
            await producer.stop()
        with pytest.raises(TopicChanged, match="6 partitions"):
            await tail.check()


async def _poll_while_written(tail: TopicTail, producer: KafkaProducer, topic: str) -> None:
    async with asyncio.timeout(60):
        while True:
            await tail._consumer._client.force_metadata_update()  # the driver does so every half minute
            await producer.send([NewRecord(topic, b"key%d" % number, b"") for number in range(40)])
            await tail.poll(0.2)
