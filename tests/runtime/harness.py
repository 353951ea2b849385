"""Topics, replicas and views of the broker for the tests of the runtime."""

import asyncio
import itertools
import os
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as DriverPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.partitioner import DefaultPartitioner

from shared.clock import SystemClock
from shared.domain import ids
from shared.kafka import admin
from shared.kafka.aiokafka_source import AiokafkaSource
from shared.kafka.brokers import Brokers
from shared.kafka.codec import to_record
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.faust_source import FaustSource
from shared.kafka.ports import Source
from shared.kafka.producer import KafkaProducer
from shared.kafka.records import CommittedOffset, NewRecord, Record
from shared.kafka.runtime.finished_offsets import decode
from shared.kafka.runtime.limits import ConsumerLimits
from shared.kafka.runtime.runner import Runner
from shared.messages.ai import AiRequest
from shared.messages.inbound import Provider
from shared.topics import TOPICS, Topic

PARTITIONS = 4  # what the embedded cluster gives a topic that it has not heard of
SOURCES: dict[str, type[AiokafkaSource] | type[FaustSource]] = {"aiokafka": AiokafkaSource, "faust": FaustSource}
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Kafka. `kind`: `apache`, `external` or `embedded` (one member per group).

    bootstrap: how tests look into it, in the clear. way: how replicas speak to it; None: the same way.
    """

    bootstrap: str
    kind: str
    way: Brokers | None = None

    @property
    def brokers(self) -> Brokers:
        """For what is tested."""
        return self.way or Brokers(self.bootstrap)


def make_topic(retries: int = 2, name: str = "") -> Topic:
    """A row of the table that no other test has."""
    return Topic(
        name=name or f"test.{os.getpid()}.{next(_numbers)}",
        message=AiRequest,
        partitions=PARTITIONS,
        retention=3600,
        producers=("test",),
        consumers=("test",),
        retries=retries,
    )


async def create(cluster: Cluster, topic: Topic) -> None:
    """Make the topic; the embedded cluster does so when it is asked for it."""
    client = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await client.start()
    try:
        if cluster.kind != "embedded":
            await client.create_topics([admin._new_topic(topic, 1)])
        await until(lambda: _partitions(client, topic), "the topic exists")
    finally:
        await client.close()


async def _partitions(client: AIOKafkaAdminClient, topic: Topic) -> bool:
    (described,) = await client.describe_topics([topic.name])
    return len(described["partitions"]) == topic.partitions


def request(workspace: str, conversation: str, turn: int, order: str = "") -> AiRequest:
    """A message. `order` says what the handler is to do with it; `turn` counts within the conversation."""
    id_ = f"{workspace}/{conversation}/{turn}"
    return AiRequest(
        id=id_,
        workspace=workspace,
        correlation_id=ids.correlation_id(id_),
        created_at=datetime.now(UTC),
        provider=Provider.META,
        channel=order,
        conversation_id=conversation,
        customer_id=conversation,
        address=conversation,
        message_ids=(id_,),
        turn=turn,
    )


def partition_of(workspace: str) -> int:
    """The partition that the producer chooses for a workspace's records."""
    everything = list(range(PARTITIONS))
    return int(DefaultPartitioner()(workspace.encode(), everything, everything))


def workspaces(count: int, *, together: bool = False) -> list[str]:
    """Names of workspaces, each in a partition of its own, or all in one partition."""
    names: list[str] = []
    taken: set[int] = set()
    for number in itertools.count():
        partition = partition_of(f"ws{number}")
        if not names or (partition in taken) == together:
            names.append(f"ws{number}")
            taken.add(partition)
        if len(names) == count:
            return names
    raise AssertionError


def load(names: Iterable[str], conversations: int, turns: int) -> list[AiRequest]:
    """Messages in the order in which they are to be sent: turn by turn."""
    names = list(names)
    return [
        request(workspace, f"c{conversation}", turn)
        for turn in range(turns)
        for conversation in range(conversations)
        for workspace in names
    ]


async def send(producer: KafkaProducer, topic: Topic, messages: Iterable[AiRequest]) -> None:
    await producer.send([to_record(topic, message) for message in messages], timeout=20)


async def until(condition: Callable[[], Any | Awaitable[Any]], what: str, timeout: float = 20.0) -> None:
    """Wait until the condition holds; fail, saying what was waited for, when it does not within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        found = condition()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s: {what}")
        await asyncio.sleep(0.01)


@dataclass
class Work:
    """A handler that keeps account. `orders`: what it does for a message's order, before the message counts as done."""

    orders: dict[str, Callable[[AiRequest], Awaitable[None]]] = field(default_factory=dict)
    each: Callable[[AiRequest], Awaitable[None]] | None = None
    begun: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    turns: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    running: set[str] = field(default_factory=set)
    most_running: int = 0
    most_of: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def __call__(self, message: AiRequest) -> None:
        lane = f"{message.workspace}/{message.conversation_id}"
        assert lane not in {one.rpartition("/")[0] for one in self.running}, "one at a time in a conversation"
        self.begun.append(message.id)
        self.running.add(message.id)
        self.most_running = max(self.most_running, len(self.running))
        mine = sum(one.startswith(f"{message.workspace}/") for one in self.running)
        self.most_of[message.workspace] = max(self.most_of[message.workspace], mine)
        try:
            if self.each is not None:
                await self.each(message)
            if message.channel in self.orders:
                await self.orders[message.channel](message)
        finally:
            self.running.discard(message.id)
        self.done.append(message.id)
        self.turns[lane].append(message.turn)


def limits(**changes: Any) -> ConsumerLimits:
    return ConsumerLimits(
        **{
            "window": 200,
            "active": 1000,
            "lanes": 100,
            "lanes_per_workspace": 50,
            "drain": 5.0,
            "commit_interval": 0.05,
            **changes,
        }
    )


def make_runner(
    cluster: Cluster,
    kind: str,
    topic: Topic,
    group: str,
    handler: Callable[[AiRequest], Awaitable[None]],
    producer: KafkaProducer,
    *,
    instance: str = "",
    session_timeout: float | None = None,
    rebalance_timeout: float = 10.0,
    bounds: ConsumerLimits | None = None,
    skip: Callable[[Record], bool] | None = None,
    single_workspace: bool = True,
    batch_handler: Callable[[Sequence[AiRequest]], Awaitable[None]] | None = None,
) -> tuple[Runner, Source]:
    """A runner as a service wires it. single_workspace: whether there is only one workspace."""
    if session_timeout is None:  # the embedded cluster waits for one, less a second, whenever a group comes back
        session_timeout = 1.5 if cluster.kind == "embedded" else 6.0
    source = SOURCES[kind](
        cluster.brokers,
        group=group,
        topics=[topic.name],
        instance=instance,
        session_timeout=session_timeout,
        rebalance_timeout=rebalance_timeout,
    )
    clock = SystemClock()
    runner = Runner(
        "test",
        source=source,
        handlers={topic.name: handler},
        lane_of=lambda message: str(message.conversation_id),
        dead_letters=DeadLetters("test", producer, clock),
        limits=bounds or limits(),
        clock=clock,
        skip=skip,
        batch_handlers={topic.name: batch_handler} if batch_handler else {},
        single_workspace=lambda: single_workspace,
    )
    return runner, source


class Replica:
    """A running runner."""

    def __init__(self, runner: Runner, source: Source) -> None:
        self.runner = runner
        self.source = source
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(runner.run(self._stop))

    async def ready(self) -> None:
        """Wait until it has partitions."""
        await until(lambda: self._alive() and self.runner.ready, "the replica has its partitions")

    async def until(self, condition: Callable[[], Any | Awaitable[Any]], what: str, timeout: float = 20.0) -> None:
        """`until`, while the replica lives."""

        async def both() -> bool:
            self._alive()
            found = condition()
            return bool(await found if isinstance(found, Awaitable) else found)

        await until(both, what, timeout)

    def _alive(self) -> bool:
        if self._task.done() and not self._stop.is_set():
            self._task.result()
            raise AssertionError("the runner ended by itself")
        return True

    async def stop(self) -> None:
        """Stop it as SIGTERM does, and wait for its end."""
        self._stop.set()
        await self._task

    async def ended(self) -> None:
        """Wait until it ends by itself. Raises its error."""
        await asyncio.shield(self._task)

    async def end(self) -> None:
        """Stop it, whatever comes."""
        self._stop.set()
        await asyncio.gather(self._task, return_exceptions=True)


class Look:
    """The broker's view of a topic and a group."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    async def committed(self, group: str, topic: Topic) -> dict[int, int]:
        """The committed offsets by partition, without those that nobody committed."""
        return {partition: found.offset for partition, found in (await self._committed(group, topic)).items()}

    async def finished_behind(self, group: str, topic: Topic) -> dict[int, int]:
        """By partition, how many records are committed as finished behind the committed offset."""
        found = await self._committed(group, topic)
        return {partition: len(decode(*committed)) for partition, committed in found.items()}

    async def _committed(self, group: str, topic: Topic) -> dict[int, CommittedOffset]:
        client = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await client.start()
        try:
            wanted = [DriverPartition(topic.name, number) for number in range(topic.partitions)]
            found = await client.list_consumer_group_offsets(group, partitions=wanted)
        finally:
            await client.close()
        return {
            source.partition: CommittedOffset(value.offset, value.metadata)
            for source, value in found.items()
            if value.offset >= 0
        }

    async def ends(self, topic: str, partitions: int = PARTITIONS) -> dict[int, int]:
        """The end offsets of the partitions that have records."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap)
        await consumer.start()
        try:
            found = await consumer.end_offsets([DriverPartition(topic, number) for number in range(partitions)])
        finally:
            await consumer.stop()
        return {source.partition: end for source, end in found.items() if end > 0}

    async def all_committed(self, group: str, topic: Topic) -> bool:
        """Everything there is has been committed."""
        return await self.committed(group, topic) == await self.ends(topic.name)

    async def records(self, topic: str) -> list[Record]:
        """All records of a topic."""
        partitions = TOPICS[topic].partitions
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            sources = [DriverPartition(topic, number) for number in range(partitions)]
            consumer.assign(sources)
            ends = await consumer.end_offsets(sources)
            found: list[Record] = []
            while any([await consumer.position(source) < end for source, end in ends.items()]):
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    found += [
                        Record(one.topic, one.partition, one.offset, one.key or b"", one.value or b"", one.headers)
                        for one in batch
                    ]
        finally:
            await consumer.stop()
        return found


def raw(topic: Topic, workspace: str, value: bytes) -> NewRecord:
    """A record whose value need not be a message."""
    return NewRecord(topic.name, workspace.encode(), value)
