"""`parley bench pipeline`: all services, from webhooks sent to answers accepted by the simulated provider."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from devtools.bench import answer_checks
from devtools.bench.benchmark import BenchmarkOptions, benchmark_run, check_only
from devtools.bench.corpus import Corpus, make_samples, workspace_files
from devtools.bench.load_generator import LoadPlan, LoadResult
from devtools.bench.percentiles import percentile
from devtools.bench.process_usage import ProcessUsage, cpu_between, usage
from devtools.bench.results import HIGHER, LOWER, BenchResult
from devtools.bench.stack import BenchStack, print_progress
from devtools.bench.storage_use import storage_mb

_THROUGHPUT, _LATENCY = "Throughput", "Latency added by us"
_CPU, _MEMORY, _IDLE = "CPU seconds per 1,000 messages", "Memory (MB)", "CPU at rest (% of a core)"
_STORED = "Stored for 1,000 messages (MB)"
SERVICES = {"ingress": 1, "router": 1, "ai": 1, "delivery": 1}
WORKSPACES = 8
_TURNS = 4  # messages of one customer
_CONNECTIONS = 64
_IDLE_SECONDS = 4.0
SCENARIOS = ("ai", "faq", "slow-model", "latency")


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineOptions(BenchmarkOptions):
    """Options of `parley bench pipeline`. model_latency: of the scenario `slow-model`. faq_share: of a mix of FAQ and
    AI that replaces `ai` and `faq`.

    traces: measure the cost of traces at these sampling ratios instead (`tracing_cost.py`). paced_seconds: length of
    the scenario `latency`. drain: seconds to wait for the last answer after the last webhook.
    """

    kind = "pipeline"
    about = (
        "All services with one process each: how many customers' messages they answer per second when all are sent at "
        "once, what a message costs, and how long its answer takes at a steady rate, without the model's time."
    )
    shown = ("messages", "rate", "model_latency", "runs", "seed", "faq_share", "only", "traces")

    messages: int = 2000
    rate: float = 20.0
    model_latency: float = 2.0
    faq_share: float | None = None
    paced_seconds: float = 20.0
    drain: float = 180.0
    only: tuple[str, ...] = SCENARIOS
    traces: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineScenario:
    """One load on all services. column: name in the tables. rate: messages per second in an open loop; 0: all at
    once.
    """

    column: str
    messages: int
    faq_share: float = 0.0
    model_latency: float = 0.0
    rate: float = 0.0


def scenarios(options: PipelineOptions) -> list[PipelineScenario]:
    """Return the scenarios to measure."""
    count = options.messages
    by_name = {
        "ai": PipelineScenario(column="all AI", messages=count),
        "faq": PipelineScenario(column="all FAQ", messages=count, faq_share=1.0),
        "slow-model": PipelineScenario(
            column=f"all AI, {options.model_latency:g} s model", messages=count, model_latency=options.model_latency
        ),
        "latency": PipelineScenario(
            column=f"all AI, {options.rate:g}/s",
            messages=max(1, int(options.rate * options.paced_seconds)),
            rate=options.rate,
            faq_share=options.faq_share or 0.0,
        ),
    }
    check_only(options.only, SCENARIOS)
    wanted = [by_name[name] for name in options.only]
    if options.faq_share is None:
        return wanted
    mix = PipelineScenario(column=f"{options.faq_share:.0%} FAQ", messages=count, faq_share=options.faq_share)
    return [mix, *(s for name, s in by_name.items() if name in options.only and name not in ("ai", "faq"))]


def run(options: PipelineOptions) -> BenchResult:
    """Measure. Raises BenchFailed."""
    wanted = scenarios(options)
    with benchmark_run(options, SERVICES, workspace_files(WORKSPACES), simulators=True) as (bench, result):
        _note_idle(result, bench)
        runs = PipelineRuns(bench, options)
        before = storage_mb(bench.stack.env, bench.folder)
        runs.measure(PipelineScenario(column="warm-up", messages=min(200, options.messages), faq_share=0.5))
        for scenario in wanted:
            for number in range(options.runs):
                print_progress(f"pipeline: {scenario.column}, run {number + 1} of {options.runs}")
                _note(result, scenario, runs.measure(scenario))
        for name, used in usage(bench.pids).items():
            result.add(_MEMORY, name, "after load", used.rss, better=LOWER)
        for name, size in storage_mb(bench.stack.env, bench.folder).items():
            result.add(_STORED, name, "all of the above", (size - before[name]) * 1000 / runs.messages, better=LOWER)
    result.notes.append(
        f"{_TURNS} messages of each customer in {WORKSPACES} workspaces, every message answered exactly once; CPU "
        "includes the statuses (sent, delivered, read) that follow each answer."
    )
    if options.model_latency and "slow-model" in options.only:
        most = max(1, options.messages // _TURNS) / options.model_latency
        result.notes.append(
            f"A conversation's messages are processed in order, so with the {options.model_latency:g} s model "
            f"{options.messages:,} messages cannot be answered faster than {most:g} per second."
        )
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineRun:
    """One run. latencies: seconds from webhook sent to answer accepted. cpu: seconds by process."""

    load: LoadResult
    seconds: float
    latencies: Sequence[float]
    cpu: dict[str, float]


class PipelineRuns:
    """Does the runs, each with its own customers and messages."""

    def __init__(self, bench: BenchStack, options: PipelineOptions) -> None:
        self._bench = bench
        self._options = options
        self._number = 0
        self.messages = 0  # of all runs

    def measure(self, scenario: PipelineScenario) -> PipelineRun:
        """Do one run, until everything is processed. Raises BenchFailed."""
        self._number += 1
        self.messages += scenario.messages
        bench, corpus = self._bench, self._corpus(scenario)
        bench.simulators("POST", "/_sim/config", {"anthropic": {"latency": scenario.model_latency}})
        bench.simulators("DELETE", "/_sim/records")
        cpu = usage(bench.pids)
        load = bench.load(self._plan(scenario, corpus))
        bench.wait_answered(corpus.messages, self._options.drain)
        bench.settle()
        spent = cpu_between(cpu, usage(bench.pids))
        records, _ = answer_checks.fetch_records(bench)
        accepted = answer_checks.check_answers(make_samples(corpus), records)
        latencies = [at - sent for at, sent in zip(accepted, load.sent_at, strict=True)]
        return PipelineRun(load=load, seconds=max(accepted) - min(load.sent_at), latencies=latencies, cpu=spent)

    def _corpus(self, scenario: PipelineScenario) -> Corpus:
        return Corpus(
            seed=self._options.seed,
            run=self._number,
            messages=scenario.messages,
            customers=max(1, -(-scenario.messages // _TURNS)),
            workspaces=WORKSPACES,
            timestamp=int(time.time()),
            faq_share=scenario.faq_share,
        )

    def _plan(self, scenario: PipelineScenario, corpus: Corpus) -> LoadPlan:
        host, port = self._bench.ingress()
        return LoadPlan(
            host=host,
            port=port,
            connections=min(_CONNECTIONS, scenario.messages),
            mode="paced" if scenario.rate else "once",
            corpus=corpus,
            rate=scenario.rate,
        )


def _note(result: BenchResult, scenario: PipelineScenario, measured: PipelineRun) -> None:
    column, messages = scenario.column, scenario.messages
    if scenario.rate:
        for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0)):
            milliseconds = percentile(measured.latencies, share) * 1000
            result.add(_LATENCY, f"webhook sent to answer accepted, {name} (ms)", column, milliseconds, better=LOWER)
        result.add(_LATENCY, "webhook sent to 200, p50 (ms)", column, measured.load.p50 * 1000, better=LOWER)
        result.add(_LATENCY, "webhook sent to 200, p99 (ms)", column, measured.load.p99 * 1000, better=LOWER)
        result.add(_LATENCY, "most that a webhook was sent late (ms)", column, measured.load.late * 1000)
    else:
        result.add(_THROUGHPUT, "messages answered per second", column, messages / measured.seconds, better=HIGHER)
        accepted = messages / measured.load.seconds
        result.add(_THROUGHPUT, "webhooks accepted per second meanwhile", column, accepted)
    for name, seconds in measured.cpu.items():
        result.add(_CPU, name, column, seconds * 1000 / messages, better=LOWER)
    result.add(_CPU, "load generator", column, measured.load.cpu * 1000 / messages)
    result.add(_CPU, "all", column, (sum(measured.cpu.values()) + measured.load.cpu) * 1000 / messages, better=LOWER)


def _note_idle(result: BenchResult, bench: BenchStack) -> None:
    before: dict[str, ProcessUsage] = usage(bench.pids)
    time.sleep(_IDLE_SECONDS)
    after = usage(bench.pids)
    for name, seconds in cpu_between(before, after).items():
        result.add(_IDLE, name, "before load", 100 * seconds / _IDLE_SECONDS, better=LOWER)
        result.add(_MEMORY, name, "idle", after[name].rss, better=LOWER)
