"""Fetch the jars of Apache Kafka with Maven, once, into a cache directory shared by all stacks of this user."""

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from devtools.cache import CacheLockTimeout, cache_root, file_lock
from devtools.stack.errors import StackError

VERSION = "4.3.0"
POM = Path(__file__).parents[1] / "kafka" / "pom.xml"

CONNECT_S = 5  # to connect to a server
FIRST_FILE_S = 10  # until the first file is downloaded; later: Maven Central is unreachable
BETWEEN_FILES_S = 90  # between two downloaded files; the largest has 7 MB
RESOLVE_S = 400  # for all files, about 45 MB


def cache_dir() -> Path:
    """Return `~/.cache/parley/kafka-<version>`, or the same below XDG_CACHE_HOME."""
    return cache_root() / f"kafka-{VERSION}"


def cached_libs() -> Path | None:
    """Return the directory of the jars if they have been fetched; it is never incomplete."""
    libs = cache_dir() / "libs"
    return libs if libs.is_dir() else None


def kafka_libs() -> Path:
    """Return the directory of the jars; fetch them if necessary. StackError, within seconds, if that is impossible."""
    try:
        return cached_libs() or _resolve()
    except CacheLockTimeout as error:
        raise StackError(str(error)) from None


def _resolve() -> Path:
    mvn = shutil.which("mvn")
    if mvn is None:
        raise StackError("Maven (mvn) is not installed")
    cache = cache_dir()
    cache.mkdir(parents=True, exist_ok=True)
    with file_lock(cache / "lock"):
        done = cached_libs()  # fetched by another process meanwhile
        if done is not None:
            return done
        print("Fetching Apache Kafka from Maven Central, once (45 MB)…", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="resolving-") as temporary:
            _run_maven(mvn, Path(temporary) / "libs")
            return (Path(temporary) / "libs").rename(cache / "libs")


def _run_maven(mvn: str, libs: Path) -> None:
    goal = "org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies"  # its version is in the POM
    command = [mvn, "-B", "-f", str(POM), goal, f"-DoutputDirectory={libs}"]
    command += ["-DincludeScope=runtime", "-Dstyle.color=never"]
    # For Maven 3.8 (wagon) and for later ones (its own transport).
    command += [f"-Daether.connector.connectTimeout={CONNECT_S * 1000}", f"-Daether.connector.requestTimeout={30_000}"]
    command += ["-Dmaven.wagon.http.retryHandler.count=0", "-Daether.connector.http.retryHandler.count=0"]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    with process:
        output = _MavenOutput(process)
        try:
            output.wait()
        finally:
            if process.poll() is None:
                process.kill()
    if process.returncode != 0 or not any(libs.glob("kafka_2.13-*.jar")):
        raise StackError(f"Maven cannot fetch Apache Kafka: {output.error()}")


class _MavenOutput:
    """Reads Maven's output in a thread, to distinguish an unreachable Maven Central from a slow one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: list[str] = []
        self._first_request_at: float | None = None
        self._last = time.monotonic()
        self._received_file = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait(self) -> None:
        start = time.monotonic()
        while self._reader.is_alive():
            self._reader.join(0.1)
            now = time.monotonic()
            if self._first_request_at and not self._received_file and now - self._first_request_at > FIRST_FILE_S:
                raise StackError("Maven Central cannot be reached")
            if now - self._last > BETWEEN_FILES_S or now - start > RESOLVE_S:
                raise StackError("Maven Central is too slow")
        self._process.wait(30)

    def error(self) -> str:
        """Return Maven's first error, without the advice that follows it."""
        errors = [line.removeprefix("[ERROR] ") for line in self._lines if line.startswith("[ERROR]")]
        return (errors or self._lines or ["no output"])[0].replace("-> [Help 1]", "").strip()[:300]

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - stdout=PIPE
        for line in self._process.stdout:
            self._lines.append(line)
            self._last = time.monotonic()
            if "Downloaded from" in line:
                self._received_file = True
            elif "Downloading from" in line and self._first_request_at is None:
                self._first_request_at = self._last
