"""Broker outages, creation and checks of topics, and errors of the producer."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.errors import ClockWrong, DependencyAway
from shared.kafka import admin
from shared.kafka.admin import TopicDifferences, add_partitions, ensure_topics
from shared.kafka.brokers import Brokers
from shared.kafka.codec import to_record
from shared.kafka.producer import KafkaProducer
from shared.messages.ai import AiRequest
from shared.telemetry import metrics
from shared.topics import DEAD_LETTERS, MIB, TOPICS, Topic
from tests.conftest import Infra
from tests.runtime.conftest import Replicate
from tests.runtime.embedded import QuickKafka
from tests.runtime.harness import (
    Cluster,
    Look,
    Replica,
    Work,
    create,
    load,
    make_runner,
    make_topic,
    raw,
    request,
    send,
    until,
    workspaces,
)

_SOON = 25.0  # seconds: well below the time-outs of the driver, and enough for a machine that stands still for a moment


class TestBrokerAway:
    @pytest.fixture
    def cluster(self, real: Cluster) -> Cluster:
        if real.kind != "apache":
            pytest.skip("needs a Kafka of the tests' own, to stop it")
        return real

    async def test_consumers_and_producers_recover_after_a_broker_outage(
        self, infra: Infra, topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
    ) -> None:
        """Killed in the middle of the work: sends fail within their limit, commits are refused, nothing ends; when it
        is back all goes on by itself, and nothing is lost."""
        messages = load(workspaces(4), conversations=10, turns=4)
        work = Work(each=lambda _: asyncio.sleep(0.02))
        replica = replicate(work)
        await send(producer, topic, messages[:80])
        await replica.until(lambda: len(work.done) > 20, "it is in the middle of the work")
        infra.stack.kill("kafka")
        try:
            began = time.monotonic()
            with pytest.raises(DependencyAway, match="kafka"):
                await producer.send([to_record(topic, messages[80])], timeout=1.0)
            assert time.monotonic() - began < _SOON
            with pytest.raises(DependencyAway, match="kafka"):
                await producer.ping(timeout=0.5)
            await replica.until(lambda: not replica.runner.stats()["running"], "what was read is finished meanwhile")
            await replica.until(lambda: time.monotonic() - began > 1.5, "it has been away for a while")
        finally:
            await asyncio.to_thread(infra.stack.restart, "kafka")
        await _send_until_accepted(producer, topic, messages[80:])
        wanted = {message.id for message in messages}
        await replica.until(lambda: wanted <= set(work.done), "everything is done", timeout=40)
        await replica.until(lambda: look.all_committed(group, topic), "everything is committed")
        assert replica.runner.counts["dead_letter"] == 0

    async def test_consumer_that_starts_while_the_broker_is_away_joins_when_it_is_back(
        self, infra: Infra, topic: Topic, producer: KafkaProducer, look: Look, group: str, replicate: Replicate
    ) -> None:
        """Its process does not end: a broker can go between the process's first look at it and the join."""
        message = request(workspaces(1)[0], "c", 0)
        await send(producer, topic, [message])
        infra.stack.kill("kafka")
        work = Work()
        replica = replicate(work)
        starts = _count_starts(replica)
        try:
            await replica.until(lambda: len(starts) > 1, "it has tried twice", timeout=40)
        finally:
            await asyncio.to_thread(infra.stack.restart, "kafka")
        await replica.until(lambda: work.done == [message.id], "the record is processed", timeout=60)
        await replica.until(lambda: look.all_committed(group, topic), "it is committed")


def _count_starts(replica: Replica) -> list[float]:
    """Return a list that grows with each start of the replica's source."""
    starts: list[float] = []
    start = replica.source.start

    async def counted(*listeners: Any) -> None:
        starts.append(time.monotonic())
        await start(*listeners)

    replica.source.start = counted  # type: ignore[assignment,method-assign]
    return starts


async def test_producer_that_is_cancelled_while_it_connects_closes_its_connection() -> None:
    """A request that ends while its producer is being replaced leaves no connection behind."""
    accepted, closed = asyncio.Event(), asyncio.Event()

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        await reader.read()  # until the other side closes
        writer.close()
        closed.set()

    async with await asyncio.start_server(keep_silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connecting = asyncio.create_task(KafkaProducer(Brokers(f"127.0.0.1:{port}"), "test").start())
        async with asyncio.timeout(_SOON):
            await accepted.wait()
            connecting.cancel()
            await closed.wait()
    assert connecting.cancelled()


async def _send_until_accepted(producer: KafkaProducer, topic: Topic, messages: list[AiRequest]) -> None:
    async def accepted() -> bool:
        try:
            await producer.send([to_record(topic, message) for message in messages], timeout=5)
        except DependencyAway:
            return False
        return True

    await until(accepted, "the broker takes them", timeout=30)


async def test_rejected_timestamp_raises_clock_wrong(real: Cluster, producer: KafkaProducer) -> None:
    """A broker that accepts only new timestamps rejects as one whose clock is an hour behind."""
    strict = make_topic()
    admin = AIOKafkaAdminClient(bootstrap_servers=real.bootstrap)
    await admin.start()
    try:
        configs = {"message.timestamp.before.max.ms": "0"}
        await admin.create_topics([NewTopic(strict.name, 1, 1, topic_configs=configs)])
    finally:
        await admin.close()
    before = metrics.CLOCK_REFUSED._value.get()
    record = raw(strict, "ws", b"x" * 100_000)

    async def refused() -> ClockWrong | None:
        try:
            await producer.send([record] * 20)
        except ClockWrong as error:
            return error
        except DependencyAway:  # the topic is not there yet, or the producer is replaced after a refusal
            return None
        return None

    async with asyncio.timeout(30):
        while (error := await refused()) is None:
            pass
    assert "the clock of this machine" in str(error)
    assert "away" not in str(error)
    assert error.dependency == "clock"
    assert metrics.CLOCK_REFUSED._value.get() > before
    with pytest.raises(ClockWrong, match="Kafka refuses the time"):
        await producer.ping()
    other = make_topic()
    await create(real, other)
    await producer.send([raw(other, "ws", b"{}")])
    await producer.ping()


async def test_producer_reports_an_unreachable_broker_within_its_time_limit(tmp_path: Path) -> None:
    """At the start, later, and after a stop; the time limit is the caller's."""
    server = QuickKafka(log=tmp_path / "kafka.log", env=dict(os.environ))
    server.start()
    try:
        server.wait_ready()
        producer = KafkaProducer(Brokers(server.address), "test")
        record = raw(DEAD_LETTERS, "ws", b"{}")
        with pytest.raises(DependencyAway):
            await producer.send([record])
        await producer.start()
        await producer.send([record, record])
        await producer.ping()
        server.kill()
        await _limited(lambda: producer.send([record] * 3, timeout=0.7))
        await _limited(lambda: producer.send([raw(make_topic(), "ws", b"{}")], timeout=0.5))
        await _limited(lambda: producer.ping(timeout=0.5))
        began = time.monotonic()
        await producer.stop()
        assert time.monotonic() - began < _SOON
        await _limited(lambda: KafkaProducer(Brokers(server.address), "test").start(timeout=1.0))
    finally:
        server.kill()


async def _limited(call: Callable[[], Any]) -> None:
    began = time.monotonic()
    with pytest.raises(DependencyAway):
        await call()
    assert time.monotonic() - began < _SOON


async def test_too_large_record_raises_unstorable(producer: KafkaProducer, topic: Topic) -> None:
    """Not DependencyAway, which would be retried for ever. Later records are written."""
    await producer.send([raw(topic, "ws", b"x")])
    with pytest.raises(ValueError, match="too large"):
        await producer.send([raw(topic, "ws", b"x" * topic.max_bytes)])
    await producer.send([raw(topic, "ws", os.urandom(topic.max_bytes - 2048))])
    await producer.send([raw(topic, "ws", b"x")])


async def test_producer_out_of_sequence_is_replaced(real: Cluster) -> None:
    """A record that the broker rejects leaves a gap in the sequence, after which it rejects all of that producer."""
    topic = make_topic()  # of which the table does not know, nor how large its records may be
    await create(real, topic)
    producer = KafkaProducer(Brokers(real.bootstrap), "test")
    await producer.start()
    try:
        await producer.send([raw(topic, "ws", b"x")])
        with pytest.raises(ValueError, match=r"."):
            await producer.send([raw(topic, "ws", os.urandom(topic.max_bytes + MIB))])
        await _send_until_accepted(producer, topic, [request("ws", "c", 0)])
        await producer.send([raw(topic, "ws", b"x")])
        assert sum((await Look(real.bootstrap).ends(topic.name)).values()) == 3
    finally:
        await producer.stop()


class TestTopics:
    async def test_creating_the_topics_twice_changes_nothing(self, real: Cluster) -> None:
        assert await ensure_topics(Brokers(real.bootstrap)) == TopicDifferences([], [])
        assert await ensure_topics(Brokers(real.bootstrap)) == TopicDifferences([], [])

    async def test_embedded_cluster_has_the_topics_of_the_table(self, embedded: Cluster) -> None:
        assert await ensure_topics(Brokers(embedded.bootstrap)) == TopicDifferences([], [])

    async def test_topic_with_another_number_of_partitions_is_reported(
        self, real: Cluster, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is left as it is: more partitions would move keys, and with them the order of conversations."""
        made = make_topic()
        await create(real, made)
        new = make_topic()
        wanted = Topic(
            name=made.name, message=made.message, partitions=6, retention=60, producers=("test",), consumers=("test",)
        )
        for name in list(TOPICS):
            monkeypatch.delitem(TOPICS, name)
        monkeypatch.setitem(TOPICS, made.name, wanted)
        monkeypatch.setitem(TOPICS, new.name, new)
        began = time.monotonic()
        found = await ensure_topics(Brokers(real.bootstrap))
        assert found == TopicDifferences([f"topic {made.name}: 4 partitions, the table says 6"], [])
        assert time.monotonic() - began < _SOON, "it is known at once: waiting would not change it"

    async def test_topic_with_more_partitions_is_no_problem(
        self, real: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """After `parley topics resize` the job that services wait for must still succeed."""
        made = make_topic()
        await create(real, made)
        declared = Topic(
            name=made.name, message=made.message, partitions=3, retention=60, producers=("test",), consumers=("test",)
        )
        for name in list(TOPICS):
            monkeypatch.delitem(TOPICS, name)
        monkeypatch.setitem(TOPICS, made.name, declared)
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", real.bootstrap)
        assert await asyncio.to_thread(admin.main) == 0
        assert f"topic {made.name}: 4 partitions, the table says 3" in capsys.readouterr().out

    async def test_topic_with_fewer_replicas_is_reported(self, real: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever believes in three copies and has one would find out when a disk is lost."""
        made = make_topic()
        await create(real, made)
        for name in list(TOPICS):
            monkeypatch.delitem(TOPICS, name)
        monkeypatch.setitem(TOPICS, made.name, made)
        found = await ensure_topics(Brokers(real.bootstrap), replication=3)
        assert found.problems == [f"topic {made.name}: 1 copies, KAFKA_REPLICATION says 3"]

    async def test_topic_gets_more_partitions_and_never_fewer(self, real: Cluster) -> None:
        if real.kind == "embedded":
            pytest.skip("the embedded cluster cannot resize")
        made = make_topic()
        await create(real, made)
        assert await add_partitions(Brokers(real.bootstrap), {made.name: 6, "test.not.there": 6}) == {made.name: 4}

        async def is_known() -> bool:
            try:
                return await add_partitions(Brokers(real.bootstrap), {made.name: 6}) == {}
            except DependencyAway:  # the broker answers with the number from before for a moment
                return False

        await until(is_known, "the new number of partitions is known")
        assert await add_partitions(Brokers(real.bootstrap), {made.name: 2}) == {}

    async def test_unreachable_broker_is_reported_in_time(self) -> None:
        began = time.monotonic()
        with pytest.raises(DependencyAway, match="kafka"):
            await ensure_topics(Brokers("127.0.0.1:9"), timeout=2)
        assert time.monotonic() - began < _SOON


async def test_offset_gaps_do_not_hold_back_commits(
    real: Cluster, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Transactions leave offsets without records: the next record's commit includes them."""
    topic = make_topic()
    monkeypatch.setitem(TOPICS, topic.name, topic)
    await create(real, topic)
    (workspace,) = workspaces(1)
    messages = [request(workspace, "c", turn) for turn in range(6)]
    driver = AIOKafkaProducer(bootstrap_servers=real.bootstrap, transactional_id=topic.name)
    await driver.start()
    for message in messages:
        record = to_record(topic, message)
        async with driver.transaction():
            await driver.send_and_wait(record.topic, record.value, key=record.key)
    await driver.stop()
    producer = KafkaProducer(Brokers(real.bootstrap), "test")
    await producer.start()
    work, group = Work(), f"group.{topic.name}"
    replica = Replica(*make_runner(real, kind, topic, group, work, producer))
    look = Look(real.bootstrap)
    try:
        await replica.until(lambda: len(work.done) == 6, "all are done")
        (end,) = (await look.ends(topic.name)).values()
        assert end == 12, "every second offset holds no record"
        await replica.until(lambda: _reached(look, group, topic, 11), "the last record is committed")
    finally:
        await replica.end()
        await producer.stop()
    assert work.turns[f"{workspace}/c"] == [0, 1, 2, 3, 4, 5]


async def _reached(look: Look, group: str, topic: Topic, offset: int) -> bool:
    return list((await look.committed(group, topic)).values()) == [offset]
