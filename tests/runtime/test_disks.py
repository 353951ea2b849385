"""The brokers' disks: what a real broker tells, which right that needs, and what becomes of it without."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)
from prometheus_client import REGISTRY

from devtools.stack.errors import StackError
from devtools.stack.java import find_java
from devtools.stack.kafka_jars import kafka_libs
from devtools.stack.ports import Ports
from shared.kafka.brokers import Brokers
from shared.kafka.lag.disks import BrokerDisksWatch
from shared.telemetry import metrics
from tests.runtime.harness import Cluster
from tests.runtime.secured import PASSWORD, USER, SecuredKafka, make_authority


@pytest.fixture(autouse=True)
def _nothing_shown() -> Iterator[None]:
    """The gauges are those of the whole process."""
    yield
    metrics.DISK_FREE.clear()
    metrics.DISK_TOTAL.clear()


def shown(name: str) -> dict[str, float]:
    """Return the exported values of a metric of Kafka, by place."""
    return {
        sample.labels["place"]: sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
        if sample.name == name and sample.labels["store"] == "kafka"
    }


async def test_log_directories_are_as_large_and_as_full_as_the_system_says(real: Cluster) -> None:
    if real.kind != "apache":
        pytest.skip("the directories of a broker elsewhere are not at hand")
    watch = BrokerDisksWatch(real.brokers)
    await watch.look()
    try:
        ((place, free),) = shown("parley_disk_free_bytes").items()
        broker, number, folder = place.split(" ", 2)
        assert (broker, number.isdigit()) == ("broker", True)
        assert shown("parley_disk_total_bytes") == {place: shutil.disk_usage(folder).total}
        assert 0 <= free <= shutil.disk_usage(folder).total
    finally:
        await watch.close()


async def test_broker_that_does_not_know_the_question_is_named_once(
    embedded: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = BrokerDisksWatch(embedded.brokers)
    await watch.look()
    await watch.look()
    await watch.close()
    assert shown("parley_disk_free_bytes") == {}
    assert capsys.readouterr().out.count("older than Kafka 3.3: watch their disks otherwise") == 1


async def test_broker_that_cannot_be_reached_has_no_figure() -> None:
    watch = BrokerDisksWatch(Brokers("127.0.0.1:9"))
    await watch.look()
    assert shown("parley_disk_free_bytes") == {}


class GuardedKafka(SecuredKafka):
    """Asks for rights. Those who come in the clear may do everything."""

    def prepare(self) -> None:
        super().prepare()
        with self._config.open("a") as file:
            file.write("authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n")
            file.write("super.users=User:ANONYMOUS\n")


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedKafka]:
    try:
        java, libs = find_java(), kafka_libs()
    except StackError as error:
        pytest.skip(f"needs Apache Kafka: {error}")
    ports = Ports(tmp_path / "ports.json")
    authority = make_authority(tmp_path / "ca")
    server = GuardedKafka(authority, ports, java=java, libs=libs, at=tmp_path, env=dict(os.environ))
    server.start()
    try:
        server.wait_ready()
        server.add_user()
        yield server
    finally:
        server.stop(5.0)
        ports.close()


async def test_right_to_describe_the_cluster_suffices_and_its_lack_is_named_once(
    guarded: GuardedKafka, capsys: pytest.CaptureFixture[str]
) -> None:
    trusted = guarded.authority
    brokers = Brokers(guarded.named, "SASL_SSL", ca_file=trusted.ca, username=USER, password=PASSWORD)
    watch = BrokerDisksWatch(brokers)
    await watch.look()
    await watch.look()
    assert shown("parley_disk_free_bytes") == {}
    assert capsys.readouterr().out.count("the user lacks the right Describe on the cluster: give it that right") == 1
    right = AclBinding(
        ResourceType.BROKER,
        "kafka-cluster",
        ResourcePatternType.LITERAL,
        f"User:{USER}",
        "*",
        AclOperation.DESCRIBE,
        AclPermissionType.ALLOW,
    )
    admin = AdminClient({"bootstrap.servers": guarded.address})  # its results come only while it is there
    for done in admin.create_acls([right]).values():
        done.result(20)
    await watch.look()
    await watch.close()
    assert len(shown("parley_disk_free_bytes")) == 1
