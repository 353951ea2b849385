"""Kafka, MongoDB and Redis of a stack: those named in the environment, or its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools.stack import mongodb, redis
from devtools.stack.embedded_kafka import EmbeddedKafka
from devtools.stack.environment import KAFKA_SECURITY
from devtools.stack.errors import StackError
from devtools.stack.java import find_java
from devtools.stack.kafka import ApacheKafka
from devtools.stack.kafka_jars import kafka_libs
from devtools.stack.kafka_prepared import prepared_files
from devtools.stack.kafka_wire import broker_count, is_listening
from devtools.stack.ports import Ports
from devtools.stack.server import ExternalServer, Server, wait_all_ready


@dataclass(frozen=True, slots=True)
class Infra:
    """The three servers; `kafka_kind` is `apache`, `embedded` or `external`."""

    kafka: Server
    kafka_kind: str
    mongodb: Server
    redis: Server

    @property
    def servers(self) -> tuple[Server, Server, Server]:
        return (self.kafka, self.mongodb, self.redis)

    def environment(self) -> dict[str, str]:
        """Return the settings by which services connect to the servers."""
        own_kafka = self.kafka_kind != "external"
        # The embedded Kafka does not answer a waiting fetch when a record arrives.
        rest_wait = {"KAFKA_REST_WAIT": "0.2"} if self.kafka_kind == "embedded" else {}
        return {
            **rest_wait,
            **(dict.fromkeys(KAFKA_SECURITY, "") | {"KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"} if own_kafka else {}),
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.address,
            "MONGODB_URI": self.mongodb.address,
            "REDIS_URL": self.redis.address,
        }


@dataclass(frozen=True, slots=True)
class InfraOptions:
    """Directories and ports of the servers. `ttl_monitor`: MongoDB deletes expired documents (TTL indexes)."""

    data: Path
    logs: Path
    ports: Ports
    ttl_monitor: bool = True


def choose_servers(env: Mapping[str, str], options: InfraOptions, report: Callable[[str], None]) -> Infra:
    """Choose the servers without starting them.

    Fetches Kafka's jars and prepares its fast start once per machine. `report` gets a line if the embedded Kafka is
    used because Apache Kafka is not available.
    """
    kafka, kind = _kafka(env, options, report)
    return Infra(kafka=kafka, kafka_kind=kind, mongodb=_mongodb(env, options), redis=_redis(env, options))


def start_servers(infra: Infra) -> None:
    """Start all three concurrently; return when all are ready. The caller stops them if this raises."""
    for server in (infra.mongodb, infra.redis, infra.kafka):  # Kafka last: formatting its storage takes a second
        server.start()
    wait_all_ready(infra.servers)


def _kafka(env: Mapping[str, str], options: InfraOptions, report: Callable[[str], None]) -> tuple[Server, str]:
    named = env.get("KAFKA_BOOTSTRAP_SERVERS")
    if named:
        plaintext = env.get("KAFKA_SECURITY_PROTOCOL") in (None, "", "PLAINTEXT")
        is_available = (lambda address: broker_count(address) > 0) if plaintext else is_listening
        return ExternalServer("kafka", named, is_available), "external"
    wanted = env.get("PARLEY_KAFKA", "")
    if wanted not in ("", "apache", "embedded"):
        raise StackError(f"PARLEY_KAFKA is {wanted!r}; it can be apache or embedded")
    if wanted != "embedded":
        try:
            return _apache(env, options), "apache"
        except StackError as error:
            if wanted == "apache":
                raise
            report(f"Kafka: using the embedded one, without persistence and with one replica per service ({error})")
    return EmbeddedKafka(log=options.logs / "kafka.log", env=env), "embedded"


def _apache(env: Mapping[str, str], options: InfraOptions) -> ApacheKafka:
    java, libs = find_java(), kafka_libs()
    return ApacheKafka(
        java=java,
        libs=libs,
        data=options.data / "kafka",
        port=options.ports.get("kafka"),
        controller_port=options.ports.get("kafka-controller"),
        log=options.logs / "kafka.log",
        env=env,
        prepared_files=prepared_files(java, libs),
    )


def _mongodb(env: Mapping[str, str], options: InfraOptions) -> Server:
    if env.get("MONGODB_URI"):
        return ExternalServer("mongodb", env["MONGODB_URI"], mongodb.is_reachable)
    return mongodb.MongoDB(
        data=options.data / "mongodb",
        port=options.ports.get("mongodb"),
        log=options.logs / "mongodb.log",
        env=env,
        ttl_monitor=options.ttl_monitor,
    )


def _redis(env: Mapping[str, str], options: InfraOptions) -> Server:
    if env.get("REDIS_URL"):
        return ExternalServer("redis", env["REDIS_URL"], redis.is_reachable)
    return redis.Redis(
        data=options.data / "redis", port=options.ports.get("redis"), log=options.logs / "redis.log", env=env
    )
