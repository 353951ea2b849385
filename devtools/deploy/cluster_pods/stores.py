"""The stores of production, at the names that the overlay declares: Kafka over TLS with passwords, MongoDB, Redis.

The providers' simulators run beside them. All are processes on the bridge of the cluster's network, not pods.
"""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.cluster_pods.network import HOST, STORES
from devtools.deploy.programs import run
from devtools.stack.java import find_java
from devtools.stack.kafka import CLUSTER_ID, LOG_CONFIG
from devtools.stack.kafka_jars import kafka_libs
from devtools.stack.kafka_wire import broker_count
from devtools.stack.mongodb import find_mongod
from devtools.stack.redis import answers_ping, find_redis_server

_LIMIT = 120.0
_BROKER = "kafka-0.kafka.internal"
_OPEN = "127.0.0.1:9092"  # for the check itself, on the machine's side
_USER = "parley"
_KAFKA = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9094
controller.listener.names=CONTROLLER
listeners=OPEN://{open},CONTROLLER://127.0.0.1:9094,SECURED://{host}:9093
advertised.listeners=OPEN://{open},SECURED://{broker}:9093
inter.broker.listener.name=OPEN
listener.security.protocol.map=OPEN:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={folder}/server.pem
listener.name.secured.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.secured.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
log.dirs={folder}/kafka
auto.create.topics.enable=false
message.max.bytes=6291456
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=8388608
"""


class ClusterStores:
    """Processes of the stores. password: Kafka's. addresses: for `devtools.chaos.stores`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.password = secrets.token_hex(16)
        self.authority = folder / "ca.crt"
        self.mongodb_uri = "mongodb://mongodb-0.internal:27017/?replicaSet=rs0"
        self.redis_url = "redis://redis.internal:6379/0"
        self.addresses: Mapping[str, str] = {
            "kafka": _OPEN,
            "mongodb": self.mongodb_uri,
            "mongodb_database": "parley",
            "redis": self.redis_url,
        }

    def start(self) -> None:
        """Start and wait until all answer. Raises CheckFailed."""
        self._make_certificates()
        java, libs = find_java(), kafka_libs()
        main = [java, "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        main += [f"-Dlog4j2.configurationFile={LOG_CONFIG}", "-cp", f"{libs}/*"]
        config = self._folder / "kafka.properties"
        config.write_text(_KAFKA.format(open=_OPEN, host=HOST, broker=_BROKER, folder=self._folder))
        user = f"SCRAM-SHA-512=[name={_USER},password={self.password}]"
        storage = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(config), "--add-scram", user]
        _run([*main, *storage])
        self._start("kafka", [*main, "kafka.Kafka", str(config)])
        for name in ("mongodb", "redis"):
            (self._folder / name).mkdir()
        command = [str(find_mongod()), "--replSet", "rs0", "--bind_ip", HOST, "--dbpath", str(self._folder / "mongodb")]
        self._start("mongodb", [*command, "--wiredTigerCacheSizeGB", "0.3", "--nounixsocket", "--quiet"])
        command = [str(find_redis_server()), "--bind", HOST, "--protected-mode", "no", "--appendonly", "yes"]
        self._start("redis", [*command, "--dir", str(self._folder / "redis"), "--save", ""])
        self._wait("redis", lambda: answers_ping((HOST, 6379)))
        self._wait("mongodb", self._has_primary)
        self._wait("kafka", lambda: broker_count(_OPEN) > 0)

    def start_simulators(self, *, ingress: str, environment: Mapping[str, str]) -> None:
        """Start the providers' simulators. ingress: the URL that gets their webhooks."""
        command = [sys.executable, "-m", "devtools.simulators", "--host", "0.0.0.0", "--port", "443"]  # noqa: S104 - the bridge
        self._start("simulators", command, {**environment, "SIM_INGRESS_URL": ingress})
        self._wait("simulators", lambda: "simulators on" in (self._folder / "simulators.log").read_text())

    def check_alive(self) -> None:
        """Check that no store has ended. Raises CheckFailed with its last line."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                lines = (self._folder / f"{name}.log").read_text(errors="replace").splitlines() or ["no output"]
                raise CheckFailed(f"{name} ended: {lines[-1][-300:]}")

    @contextmanager
    def paused(self, name: str) -> Iterator[None]:
        """Stop a store without an end: it answers nobody until the end of the block, and then goes on."""
        process = self._processes[name]
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Kill all: their data is removed."""
        for process in self._processes.values():
            process.send_signal(signal.SIGKILL)
            process.wait()
        self._processes.clear()

    def _make_certificates(self) -> None:
        names = ",".join(f"DNS:{name}" for name in STORES if name.startswith("kafka"))
        folder = self._folder
        new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        new += ["-days", "2"]
        key = ["-keyout", str(folder / "ca.key"), "-out", str(self.authority)]
        _run([*new, *key, "-subj", "/CN=authority", "-addext", "keyUsage=critical,keyCertSign"])
        signed = ["-CA", str(self.authority), "-CAkey", str(folder / "ca.key"), "-subj", "/CN=kafka"]
        signed += ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", f"subjectAltName={names}"]
        _run([*new, *signed, "-keyout", str(folder / "server.key"), "-out", str(folder / "server.crt")])
        both = (folder / "server.key").read_bytes() + (folder / "server.crt").read_bytes()
        (folder / "server.pem").write_bytes(both)

    def _has_primary(self) -> bool:
        client: MongoClient[dict[str, Any]]
        client = MongoClient(f"mongodb://{HOST}/?directConnection=true", serverSelectionTimeoutMS=500)
        with contextlib.suppress(PyMongoError), client:
            if client.admin.command("hello").get("setName") is None:
                member = {"_id": 0, "host": "mongodb-0.internal:27017"}
                client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
            return bool(client.admin.command("hello").get("isWritablePrimary"))
        return False

    def _start(self, name: str, command: list[str], environment: Mapping[str, str] | None = None) -> None:
        with (self._folder / f"{name}.log").open("wb") as log:
            variables = {**os.environ, **(environment or {})}
            self._processes[name] = subprocess.Popen(command, stdout=log, stderr=log, env=variables)

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _LIMIT
        while not ready():
            self.check_alive()
            if time.monotonic() > deadline:
                raise CheckFailed(f"{name} does not answer within {_LIMIT:g} s")
            time.sleep(0.1)


def _run(command: list[str]) -> None:
    done = run(command, timeout=120)
    if done.returncode:
        raise CheckFailed(f"{Path(command[0]).name}: {(done.stderr or done.stdout).strip()[-400:]}")
