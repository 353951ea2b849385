"""The supervisor of the local stack: starts all processes in order, watches them, and stops them.

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
from devtools.stack.environment import EnvironmentSources, as_dotenv, read_dotenv
from devtools.stack.errors import StackError
from devtools.stack.info import describe
from devtools.stack.infra import Infra, InfraOptions
from devtools.stack.plan import StackPlan
from devtools.stack.ports import Ports
from devtools.stack.server import Server, stop_all, wait_all_ready
from devtools.stack.services import create_topics
from devtools.stack.statedir import StateDir, write_json, write_private
from devtools.stack.watch import ProcessWatcher

POLL_S = 0.2
GRACE_S = 45.0  # for services; longer than their drain


class Stack:
    """All processes of one state directory. Several stacks may run at once, each with its own directory.

    `replicas`: the number per service (default 1; 0: none). `restart`: restart processes that exit; otherwise the first
    exit is stored in `failure` and ends `parley up`. `env` overrides everything, `env_file` overrides defaults.
    `commands`: replace the commands of `topics`, `simulators` or services (dummies in tests). `report` gets messages
    for the user, a line each. `ttl_monitor`: false in tests with a controlled clock, because MongoDB deletes expired
    documents by the machine's clock.
    """

    def __init__(
        self,
        *,
        dir: Path = Path(".parley"),  # noqa: A002 - the name of the command-line option
        infra_only: bool = False,
        simulators: bool = True,
        replicas: Mapping[str, int] | None = None,
        restart: bool = False,
        fresh: bool = False,
        env: Mapping[str, str] | None = None,
        env_file: Path | None = None,
        commands: Mapping[str, Sequence[str]] | None = None,
        grace: float = GRACE_S,
        ttl_monitor: bool = True,
        report: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._plan = StackPlan(
            infra_only=infra_only,
            simulators=simulators and not infra_only,
            replicas=dict(replicas or {}),
            commands=dict(commands or {}),
            grace=grace,
        )
        self._state = StateDir(dir)
        self._restart = restart
        self._fresh = fresh
        self._ttl_monitor = ttl_monitor
        self._sources = EnvironmentSources(inherited=os.environ, dotenv=read_dotenv(env_file), overrides=env or {})
        self._on_message = report
        self._run_file_outdated = False  # run.json does not describe the running processes
        self._last_warning = ""
        self._infra: Infra | None = None
        self._simulators: Server | None = None
        self._services: list[Any] = []
        self._process_watcher: ProcessWatcher | None = None
        self._watch_thread: threading.Thread | None = None
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._ports: Ports | None = None
        self.env: dict[str, str] = {}
        self.failure: str | None = None

    def start(self) -> dict[str, Any]:
        """Start everything and return `info` when all is ready. On failure, stop everything and raise StackError."""
        self._plan.validate()
        self._state.open(fresh=self._fresh)
        try:
            self._start()
        except BaseException:
            self.stop(grace=2.0)
            raise
        return self.info

    @property
    def info(self) -> dict[str, Any]:
        """The addresses, pids and paths of the running stack, as printed by `parley up --json`."""
        if self._infra is None:
            raise StackError("the stack has not been started")
        return describe(self._state, self._infra, self._simulators, self._services, self.env)

    def wait(self, timeout: float | None = None) -> str | None:
        """Wait at most `timeout` seconds until the stack ends. Return the failure that ended it, or None."""
        self._ended.wait(timeout)
        return self.failure

    def server(self, name: str, index: int = 0) -> Server:
        """Return `kafka`, `mongodb`, `redis`, `simulators`, or a replica of a service."""
        for candidate in self._servers():
            if candidate.name in (name, f"{name}-{index}"):
                return candidate
        raise StackError(f"this stack has no process {name} (replica {index})")

    def kill(self, name: str, index: int = 0, *, stay_down: bool | None = None) -> None:
        """Send SIGKILL to one process. Services are then restarted if the stack has `restart`, as Kubernetes would;
        Kafka, MongoDB and Redis stay down until `restart()`. `stay_down` overrides that."""
        server = self.server(name, index)
        with self._lock:
            expect_down = (not self._restart or self._is_infra(server)) if stay_down is None else stay_down
            self._set_expected_down(server, expect_down)
            server.kill()
            self._write_run_file()

    def stop_one(self, name: str, index: int = 0, *, grace: float | None = None) -> bool:
        """Send SIGTERM to one process and wait for its end; it stays down. Return whether it ended within its grace."""
        server = self.server(name, index)
        self._set_expected_down(server, True)
        in_time = server.stop(grace)
        self._write_run_file()
        return in_time

    def restart(self, name: str, index: int = 0) -> None:
        """Restart one process on the same ports with its data, after a SIGTERM if it runs; wait until it is ready."""
        server = self.server(name, index)
        self._set_expected_down(server, True)
        server.restart()
        self._set_expected_down(server, False)
        self._write_run_file()

    def start_one(self, name: str, index: int = 0) -> None:
        """Start a stopped process and watch it again; return before it is ready."""
        server = self.server(name, index)
        with self._lock:
            server.start()
            self._set_expected_down(server, False)
            self._write_run_file()

    def send_signal(self, number: signal.Signals, name: str, index: int = 0) -> None:
        """Send a signal such as SIGSTOP to one process; do nothing if it has ended."""
        child = self.server(name, index).child
        if child is not None:
            child.signal(number)

    @property
    def unexpected_exits(self) -> list[tuple[str, str]]:
        """Names and exit reports of all processes that ended without having been stopped, for example by a kill."""
        return list(self._process_watcher.unexpected_exits) if self._process_watcher is not None else []

    def stop(self, grace: float | None = None) -> None:
        """Stop services, then simulators, then Kafka, MongoDB and Redis. Does nothing the second time."""
        self._ended.set()
        if self._watch_thread is not None and self._watch_thread is not threading.current_thread():
            self._watch_thread.join(30)
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
        """Send SIGKILL to all processes that still run."""
        for server in self._servers():
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
        options = InfraOptions(
            data=self._state.data, logs=self._state.logs, ports=self._ports, ttl_monitor=self._ttl_monitor
        )
        merged = self._sources.merged()
        self._infra = infrastructure.choose_servers(merged, options, self._report)
        self._plan.validate_kafka(self._infra.kafka_kind)
        infrastructure.start_servers(self._infra)
        ingress = self._plan.ingress_url(merged, self._ports)
        simulators = f"http://127.0.0.1:{self._ports.get('simulators')}" if self._plan.simulators else None
        self.env = self._sources.for_services(
            infra={**self._infra.environment(), "PARLEY_KAFKA_KIND": self._infra.kafka_kind},
            secrets_key=self._state.secret(),
            ingress=ingress,
            console=self._plan.console_url(merged, self._ports),
            simulators=simulators,
        )
        write_private(self._state.env, as_dotenv(self.env))
        if not self._plan.infra_only:
            self._start_processes(self._ports)
        write_json(self._state.run, self.info)
        self._process_watcher = ProcessWatcher(self._servers(), restart=self._restart, report=self._report)
        self._watch_thread = threading.Thread(target=self._watch_loop, name="stack-watch", daemon=True)
        self._watch_thread.start()

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

    def _watch_loop(self) -> None:
        while not self._ended.wait(POLL_S):
            try:
                with self._lock:
                    self._run_file_outdated |= self._process_watcher is not None and self._process_watcher.check()
                if self._run_file_outdated:
                    self._write_run_file()
            except StackError as error:
                self.failure = str(error)
                self._ended.set()
            except Exception as error:  # the watch thread must survive, since it restarts the others
                self._warn(f"an error while watching the processes is ignored: {error!r}")

    def _write_run_file(self) -> None:
        """Write `run.json`; if that fails, the watch loop retries."""
        try:
            with self._lock, contextlib.suppress(FileNotFoundError):  # the directory may be gone while stopping
                write_json(self._state.run, self.info)
        except OSError as error:
            self._run_file_outdated = True
            self._warn(f"{self._state.run} cannot be written, retrying: {error.strerror or error}")
        else:
            self._run_file_outdated = False
            self._last_warning = ""

    def _warn(self, text: str) -> None:
        """Report a problem, but not the same one twice in a row."""
        if text != self._last_warning:
            self._last_warning = text
            self._report(text)

    def _report(self, line: str) -> None:
        """Pass on a message for the user; ignore a closed terminal or a full disk."""
        with contextlib.suppress(OSError, ValueError):
            self._on_message(line)

    def _set_expected_down(self, server: Server, expected_down: bool) -> None:
        with self._lock:
            if self._process_watcher is not None:
                watched = self._process_watcher.watched[server.name]
                watched.expected_down = expected_down
                watched.start_at = None

    def _is_infra(self, server: Server) -> bool:
        return self._infra is not None and server in self._infra.servers

    def _servers(self) -> list[Server]:
        infra = list(self._infra.servers) if self._infra is not None else []
        return [*infra, *([self._simulators] if self._simulators is not None else []), *self._services]
