"""Apache Kafka, one node in KRaft mode (broker and controller in one process), on Java 17 or later."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools.stack.errors import StackError
from devtools.stack.kafka_jars import POM
from devtools.stack.kafka_wire import broker_count
from devtools.stack.server import Server

CLUSTER_ID = "cGFybGV5LWxvY2FsLXN0YQ"  # any fixed 16 bytes, in base64
LOG_CONFIG = POM.with_name("log4j2.properties")

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
listeners=BROKER://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=BROKER://127.0.0.1:{port}
inter.broker.listener.name=BROKER
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
# Topics come from shared/topics.py only: a mistyped name must be an error.
auto.create.topics.enable=false
# There is one node.
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
# A developer's machine and tests: quick group joins, short session time-outs, few threads, little memory.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=8388608
log.index.size.max.bytes=1048576
# A killed node comes back as a new incarnation; the old one's session must have ended by then.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""


@dataclass(frozen=True, slots=True)
class PreparedFiles:
    """Files made by `kafka_prepared`. archive: the JVM's class archive. storage: formatted storage, to be copied."""

    archive: Path
    storage: Path


class ApacheKafka(Server):
    """Apache Kafka's broker. `find_java`, `kafka_libs` and `prepared_files` return its arguments."""

    kind = "apache"
    ready_timeout = 60.0

    def __init__(
        self,
        *,
        java: str,
        libs: Path,
        data: Path,
        port: int,
        controller_port: int,
        log: Path,
        env: Mapping[str, str],
        prepared_files: PreparedFiles | None = None,
    ) -> None:
        super().__init__("kafka", port=port, log=log, cwd=log.parent, env=env)
        self._java = java
        self._classpath = f"{libs}/*"
        self._data = data
        self._controller_port = controller_port
        self._prepared_files = prepared_files
        self._config = data.with_name("kafka.properties")

    def prepare(self) -> None:
        self._config.write_text(
            PROPERTIES.format(port=self.port, controller_port=self._controller_port, data=self._data)
        )
        if (self._data / "meta.properties").exists():
            return
        if self._prepared_files is None:
            self._format()
        else:
            shutil.copytree(self._prepared_files.storage, self._data, dirs_exist_ok=True)

    def command(self) -> list[str]:
        # Only the C1 compiler: a start takes 1.7 s of CPU instead of 2.9, with the same CPU per record (measured at
        # 300,000 records/s, ten times the rate of Python clients).
        options = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *self.class_sharing()]
        return [self._java, *options, *self._main("kafka.Kafka"), str(self._config)]

    def class_sharing(self) -> list[str]:
        """Return the JVM options for class data sharing, which saves loading and verifying classes."""
        if self._prepared_files is None:
            return ["-Xshare:auto"]
        return ["-Xshare:auto", f"-XX:SharedArchiveFile={self._prepared_files.archive}"]

    def is_ready(self) -> bool:
        return broker_count(self.address) > 0

    def _format(self) -> None:
        command = [self._java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *self._main("kafka.tools.StorageTool")]
        command += ["format", "-t", CLUSTER_ID, "-c", str(self._config)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=self.env, check=False)
        except (OSError, subprocess.SubprocessError) as error:
            raise StackError(f"Kafka's storage cannot be formatted: {error}") from error
        if done.returncode != 0:
            raise StackError(f"Kafka's storage cannot be formatted: {(done.stderr or done.stdout).strip()[-400:]}")

    def _main(self, name: str) -> list[str]:
        return [f"-Dlog4j2.configurationFile={LOG_CONFIG}", "-cp", self._classpath, name]
