"""Start Kafka with the settings of KAFKA_… variables, as the image apache/kafka does."""

import os
import subprocess
from pathlib import Path

JAVA = ["java", *os.environ.get("KAFKA_HEAP_OPTS", "-Xmx512m").split(), "-XX:+UseSerialGC"]
JAVA += ["-cp", "/opt/kafka/libs/*", "-Dlog4j2.configurationFile=/opt/kafka/log4j2.properties"]
NOT_A_SETTING = {"KAFKA_HEAP_OPTS"}

settings = {
    name.removeprefix("KAFKA_").lower().replace("_", "."): value
    for name, value in os.environ.items()
    if name.startswith("KAFKA_") and name not in NOT_A_SETTING
}
file = Path("/tmp/server.properties")  # noqa: S108 - in a container
file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
storage = ["format", "--ignore-formatted", "--cluster-id", "cGFybGV5LWxvY2FsLXN0YQ", "--config", str(file)]
subprocess.run([*JAVA, "kafka.tools.StorageTool", *storage], check=True)
os.execvp(JAVA[0], [*JAVA, "kafka.Kafka", str(file)])  # noqa: S606
