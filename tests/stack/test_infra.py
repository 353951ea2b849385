"""Kafka, MongoDB and Redis start, keep their data over a SIGKILL, and keep their addresses."""

import re
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from pymongo import MongoClient
from redis import Redis

from devtools.stack.kafka_wire import broker_count
from devtools.stack.supervisor import Stack
from tests.stack.waiting import all_ended, until

pytestmark = pytest.mark.stack


def test_servers_answer_at_their_addresses(infra: Stack) -> None:
    assert broker_count(infra.info["kafka"]) == 1
    assert hello(infra)["setName"] == "parley"
    with Redis.from_url(infra.info["redis"]) as client:
        assert client.ping()


def test_mongodb_keeps_its_data_over_a_kill(infra: Stack) -> None:
    with mongodb(infra) as client:
        client.stack_test.things.replace_one({"_id": 1}, {"_id": 1}, upsert=True)
    assert_replaced(infra, "mongodb")
    with mongodb(infra) as client:
        assert client.stack_test.things.count_documents({}) == 1


def test_redis_keeps_its_data_over_a_kill(infra: Stack) -> None:
    with Redis.from_url(infra.info["redis"]) as client:
        client.set("stack-test", "kept")
    assert_replaced(infra, "redis")
    with Redis.from_url(infra.info["redis"]) as client:
        assert client.get("stack-test") == b"kept"


def test_kafka_keeps_its_data_over_a_kill(infra: Stack) -> None:
    if infra.info["kafka_kind"] != "apache":
        pytest.skip("the embedded Kafka keeps nothing")
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": infra.info["kafka"]})
    admin.create_topics([NewTopic("stack-test", 1, 1)])["stack-test"].result(10)
    producer = Producer({"bootstrap.servers": infra.info["kafka"], "acks": "all"})
    producer.produce("stack-test", b"kept")
    assert producer.flush(10) == 0
    assert_replaced(infra, "kafka")
    assert first_value(infra.info["kafka"], "stack-test") == b"kept"


def test_kafka_jvm_maps_the_prepared_class_archive(infra: Stack) -> None:
    if infra.info["kafka_kind"] != "apache":
        pytest.skip("the embedded Kafka needs no JVM")
    (pid,) = infra.info["pids"]["kafka"]
    (archive,) = re.findall(r"-XX:SharedArchiveFile=([^\0]+)", Path(f"/proc/{pid}/cmdline").read_text())
    assert archive in Path(f"/proc/{pid}/maps").read_text()


def assert_replaced(stack: Stack, name: str) -> None:
    before = stack.info
    stack.kill(name)
    until(lambda: all_ended(before["pids"][name]))
    assert name not in stack.info["pids"]
    stack.restart(name)
    assert stack.info[name] == before[name]
    assert stack.info["pids"][name] != before["pids"][name]
    assert stack.failure is None


def mongodb(stack: Stack) -> "MongoClient[dict[str, Any]]":
    return MongoClient(stack.info["mongodb"], serverSelectionTimeoutMS=10_000)


def hello(stack: Stack) -> dict[str, Any]:
    with mongodb(stack) as client:
        return client.admin.command("hello")


def first_value(bootstrap: str, topic: str) -> bytes | None:
    settings = {"bootstrap.servers": bootstrap, "group.id": "stack-test", "auto.offset.reset": "earliest"}
    consumer = Consumer(settings)
    consumer.subscribe([topic])
    found: list[bytes | None] = []

    def arrived() -> bool:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            found.append(message.value())
        return bool(found)

    try:
        until(arrived, 20)
    finally:
        consumer.close()
    return found[0]
