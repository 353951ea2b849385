"""Which Kafka, MongoDB and Redis this stack uses: the ones named in the environment, or its own."""

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
from devtools.stack.kafka_prepared import ready_made
from devtools.stack.kafka_wire import broker_count, listens
from devtools.stack.ports import Ports
from devtools.stack.server import External, Server, wait_all_ready


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
        """How services find them."""
        ours = self.kafka_kind != "external"
        return {
            **(dict.fromkeys(KAFKA_SECURITY, "") | {"KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"} if ours else {}),
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.address,
            "MONGODB_URI": self.mongodb.address,
            "REDIS_URL": self.redis.address,
        }


@dataclass(frozen=True, slots=True)
class Place:
    """Where servers keep what is theirs. `expires`: MongoDB deletes by its own clock what has had its time."""

    data: Path
    logs: Path
    ports: Ports
    expires: bool = True


def choose(env: Mapping[str, str], place: Place, say: Callable[[str], None]) -> Infra:
    """Decide, start nothing but, once per machine, what fetches Kafka's jars and makes its start quick.

    `say` gets a line if Kafka is a stand-in.
    """
    kafka, kind = _kafka(env, place, say)
    return Infra(kafka=kafka, kafka_kind=kind, mongodb=_mongodb(env, place), redis=_redis(env, place))


def start(infra: Infra) -> None:
    """Start all three side by side; return when all are ready. The caller stops them if this raises."""
    for server in (infra.mongodb, infra.redis, infra.kafka):  # Kafka last: formatting its storage takes a second
        server.start()
    wait_all_ready(infra.servers)


def _kafka(env: Mapping[str, str], place: Place, say: Callable[[str], None]) -> tuple[Server, str]:
    named = env.get("KAFKA_BOOTSTRAP_SERVERS")
    if named:
        in_the_clear = env.get("KAFKA_SECURITY_PROTOCOL") in (None, "", "PLAINTEXT")
        looked_for = (lambda address: broker_count(address) > 0) if in_the_clear else listens
        return External("kafka", named, looked_for), "external"
    wanted = env.get("PARLEY_KAFKA", "")
    if wanted not in ("", "apache", "embedded"):
        raise StackError(f"PARLEY_KAFKA is {wanted!r}; it can be apache or embedded")
    if wanted != "embedded":
        try:
            return _apache(env, place), "apache"
        except StackError as error:
            if wanted == "apache":
                raise
            say(f"Kafka: the embedded stand-in is used, without persistence and with one replica per service ({error})")
    return EmbeddedKafka(log=place.logs / "kafka.log", env=env), "embedded"


def _apache(env: Mapping[str, str], place: Place) -> ApacheKafka:
    java, libs = find_java(), kafka_libs()
    return ApacheKafka(
        java=java,
        libs=libs,
        data=place.data / "kafka",
        port=place.ports.get("kafka"),
        controller_port=place.ports.get("kafka-controller"),
        log=place.logs / "kafka.log",
        env=env,
        ready_made=ready_made(java, libs),
    )


def _mongodb(env: Mapping[str, str], place: Place) -> Server:
    if env.get("MONGODB_URI"):
        return External("mongodb", env["MONGODB_URI"], mongodb.reachable)
    return mongodb.MongoDB(
        data=place.data / "mongodb",
        port=place.ports.get("mongodb"),
        log=place.logs / "mongodb.log",
        env=env,
        expires=place.expires,
    )


def _redis(env: Mapping[str, str], place: Place) -> Server:
    if env.get("REDIS_URL"):
        return External("redis", env["REDIS_URL"], redis.reachable)
    return redis.Redis(data=place.data / "redis", port=place.ports.get("redis"), log=place.logs / "redis.log", env=env)
