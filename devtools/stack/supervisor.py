"""The local stack: starts everything in order, watches it, and ends it leaving nothing behind.

From code (tests):

    with Stack(dir=tmp_path, infra_only=True) as stack:
        stack.info["kafka"], stack.info["mongodb"], stack.info["redis"]
        stack.kill("kafka")
        stack.restart("kafka")
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from devtools.stack import infra as infrastructure
from devtools.stack.environment import Layers, as_dotenv, read_dotenv
from devtools.stack.errors import StackError
from devtools.stack.info import describe
from devtools.stack.infra import Infra, Place
from devtools.stack.plan import Plan
from devtools.stack.ports import Ports
from devtools.stack.server import Server, stop_all, wait_all_ready
from devtools.stack.services import create_topics
from devtools.stack.statedir import StateDir, write_json, write_private
from devtools.stack.watch import Watch

POLL_S = 0.2
GRACE_S = 45.0  # for services: longer than their own drain


class Stack:
    """All processes of one state directory. Several stacks may run at once, each with its own directory.

    `replicas`: how many of each service (default 1; 0: none). `restart`: dead processes are started again, otherwise
    the first death is kept in `failure` (and ends `parley up`). `env` wins over everything, `env_file` over defaults.
    `commands`: other commands for `topics`, `simulators` or a service (dummies in tests). `say` gets lines for people.
    `expires`: false where another clock than the machine's rules, so that MongoDB deletes nothing by the machine's.
    """

    def __init__(
        self,
        *,
        dir: Path = Path(".parley"),  # noqa: A002 - as the option of the command line is called
        infra_only: bool = False,
        simulators: bool = True,
        replicas: Mapping[str, int] | None = None,
        restart: bool = False,
        fresh: bool = False,
        env: Mapping[str, str] | None = None,
        env_file: Path | None = None,
        commands: Mapping[str, Sequence[str]] | None = None,
        grace: float = GRACE_S,
        expires: bool = True,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._plan = Plan(
            infra_only=infra_only,
            simulators=simulators and not infra_only,
            replicas=dict(replicas or {}),
            commands=dict(commands or {}),
            grace=grace,
        )
        self._state = StateDir(dir)
        self._restart = restart
        self._fresh = fresh
        self._expires = expires
        self._layers = Layers(ambient=os.environ, dotenv=read_dotenv(env_file), overrides=env or {})
        self._tell = say
        self._run_file_due = False  # what it says is older than what runs
        self._complaint = ""
        self._infra: Infra | None = None
        self._simulators: Server | None = None
        self._services: list[Any] = []
        self._watch: Watch | None = None
        self._watcher: threading.Thread | None = None
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._ports: Ports | None = None
        self.env: dict[str, str] = {}
        self.failure: str | None = None

    def start(self) -> dict[str, Any]:
        """Start everything; return `info` when all is ready. On failure all is stopped again and StackError raised."""
        self._plan.check()
        self._state.open(fresh=self._fresh)
        try:
            self._start()
        except BaseException:
            self.stop(grace=2.0)
            raise
        return self.info

    @property
    def info(self) -> dict[str, Any]:
        """The addresses, pids and paths of the running stack: what `parley up --json` prints."""
        if self._infra is None:
            raise StackError("the stack has not been started")
        return describe(self._state, self._infra, self._simulators, self._services, self.env)

    def wait(self, timeout: float | None = None) -> str | None:
        """Wait until the stack ends by itself, at most `timeout` seconds; what ended it, or None."""
        self._ended.wait(timeout)
        return self.failure

    def server(self, name: str, index: int = 0) -> Server:
        """One part: `kafka`, `mongodb`, `redis`, `simulators`, or a replica of a service."""
        for candidate in self._all():
            if candidate.name in (name, f"{name}-{index}"):
                return candidate
        raise StackError(f"nothing called {name} (replica {index}) is in this stack")

    def kill(self, name: str, index: int = 0, *, stay_down: bool | None = None) -> None:
        """SIGKILL one process. A service is then started again if the stack was made with `restart`, as Kubernetes
        would; Kafka, MongoDB and Redis stay down until `restart()`. `stay_down` overrides that."""
        server = self.server(name, index)
        with self._lock:
            kept_down = (not self._restart or self._is_infra(server)) if stay_down is None else stay_down
            self._leave_alone(server, kept_down)
            server.kill()
            self._write_run_file()

    def stop_one(self, name: str, index: int = 0, *, grace: float | None = None) -> bool:
        """SIGTERM one process and wait for its end; it stays down. True if it ended within its grace."""
        server = self.server(name, index)
        self._leave_alone(server, True)
        polite = server.stop(grace)
        self._write_run_file()
        return polite

    def restart(self, name: str, index: int = 0) -> None:
        """Start one process again (SIGTERM first, if it runs), on the same ports with its data; wait until ready."""
        server = self.server(name, index)
        self._leave_alone(server, True)
        server.restart()
        self._leave_alone(server, False)
        self._write_run_file()

    restart_service = restart

    def start_one(self, name: str, index: int = 0) -> None:
        """Start a stopped process again and have it watched over; returns before it is ready."""
        server = self.server(name, index)
        with self._lock:
            server.start()
            self._leave_alone(server, False)
            self._write_run_file()

    def send_signal(self, number: signal.Signals, name: str, index: int = 0) -> None:
        """Send one process a signal, such as SIGSTOP; nothing happens if it has ended."""
        child = self.server(name, index).child
        if child is not None:
            child.signal(number)

    @property
    def deaths(self) -> list[tuple[str, str]]:
        """Name and obituary of every process that ended without having been stopped; killed ones too."""
        return list(self._watch.deaths) if self._watch is not None else []

    def stop(self, grace: float | None = None) -> None:
        """End services, then simulators, then Kafka, MongoDB and Redis. Does nothing the second time."""
        self._ended.set()
        if self._watcher is not None and self._watcher is not threading.current_thread():
            self._watcher.join(30)
        try:
            stop_all(self._services, grace)
            stop_all([self._simulators] if self._simulators is not None else [], grace)
            stop_all(self._infra.servers if self._infra is not None else [], None)
        finally:
            self.kill_all()
            if self._ports is not None:
                self._ports.close()
            self._state.close()

    def kill_all(self) -> None:
        """SIGKILL whatever still runs."""
        for server in self._all():
            if server.child is not None:
                server.child.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self) -> None:
        self._ports = Ports(self._state.ports)
        place = Place(data=self._state.data, logs=self._state.logs, ports=self._ports, expires=self._expires)
        outside = self._layers.outside()
        self._infra = infrastructure.choose(outside, place, self._say)
        self._plan.check_kafka(self._infra.kafka_kind)
        infrastructure.start(self._infra)
        ingress = self._plan.ingress_url(outside, self._ports)
        simulators = f"http://127.0.0.1:{self._ports.get('simulators')}" if self._plan.simulators else None
        self.env = self._layers.complete(
            infra={**self._infra.environment(), "PARLEY_KAFKA_KIND": self._infra.kafka_kind},
            secrets_key=self._state.secret("secrets-key"),
            ingress=ingress,
            simulators=simulators,
        )
        write_private(self._state.env, as_dotenv(self.env))
        if not self._plan.infra_only:
            self._start_processes(self._ports)
        write_json(self._state.run, self.info)
        self._watch = Watch(self._all(), restart=self._restart, say=self._say)
        self._watcher = threading.Thread(target=self._watch_on, name="stack-watch", daemon=True)
        self._watcher.start()

    def _start_processes(self, ports: Ports) -> None:
        logs = self._state.logs
        if self._plan.simulators:
            self._simulators = self._plan.make_simulators(ports, logs, self.env)
            self._simulators.start()
        create_topics(self._plan.topics_command(), env=self.env, log=logs / "topics.log")
        self._services = list(self._plan.make_services(ports, logs, self.env))
        for service in self._services:
            service.start()
        wait_all_ready([*([self._simulators] if self._simulators is not None else []), *self._services])

    def _watch_on(self) -> None:
        while not self._ended.wait(POLL_S):
            try:
                with self._lock:
                    self._run_file_due |= self._watch is not None and self._watch.look()
                if self._run_file_due:
                    self._write_run_file()
            except StackError as error:
                self.failure = str(error)
                self._ended.set()
            except Exception as error:  # whoever starts the others again must not be the one who dies
                self._complain(f"the watch over the processes goes on after {error!r}")

    def _write_run_file(self) -> None:
        """Write it now, or when the disk has room again."""
        try:
            with self._lock, contextlib.suppress(FileNotFoundError):  # the directory may be gone while stopping
                write_json(self._state.run, self.info)
        except OSError as error:
            self._run_file_due = True
            self._complain(f"{self._state.run} cannot be written, and is tried again: {error.strerror or error}")
        else:
            self._run_file_due = False
            self._complaint = ""

    def _complain(self, text: str) -> None:
        """Say what is wrong, once for as long as it stays so."""
        if text != self._complaint:
            self._complaint = text
            self._say(text)

    def _say(self, line: str) -> None:
        """Say a line where somebody can hear it; a terminal that is closed, or a full disk, stops nothing."""
        with contextlib.suppress(OSError, ValueError):
            self._tell(line)

    def _leave_alone(self, server: Server, alone: bool) -> None:
        with self._lock:
            if self._watch is not None:
                watched = self._watch.watched[server.name]
                watched.left_alone = alone
                watched.start_at = None

    def _is_infra(self, server: Server) -> bool:
        return self._infra is not None and server in self._infra.servers

    def _all(self) -> list[Server]:
        infra = list(self._infra.servers) if self._infra is not None else []
        return [*infra, *([self._simulators] if self._simulators is not None else []), *self._services]
