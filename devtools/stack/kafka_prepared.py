"""Files that shorten Kafka's start, prepared once per machine: an archive of its classes and formatted storage.

Both are kept beside the jars; where they cannot be prepared, Kafka starts without them, more slowly. The archive is
the JVM's own format (class data sharing, JEP 350); a JVM ignores an archive that does not fit.
"""

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from devtools.cache import CacheLockTimeout, file_lock
from devtools.stack.errors import StackError
from devtools.stack.kafka import CLUSTER_ID, PROPERTIES, ApacheKafka, PreparedFiles
from devtools.stack.kafka_jars import cache_dir
from devtools.stack.ports import Ports

_READY_S = 30.0  # usually 2 s
_WRITE_S = 60.0  # for the JVM to write the archive and exit; usually 3 s
_KEEP_S = 30 * 24 * 3600.0  # since the last use, for files of another Kafka or Java version
_PREFIX = "ready-made-"  # of the directories' names


def prepared_files(java: str, libs: Path) -> PreparedFiles | None:
    """Return the files for this Java and these jars; prepare them if necessary.

    None if they cannot be prepared on this machine; that is tried only once.
    """
    folder = cache_dir() / f"{_PREFIX}{_fingerprint(java, libs)}"
    if not folder.is_dir():
        try:
            with file_lock(cache_dir() / "lock"):
                if not folder.is_dir():
                    _prepare(java, libs, folder)
        except (StackError, CacheLockTimeout, OSError):  # e.g. the home directory is read-only
            return None
    with contextlib.suppress(OSError):
        os.utime(folder)  # mark as used
    found = PreparedFiles(archive=folder / "classes.jsa", storage=folder / "storage")
    return found if found.archive.exists() and found.storage.exists() else None


def _fingerprint(java: str, libs: Path) -> str:
    """Return a hash of the JVM, the jars and Kafka's properties."""
    parts = [CLUSTER_ID, PROPERTIES]
    for path in (Path(java).resolve(), *sorted(libs.iterdir())):
        status = path.stat()
        parts.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _prepare(java: str, libs: Path, folder: Path) -> None:
    """Fill `folder`; leave it empty if the files cannot be prepared. Raises OSError."""
    print("Preparing files for a fast start of Kafka, once (some seconds)…", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=cache_dir(), prefix="preparing-") as temporary:
        prepared = Path(temporary) / "prepared"
        prepared.mkdir()
        try:
            _run_kafka(java, libs, Path(temporary), prepared)
        except (StackError, OSError) as error:
            print(f"Kafka starts slowly: preparing failed ({error}). To try again: rm -r {folder}", file=sys.stderr)
            shutil.rmtree(prepared)
            prepared.mkdir()
        prepared.rename(folder)
    for other in cache_dir().glob(f"{_PREFIX}*"):
        if time.time() - other.stat().st_mtime > _KEEP_S:
            shutil.rmtree(other, ignore_errors=True)


def _run_kafka(java: str, libs: Path, scratch: Path, prepared: Path) -> None:
    """Format the storage, start Kafka and stop it: on exit the JVM writes the archive of the loaded classes."""
    with contextlib.closing(Ports(scratch / "ports.json")) as ports:
        kafka = _ArchivingKafka(
            java=java,
            libs=libs,
            data=scratch / "data",
            port=ports.get("kafka"),
            controller_port=ports.get("kafka-controller"),
            log=scratch / "kafka.log",
            env=os.environ,
        )
        kafka.archive = prepared / "classes.jsa"
        try:
            kafka.prepare()
            shutil.copytree(scratch / "data", prepared / "storage")
            kafka.start()
            kafka.wait_ready(_READY_S)
            if not kafka.stop(_WRITE_S):
                raise StackError(f"it did not end within {_WRITE_S:.0f} s")
        finally:
            kafka.kill()


class _ArchivingKafka(ApacheKafka):
    """Kafka whose JVM writes the class archive on exit."""

    archive: Path

    def class_sharing(self) -> list[str]:
        return [f"-XX:ArchiveClassesAtExit={self.archive}"]
