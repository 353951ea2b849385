"""The processes of Parley itself: services, simulators, and the command that creates the topics."""

import http.client
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools.stack.child import Child, describe_exit
from devtools.stack.errors import StackError
from devtools.stack.logs import log_excerpt
from devtools.stack.server import Server

PROJECT = Path(__file__).parents[2]
SERVICES = ("ingress", "router", "ai", "delivery")
_WITHOUT_SECRETS_KEY = frozenset({"router", "ai", "topics"})  # as in production
CONSOLE = "console"
TOPICS_TIMEOUT = 60.0


def known_services() -> tuple[str, ...]:
    """Return the services that can be started; the console only if its package exists."""
    folder = PROJECT / "services" / CONSOLE
    has_console = (folder / "__main__.py").exists() or (folder / "main.py").exists()
    return (*SERVICES, CONSOLE) if has_console else SERVICES


class HttpProcess(Server):
    """A process that is ready when a GET of `path` on its port returns 200."""

    def __init__(self, name: str, command: Sequence[str], path: str, *, port: int, log: Path, env: Mapping[str, str]):
        super().__init__(name, port=port, log=log, cwd=PROJECT, env=env)
        self._command = list(command)
        self._path = path
        self._last_failure = ""

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
            body = response.read(500).decode(errors="replace")
            ready = response.status == 200
            self._last_failure = "" if ready else f"{self._path} returned {response.status} {body}"
            return ready
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def log_details(self) -> str:
        return f"; {self._last_failure}{super().log_details()}" if self._last_failure else super().log_details()


class Service(HttpProcess):
    """One replica of a service. `port` and `address` are those of its operations port."""

    def __init__(  # `listen`: variable and value of its public port, if it has one
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
        own_settings = {"OPS_PORT": str(ops_port), "INSTANCE_ID": name}
        if listen is not None:
            own_settings[listen[0]] = str(listen[1])
        environment = {**_environment_of(service, env), **own_settings}
        super().__init__(name, command, "/health/ready", port=ops_port, log=log, env=environment)
        self.service = service
        self.index = index
        self.grace = grace
        self.listen_port = listen[1] if listen is not None else None

    def ports(self) -> list[int]:
        return [self.port] if self.listen_port is None else [self.port, self.listen_port]


def _environment_of(process: str, env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process, without SECRETS_KEY if it does not read secrets."""
    return {name: value for name, value in env.items() if name != "SECRETS_KEY" or process not in _WITHOUT_SECRETS_KEY}


def module_command(name: str, *arguments: str) -> list[str]:
    """Return the command that runs a Python module with this interpreter."""
    return [sys.executable, "-m", name, *arguments]


def create_topics(command: Sequence[str], *, env: Mapping[str, str], log: Path) -> None:
    """Create and check all topics. StackError with an excerpt of the command's log if that fails."""
    start = log.stat().st_size if log.exists() else 0
    child = Child("topics", command, env=_environment_of("topics", env), cwd=PROJECT, log=log)
    try:
        code = child.wait(TOPICS_TIMEOUT)
    finally:
        child.kill()
    if code is None:
        raise StackError(f"the topics were not created within {TOPICS_TIMEOUT:.0f} s: {log_excerpt(log, since=start)}")
    if code != 0:
        excerpt = log_excerpt(log, since=start)
        raise StackError(f"the topics cannot be created ({describe_exit(code)}): {excerpt} (log: {log})")
