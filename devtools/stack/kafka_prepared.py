"""What makes Kafka's start short, made once for a machine: an archive of its classes, and storage that is formatted.

Both are kept beside the jars; where they cannot be made, Kafka starts without them, as well but not as fast. The
archive is the JVM's own (class data sharing, JEP 350): a JVM that finds it unfit ignores it.
"""

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from devtools.cache import CacheBusy, one_at_a_time
from devtools.stack.errors import StackError
from devtools.stack.kafka import CLUSTER_ID, PROPERTIES, ApacheKafka, ReadyMade
from devtools.stack.kafka_jars import cache_dir
from devtools.stack.ports import Ports

_READY_S = 30.0  # usually two
_WRITE_S = 60.0  # to end and write the archive; usually three
_KEPT_S = 30 * 24 * 3600.0  # of another version or another Java, which may still be in use
_PREFIX = "ready-made-"


def ready_made(java: str, libs: Path) -> ReadyMade | None:
    """For this Java and these jars, made now if need be; None if it cannot be made here, which is tried only once."""
    place = cache_dir() / f"{_PREFIX}{_fingerprint(java, libs)}"
    if not place.is_dir():
        try:
            with one_at_a_time(cache_dir() / "lock"):
                if not place.is_dir():
                    _make(java, libs, place)
        except (StackError, CacheBusy, OSError):  # such as a home that is read-only
            return None
    with contextlib.suppress(OSError):
        os.utime(place)  # it is in use
    found = ReadyMade(archive=place / "classes.jsa", storage=place / "storage")
    return found if found.archive.exists() and found.storage.exists() else None


def _fingerprint(java: str, libs: Path) -> str:
    """Another one for another JVM, other jars, or other properties."""
    parts = [CLUSTER_ID, PROPERTIES]
    for path in (Path(java).resolve(), *sorted(libs.iterdir())):
        at = path.stat()
        parts.append(f"{path} {at.st_size} {at.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _make(java: str, libs: Path, place: Path) -> None:
    """`place` is complete afterwards, or empty if that is impossible. Raises OSError."""
    print("Making ready what lets Kafka start quickly, once (some seconds)…", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=cache_dir(), prefix="making-") as temporary:
        made = Path(temporary) / "made"
        made.mkdir()
        try:
            _run(java, libs, Path(temporary), made)
        except (StackError, OSError) as error:
            print(f"Kafka starts more slowly without it ({error}). To try again: rm -r {place}", file=sys.stderr)
            shutil.rmtree(made)
            made.mkdir()
        made.rename(place)
    for other in cache_dir().glob(f"{_PREFIX}*"):
        if time.time() - other.stat().st_mtime > _KEPT_S:
            shutil.rmtree(other, ignore_errors=True)


def _run(java: str, libs: Path, at: Path, made: Path) -> None:
    """Format, start, and end politely: the JVM writes the archive of what it has loaded as it ends."""
    with contextlib.closing(Ports(at / "ports.json")) as ports:
        kafka = _Recorded(
            java=java,
            libs=libs,
            data=at / "data",
            port=ports.get("kafka"),
            controller_port=ports.get("kafka-controller"),
            log=at / "kafka.log",
            env=os.environ,
        )
        kafka.archive = made / "classes.jsa"
        try:
            kafka.prepare()
            shutil.copytree(at / "data", made / "storage")
            kafka.start()
            kafka.wait_ready(_READY_S)
            if not kafka.stop(_WRITE_S):
                raise StackError(f"it did not end within {_WRITE_S:.0f} s")
        finally:
            kafka.kill()


class _Recorded(ApacheKafka):
    archive: Path

    def class_sharing(self) -> list[str]:
        return [f"-XX:ArchiveClassesAtExit={self.archive}"]
