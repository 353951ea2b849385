"""One child process: it is killed when the supervisor dies, logs to a file and is stopped within a time limit."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

from devtools.stack.errors import StackError

_WITH_PARENT = Path(__file__).with_name("with_parent.py")


class _Spawner:
    """Starts every child from one thread that lives as long as the process.

    The parent-death signal belongs to the thread that forked, not to its process: a child started from a short-lived
    thread would be killed when that thread ends.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Future[subprocess.Popen[bytes]], Sequence[str], dict[str, str], Path, Path]]
        self._jobs = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def spawn(self, command: Sequence[str], env: Mapping[str, str], cwd: Path, log: Path) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="stack-spawner", daemon=True)
                self._thread.start()
        done: Future[subprocess.Popen[bytes]] = Future()
        self._jobs.put((done, command, dict(env), cwd, log))
        return done.result(timeout=30)

    def _run(self) -> None:
        while True:
            done, command, env, cwd, log = self._jobs.get()
            try:
                done.set_result(self._popen(command, env, cwd, log))
            except Exception as error:
                done.set_exception(error)

    @staticmethod
    def _popen(command: Sequence[str], env: dict[str, str], cwd: Path, log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-IS", str(_WITH_PARENT), str(os.getpid()), *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=env,
                start_new_session=True,  # Ctrl-C in the terminal reaches the supervisor only
            )


_spawner = _Spawner()


class Child:
    """A running or ended process. It cannot be restarted: each start makes a new Child."""

    def __init__(self, name: str, command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> None:
        self.name = name
        self.log = log
        try:
            self._process = _spawner.spawn(command, env, cwd, log)
        except OSError as error:
            raise StackError(f"{name} cannot be started: {error}") from error

    @property
    def pid(self) -> int:
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while the process runs. Negative: the number of the signal that ended it."""
        return self._process.poll()

    def wait(self, timeout: float) -> int | None:
        """Wait at most `timeout` seconds for the exit. Return the exit code, or None if the process still runs."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; do nothing if the process has ended."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """Send SIGKILL to the process and its children, and reap it."""
        if self._process.poll() is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self._process.kill()
        self._process.wait(10)

    def terminate(self, grace: float) -> bool:
        """Send SIGTERM, wait `grace` seconds, then SIGKILL. Return whether the process ended without SIGKILL."""
        self.signal(signal.SIGTERM)
        if self.wait(grace) is not None:
            return True
        self.kill()
        return False


def describe_exit(code: int) -> str:
    """Return `exit code 1` or `SIGKILL`, for messages."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
