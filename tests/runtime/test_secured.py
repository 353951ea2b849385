"""Kafka with TLS and a certificate or password: all clients connect, and errors are clear."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devtools.stack.errors import StackError
from devtools.stack.java import find_java
from devtools.stack.kafka_jars import kafka_libs
from devtools.stack.ports import Ports
from shared.errors import DependencyAway
from shared.kafka.admin import check_topics
from shared.kafka.aiokafka_source import AiokafkaSource
from shared.kafka.brokers import Brokers, brokers_of
from shared.kafka.faust_source import FaustSource
from shared.kafka.lag.reader import LagReader
from shared.kafka.producer import KafkaProducer
from shared.kafka.topic_reader import read_all
from shared.settings import SaslMechanism, Settings, SettingsError
from shared.topics import Topic
from tests.runtime.conftest import Replicate
from tests.runtime.harness import Cluster, Look, Work, load, send, workspaces
from tests.runtime.secured import PASSWORD, USER, Authority, SecuredKafka, make_authority

WAYS = ("certificate", "scram", "plain")


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    place = tmp_path_factory.mktemp("secured")
    try:
        java, libs = find_java(), kafka_libs()
    except StackError as error:
        pytest.skip(f"needs Apache Kafka: {error}")
    ports = Ports(place / "ports.json")
    server = SecuredKafka(make_authority(place / "ca"), ports, java=java, libs=libs, at=place, env=dict(os.environ))
    server.start()
    try:
        server.wait_ready()
        server.add_user()
        yield server
    finally:
        server.stop(5.0)
        ports.close()


def way_of(kafka: SecuredKafka, name: str) -> Brokers:
    trusted = kafka.authority
    if name == "certificate":
        return Brokers(kafka.certified, "SSL", ca_file=trusted.ca, cert_file=trusted.cert, key_file=trusted.key)
    mechanism: SaslMechanism = "PLAIN" if name == "plain" else "SCRAM-SHA-512"
    return Brokers(kafka.named, "SASL_SSL", ca_file=trusted.ca, mechanism=mechanism, username=USER, password=PASSWORD)


@pytest.fixture(params=WAYS)
def cluster(request: pytest.FixtureRequest, kafka: SecuredKafka) -> Cluster:
    return Cluster(kafka.address, "apache", way_of(kafka, str(request.param)))


async def test_records_are_written_read_and_committed(
    cluster: Cluster, topic: Topic, group: str, producer: KafkaProducer, look: Look, replicate: Replicate
) -> None:
    messages = load(workspaces(2), conversations=3, turns=2)
    await send(producer, topic, messages)
    await producer.ping()
    work = Work()
    replica = replicate(work)
    await replica.until(lambda: len(work.done) == len(messages), "all are done")
    await replica.stop()
    assert await look.all_committed(group, topic)


async def test_admin_lag_and_topic_reader_use_the_secured_connection(
    cluster: Cluster, kafka: SecuredKafka, topic: Topic, producer: KafkaProducer
) -> None:
    messages = load(workspaces(2), conversations=1, turns=1)
    await send(producer, topic, messages)
    assert not [said for said in (await check_topics(cluster.brokers)).problems if topic.name in said], (
        "it is as it should be"
    )
    broker = await LagReader.connected(cluster.brokers)
    try:
        ends = await broker.ends([topic.name])
    finally:
        await broker.close()
    assert sum(last - first for first, last in ends.values()) == len(messages)
    assert len([record async for record in read_all(cluster.brokers, topic.name)]) == len(messages)


def wrong(kafka: SecuredKafka, other: Authority, name: str) -> Brokers:
    return {
        "password": replace(way_of(kafka, "scram"), password="another"),
        "plain password": replace(way_of(kafka, "plain"), password="another"),
        "authority": replace(way_of(kafka, "scram"), ca_file=other.ca),
        "no certificate": replace(way_of(kafka, "certificate"), cert_file="", key_file=""),
        "certificate": replace(way_of(kafka, "certificate"), cert_file=other.cert, key_file=other.key),
        "in the clear": Brokers(kafka.named),
        "another host": replace(way_of(kafka, "scram"), servers=f"localhost:{kafka.named.rpartition(':')[2]}"),
    }[name]


@pytest.mark.parametrize(
    "name",
    ["password", "plain password", "authority", "no certificate", "certificate", "in the clear", "another host"],
)
async def test_rejected_credentials_are_reported_in_time(kafka: SecuredKafka, tmp_path: Path, name: str) -> None:
    brokers = wrong(kafka, make_authority(tmp_path / "other"), name)
    with pytest.raises(DependencyAway, match="kafka"):
        await KafkaProducer(brokers, "test").start(timeout=5)
    for source in (AiokafkaSource, FaustSource):
        made = source(brokers, group="g", topics=["t"], instance="", session_timeout=6, rebalance_timeout=6)
        with pytest.raises(DependencyAway, match="kafka"):
            await made.start(lambda _: None, _nothing)
        await made.stop()


async def _nothing(_: object) -> None:
    return None


def test_invalid_certificate_files_stop_the_start(tmp_path: Path) -> None:
    settings = Settings(kafka_security_protocol="SSL", kafka_ssl_ca_file=str(tmp_path / "none.crt"))
    with pytest.raises(SettingsError, match=r"KAFKA_SSL_.*none\.crt"):
        brokers_of(settings)
    (tmp_path / "none.crt").write_text("no certificate")
    with pytest.raises(SettingsError, match=r"KAFKA_SSL_.*none\.crt"):
        brokers_of(settings)
