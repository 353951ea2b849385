"""Says what is happening while a stack starts: a line for each part as it becomes ready."""

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

_LOOK_EVERY_S = 0.1


@contextlib.contextmanager
def progress(stack: Stack, screen: Console, *, simulators: bool) -> Iterator[None]:
    """While `stack.start()` runs within."""
    parts = ["simulators"] if simulators else []
    watch = _Watch(stack, screen, [*parts, *known_services()])
    if _fetches_kafka():
        screen.print("Kafka's jars are fetched from Maven Central, once (45 MB)…")
    turning = screen.status("Starting Kafka, MongoDB, Redis and the services…")
    with turning if screen.is_terminal else contextlib.nullcontext():
        thread = threading.Thread(target=watch.look_on, name="progress", daemon=True)
        thread.start()
        try:
            yield
            watch.finish()
        finally:
            watch.ended.set()
            thread.join(3.0)


class _Watch:
    """Looks at a stack from outside, while another thread starts it."""

    def __init__(self, stack: Stack, screen: Console, parts: list[str]) -> None:
        self._stack = stack
        self._screen = screen
        self._waiting = ["Kafka, MongoDB, Redis", *parts]
        self._begun = time.monotonic()
        self._lock = threading.Lock()
        self.ended = threading.Event()

    def look_on(self) -> None:
        """Until `ended`."""
        while not self.ended.wait(_LOOK_EVERY_S):
            for part in list(self._waiting):
                if self._is_ready(part):
                    self._say(part)

    def finish(self) -> None:
        """All is ready, whatever has been seen of it."""
        self.ended.set()
        for part in list(self._waiting):
            self._say(part)

    def _say(self, part: str) -> None:
        with self._lock:
            if part not in self._waiting:
                return
            self._waiting.remove(part)
            took = f"{time.monotonic() - self._begun:.1f} s"
            self._screen.print(Text("  ✓ ", style="green") + Text(f"{part:<24}") + Text(took, style="dim"))

    def _is_ready(self, part: str) -> bool:
        if part.startswith("Kafka"):
            return bool(self._stack.env)  # completed when the three are ready
        try:
            server = self._stack.server(part)
        except StackError:
            return False  # not yet made
        return _answers(server.address, "/health" if part == "simulators" else "/health/ready")


def _answers(url: str, path: str) -> bool:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=1.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _fetches_kafka() -> bool:
    return not os.environ.get("KAFKA_BOOTSTRAP_SERVERS") and shutil.which("mvn") is not None and cached_libs() is None
