"""`parley bench ingress`: webhooks per second of one ingress process: signature, parsing, acknowledgement by Kafka."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from devtools.bench import kafka_records
from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.corpus import Corpus, workspace_files
from devtools.bench.errors import BenchFailed
from devtools.bench.load_generator import LoadPlan, LoadResult
from devtools.bench.process_usage import cpu_between, usage
from devtools.bench.results import HIGHER, LOWER, BenchResult
from devtools.bench.stack import BenchStack, print_progress
from devtools.stack.ports import any_free_port
from devtools.stack.services import PROJECT, module_command
from shared.topics import DEAD_LETTERS, INBOUND_MESSAGES, INBOUND_STATUSES

_TABLE = "One ingress process"
_WORKSPACES = 8
_TOPICS = (INBOUND_MESSAGES.name, INBOUND_STATUSES.name, DEAD_LETTERS.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressBenchOptions(BenchmarkOptions):
    """messages: number of different messages, of half as many customers, sent in a cycle. bare: measure `bare_ingress`
    too, in the same stack.
    """

    kind = "ingress"
    shown = ("connections", "seconds", "runs", "seed")

    connections: int = 64
    seconds: float = 10.0
    messages: int = 20_000
    bare: bool = False


@dataclass(frozen=True, slots=True)
class _Target:
    """A process that accepts webhooks. name: in front of its columns."""

    name: str
    host: str
    port: int
    pids: Mapping[str, list[int]]


def run(options: IngressBenchOptions) -> BenchResult:
    """Measure. Raises BenchFailed."""
    with benchmark_run(options, {"ingress": 1}, workspace_files(_WORKSPACES), simulators=False) as (bench, result):
        idle = usage(bench.pids)["ingress"].rss
        with _targets(bench, options) as targets:
            for target in targets:
                _measure(bench, options, target, options.connections, min(2.0, options.seconds))  # warm-up
            for connections in dict.fromkeys((options.connections, 1)):
                for number in range(options.runs):
                    print_progress(f"ingress: {connections} connections, run {number + 1} of {options.runs}")
                    for target in targets:
                        load, cpu = _measure(bench, options, target, connections, options.seconds)
                        _note(result, target, connections, load, cpu)
        result.add("Memory (MB)", "ingress", "idle", idle, better=LOWER)
        result.add("Memory (MB)", "ingress", "after load", usage(bench.pids)["ingress"].rss, better=LOWER)
    result.notes.append(
        f"{options.messages:,} different messages (7 in 10 are texts) of {options.messages // 2:,} customers in "
        f"{_WORKSPACES} workspaces, sent in a cycle; Kafka has a record for every 200."
    )
    return result


@contextlib.contextmanager
def _targets(bench: BenchStack, options: IngressBenchOptions) -> Iterator[list[_Target]]:
    """Yield what is measured in turn: ingress, and a bare route if that is wanted."""
    ingress = _Target("", *bench.ingress(), bench.pids)
    if not options.bare:
        yield [ingress]
        return
    port = any_free_port() or 0
    environment = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": bench.info["kafka"]}
    with subprocess.Popen(
        module_command("devtools.bench.bare_ingress", str(port)), env=environment, cwd=PROJECT
    ) as process:
        try:
            _wait_listening(port)
            yield [ingress, _Target("bare route, ", "127.0.0.1", port, {**bench.pids, "ingress": [process.pid]})]
        finally:
            process.terminate()


def _wait_listening(port: int) -> None:
    """Raises BenchFailed after half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise BenchFailed("the bare route does not listen")


def _measure(
    bench: BenchStack, options: IngressBenchOptions, target: _Target, connections: int, seconds: float
) -> tuple[LoadResult, dict[str, float]]:
    """Return the load's result and CPU seconds by process. Raises BenchFailed unless Kafka has a new record per 200."""
    corpus = Corpus(
        seed=options.seed,
        run=0,
        messages=options.messages,
        customers=max(1, options.messages // 2),
        workspaces=_WORKSPACES,
        timestamp=int(time.time()),
        kinds="mixed",
    )
    kafka = bench.info["kafka"]
    records, cpu = kafka_records.count_records(kafka, _TOPICS), usage(target.pids)
    load = bench.load(
        LoadPlan(
            host=target.host, port=target.port, connections=connections, mode="timed", corpus=corpus, seconds=seconds
        )
    )
    spent = cpu_between(cpu, usage(target.pids))
    new = {topic: count - records[topic] for topic, count in kafka_records.count_records(kafka, _TOPICS).items()}
    expected = dict.fromkeys(_TOPICS, 0) | {INBOUND_MESSAGES.name: load.answered}
    if new != expected:
        raise BenchFailed(f"{load.answered} webhooks were answered with 200, but Kafka's new records are {new}")
    return load, spent


def _note(result: BenchResult, target: _Target, connections: int, load: LoadResult, cpu: dict[str, float]) -> None:
    column = f"{target.name}{connections} connection{'s' if connections > 1 else ''}"
    result.add(_TABLE, "webhooks accepted per second", column, load.answered / load.seconds, better=HIGHER)
    for name, seconds in (("p50", load.p50), ("p99", load.p99), ("max", load.worst)):
        result.add(_TABLE, f"latency {name} (ms)", column, seconds * 1000, better=LOWER)
    per_thousand = 1000 / load.answered
    for name in ("ingress", "kafka", "redis", "mongodb"):
        if name in cpu:
            row = f"CPU of {name} per 1,000 webhooks (s)"
            result.add(_TABLE, row, column, cpu[name] * per_thousand, better=LOWER)
    result.add(_TABLE, "CPU of the load generator per 1,000 webhooks (s)", column, load.cpu * per_thousand)
    result.add(_TABLE, "cores used by ingress", column, cpu["ingress"] / load.seconds)
    result.add(_TABLE, "cores used by the load generator", column, load.cpu / load.seconds)
