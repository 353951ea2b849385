"""The processes of Parley itself: services, simulators, and the step that creates the topics."""

import http.client
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools.stack.child import Child, how_it_ended
from devtools.stack.errors import StackError
from devtools.stack.logs import tail
from devtools.stack.server import Server

PROJECT = Path(__file__).parents[2]
SERVICES = ("ingress", "router", "ai", "delivery")
_READ_NO_SECRETS = frozenset({"router", "ai", "topics"})  # as in production, they have no SECRETS_KEY
CONSOLE = "console"
TOPICS_TIMEOUT = 60.0


def known_services() -> tuple[str, ...]:
    """All services that can be started; the console only if it is there."""
    folder = PROJECT / "services" / CONSOLE
    has_console = (folder / "__main__.py").exists() or (folder / "main.py").exists()
    return (*SERVICES, CONSOLE) if has_console else SERVICES


class HttpProcess(Server):
    """A process that is ready when a path of its port answers 200."""

    def __init__(self, name: str, command: Sequence[str], path: str, *, port: int, log: Path, env: Mapping[str, str]):
        super().__init__(name, port=port, log=log, cwd=PROJECT, env=env)
        self._command = list(command)
        self._path = path
        self._last_answer = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return self._command

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", self._path)
            response = connection.getresponse()
            said = response.read(500).decode(errors="replace")
            ready = response.status == 200  # then it says nothing about a later death
            self._last_answer = "" if ready else f"{self._path} says {response.status} {said}"
            return ready
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def what_it_said(self) -> str:
        return f"; {self._last_answer}{super().what_it_said()}" if self._last_answer else super().what_it_said()


class Service(HttpProcess):
    """One replica of a service. Its `port` and `address` are those of its operations port."""

    def __init__(  # `listen`: environment variable and port on which it serves others, if it does
        self,
        service: str,
        index: int,
        command: Sequence[str],
        *,
        ops_port: int,
        listen: tuple[str, int] | None,
        log: Path,
        env: Mapping[str, str],
        grace: float,
    ) -> None:
        name = f"{service}-{index}"
        own = {"OPS_PORT": str(ops_port), "INSTANCE_ID": name}
        if listen is not None:
            own[listen[0]] = str(listen[1])
        super().__init__(name, command, "/health/ready", port=ops_port, log=log, env={**_for(service, env), **own})
        self.service = service
        self.index = index
        self.grace = grace
        self.listen_port = listen[1] if listen is not None else None

    def ports(self) -> list[int]:
        return [self.port] if self.listen_port is None else [self.port, self.listen_port]


def _for(process: str, env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the key of secrets for processes that do not need it."""
    return {name: value for name, value in env.items() if name != "SECRETS_KEY" or process not in _READ_NO_SECRETS}


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a Python module with this interpreter."""
    return [sys.executable, "-m", name, *arguments]


def create_topics(command: Sequence[str], *, env: Mapping[str, str], log: Path) -> None:
    """Create and check all topics; StackError with the step's own words if that fails."""
    start = log.stat().st_size if log.exists() else 0
    child = Child("topics", command, env=_for("topics", env), cwd=PROJECT, log=log)
    try:
        code = child.wait(TOPICS_TIMEOUT)
    finally:
        child.kill()
    if code is None:
        raise StackError(f"the topics were not created within {TOPICS_TIMEOUT:.0f} s: {tail(log, since=start)}")
    if code != 0:
        raise StackError(f"the topics cannot be created ({how_it_ended(code)}): {tail(log, since=start)} (log: {log})")
