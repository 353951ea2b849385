"""`parley bench ingress`: webhooks per second of one ingress process: signature, parsing, acknowledgement by Kafka."""

import time
from dataclasses import dataclass

from devtools.bench import kafka_records
from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.corpus import Corpus, workspace_files
from devtools.bench.errors import BenchFailed
from devtools.bench.load_generator import LoadPlan, LoadResult
from devtools.bench.process_usage import cpu_between, usage
from devtools.bench.results import HIGHER, LOWER, BenchResult
from devtools.bench.stack import BenchStack, print_progress
from shared.topics import DEAD_LETTERS, INBOUND_MESSAGES, INBOUND_STATUSES

_TABLE = "One ingress process"
_WORKSPACES = 8
_TOPICS = (INBOUND_MESSAGES.name, INBOUND_STATUSES.name, DEAD_LETTERS.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressBenchOptions(BenchmarkOptions):
    """messages: number of different messages, of half as many customers, sent in a cycle."""

    kind = "ingress"
    shown = ("connections", "seconds", "runs", "seed")

    connections: int = 64
    seconds: float = 10.0
    messages: int = 20_000


def run(options: IngressBenchOptions) -> BenchResult:
    """Measure. Raises BenchFailed."""
    with benchmark_run(options, {"ingress": 1}, workspace_files(_WORKSPACES), simulators=False) as (bench, result):
        idle = usage(bench.pids)["ingress"].rss
        _measure(bench, options, options.connections, min(2.0, options.seconds))  # warm-up
        for connections in dict.fromkeys((options.connections, 1)):
            for number in range(options.runs):
                print_progress(f"ingress: {connections} connections, run {number + 1} of {options.runs}")
                _note(result, connections, *_measure(bench, options, connections, options.seconds))
        result.add("Memory (MB)", "ingress", "idle", idle, better=LOWER)
        result.add("Memory (MB)", "ingress", "after load", usage(bench.pids)["ingress"].rss, better=LOWER)
    result.notes.append(
        f"{options.messages:,} different messages (7 in 10 are texts) of {options.messages // 2:,} customers in "
        f"{_WORKSPACES} workspaces, sent in a cycle; Kafka has a record for every 200."
    )
    return result


def _measure(
    bench: BenchStack, options: IngressBenchOptions, connections: int, seconds: float
) -> tuple[LoadResult, dict[str, float]]:
    """Return the load's result and CPU seconds by process. Raises BenchFailed unless Kafka has a new record per 200."""
    host, port = bench.ingress()
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
    records, cpu = kafka_records.count_records(kafka, _TOPICS), usage(bench.pids)
    load = bench.load(
        LoadPlan(host=host, port=port, connections=connections, mode="timed", corpus=corpus, seconds=seconds)
    )
    spent = cpu_between(cpu, usage(bench.pids))
    new = {topic: count - records[topic] for topic, count in kafka_records.count_records(kafka, _TOPICS).items()}
    expected = dict.fromkeys(_TOPICS, 0) | {INBOUND_MESSAGES.name: load.answered}
    if new != expected:
        raise BenchFailed(f"{load.answered} webhooks were answered with 200, but Kafka's new records are {new}")
    return load, spent


def _note(result: BenchResult, connections: int, load: LoadResult, cpu: dict[str, float]) -> None:
    column = f"{connections} connection{'s' if connections > 1 else ''}"
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
