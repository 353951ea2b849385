"""Count the records of topics."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.topics import TOPICS


def count_records(bootstrap_servers: str, topics: Sequence[str]) -> dict[str, int]:
    """Return the sum of each topic's end offsets: all records ever written, since nothing is transactional."""
    return asyncio.run(_count(bootstrap_servers, topics))


async def _count(bootstrap_servers: str, topics: Sequence[str]) -> dict[str, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers)
    await consumer.start()
    try:
        wanted = [TopicPartition(name, number) for name in topics for number in range(TOPICS[name].partitions)]
        ends = await consumer.end_offsets(wanted)
    finally:
        await consumer.stop()
    return {name: sum(end for source, end in ends.items() if source.topic == name) for name in topics}
