"""`parley bench ingress`: webhooks per second of one ingress process: signature, parsing, acknowledgement by Kafka.

Most webhooks of real traffic are of customers who wrote before, so these are measured first: all customers have written
once before the measurement. Of a new customer, ingress also stores who it is (MongoDB), which is measured apart.
"""

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
_KNOWN, _NEW, _BARE = "known customers", "new customers", "bare route"
_WORKSPACES = 8
_TOPICS = (INBOUND_MESSAGES.name, INBOUND_STATUSES.name, DEAD_LETTERS.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressBenchOptions(BenchmarkOptions):
    """Options of `parley bench ingress`. messages: number of different messages, of half as many customers, sent in a
    cycle. new_customers: webhooks of a run of new customers, one of each. bare: measure `bare_ingress` too, in the same
    stack.
    """

    kind = "ingress"
    about = (
        "How many webhooks one ingress process accepts per second: it verifies the signature, finds the workspace and "
        "the customer, and answers 200 when Kafka has the message. Goal: 12,000 per second with 64 connections."
    )
    shown = ("connections", "seconds", "runs", "seed")

    connections: int = 64
    seconds: float = 10.0
    messages: int = 20_000
    new_customers: int = 10_000
    bare: bool = False


@dataclass(frozen=True, slots=True)
class _Target:
    """A process that accepts webhooks. name: in front of its columns. pids: by part; its own is `ingress`."""

    name: str
    host: str
    port: int
    pids: Mapping[str, list[int]]


def run(options: IngressBenchOptions) -> BenchResult:
    """Measure. Raises BenchFailed."""
    with benchmark_run(options, {"ingress": 1}, workspace_files(_WORKSPACES), simulators=False) as (bench, result):
        idle = usage(bench.pids)["ingress"].rss
        known = _corpus(options, 0, options.messages, options.messages // 2)
        with _targets(bench, options) as targets:
            for target in targets:
                _measure(bench, _load(target, options.connections, known))  # warm-up: all customers write
            for connections in dict.fromkeys((options.connections, 1)):
                for number in range(options.runs):
                    print_progress(f"ingress: {connections} connections, run {number + 1} of {options.runs}")
                    for target in targets:
                        load, cpu = _measure(bench, _load(target, connections, known, options.seconds))
                        _note(result, _column(target.name, connections), load, cpu)
            for number in range(1, options.runs + 1):
                print_progress(f"ingress: new customers, run {number} of {options.runs}")
                new = _corpus(options, number, options.new_customers, options.new_customers)
                load, cpu = _measure(bench, _load(targets[0], options.connections, new))
                _note(result, _column(_NEW, options.connections), load, cpu)
        result.add("Memory (MB)", "ingress", "idle", idle, better=LOWER)
        result.add("Memory (MB)", "ingress", "after load", usage(bench.pids)["ingress"].rss, better=LOWER)
    result.notes += _notes(options)
    return result


def _notes(options: IngressBenchOptions) -> list[str]:
    notes = [
        f"`{_KNOWN}`: {options.messages:,} different messages (7 in 10 are texts) of {options.messages // 2:,} "
        f"customers in {_WORKSPACES} workspaces, sent in a cycle for {options.seconds:g} s, after each was sent once. "
        f"`{_NEW}`: {options.new_customers:,} messages, each the first one of its customer, sent once. A connection "
        "has one webhook in flight, with one message in it. Kafka has a record for every 200.",
    ]
    if options.bare:
        notes.append(
            f"`{_BARE}`: the same webhooks to an ASGI application on the same server that only writes each body to "
            "Kafka and answers 200 when Kafka has it: the least that a webhook can cost."
        )
    return notes


def _column(name: str, connections: int) -> str:
    return f"{name}, {connections} connection{'s' if connections > 1 else ''}"


@contextlib.contextmanager
def _targets(bench: BenchStack, options: IngressBenchOptions) -> Iterator[list[_Target]]:
    """Yield what is measured in turn: ingress, and a bare route if that is wanted."""
    ingress = _Target(_KNOWN, *bench.ingress(), bench.pids)
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
            yield [ingress, _Target(_BARE, "127.0.0.1", port, {**bench.pids, "ingress": [process.pid]})]
        finally:
            process.terminate()


def _wait_listening(port: int) -> None:
    """Raise BenchFailed after half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise BenchFailed("the bare route does not listen")


def _corpus(options: IngressBenchOptions, run: int, messages: int, customers: int) -> Corpus:
    return Corpus(
        seed=options.seed,
        run=run,
        messages=messages,
        customers=max(1, customers),
        workspaces=_WORKSPACES,
        timestamp=int(time.time()),
        kinds="mixed",
    )


@dataclass(frozen=True, slots=True)
class _Load:
    """A load on a target."""

    target: _Target
    plan: LoadPlan


def _load(target: _Target, connections: int, corpus: Corpus, seconds: float = 0.0) -> _Load:
    """Return the load of a corpus, in a cycle for some seconds, or once."""
    return _Load(
        target,
        LoadPlan(
            host=target.host,
            port=target.port,
            connections=connections,
            mode="timed" if seconds else "once",
            corpus=corpus,
            seconds=seconds,
        ),
    )


def _measure(bench: BenchStack, load: _Load) -> tuple[LoadResult, dict[str, float]]:
    """Return the load's result and CPU seconds by process. Raises BenchFailed unless Kafka has a new record per 200."""
    kafka, pids = bench.info["kafka"], load.target.pids
    records, cpu = kafka_records.count_records(kafka, _TOPICS), usage(pids)
    result = bench.load(load.plan)
    spent = cpu_between(cpu, usage(pids))
    new = {topic: count - records[topic] for topic, count in kafka_records.count_records(kafka, _TOPICS).items()}
    expected = dict.fromkeys(_TOPICS, 0) | {INBOUND_MESSAGES.name: result.answered}
    if new != expected:
        raise BenchFailed(f"{result.answered} webhooks were answered with 200, but Kafka's new records are {new}")
    return result, spent


def _note(result: BenchResult, column: str, load: LoadResult, cpu: dict[str, float]) -> None:
    result.add(_TABLE, "webhooks accepted per second", column, load.answered / load.seconds, better=HIGHER)
    for name, seconds in (("p50", load.p50), ("p99", load.p99), ("max", load.worst)):
        result.add(_TABLE, f"webhook sent to 200, {name} (ms)", column, seconds * 1000, better=LOWER)
    per_thousand = 1000 / load.answered
    for name in ("ingress", "kafka", "redis", "mongodb"):
        if name in cpu:
            row = f"CPU of {name} per 1,000 webhooks (s)"
            result.add(_TABLE, row, column, cpu[name] * per_thousand, better=LOWER)
    result.add(_TABLE, "CPU of the load generator per 1,000 webhooks (s)", column, load.cpu * per_thousand)
    result.add(_TABLE, "cores used by ingress", column, cpu["ingress"] / load.seconds)
    result.add(_TABLE, "cores used by the load generator", column, load.cpu / load.seconds)
