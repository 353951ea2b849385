"""The lag of a group while its broker starts anew: the broker answers before it has loaded the group's offsets."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from confluent_kafka.admin import AdminClient, NewTopic

from devtools.stack.supervisor import Stack
from shared.kafka.brokers import Brokers
from shared.kafka.lag.reader import LagReader

pytestmark = pytest.mark.stack

TOPIC, GROUPS, RECORDS = "lag-after-restart", [f"lag.{number}" for number in range(20)], 30


async def test_committed_records_are_never_counted_as_lag_while_a_broker_loads(infra: Stack) -> None:
    if infra.info["kafka_kind"] != "apache":
        pytest.skip("the embedded Kafka keeps nothing")
    brokers = Brokers(infra.info["kafka"])
    await _write_and_commit(infra.info["kafka"])
    await asyncio.to_thread(infra.kill, "kafka")
    restarting = asyncio.create_task(asyncio.to_thread(infra.restart, "kafka"))
    found: list[set[int | None]] = []
    async with asyncio.timeout(60):
        while len(found) < 10:
            try:
                reader = await LagReader.connected(brokers)
                try:
                    found += [await _committed(reader) for _ in range(10)]
                finally:
                    await reader.close()
            except (KafkaError, OSError):
                continue  # not known yet, and it says so
    await restarting
    assert found == [{RECORDS}] * len(found)


async def _write_and_commit(bootstrap: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(TOPIC, 1, 1)])[TOPIC].result(10)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await asyncio.gather(*[await producer.send(TOPIC, b"x", partition=0) for _ in range(RECORDS)])
    for group in GROUPS:
        async with AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False) as consumer:
            consumer.assign([TopicPartition(TOPIC, 0)])
            await consumer.commit({TopicPartition(TOPIC, 0): RECORDS})


async def _committed(reader: LagReader) -> set[int | None]:
    return {position.committed for position in await reader.read({group: [TOPIC] for group in GROUPS})}
