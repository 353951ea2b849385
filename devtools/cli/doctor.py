"""`parley doctor`: what this machine has and what it lacks for the local stack."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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

MINIMUM_MEMORY_MB = 1500  # Kafka 512, MongoDB 400, the services about 80 each


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `needed`: the stack cannot run without it. `advice`: how to get it."""

    name: str
    good: bool
    text: str
    needed: bool = True
    advice: str = ""


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor() -> None:
    """Check whether this machine has what the local stack needs. Exit code 0 if the stack can run."""
    findings = list(examine())
    for finding in findings:
        mark = "ok     " if finding.good else "MISSING" if finding.needed else "note   "
        print(f"{mark} {finding.name:<13}{finding.text}")
        if not finding.good and finding.advice:
            print(f"        {'':<13}-> {finding.advice}")
    ready = all(finding.good or not finding.needed for finding in findings)
    print("The local stack can run." if ready else "The local stack cannot run yet.")
    raise typer.Exit(0 if ready else 1)


def examine() -> Iterator[Finding]:
    """All findings; starts nothing that stays."""
    yield _python()
    yield from _kafka()
    yield _program("mongod", "MONGODB_URI", _find_mongod)
    yield _program("redis-server", "REDIS_URL", _find_redis)
    yield _disk()
    yield _memory()
    yield _ports()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= (3, 11), version, advice="install Python 3.11 or later")


def _kafka() -> Iterator[Finding]:
    if os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield Finding("Kafka", True, "named in the environment (KAFKA_BOOTSTRAP_SERVERS)")
        return
    java = _java()
    mvn = shutil.which("mvn")
    libs = cached_libs()
    yield java
    yield Finding("Maven", mvn is not None or libs is not None, mvn or "no mvn", False, "install Maven (package maven)")
    fetched = str(libs) if libs else "not yet fetched from Maven Central"
    yield Finding("Kafka jars", libs is not None, fetched, False, "the first `parley up` fetches them (45 MB)")
    if not (java.good and (mvn or libs)):
        yield _embedded_kafka()


def _java() -> Finding:
    try:
        return Finding("Java", True, find_java())
    except StackError as error:
        return Finding("Java", False, str(error), False, "install Java 17 or later (package openjdk-17-jre-headless)")


def _embedded_kafka() -> Finding:
    found = find_spec("confluent_kafka") is not None
    text = "librdkafka's embedded cluster stands in" if found else "no stand-in either: confluent-kafka is missing"
    return Finding("Kafka", found, text, advice="pip install 'parley[local]'")


def _find_mongod() -> Path:
    return find_mongod()


def _find_redis() -> Path:
    return find_redis_server()


def _program(name: str, variable: str, find: Callable[[], Path]) -> Finding:
    """Found, and able to run here (its libraries, its instruction set)."""
    if os.environ.get(variable):
        return Finding(name, True, f"not needed: {variable} names a server")
    try:
        done = subprocess.run([find(), "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (StackError, OSError, subprocess.SubprocessError) as error:
        return Finding(name, False, str(error), advice=f"pip install 'parley[local]', or set {variable}")
    lines = (done.stdout or done.stderr).strip().splitlines()
    text = lines[0] if lines else f"ends with exit code {done.returncode}"
    return Finding(name, done.returncode == 0, text, advice=f"it does not run on this machine; set {variable}")


def _disk() -> Finding:
    free = shutil.disk_usage(DEFAULT_DIR if DEFAULT_DIR.exists() else Path()).free // 2**20
    return Finding("Disk", free >= MINIMUM_FREE_MB, f"{free} MB free", advice=f"free {MINIMUM_FREE_MB} MB")


def _memory() -> Finding:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return Finding("Memory", True, "cannot be told on this system")
    free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable")) // 1024
    return Finding(
        "Memory", free >= MINIMUM_MEMORY_MB, f"{free} MB available", False, f"{MINIMUM_MEMORY_MB} MB are wanted"
    )


def _ports() -> Finding:
    port = any_free_port()
    text = "free ones on 127.0.0.1" if port else "none free on 127.0.0.1"
    return Finding("Ports", port is not None, text, advice="allow programs to listen on 127.0.0.1")
