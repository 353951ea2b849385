"""Creates and checks the topics of `shared.topics`, and waits for the coordinators of its groups.

`python -m shared.kafka.admin`: exit code 0 without problems.

With KAFKA_REPLICATION above 1, `min.insync.replicas` is one less: one broker may be down without stopping producers,
and an acknowledged record survives the loss of another one.

A topic with fewer partitions is reported, not resized: resizing moves keys to other partitions and would break the
order of conversations while both are read. `parley topics resize` does it when nothing is left to read. A topic with
more partitions was resized and is no problem.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import KafkaError

from shared.errors import DependencyAway
from shared.kafka.brokers import Brokers, brokers_of
from shared.kafka.coordinators import wait_for_coordinators
from shared.kafka.driver_cancellation import driver_cancellation_as_error
from shared.settings import SettingsError, load
from shared.topics import GROUPS, TOPICS, Topic

_ALREADY_THERE = 36


@dataclass(frozen=True, slots=True)
class TopicDifferences:
    """Differences between the topics and the table, a sentence each. larger: those with more partitions; no problem."""

    problems: list[str]
    larger: list[str]

    def text(self) -> str:
        """Return all differences, or that there are none."""
        return "; ".join([*self.problems, *self.larger]) or f"{len(TOPICS)} topics match the table"


async def ensure_topics(brokers: Brokers, replication: int = 1, timeout: float = 30.0) -> TopicDifferences:
    """Create missing topics and wait for the groups' coordinators; return the differences to the table. Raises
    DependencyAway.
    """
    async with _connected(brokers, timeout) as admin:
        await _create(admin, replication)
        differences = await _differences(admin, replication)
        without = await wait_for_coordinators(admin, GROUPS)
    differences.problems.extend(f"group {group}: no broker coordinates it" for group in without)
    return differences


async def check_topics(brokers: Brokers, replication: int = 1, timeout: float = 30.0) -> TopicDifferences:
    """Return the differences to the table. Raises DependencyAway."""
    async with _connected(brokers, timeout) as admin:
        return await _differences(admin, replication, patience=0)


async def add_partitions(brokers: Brokers, wanted: Mapping[str, int], timeout: float = 30.0) -> dict[str, int]:
    """Add partitions to topics; return the former number of each that was changed. Raises DependencyAway.

    wanted: numbers by name. Keys move to other partitions: unread records of a conversation would be read at the same
    time as new ones.
    """
    async with _connected(brokers, timeout) as admin:
        found = {item["topic"]: len(item["partitions"]) for item in await admin.describe_topics(list(wanted))}
        fewer = {name: found[name] for name, count in wanted.items() if 0 < found.get(name, 0) < count}
        if fewer:
            answer = await admin.create_partitions({name: NewPartitions(wanted[name]) for name in fewer})
            for name, code, *detail in answer.topic_errors:
                if code:
                    raise DependencyAway("kafka", f"topic {name} cannot be resized: error {code} {detail}")
        return fewer


@asynccontextmanager
async def _connected(brokers: Brokers, timeout: float) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(**brokers.options, request_timeout_ms=10_000)
    try:
        async with asyncio.timeout(timeout):
            with driver_cancellation_as_error():
                await admin.start()
                try:
                    yield admin
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


async def _differences(admin: Any, replication: int, patience: int = 100) -> TopicDifferences:
    differences = TopicDifferences([], [])
    for _ in range(1 + patience):
        found = {item["topic"]: item["partitions"] for item in await admin.describe_topics(list(TOPICS))}
        described = {name: len(partitions) for name, partitions in found.items()}
        copies = {name: min(len(one["replicas"]) for one in parts) for name, parts in found.items() if parts}
        differences = _compared(described, copies, replication)
        if set(TOPICS) <= described.keys() and all(described.values()):
            break
        await asyncio.sleep(0.05)  # a new topic is visible a moment after its creation
    return differences


def _compared(partitions: Mapping[str, int], copies: Mapping[str, int], replication: int) -> TopicDifferences:
    problems, larger = list[str](), list[str]()
    for name, topic in TOPICS.items():
        if (found := partitions.get(name, 0)) != topic.partitions:
            sentence = f"topic {name}: {found} partitions, the table says {topic.partitions}"
            (larger if found > topic.partitions else problems).append(sentence)
        if copies.get(name, replication) < replication:
            problems.append(f"topic {name}: {copies[name]} copies, KAFKA_REPLICATION says {replication}")
    return TopicDifferences(problems, larger)


def _new_topic(topic: Topic, replication: int) -> NewTopic:
    configs = {"retention.ms": str(topic.retention * 1000), "max.message.bytes": str(topic.max_bytes)}
    if replication > 1:
        configs["min.insync.replicas"] = str(replication - 1)
    return NewTopic(topic.name, topic.partitions, replication, topic_configs=configs)


def main() -> int:
    """Run the command; print one line and return the exit code."""
    try:
        settings = load(secrets_key=False)
        differences = asyncio.run(ensure_topics(brokers_of(settings), settings.kafka_replication))
    except (SettingsError, DependencyAway) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{differences.text()}\n")
    return 1 if differences.problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
