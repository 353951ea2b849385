"""The state directory (`.parley/`): data, logs, ports and secrets of a stack, and the lock of the running stack."""

import base64
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

from devtools.stack.errors import StackError

MINIMUM_FREE_MB = 300
LARGEST_OLD_LOG = 20 * 2**20  # bytes
_DELETED_WHEN_FRESH = ("data", "logs", "run.json", "env")


class StateDir:
    """Paths and small files below one directory. Only the process that holds the lock writes there."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.data = self.path / "data"
        self.logs = self.path / "logs"
        self.ports = self.path / "ports.json"
        self.run = self.path / "run.json"
        self.env = self.path / "env"
        self.secrets_key = self.path / "secrets-key"
        self._lock: int | None = None

    def open(self, *, fresh: bool) -> None:
        """Create the directory, lock it and check the disk. StackError if a stack runs there or the disk is full."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._take_lock()
        except OSError as error:
            raise StackError(f"{self.path} cannot be used: {error.strerror}") from error
        try:
            self._prepare(fresh)
        except BaseException:
            self.close()
            raise

    def _prepare(self, fresh: bool) -> None:
        self.run.unlink(missing_ok=True)  # left by a killed stack
        if fresh:
            self._empty()
        free = shutil.disk_usage(self.path).free // 2**20
        if free < MINIMUM_FREE_MB:
            raise StackError(f"only {free} MB are free on the disk of {self.path}; {MINIMUM_FREE_MB} are needed")
        self.data.mkdir(exist_ok=True)
        self.logs.mkdir(exist_ok=True)
        for log in self.logs.glob("*.log"):  # of earlier runs
            if log.stat().st_size > LARGEST_OLD_LOG:
                log.unlink()

    def close(self) -> None:
        """Remove `run.json` and release the lock."""
        if self._lock is not None:
            self.run.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def secret(self) -> str:
        """Return the stack's own SECRETS_KEY: 32 random bytes in base64, generated once and stored."""
        if not self.secrets_key.exists():
            write_private(self.secrets_key, base64.b64encode(secrets.token_bytes(32)).decode())
        return self.secrets_key.read_text()

    def holder(self) -> int | None:
        """Return the pid of the supervisor that holds the lock, or None if no stack runs here."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDWR)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return int(os.pread(descriptor, 32, 0) or b"0")
        finally:
            os.close(descriptor)
        return None

    def _take_lock(self) -> None:
        descriptor = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        if not _lock_soon(descriptor):
            pid = os.pread(descriptor, 32, 0).decode().strip() or "unknown"
            os.close(descriptor)
            raise StackError(
                f"a stack runs in {self.path} already (pid {pid}); end it with `parley down`, or use another --dir"
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._lock = descriptor

    def _empty(self) -> None:
        for name in _DELETED_WHEN_FRESH:
            path = self.path / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _lock_soon(descriptor: int) -> bool:
    """Take the lock; retry briefly, because `holder()` of another process takes it for an instant."""
    for _ in range(5):
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.02)
    return False


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically; only its owner can read it. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    temporary.touch(mode=0o600, exist_ok=False)
    try:
        temporary.write_text(text)
        temporary.rename(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: dict[str, Any]) -> None:
    write_private(path, json.dumps(value))
