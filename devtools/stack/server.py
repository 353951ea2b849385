"""The servers of the stack: processes that are started, become ready, and are stopped, killed or restarted."""

import signal
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from devtools.stack.child import Child, describe_exit
from devtools.stack.errors import StackError
from devtools.stack.logs import log_excerpt
from devtools.stack.ports import is_free

POLL_S = 0.03


class Server:
    """One process with a port. Subclasses define its start (`prepare`, `command`) and readiness (`is_ready`).

    Port and data are kept when it is started again after `kill()` or `stop()`.
    """

    ready_timeout: float = 60.0  # seconds
    grace: float = 15.0  # seconds from SIGTERM to SIGKILL

    def __init__(self, name: str, *, port: int, log: Path, cwd: Path, env: Mapping[str, str]) -> None:
        self.name = name
        self.port = port
        self.log = log
        self.cwd = cwd
        self.env = dict(env)
        self.child: Child | None = None
        self._log_start = 0

    @property
    def address(self) -> str:
        """The address for clients."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return self.child.pid if self.child is not None and self.child.poll() is None else None

    def command(self) -> list[str]:
        raise NotImplementedError

    def ports(self) -> list[int]:
        """Return every port that the process binds."""
        return [self.port]

    def prepare(self) -> None:
        """Create the data and configuration that the process needs. Called before every start."""

    def is_ready(self) -> bool:
        """Return whether the process is serving. Takes well below a second; does not raise."""
        return accepts_connections(self.port)

    def start(self) -> None:
        """Start the process without waiting for readiness. StackError if a port is in use."""
        if self.pid is not None:
            return
        for port in self.ports():
            if not is_free(port):
                raise StackError(f"the port of {self.name}, {port}, is in use by another process")
        self.prepare()
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self.child = Child(self.name, self.command(), env=self.env, cwd=self.cwd, log=self.log)

    def wait_ready(self, timeout: float | None = None) -> None:
        """Wait for readiness. StackError, with an excerpt of the log, on an exit or after `timeout` seconds."""
        wait_all_ready([self], timeout)

    def stop(self, grace: float | None = None) -> bool:
        """Send SIGTERM, and SIGKILL after `grace` seconds. Return whether SIGKILL was not needed."""
        return self.child is None or self.child.terminate(self.grace if grace is None else grace)

    def kill(self) -> None:
        """Send SIGKILL."""
        if self.child is not None:
            self.child.kill()

    def restart(self) -> None:
        """Stop the process if it runs, start it on the same port with its data, and wait for readiness."""
        self.stop()
        self.start()
        self.wait_ready()

    def raise_if_exited(self, phase: str) -> None:
        """Raise StackError if the process has ended."""
        code = self.child.poll() if self.child is not None else None
        if code is not None:
            raise StackError(f"{self.name} ended {phase} ({describe_exit(code)}){self.log_details()}")

    def exit_report(self) -> str | None:
        """Return one line about the exit, or None while the process runs."""
        try:
            self.raise_if_exited("while the stack ran")
        except StackError as error:
            return str(error)
        return None

    def raise_not_ready(self, timeout: float) -> None:
        raise StackError(f"{self.name} was not ready within {timeout:g} s{self.log_details()}")

    def log_details(self) -> str:
        """Return an excerpt of the log and its path, to be appended to a message."""
        excerpt = log_excerpt(self.log, since=self._log_start)
        if excerpt:
            return f": {excerpt} (log: {self.log})"
        written = self.log.exists() and self.log.stat().st_size > self._log_start
        return f" (log: {self.log})" if written else f"; its log is empty: {self.log}"


class ExternalServer(Server):
    """A server named in the environment. The stack checks it, but does not start or stop it."""

    ready_timeout = 10.0

    def __init__(self, name: str, address: str, is_available: Callable[[str], bool]) -> None:
        super().__init__(name, port=0, log=Path(), cwd=Path(), env={})
        self._address = address
        self._is_available = is_available

    @property
    def address(self) -> str:
        return self._address

    def start(self) -> None:
        """Do nothing: the server runs already."""

    def is_ready(self) -> bool:
        return self._is_available(self._address)

    def kill(self) -> None:
        raise StackError(f"{self.name} is named in the environment; the stack does not control it")

    def raise_not_ready(self, timeout: float) -> None:
        raise StackError(f"{self.name}, named in the environment, did not answer within {timeout:g} s")


def stop_all(servers: Iterable[Server], grace: float | None = None) -> None:
    """Stop the servers concurrently: SIGTERM to all, SIGKILL to each after its grace period."""
    start = time.monotonic()
    started = [server for server in servers if server.child is not None]
    for server in started:
        if server.child is not None:
            server.child.signal(signal.SIGTERM)
    for server in started:
        limit = server.grace if grace is None else grace
        server.stop(max(0.0, limit - (time.monotonic() - start)))


def wait_all_ready(servers: Iterable[Server], timeout: float | None = None) -> None:
    """Wait until all servers are ready. StackError as soon as one exits or is not ready in time."""
    start = time.monotonic()
    pending = list(servers)
    while pending:
        for server in list(pending):
            server.raise_if_exited("while starting")
            limit = server.ready_timeout if timeout is None else timeout
            if server.is_ready():
                pending.remove(server)
            elif time.monotonic() - start > limit:
                server.raise_not_ready(limit)
        if pending:
            time.sleep(POLL_S)


def accepts_connections(port: int, host: str = "127.0.0.1", timeout: float = 0.3) -> bool:
    """Return whether a TCP connection is accepted."""
    try:
        socket.create_connection((host, port), timeout).close()
    except OSError:
        return False
    return True
