"""`parley bench fairness`: latency of nine workspaces while a tenth one floods the same partitions.

Three phases: no flood; a flood by a workspace that shares every partition with the nine; a flood by one on other
partitions. The last one shows how much of the latency comes from the busy machine only.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.partitioner import DefaultPartitioner

from devtools.bench import answer_checks, stage_times
from devtools.bench.benchmark import BenchmarkOptions, benchmark_run, check_only
from devtools.bench.corpus import Corpus, make_samples, workspace_files_named
from devtools.bench.errors import BenchFailed
from devtools.bench.load_generator import LoadPlan, LoadResult
from devtools.bench.percentiles import P50_P95_P99, percentile
from devtools.bench.process_usage import cpu_between, usage
from devtools.bench.results import HIGHER, LOWER, BenchResult
from devtools.bench.stack import BenchStack, print_progress
from shared.topics import INBOUND_MESSAGES

_SERVICES = {"ingress": 1, "router": 1, "ai": 1, "delivery": 1}
_OTHERS = 9
_TURNS = 4  # messages of one customer
_CONNECTIONS = 16  # of the flood, and of the nine
_POLL_EVERY = 0.5  # seconds
_QUIET, _SAME, _OTHER = "quiet", "flood, same partition", "flood, other partition"
_FLOODER = {_SAME: _OTHERS, _OTHER: _OTHERS + 1}  # the number of the workspace
SCENARIOS = ("faq", "ai")


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessOptions(BenchmarkOptions):
    """Options of `parley bench fairness`. messages: of the flood. rate: messages per second of the nine together.
    seconds: length of the quiet phase. batch: messages per webhook of the flood. model_latency: of the scenario `ai`.
    drain: seconds that a flood may take.
    """

    kind = "fairness"
    about = (
        "How long the messages of nine quiet workspaces take while a tenth one floods the same services, compared with "
        "the same messages without a flood. Goal: p95 at most doubled, with 40 answers or more per second of the flood."
    )
    shown = ("messages", "rate", "seconds", "batch", "model_latency", "runs", "seed", "only")

    messages: int = 10_000
    rate: float = 9.0
    seconds: float = 30.0
    batch: int = 20
    model_latency: float = 0.3
    drain: float = 600.0
    only: tuple[str, ...] = SCENARIOS


def workspace_names() -> list[str]:
    """Return names of workspaces: ten on the same partition of every topic, and one on another."""
    numbers = list(range(INBOUND_MESSAGES.partitions))
    partition_of = DefaultPartitioner()
    wanted = partition_of(b"bench-0", numbers, numbers)
    together: list[str] = []
    apart = ""
    number = 0
    while len(together) <= _OTHERS:
        name = f"bench-{number}"
        if partition_of(name.encode(), numbers, numbers) == wanted:
            together.append(name)
        else:
            apart = name
        number += 1
    return [*together, apart]


def run(options: FairnessOptions) -> BenchResult:
    """Measure. Raises BenchFailed."""
    check_only(options.only, SCENARIOS)
    workspaces = workspace_files_named(workspace_names())
    with benchmark_run(options, _SERVICES, workspaces, simulators=True) as (bench, result):
        phases = _FairnessPhases(bench, options)
        for scenario in options.only:
            phases.measure(scenario, _QUIET, seconds=min(5.0, options.seconds))  # warm-up
            for number in range(options.runs):
                quiet = 0.0
                for phase in (_QUIET, _SAME, _OTHER):
                    print_progress(f"fairness: {scenario}, {phase}, run {number + 1} of {options.runs}")
                    measured = phases.measure(scenario, phase, seconds=options.seconds)
                    quiet = quiet or measured.p95
                    _note(result, _title(scenario, options), phase, measured, quiet)
    result.notes.append(
        f"Nine workspaces get {options.rate:g} messages per second in all, at random moments. The flood is "
        f"{options.messages:,} messages of {_customers(options.messages):,} customers of a tenth one, {options.batch} "
        "per webhook, sent as fast as ingress accepts them; the nine's latency is that of messages sent before the "
        "flood's last answer. Every message was answered exactly once."
    )
    result.notes.append(
        f"`{_OTHER}` is the same flood by a workspace on another partition: its effect is that of the busy machine."
    )
    return result


def _title(scenario: str, options: FairnessOptions) -> str:
    return "all FAQ" if scenario == "faq" else f"all AI, {options.model_latency:g} s model"


def _customers(messages: int) -> int:
    return max(1, -(-messages // _TURNS))


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessPhase:
    """One phase. latencies: of the nine, in seconds from webhook sent to answer accepted. stages: the same by stage.

    flood: messages of the flood. seconds: from its first webhook to its last answer. cpu: mean number of busy cores.
    """

    latencies: Sequence[float]
    stages: Mapping[str, Sequence[float]]
    load: LoadResult
    flood: int
    seconds: float
    cpu: float

    @property
    def p95(self) -> float:
        """95th percentile of the nine's latencies, in seconds."""
        return percentile(self.latencies, 0.95)


class _FairnessPhases:
    """Runs the phases, each with its own customers and messages."""

    def __init__(self, bench: BenchStack, options: FairnessOptions) -> None:
        self._bench = bench
        self._options = options
        self._number = 0
        self._scenario = ""

    def measure(self, scenario: str, phase: str, *, seconds: float) -> FairnessPhase:
        """Run one phase until everything is processed. Raises BenchFailed."""
        self._scenario = scenario
        bench, options = self._bench, self._options
        bench.simulators("POST", "/_sim/config", {"anthropic": {"latency": options.model_latency}})
        bench.simulators("DELETE", "/_sim/records")
        nine = self._corpus(int(options.rate * (options.drain + seconds)) + 1, 0, _OTHERS)  # more than are sent
        flood = self._corpus(options.messages, _FLOODER[phase], 1) if phase != _QUIET else None
        sends = _SendLog(bench)
        with bench.sending(self._plan(nine, rate=options.rate)) as sending:
            sending.wait_started()
            before, began = usage(bench.pids), time.time()
            if flood is None:
                time.sleep(seconds)
                first, flooded = began, None
            else:
                flooded = bench.load(self._plan(flood, batch=options.batch))
                first = min(flooded.sent_at)
                sends.wait(make_samples(flood)[0].number, flood.messages, options.drain)
            spent, took = cpu_between(before, usage(bench.pids)), time.time() - began
            sending.stop()
            load = sending.result()
        samples = [(sample, at) for sample, at in zip(make_samples(nine), load.sent_at, strict=True) if at]
        flood_samples = (
            [] if flood is None or flooded is None else list(zip(make_samples(flood), flooded.sent_at, strict=True))
        )
        bench.wait_answered(len(samples) + len(flood_samples), options.drain)
        bench.settle()
        accepted = answer_checks.check_answers([sample for sample, _ in (*samples, *flood_samples)], sends.all())
        last = max(accepted[len(samples) :], default=time.time())
        return FairnessPhase(
            latencies=[at - sent for at, (_, sent) in zip(accepted, samples, strict=False) if first <= sent <= last],
            stages=stage_times.stage_durations(bench.stack.env, workspace_names()[:_OTHERS], first, last),
            load=load,
            flood=len(flood_samples),
            seconds=last - first,
            cpu=(sum(spent.values()) + load.cpu + (flooded.cpu if flooded else 0.0)) / took,
        )

    def _corpus(self, messages: int, first: int, workspaces: int) -> Corpus:
        self._number += 1
        return Corpus(
            seed=self._options.seed,
            run=self._number,
            messages=messages,
            customers=_customers(messages),
            first=first,
            workspaces=workspaces,
            timestamp=int(time.time()),
            faq_share=1.0 if self._scenario == "faq" else 0.0,
        )

    def _plan(self, corpus: Corpus, *, rate: float = 0.0, batch: int = 1) -> LoadPlan:
        host, port = self._bench.ingress()
        return LoadPlan(
            host=host,
            port=port,
            connections=_CONNECTIONS,
            mode="paced" if rate else "once",
            corpus=corpus,
            rate=rate,
            batch=batch,
        )


class _SendLog:
    """Sends recorded by the simulators, read in small parts while they are busy."""

    def __init__(self, bench: BenchStack) -> None:
        self._bench = bench
        self._records: list[dict[str, Any]] = []
        self._since = 0

    def all(self) -> list[dict[str, Any]]:
        """Return all sends so far."""
        new, self._since = answer_checks.fetch_records(self._bench, self._since)
        self._records += new
        return self._records

    def wait(self, number: str, messages: int, limit: float) -> None:
        """Wait until the number has sent `messages` messages. Raises BenchFailed after `limit` seconds."""
        deadline = time.monotonic() + limit
        while (count := sum(r["accepted"] and r["phone_number_id"] == number for r in self.all())) < messages:
            if time.monotonic() > deadline:
                raise BenchFailed(f"{count} of {messages} messages of the flood were answered within {limit:g} s")
            time.sleep(_POLL_EVERY)


def _note(result: BenchResult, title: str, phase: str, measured: FairnessPhase, quiet: float) -> None:
    nine, flooder, parts = (
        f"The nine, {title}",
        f"The flood, {title}",
        f"Where the nine wait, {title}",
    )
    for name, share in P50_P95_P99:
        milliseconds = percentile(measured.latencies, share) * 1000
        result.add(nine, f"webhook sent to answer accepted, {name} (ms)", phase, milliseconds, better=LOWER)
    result.add(nine, "p95, times the quiet one of the same run", phase, measured.p95 / quiet, better=LOWER)
    result.add(nine, "webhook sent to 200, p99 (ms)", phase, measured.load.p99 * 1000, better=LOWER)
    result.add(nine, "messages measured", phase, len(measured.latencies))
    result.add(nine, "cores busy, of all processes", phase, measured.cpu)
    if measured.flood:
        result.add(flooder, "first webhook sent to last answer accepted (s)", phase, measured.seconds, better=LOWER)
        result.add(flooder, "answers per second", phase, measured.flood / measured.seconds, better=HIGHER)
    for name, seconds in measured.stages.items():
        result.add(parts, f"{name}, p95 (ms)", phase, percentile(seconds, 0.95) * 1000, better=LOWER)
