"""Start a fresh stack for a benchmark in a directory of its own, removed afterwards."""

import asyncio
import contextlib
import http.client
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from devtools.bench.corpus import SECRET
from devtools.bench.errors import BenchFailed
from devtools.bench.load_generator import LoadPlan, LoadResult
from devtools.bench.profiler import table
from devtools.stack.services import PROJECT, known_services, module_command
from devtools.stack.supervisor import Stack
from shared.clock import SystemClock
from shared.crypto import Secrets
from shared.maintenance.indexes import ensure_indexes
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.workspace.config import WorkspaceFile

DEFAULT_OUT = Path(".parley/bench")


def print_progress(line: str) -> None:
    """Print a progress line to standard error."""
    print(line, file=sys.stderr, flush=True)


class BenchStack:
    """A running stack. folder: its data directory."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.folder = folder
        self.info = stack.info

    @property
    def pids(self) -> Mapping[str, list[int]]:
        """Process ids by name of the part."""
        pids: Mapping[str, list[int]] = self.info["pids"]
        return pids

    def ingress(self) -> tuple[str, int]:
        """Return host and port of ingress."""
        parts = urlsplit(self.info["ingress"])
        return str(parts.hostname), int(parts.port or 80)

    def load(self, plan: LoadPlan) -> LoadResult:
        """Run the load generator to its end. Raises BenchFailed unless every response was 200."""
        with self.sending(plan) as process:
            return process.result()

    @contextlib.contextmanager
    def sending(self, plan: LoadPlan) -> Iterator["LoadProcess"]:
        """Run the load generator during the block; it is killed at the end of the block."""
        with subprocess.Popen(
            module_command("devtools.bench.load_generator"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT
        ) as process:
            try:
                yield LoadProcess(process, plan)
            finally:
                process.kill()

    def simulators(self, method: str, path: str, body: object = None) -> Any:
        """Call the simulators' control API; return the decoded response."""
        return _call(self.info["simulators"]["url"], method, path, body)

    def stats(self) -> list[dict[str, Any]]:
        """Return `/stats` of every service process."""
        return [_call(url, "GET", "/stats", None) for urls in self.info["ops"].values() for url in urls]

    def metrics(self, service: str) -> str:
        """Return `/metrics` of the service's first replica."""
        return _get(self.info["ops"][service][0], "/metrics").decode()

    def wait_answered(self, messages: int, limit: float) -> None:
        """Wait until the providers have accepted `messages` sends. Raises BenchFailed after `limit` seconds."""
        deadline = time.monotonic() + limit
        while True:
            counts = self.simulators("GET", "/_sim/counts")["records"]
            accepted = sum(kinds.get("message", {}).get("accepted", 0) for kinds in counts.values())
            if accepted >= messages:
                return
            if time.monotonic() > deadline:
                raise BenchFailed(f"{accepted} of {messages} messages were answered within {limit:g} s")
            time.sleep(0.25)

    def settle(self, limit: float = 60.0) -> None:
        """Wait until no status is pending and no partition window has a record. Raises BenchFailed.

        A record that no service has fetched yet is not seen: call `wait_answered` first.
        """
        quiet, deadline = 0, time.monotonic() + limit
        while quiet < 3:
            quiet = quiet + 1 if self._is_quiet() else 0
            if time.monotonic() > deadline:
                raise BenchFailed(f"the services were still busy {limit:g} s after the last answer")
            time.sleep(0.2)

    def _is_quiet(self) -> bool:
        if self.info["simulators"] and self.simulators("GET", "/_sim/counts")["pending"]:
            return False
        parts = [part for stats in self.stats() for part in stats.values() if isinstance(part, dict)]
        return not any(part.get("window") for part in parts)


class LoadProcess:
    """A running load generator."""

    def __init__(self, process: subprocess.Popen[bytes], plan: LoadPlan) -> None:
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        process.stdin.write(msgspec.json.encode(plan))
        process.stdin.close()
        process.stdin = None  # `communicate` would flush it
        self._process = process
        self._limit = plan.seconds + 600

    def wait_started(self) -> None:
        """Wait until it starts to send."""
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        self._process.stdout.readline()

    def stop(self) -> None:
        """Stop sending; call it after `wait_started`."""
        self._process.terminate()

    def result(self) -> LoadResult:
        """Wait for its end and return the result. Raises BenchFailed unless every response was 200."""
        out, _ = self._process.communicate(timeout=self._limit)
        if self._process.returncode != 0:
            raise BenchFailed(f"the load generator ended with exit code {self._process.returncode}")
        return require_all_accepted(msgspec.json.decode(out, type=LoadResult))


def require_all_accepted(load: LoadResult) -> LoadResult:
    """Return `load`. Raises BenchFailed unless every response was 200."""
    if set(load.statuses) != {"200"}:
        raise BenchFailed(f"not every webhook was answered with 200: {load.statuses}")
    return load


@contextlib.contextmanager
def bench_stack(
    services: Mapping[str, int],
    *,
    workspaces: Sequence[WorkspaceFile],
    simulators: bool,
    profile: str = "",
    out: Path = DEFAULT_OUT,
    env: Mapping[str, str] | None = None,
    commands: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[BenchStack]:
    """Start a stack with these replicas of services (none of others) and workspaces.

    env: settings of the services. commands: replace those that start a service. profile: service to run under the
    profiler; its profile is printed after the stack has ended.
    """
    known = known_services()
    if profile and not services.get(profile):
        raise BenchFailed(f"{profile!r} does not run in this benchmark; it has {', '.join(services)}")
    out.mkdir(parents=True, exist_ok=True)
    file = (out / f"{profile}.pstats").absolute()
    file.unlink(missing_ok=True)
    programs = dict(commands or {})
    if profile:
        programs[profile] = module_command("devtools.bench.profiler", str(file), f"services.{profile}")
    folder = Path(tempfile.mkdtemp(prefix="stack-", dir=out))
    stack = Stack(
        dir=folder,
        simulators=simulators,
        replicas={name: services.get(name, 0) for name in known},
        env={"META_APP_SECRET": SECRET, "META_VERIFY_TOKEN": "bench-verify-token", **(env or {})},
        commands=programs,
        report=print_progress,
    )
    try:
        with stack:
            asyncio.run(apply_workspaces(stack.env, workspaces))
            yield BenchStack(stack, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if profile:
        if not file.exists():
            raise BenchFailed(f"{profile} did not end on SIGTERM, so there is no profile")
        print(f"Profile of {profile} (kept in {out / file.name})\n\n{table(file)}")


async def apply_workspaces(env: Mapping[str, str], files: Sequence[WorkspaceFile]) -> None:
    """Create workspaces as `parley apply` does. env: the services' settings."""
    mongo = Mongo(env["MONGODB_URI"], env["MONGODB_DATABASE"], env.get("MONGODB_DRIVER", "motor"))
    redis = Redis(env["REDIS_URL"])
    keys = Settings.model_validate({"secrets_key": env["SECRETS_KEY"]}).secret_keys
    try:
        await ensure_indexes(mongo)
        editor = WorkspaceEditor(mongo, redis, Secrets(keys), SystemClock())
        for wanted in files:
            await editor.apply(wanted)
    finally:
        await redis.close()
        await mongo.close()


def _call(url: str, method: str, path: str, body: object) -> Any:
    return msgspec.json.decode(_get(url, path, method, None if body is None else msgspec.json.encode(body)))


def _get(url: str, path: str, method: str = "GET", body: bytes | None = None) -> bytes:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=40)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise BenchFailed(f"{method} {path} was answered with {response.status}: {answer[:300]!r}")
    return answer
