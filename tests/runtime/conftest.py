"""Fixtures: both sources, on Apache Kafka and on the embedded cluster where it suffices."""

import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from shared.kafka.producer import KafkaProducer
from shared.messages.ai import AiRequest
from shared.topics import TOPICS, Topic
from tests.conftest import Infra
from tests.runtime.embedded import QuickKafka
from tests.runtime.harness import Cluster, Look, Replica, create, make_runner, make_topic


@pytest.fixture(scope="package")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """librdkafka's cluster."""
    server = QuickKafka(log=tmp_path_factory.mktemp("embedded") / "kafka.log", env=dict(os.environ))
    server.start()
    try:
        server.wait_ready()
        yield Cluster(server.address, "embedded")
    finally:
        server.stop(2.0)


@pytest.fixture(scope="session")
def real(infra: Infra) -> Cluster:
    """A Kafka that can host several members of a group."""
    if infra.kafka_kind == "embedded":
        pytest.skip("needs Apache Kafka: Java 17 and Maven, or KAFKA_BOOTSTRAP_SERVERS")
    return Cluster(infra.kafka, infra.kafka_kind)


@pytest.fixture
def cluster(request: pytest.FixtureRequest, infra: Infra) -> Cluster:
    """The best Kafka there is, or what `ON_BOTH` asks for."""
    best = "embedded" if infra.kafka_kind == "embedded" else "real"
    found: Cluster = request.getfixturevalue(getattr(request, "param", best))
    return found


ON_BOTH = pytest.mark.parametrize("cluster", ["real", "embedded"], indirect=True)


@pytest.fixture(params=["aiokafka", "faust"])
def kind(request: pytest.FixtureRequest) -> str:
    """The source that the runner reads with."""
    return str(request.param)


@pytest.fixture
def look(cluster: Cluster) -> Look:
    return Look(cluster.bootstrap)


@pytest.fixture
async def topic(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Topic:
    """A topic of the test's own, as a further row of the table."""
    made = make_topic()
    monkeypatch.setitem(TOPICS, made.name, made)
    await create(cluster, made)
    return made


@pytest.fixture
def group(topic: Topic) -> str:
    """A consumer group of the test's own."""
    return f"group.{topic.name}"


@pytest.fixture
async def producer(cluster: Cluster) -> AsyncIterator[KafkaProducer]:
    made = KafkaProducer(cluster.brokers, "test")
    await made.start()
    yield made
    await made.stop()


Replicate = Callable[..., Replica]


@pytest.fixture
async def replicate(
    cluster: Cluster, kind: str, topic: Topic, group: str, producer: KafkaProducer
) -> AsyncIterator[Replicate]:
    """Starts a replica around a handler; ends those that still run when the test is over."""
    started: list[Replica] = []

    def start(handler: Callable[[AiRequest], Awaitable[None]], **options: Any) -> Replica:
        runner, source = make_runner(cluster, kind, topic, group, handler, producer, **options)
        replica = Replica(runner, source)
        started.append(replica)
        return replica

    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(lambda: _end_all(started))
        yield start


async def _end_all(replicas: list[Replica]) -> None:
    for replica in replicas:
        await replica.end()
