"""Creates and checks the topics of the table. `python -m shared.kafka.admin`: exit 0 when all is as the table says.

With KAFKA_REPLICATION above 1 a record counts as accepted when all copies but one have it (`min.insync.replicas`): one
broker may be away without a stop, and one more may be lost without a loss.

A topic that exists with fewer partitions is reported, not resized: resizing moves keys to other partitions and would
break the order of conversations while both are read.
"""

import asyncio
import sys
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from shared.errors import DependencyAway
from shared.settings import SettingsError, load
from shared.topics import TOPICS, Topic

_ALREADY_THERE = 36


async def ensure_topics(bootstrap_servers: str, replication: int = 1, timeout: float = 30.0) -> list[str]:
    """Create what is missing; return what differs from the table, a sentence each. Raises DependencyAway."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=10_000)
    try:
        async with asyncio.timeout(timeout):
            await admin.start()
            try:
                await _create(admin, replication)
                return await _differences(admin, replication)
            finally:
                await admin.close()
    except (KafkaError, TimeoutError, OSError) as error:
        raise DependencyAway("kafka", str(error) or repr(error)) from None


async def _create(admin: Any, replication: int) -> None:
    known = set(await admin.list_topics())
    missing = [topic for topic in TOPICS.values() if topic.name not in known]
    if not missing:
        return
    response = await admin.create_topics([_new_topic(topic, replication) for topic in missing])
    for name, code, *detail in response.topic_errors:
        if code not in (0, _ALREADY_THERE):
            raise DependencyAway("kafka", f"topic {name} cannot be created: error {code} {detail}")


async def _differences(admin: Any, replication: int) -> list[str]:
    differences = []
    for _ in range(100):
        found = {item["topic"]: item["partitions"] for item in await admin.describe_topics(list(TOPICS))}
        described = {name: len(partitions) for name, partitions in found.items()}
        copies = {name: min(len(one["replicas"]) for one in parts) for name, parts in found.items() if parts}
        differences = [
            f"topic {name}: {described.get(name, 0)} partitions, the table says {topic.partitions}"
            for name, topic in TOPICS.items()
            if described.get(name, 0) != topic.partitions
        ]
        differences += [
            f"topic {name}: {copies[name]} copies, KAFKA_REPLICATION says {replication}"
            for name in TOPICS
            if copies.get(name, replication) < replication
        ]
        if set(TOPICS) <= described.keys() and all(described.values()):
            break
        await asyncio.sleep(0.05)  # a new topic is described a moment after it was made
    return differences


def _new_topic(topic: Topic, replication: int) -> NewTopic:
    configs = {"retention.ms": str(topic.retention * 1000), "max.message.bytes": str(topic.max_bytes)}
    if replication > 1:
        configs["min.insync.replicas"] = str(replication - 1)
    return NewTopic(topic.name, topic.partitions, replication, topic_configs=configs)


def main() -> int:
    """The command. Prints one line."""
    try:
        settings = load()
        differences = asyncio.run(ensure_topics(settings.kafka_bootstrap_servers, settings.kafka_replication))
    except (SettingsError, DependencyAway) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("; ".join(differences) + "\n" if differences else f"{len(TOPICS)} topics are in order\n")
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
