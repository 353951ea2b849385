"""`parley bench console requests` (P5, P20, P21): reads and writes of a program at a steady rate, through HTTP; and the
start and memory of a console process.

Requests are sent when they are due, whether earlier ones were answered or not, so that a slow answer is not hidden.
"""

import asyncio
import itertools
import os
import random
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import aiohttp

from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.console.live_traffic import LiveTraffic
from devtools.bench.corpus import workspace_files_named
from devtools.bench.errors import BenchFailed
from devtools.bench.percentiles import P50_P95_P99, percentile
from devtools.bench.process_usage import ProcessUsage, usage
from devtools.bench.results import LOWER, NEITHER, BenchResult
from devtools.bench.stack import BenchStack, print_progress
from devtools.stack.services import PROJECT, module_command
from shared.clock import SystemClock
from shared.domain.accounts import ApiKey, token_digest
from shared.kafka.brokers import Brokers
from shared.kafka.producer import KafkaProducer
from shared.repositories.api_keys import ApiKeys, key_id
from shared.storage.mongo import Mongo

WORKSPACE = "bench"
_SECRET = "pk_benchmark-of-the-console"  # noqa: S105 - of a workspace that exists for a minute
_SCOPES = ("conversations:read", "conversations:write", "messages:read", "messages:write", "customers:read")
_READS = ("conversations?limit=50", "conversations/{id}", "conversations/{id}/messages?limit=50", "customers?limit=50")
_WRITE = "conversations/{id}/labels"
_STARTS = 3
_TABLE = "Requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBenchOptions(BenchmarkOptions):
    """Options of `parley bench console requests`. rate: requests per second. writes: share of requests that are
    commands.
    """

    kind: ClassVar[str] = "console requests"
    about: ClassVar[str] = "P5: p95 of reads 50 ms, of writes 40 ms; P20: 1.5 s to the start; P21: 120 MB at rest."
    shown: ClassVar[tuple[str, ...]] = ("rate", "writes", "conversations", "seconds")

    rate: int = 200
    writes: float = 0.2
    conversations: int = 1000
    seconds: float = 30.0


@dataclass(slots=True)
class _Measured:
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"read": [], "write": []})
    refused: list[str] = field(default_factory=list)


def run(options: RequestBenchOptions) -> BenchResult:
    """Return the figures."""
    env = {"CONSOLE_REQUESTS_PER_KEY_PER_MINUTE": "0"}
    files = workspace_files_named([WORKSPACE])
    with benchmark_run(options, {"console": 1}, files, simulators=False, env=env) as (stack, result):
        _measure_starts(stack, result)
        asyncio.run(_measure_requests(options, stack, result))
    return result


def _measure_starts(stack: BenchStack, result: BenchResult) -> None:
    """Start further processes, one after the other, until each is ready.

    Modules are compiled by a first start, which does not count: in the image they are compiled, too.
    """
    print_progress("starting consoles")
    started, cpu, memory = [], [], []
    with tempfile.TemporaryDirectory(prefix="parley-modules-") as modules:
        for number in range(_STARTS + 1):
            seconds, used = _start(stack, modules)
            if number:
                started.append(seconds)
                cpu.append(used.cpu)
                memory.append(used.rss)
    result.add("Process", "start", "s until ready", *started, better=LOWER)
    result.add("Process", "start", "CPU s until ready", *cpu, better=LOWER)
    result.add("Process", "memory", "MB at rest", *memory, better=LOWER)


def _start(stack: BenchStack, modules: str) -> tuple[float, ProcessUsage]:
    """Start a process and stop it; return the seconds until it was ready, and what it had used then. modules: the
    folder of compiled modules.
    """
    ports = [_free_port(), _free_port()]
    env = {**os.environ, **stack.stack.env, "CONSOLE_PORT": str(ports[0]), "OPS_PORT": str(ports[1])}
    env |= {"PYTHONPYCACHEPREFIX": modules, "PYTHONDONTWRITEBYTECODE": ""}
    began = time.monotonic()
    process = subprocess.Popen(module_command("services.console"), cwd=PROJECT, env=env, stdout=subprocess.DEVNULL)
    try:
        _wait_ready(f"http://127.0.0.1:{ports[1]}/health/ready")
        return time.monotonic() - began, usage({"console": [process.pid]})["console"]
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait_ready(url: str) -> None:
    """Raise BenchFailed after a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - of this machine
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.02)
    raise BenchFailed("a console did not start within a minute")


async def _measure_requests(options: RequestBenchOptions, stack: BenchStack, result: BenchResult) -> None:
    conversations = await _store(options, stack)
    measured = _Measured()
    before = usage(stack.pids)
    print_progress(f"sending {options.rate} requests per second")
    async with aiohttp.ClientSession(
        base_url=stack.info["console"],
        headers={"authorization": f"Bearer {_SECRET}"},
        connector=aiohttp.TCPConnector(limit=64),
        timeout=aiohttp.ClientTimeout(total=30),
    ) as http:
        await _send_all(options, http, conversations, measured)
    after = usage(stack.pids)
    if measured.refused:
        raise BenchFailed(f"{len(measured.refused)} requests failed, the first with {measured.refused[0]}")
    for kind, seconds in measured.seconds.items():
        for name, share in P50_P95_P99:
            result.add(_TABLE, kind, f"{name} ms", percentile(seconds, share) * 1000, better=LOWER)
        result.add(_TABLE, kind, "requests", len(seconds), better=NEITHER)
    cpu = (after["console"].cpu - before["console"].cpu) / options.seconds
    result.add("Process", "CPU", f"cores at {options.rate} requests/s", cpu, better=LOWER)
    result.add("Process", "memory", "MB under load", after["console"].rss, better=LOWER)


async def _store(options: RequestBenchOptions, stack: BenchStack) -> list[str]:
    """Store the key and the conversations; return the conversations' ids."""
    mongo = Mongo(stack.info["mongodb"], stack.info["mongodb_database"])
    producer = KafkaProducer(Brokers(stack.info["kafka"]), "bench")
    await producer.start()
    try:
        digest = token_digest(_SECRET)
        key = ApiKey(
            id=key_id(digest),
            workspace=WORKSPACE,
            digest=digest,
            name="bench",
            scopes=_SCOPES,
            made_by="bench",
            made_at=SystemClock().now(),
        )
        await ApiKeys(mongo, WORKSPACE).create(key)
        return await LiveTraffic(mongo, producer, WORKSPACE, conversations=options.conversations).begin()
    finally:
        await producer.stop()
        await mongo.close()


async def _send_all(
    options: RequestBenchOptions, http: aiohttp.ClientSession, conversations: list[str], measured: _Measured
) -> None:
    rng, loop = random.Random(options.seed), asyncio.get_running_loop()
    began, sending = loop.time(), set[asyncio.Task[None]]()
    for number in itertools.count():
        due = began + number / options.rate
        if due > began + options.seconds:
            break
        await asyncio.sleep(max(0.0, due - loop.time()))
        kind = "write" if rng.random() < options.writes else "read"
        path = _WRITE if kind == "write" else rng.choice(_READS)
        path = path.replace("{id}", rng.choice(conversations))
        task = asyncio.create_task(_send(http, kind, path, number, measured, due))
        sending.add(task)
        task.add_done_callback(sending.discard)
    await asyncio.gather(*sending)


async def _send(
    http: aiohttp.ClientSession, kind: str, path: str, number: int, measured: _Measured, due: float
) -> None:
    """Send one request; its time counts from when it was due."""
    body: Mapping[str, object] | None = {"add": [f"label-{number % 5}"]} if kind == "write" else None
    method, headers = ("POST", {"idempotency-key": f"bench-{number:08}"}) if body else ("GET", {})
    url = f"/api/v1/workspaces/{WORKSPACE}/{path}"
    async with http.request(method, url, json=body, headers=headers) as response:
        text = await response.text()
    measured.seconds[kind].append(asyncio.get_running_loop().time() - due)
    if response.status >= 300:
        measured.refused.append(f"{method} {path}: {response.status} {text[:200]}")
