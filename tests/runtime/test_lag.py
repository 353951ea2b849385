"""The lag exporter against a real broker: records, ages and members."""

import asyncio
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as DriverPartition
from aiokafka.errors import GroupLoadInProgressError
from aiokafka.protocol.commit import OffsetFetchRequest, OffsetFetchResponse_v3
from prometheus_client import REGISTRY

from shared.clock import FixedClock, SystemClock
from shared.errors import DependencyAway
from shared.kafka.brokers import Brokers
from shared.kafka.lag.exporter import LagExporter
from shared.kafka.lag.meter import LagMeter
from shared.kafka.lag.reader import LagReader
from shared.kafka.producer import KafkaProducer
from shared.kafka.records import TopicPartition
from shared.topics import Topic
from tests.conftest import Infra
from tests.runtime.conftest import Replicate
from tests.runtime.harness import Cluster, Work, load, partition_of, send, until, workspaces


@pytest.fixture
def cluster(real: Cluster) -> Cluster:
    return real


@pytest.fixture
def kind() -> str:
    return "aiokafka"


@pytest.fixture
async def exporter(cluster: Cluster, topic: Topic, group: str) -> AsyncIterator[LagExporter]:
    groups = {group: [topic.name], f"{group}.other": [topic.name]}
    made = LagExporter(Brokers(cluster.bootstrap), groups, [topic.name], SystemClock())
    yield made
    await made._meter.close()


def told(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def looks(exporter: LagExporter, group: str) -> bool:
    await exporter.measure()
    return told("parley_kafka_up") == 1 and told("parley_group_members", group=group) is not None


async def test_topic_without_a_consumer_has_lag_in_records_and_seconds(
    exporter: LagExporter, topic: Topic, group: str, producer: KafkaProducer
) -> None:
    labels = {"group": group, "topic": topic.name}
    # A new broker, and a new group, has no coordinator at first: its members are not known then.
    await until(lambda: looks(exporter, group), "the broker can be asked")
    assert told("parley_group_lag_records", **labels) == 0
    assert told("parley_group_lag_seconds", **labels) == 0
    assert told("parley_group_members", group=group) == 0

    await send(producer, topic, load(workspaces(2), conversations=5, turns=1))
    await exporter.measure()
    assert told("parley_group_lag_records", **labels) == 10
    first = told("parley_group_lag_seconds", **labels)
    assert first is not None
    assert 0 < first < 60
    assert told("parley_topic_records_total", topic=topic.name) == 10

    await exporter.measure()
    later = told("parley_group_lag_seconds", **labels)
    assert later is not None
    assert later > first, "the oldest record grows older"
    stalled = told("parley_group_stalled_seconds", **labels)
    assert stalled is not None
    assert stalled > 0


async def test_age_is_that_of_the_record_at_the_committed_offset(
    exporter: LagExporter, cluster: Cluster, topic: Topic, group: str, producer: KafkaProducer
) -> None:
    (workspace,) = workspaces(1)
    await send(producer, topic, load([workspace], conversations=4, turns=1))
    source = DriverPartition(topic.name, partition_of(workspace))
    times = await _times(cluster, source)
    await _commit(cluster, group, source, 2)
    exporter._meter._clock = clock = FixedClock(SystemClock().now())
    clock.advance(100)
    await exporter.measure()
    labels = {"group": group, "topic": topic.name}
    assert told("parley_group_lag_records", **labels) == 2
    assert told("parley_group_lag_seconds", **labels) == pytest.approx(clock.now().timestamp() - times[2])
    clock.advance(50)
    await exporter.measure()
    assert told("parley_group_stalled_seconds", **labels) == 50
    await _commit(cluster, group, source, 3)
    await exporter.measure()
    assert told("parley_group_stalled_seconds", **labels) == 0, "there was a commit"
    assert told("parley_group_lag_seconds", **labels) == pytest.approx(clock.now().timestamp() - times[3])


async def test_offsets_that_a_broker_still_loads_are_not_taken_for_none(
    cluster: Cluster, topic: Topic, group: str, producer: KafkaProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace,) = workspaces(1)
    await send(producer, topic, load([workspace], conversations=4, turns=1))
    source = DriverPartition(topic.name, partition_of(workspace))
    await _commit(cluster, group, source, 2)
    reader = await LagReader.connected(Brokers(cluster.bootstrap))
    really, loading = reader._admin._send_request, [OffsetFetchResponse_v3(0, [], GroupLoadInProgressError.errno)]

    async def answered(request: Any, node: int | None = None) -> Any:
        """Answer the first question for offsets as a broker does that loads the group."""
        return loading.pop() if isinstance(request, OffsetFetchRequest) and loading else await really(request, node)

    monkeypatch.setattr(reader._admin, "_send_request", answered)
    try:
        found = {one.source: one.committed for one in await reader.read({group: [topic.name]})}
    finally:
        await reader.close()
    assert not loading
    assert found[TopicPartition(*source)] == 2


async def test_working_consumer_is_a_member_and_ends_without_lag(
    exporter: LagExporter, topic: Topic, group: str, producer: KafkaProducer, replicate: Replicate
) -> None:
    work = Work()
    replica = replicate(work)
    await send(producer, topic, load(workspaces(2), conversations=5, turns=2))
    await replica.until(lambda: len(work.done) == 20, "all are done")

    async def caught_up() -> bool:
        await exporter.measure()
        done = told("parley_group_lag_records", group=group, topic=topic.name) == 0
        return done and told("parley_group_members", group=group) == 1

    await until(caught_up, "all is committed")
    assert told("parley_group_lag_seconds", group=group, topic=topic.name) == 0


async def test_unreachable_broker_is_reported_and_no_old_value_is_exported(
    infra: Infra, exporter: LagExporter, cluster: Cluster, topic: Topic, group: str, producer: KafkaProducer
) -> None:
    if cluster.kind != "apache":
        pytest.skip("needs a Kafka of the tests' own, to stop it")
    await send(producer, topic, load(workspaces(1), conversations=1, turns=1))
    await exporter.measure()
    assert told("parley_group_lag_records", group=group, topic=topic.name) == 1
    await asyncio.to_thread(infra.stack.kill, "kafka")
    try:
        await exporter.measure()
        assert told("parley_kafka_up") == 0
        assert told("parley_group_lag_records", group=group, topic=topic.name) is None
        with pytest.raises(Exception, match="kafka is away"):
            await exporter.check()
    finally:
        await asyncio.to_thread(infra.stack.start_one, "kafka")

    await until(lambda: looks(exporter, group), "it asks the broker again")
    assert told("parley_group_lag_records", group=group, topic=topic.name) == 1


async def test_exporter_survives_a_broker_that_hangs_again_and_again(
    infra: Infra, exporter: LagExporter, cluster: Cluster, group: str
) -> None:
    """aiokafka cancels calls whose connection it gives up, which must not end the exporter."""
    if cluster.kind != "apache":
        pytest.skip("needs a Kafka of the tests' own, to stop it")
    stop = asyncio.Event()
    await until(lambda: looks(exporter, group), "the broker can be asked")
    running = asyncio.create_task(exporter.run(stop))
    for _ in range(3):
        infra.stack.send_signal(signal.SIGSTOP, "kafka")
        try:
            await until(lambda: told("parley_kafka_up") == 0, "the measurement is given up", timeout=60)
            failed = exporter.heartbeat
            await until(lambda: exporter.heartbeat > failed, "the next one has begun", timeout=60)  # noqa: B023
        finally:
            infra.stack.send_signal(signal.SIGCONT, "kafka")
        assert not running.done()
        await until(lambda: told("parley_kafka_up") == 1, "it measures again", timeout=60)
    stop.set()
    await running


async def test_cancellation_by_the_driver_is_a_failed_measurement(
    exporter: LagExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cancelled(_self: LagMeter) -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    monkeypatch.setattr(LagMeter, "_measure", cancelled)
    await exporter.measure()
    assert told("parley_kafka_up") == 0
    with pytest.raises(DependencyAway, match="gave up its connection"):
        await exporter.check()


async def test_cancelled_measurement_stays_cancelled(exporter: LagExporter, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forever(_self: LagMeter) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(LagMeter, "_measure", forever)
    measuring = asyncio.create_task(exporter.measure())
    await asyncio.sleep(0)
    measuring.cancel()
    with pytest.raises(asyncio.CancelledError):
        await measuring


async def _times(cluster: Cluster, source: DriverPartition) -> list[float]:
    """Return the time at which each record of a partition was written."""
    consumer = AIOKafkaConsumer(bootstrap_servers=cluster.bootstrap)
    await consumer.start()
    try:
        consumer.assign([source])
        await consumer.seek_to_beginning(source)
        end = (await consumer.end_offsets([source]))[source]
        times: list[float] = []
        while len(times) < end:
            times += [record.timestamp / 1000 for record in (await consumer.getmany(timeout_ms=200)).get(source, [])]
        return times
    finally:
        await consumer.stop()


async def _commit(cluster: Cluster, group: str, source: DriverPartition, offset: int) -> None:
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=cluster.bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([source])
        await consumer.commit({source: offset})
    finally:
        await consumer.stop()
