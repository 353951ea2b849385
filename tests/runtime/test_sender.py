"""The sender that replaces aiokafka's in the producer."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.producer.sender import SendProduceReqHandler

from shared.kafka.producer import KafkaProducer
from shared.kafka.sender import BatchSender, use_batch_sender
from shared.topics import Topic
from tests.runtime.conftest import ON_BOTH
from tests.runtime.embedded import QuickKafka
from tests.runtime.harness import Cluster, create, make_topic, raw, until


@pytest.fixture
async def pausable(tmp_path: Path) -> AsyncIterator[QuickKafka]:
    """A broker of the test's own, to be paused."""
    server = QuickKafka(log=tmp_path / "kafka.log", env=dict(os.environ))
    server.start()
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop(2.0)


async def written(bootstrap: str, topic: Topic, partition: int) -> list[bytes]:
    """Return the values of a partition's records."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        where = TopicPartition(topic.name, partition)
        consumer.assign([where])
        end = (await consumer.end_offsets([where]))[where]
        return [(await asyncio.wait_for(consumer.getone(), 20)).value for _ in range(end)]
    finally:
        await consumer.stop()


@ON_BOTH
async def test_concurrent_sends_are_all_written_once_and_in_order(
    cluster: Cluster, producer: KafkaProducer, topic: Topic
) -> None:
    async def send(number: int) -> None:
        await producer.send([raw(topic, "acme", f"{number}.{part}".encode()) for part in range(2)])

    await asyncio.gather(*map(send, range(300)))
    assert producer._producer is not None
    partition = producer._producer._partition(topic.name, None, b"acme", b"", b"acme", b"")
    expected = [f"{number}.{part}".encode() for number in range(300) for part in range(2)]
    assert await written(cluster.bootstrap, topic, partition) == expected


@ON_BOTH
async def test_sends_of_a_moment_share_few_requests_and_one_timer(
    producer: KafkaProducer, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    await producer.send([raw(topic, "acme", b"0")])
    loop = asyncio.get_running_loop()
    requests, timers = [], []
    do, call_at = SendProduceReqHandler.do, loop.call_at

    async def counted_do(handler: Any, node: int) -> None:
        requests.append(node)
        await do(handler, node)

    def counted_call_at(when: float, *args: Any, **options: Any) -> asyncio.TimerHandle:
        timers.append(when)
        return call_at(when, *args, **options)

    monkeypatch.setattr(SendProduceReqHandler, "do", counted_do)
    monkeypatch.setattr(loop, "call_at", counted_call_at)
    await asyncio.gather(*(producer.send([raw(topic, "acme", b"1")]) for _ in range(50)))
    assert len(requests) <= 2
    assert len(timers) <= 2  # of the producer's limits and of the requests' limits


def all_threads_stopped(pid: int) -> bool:
    """Return true if each thread of a process stands still: SIGSTOP does not act at once."""
    return all(
        (task / "stat").read_text().rpartition(")")[2].split()[0] == "T" for task in Path(f"/proc/{pid}/task").iterdir()
    )


async def test_request_without_a_response_is_sent_again_in_order(
    pausable: QuickKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = asyncio.Event()
    requests: list[int] = []
    do = SendProduceReqHandler.do

    async def counted_do(handler: Any, node: int) -> None:
        requests.append(node)
        if len(requests) > len(sending) > 0:  # more than one for each record that waits
            again.set()
        await do(handler, node)

    topic = make_topic()
    await create(Cluster(pausable.address, "embedded"), topic)
    producer = AIOKafkaProducer(
        bootstrap_servers=pausable.address, enable_idempotence=True, request_timeout_ms=400, retry_backoff_ms=50
    )
    use_batch_sender(producer, 50)
    sending: list[asyncio.Task[Any]] = []
    monkeypatch.setattr(SendProduceReqHandler, "do", counted_do)
    await producer.start()
    try:
        await producer.send_and_wait(topic.name, b"1", partition=0)
        assert pausable.pid is not None
        os.kill(pausable.pid, signal.SIGSTOP)
        await until(partial(all_threads_stopped, pausable.pid), "the broker stands still")
        requests.clear()
        sending += [
            asyncio.create_task(producer.send_and_wait(topic.name, value, partition=0)) for value in (b"2", b"3")
        ]
        await asyncio.wait_for(again.wait(), 20)
        assert not any(task.done() for task in sending)
        os.kill(pausable.pid, signal.SIGCONT)
        await asyncio.wait_for(asyncio.gather(*sending), 20)
        found = await written(pausable.address, topic, 0)  # the embedded cluster keeps what is written twice
        assert list(dict.fromkeys(found)) == [b"1", b"2", b"3"]
    finally:
        await producer.stop()


async def test_cancelled_send_leaves_the_producer_usable(producer: KafkaProducer, topic: Topic) -> None:
    sending = asyncio.create_task(producer.send([raw(topic, "acme", b"1")]))
    await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await producer.send([raw(topic, "acme", b"2")])


async def test_failure_of_a_request_fails_the_sends(
    producer: KafkaProducer, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_sender: BatchSender, _node: int, _batches: Any) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(BatchSender, "_send_produce_req", fail)
    with pytest.raises(Exception, match="failed"):
        await producer.send([raw(topic, "acme", b"1")])
