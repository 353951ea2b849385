"""All services and commands with a Kafka that requires TLS and a password."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.stack.errors import StackError
from devtools.stack.java import find_java
from devtools.stack.kafka_jars import kafka_libs
from devtools.stack.ports import Ports
from devtools.stack.supervisor import Stack
from tests.cli.runner import parley
from tests.e2e.shop import FAQS, PrivateData, phone
from tests.e2e.stacks import CurrentStack, started
from tests.e2e.waiting import in_thread
from tests.e2e.world import World
from tests.runtime.secured import PASSWORD, USER, SecuredKafka, make_authority


@pytest.fixture(scope="module")
def stack(
    current_stack: CurrentStack, tmp_path_factory: pytest.TempPathFactory, private: PrivateData
) -> Iterator[Stack]:
    place = tmp_path_factory.mktemp("secured")
    try:
        java, libs = find_java(), kafka_libs()
    except StackError as error:
        pytest.skip(f"needs Apache Kafka: {error}")
    ports, authority = Ports(place / "ports.json"), make_authority(place / "ca")
    kafka = SecuredKafka(authority, ports, java=java, libs=libs, at=place, env=dict(os.environ))
    kafka.start()
    try:
        kafka.wait_ready()
        kafka.add_user()
        env = {
            "KAFKA_BOOTSTRAP_SERVERS": kafka.named,
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SSL_CA_FILE": authority.ca,
            "KAFKA_SASL_USERNAME": USER,
            "KAFKA_SASL_PASSWORD": PASSWORD,
        }
        private.tokens.add(PASSWORD)
        current_stack.close()
        with started(place / "stack", private, env) as stack:
            yield stack
    finally:
        kafka.stop(5.0)
        ports.close()


async def test_services_and_commands_work_over_tls_with_password(world: World) -> None:
    shop, ada = await world.shop(), phone()
    message_id = await world.write(shop, ada, "what are your opening hours")
    (answer,) = await world.answers(ada)
    assert answer["text"] == FAQS["What are your opening hours?"]
    where = ("--dir", str(Path(world.stack.info["logs"]).parent))
    for command, expected in (
        (("topics", "check"), "match the table"),
        (("topics", "lag"), "inbound.messages"),
        (("dlq", "list"), "no dead letters"),
        (("trace", message_id), "the provider accepted the first reply"),
    ):
        done = await in_thread(parley, *command, *where)
        assert expected in done.out.lower(), (command, done.out, done.err)
