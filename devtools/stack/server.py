"""What every part of the stack is: something that is started, becomes ready, and is stopped, killed or restarted."""

import signal
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from devtools.stack.child import Child, how_it_ended
from devtools.stack.errors import StackError
from devtools.stack.logs import tail
from devtools.stack.ports import is_free

POLL_S = 0.03


class Server:
    """One process with a port. Subclasses say how it is started (`prepare`, `command`) and when it is ready.

    Started again after `kill()` or `stop()`, it has the same port and finds its data again.
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
        """How clients reach it."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return self.child.pid if self.child is not None and self.child.poll() is None else None

    def command(self) -> list[str]:
        raise NotImplementedError

    def ports(self) -> list[int]:
        """Every port it will bind."""
        return [self.port]

    def prepare(self) -> None:
        """What must be done before the first start, e.g. to create its data. Called before every start."""

    def is_ready(self) -> bool:
        """One quick look (well below a second) at whether it answers. Raises nothing when it does not."""
        return accepts(self.port)

    def start(self) -> None:
        """Start it; returns at once. StackError if its port is taken."""
        if self.pid is not None:
            return
        for port in self.ports():
            if not is_free(port):
                raise StackError(f"the port of {self.name}, {port}, is in use by another process")
        self.prepare()
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self.child = Child(self.name, self.command(), env=self.env, cwd=self.cwd, log=self.log)

    def wait_ready(self, timeout: float | None = None) -> None:
        """Wait until it answers. StackError, with what its log says, if it dies or `timeout` seconds pass."""
        wait_all_ready([self], timeout)

    def stop(self, grace: float | None = None) -> bool:
        """End it politely, within `grace` seconds; then by force. True if force was not needed."""
        return self.child is None or self.child.end(self.grace if grace is None else grace)

    def kill(self) -> None:
        """SIGKILL, at once."""
        if self.child is not None:
            self.child.kill()

    def restart(self) -> None:
        """Stop it if it runs; start it on the same port with its data; wait until it is ready."""
        self.stop()
        self.start()
        self.wait_ready()

    def raise_if_dead(self, doing: str) -> None:
        """StackError if its process has ended."""
        code = self.child.poll() if self.child is not None else None
        if code is not None:
            raise StackError(f"{self.name} ended {doing} ({how_it_ended(code)}){self.what_it_said()}")

    def obituary(self) -> str | None:
        """One line about its death, or None while it lives."""
        try:
            self.raise_if_dead("while the stack ran")
        except StackError as error:
            return str(error)
        return None

    def raise_too_slow(self, timeout: float) -> None:
        raise StackError(f"{self.name} was not ready within {timeout:g} s{self.what_it_said()}")

    def what_it_said(self) -> str:
        """The end of a message about it: what its log says last, and where that log is."""
        said = tail(self.log, since=self._log_start)
        return f": {said} (log: {self.log})" if said else f"; its log is empty: {self.log}"


class External(Server):
    """A server named in the environment: somebody else's, so it is only looked at."""

    ready_timeout = 10.0

    def __init__(self, name: str, address: str, answers: Callable[[str], bool]) -> None:
        super().__init__(name, port=0, log=Path(), cwd=Path(), env={})
        self._address = address
        self._answers = answers

    @property
    def address(self) -> str:
        return self._address

    def start(self) -> None:
        """Nothing is to be started."""

    def is_ready(self) -> bool:
        return self._answers(self._address)

    def kill(self) -> None:
        raise StackError(f"{self.name} is named in the environment; the stack does not control it")

    def raise_too_slow(self, timeout: float) -> None:
        raise StackError(f"{self.name}, named in the environment, did not answer within {timeout:g} s")


def stop_all(servers: Iterable[Server], grace: float | None = None) -> None:
    """End them side by side: each has its grace from now on, then it is killed."""
    start = time.monotonic()
    alive = [server for server in servers if server.child is not None]
    for server in alive:
        if server.child is not None:
            server.child.signal(signal.SIGTERM)
    for server in alive:
        limit = server.grace if grace is None else grace
        server.stop(max(0.0, limit - (time.monotonic() - start)))


def wait_all_ready(servers: Iterable[Server], timeout: float | None = None) -> None:
    """Wait for all of them at once: the first that dies or is too slow ends the wait."""
    start = time.monotonic()
    pending = list(servers)
    while pending:
        for server in list(pending):
            server.raise_if_dead("while starting")
            limit = server.ready_timeout if timeout is None else timeout
            if server.is_ready():
                pending.remove(server)
            elif time.monotonic() - start > limit:
                server.raise_too_slow(limit)
        if pending:
            time.sleep(POLL_S)


def accepts(port: int, host: str = "127.0.0.1", timeout: float = 0.3) -> bool:
    """True if a TCP connection is accepted."""
    try:
        socket.create_connection((host, port), timeout).close()
    except OSError:
        return False
    return True
