"""Prints a line for each part of a stack as it becomes ready."""

import contextlib
import http.client
import os
import shutil
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from devtools.stack.errors import StackError
from devtools.stack.kafka_jars import cached_libs
from devtools.stack.services import known_services
from devtools.stack.supervisor import Stack

_POLL_S = 0.1


@contextlib.contextmanager
def progress(stack: Stack, screen: Console, *, simulators: bool) -> Iterator[None]:
    """Print the progress of `stack.start()`, which is called inside the block."""
    parts = ["simulators"] if simulators else []
    watcher = _StartWatcher(stack, screen, [*parts, *known_services()])
    if _downloads_kafka():
        screen.print("Downloading Kafka's jars from Maven Central (45 MB, once)…")
    spinner = screen.status("Starting Kafka, MongoDB, Redis and the services…")
    with spinner if screen.is_terminal else contextlib.nullcontext():
        thread = threading.Thread(target=watcher.poll, name="progress", daemon=True)
        thread.start()
        try:
            yield
            watcher.finish()
        finally:
            watcher.ended.set()
            thread.join(3.0)


class _StartWatcher:
    """Polls the parts of a stack while another thread starts it."""

    def __init__(self, stack: Stack, screen: Console, parts: list[str]) -> None:
        self._stack = stack
        self._screen = screen
        self._waiting = ["Kafka, MongoDB, Redis", *parts]
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self.ended = threading.Event()

    def poll(self) -> None:
        """Print parts that become ready until `ended` is set."""
        while not self.ended.wait(_POLL_S):
            for part in list(self._waiting):
                if self._is_ready(part):
                    self._print_ready(part)

    def finish(self) -> None:
        """Print the remaining parts: the stack is ready."""
        self.ended.set()
        for part in list(self._waiting):
            self._print_ready(part)

    def _print_ready(self, part: str) -> None:
        with self._lock:
            if part not in self._waiting:
                return
            self._waiting.remove(part)
            took = f"{time.monotonic() - self._started:.1f} s"
            self._screen.print(Text("  ✓ ", style="green") + Text(f"{part:<24}") + Text(took, style="dim"))

    def _is_ready(self, part: str) -> bool:
        if part.startswith("Kafka"):
            return bool(self._stack.env)  # complete when all three are ready
        try:
            server = self._stack.server(part)
        except StackError:
            return False  # not started yet
        return _is_healthy(server.address, "/health" if part == "simulators" else "/health/ready")


def _is_healthy(url: str, path: str) -> bool:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=1.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _downloads_kafka() -> bool:
    return not os.environ.get("KAFKA_BOOTSTRAP_SERVERS") and shutil.which("mvn") is not None and cached_libs() is None
