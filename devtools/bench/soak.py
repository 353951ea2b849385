"""`parley bench soak`: memory and latency of all services under a steady load over a long time.

The first tenth is warm-up, in which caches and pools fill; the rest is reported in quarters.
"""

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from devtools.bench import answer_checks
from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.corpus import Corpus, make_samples, workspace_files
from devtools.bench.load_generator import LoadPlan, LoadResult
from devtools.bench.percentiles import percentile
from devtools.bench.process_usage import usage
from devtools.bench.results import LOWER, BenchResult
from devtools.bench.stack import BenchStack, LoadProcess, print_progress

_LATENCY, _MEMORY, _GROWTH = "Latency (ms)", "Memory (MB)", "Memory, from the first quarter to the last"
_SERVICES = {"ingress": 1, "router": 1, "ai": 1, "delivery": 1}
_WORKSPACES = 8
_TURNS = 4  # messages of one customer
_CONNECTIONS = 16
_EVERY = 1.0  # seconds between samples of the memory
_PROGRESS_EVERY = 60.0
_QUARTERS = ("first quarter", "second", "third", "last quarter")
_SHARES = (("p50", 0.5), ("p99", 0.99), ("max", 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakOptions(BenchmarkOptions):
    """Options of `parley bench soak`. rate: messages per second; the FAQ answers `faq_share` of them. drain: seconds to
    wait for the last answers.
    """

    kind = "soak"
    about = (
        "Whether memory or latency of the services grows under a steady load: each quarter of the run, after a tenth "
        "for warming up."
    )
    shown = ("minutes", "rate", "faq_share", "model_latency", "seed")

    minutes: float = 20.0
    rate: float = 20.0
    faq_share: float = 0.5
    model_latency: float = 1.0
    drain: float = 120.0


@dataclass(slots=True)
class _MemorySamples:
    """Memory samples by process, in MB."""

    at: list[float] = field(default_factory=list)
    by_process: dict[str, list[float]] = field(default_factory=dict)

    def sample(self, pids: Mapping[str, Sequence[int]]) -> None:
        self.at.append(time.time())
        for name, used in usage(pids).items():
            self.by_process.setdefault(name, []).append(used.rss)


def run(options: SoakOptions) -> BenchResult:
    """Measure. Raises BenchFailed unless each message was answered exactly once."""
    with benchmark_run(options, _SERVICES, workspace_files(_WORKSPACES), simulators=True) as (bench, result):
        bench.simulators("POST", "/_sim/config", {"anthropic": {"latency": options.model_latency}})
        bench.simulators("DELETE", "/_sim/records")
        corpus, memory = _corpus(options), _MemorySamples()
        with bench.sending(_plan(bench, options, corpus)) as sending:
            load = _watch(bench, options, sending, memory)
        bench.wait_answered(corpus.messages, options.drain)
        bench.settle(options.drain)
        accepted = answer_checks.check_answers(make_samples(corpus), answer_checks.fetch_records(bench)[0])
    _note(result, load, [at - sent for at, sent in zip(accepted, load.sent_at, strict=True)], memory)
    result.notes.append(
        f"{corpus.messages:,} messages at random moments, {options.rate:g} per second, {options.faq_share:.0%} of them "
        f"answered by the FAQ, the others by a model that takes {options.model_latency:g} s; each was answered exactly "
        "once. The figures exclude the first tenth. Memory is the median of a quarter."
    )
    return result


def _corpus(options: SoakOptions) -> Corpus:
    messages = max(40, int(options.rate * options.minutes * 60))
    return Corpus(
        seed=options.seed,
        run=1,
        messages=messages,
        customers=-(-messages // _TURNS),
        workspaces=_WORKSPACES,
        timestamp=int(time.time()),
        faq_share=options.faq_share,
    )


def _plan(bench: BenchStack, options: SoakOptions, corpus: Corpus) -> LoadPlan:
    host, port = bench.ingress()
    return LoadPlan(
        host=host, port=port, connections=_CONNECTIONS, mode="paced", corpus=corpus, rate=options.rate,
        seconds=options.minutes * 60,
    )  # fmt: skip


def _watch(bench: BenchStack, options: SoakOptions, sending: LoadProcess, memory: _MemorySamples) -> LoadResult:
    sending.wait_started()
    end, minutes = time.monotonic() + options.minutes * 60, itertools.count(1)
    next_progress = time.monotonic() + _PROGRESS_EVERY
    while time.monotonic() < end:
        memory.sample(bench.pids)
        time.sleep(_EVERY)
        if time.monotonic() >= next_progress:
            now = ", ".join(f"{name} {memory.by_process[name][-1]:.0f}" for name in _SERVICES)
            print_progress(f"soak: {next(minutes)} of {options.minutes:g} minutes; MB: {now}")
            next_progress += _PROGRESS_EVERY
    return sending.result()


def _note(result: BenchResult, load: LoadResult, latencies: Sequence[float], memory: _MemorySamples) -> None:
    first, last = min(load.sent_at), max(load.sent_at)
    warm = first + (last - first) / 10
    bounds = [warm + (last - warm) * number / 4 for number in range(5)]
    for name, begin, end in zip(_QUARTERS, bounds[:-1], bounds[1:], strict=True):
        within = [late for late, sent in zip(latencies, load.sent_at, strict=True) if begin <= sent <= end]
        for row, share in _SHARES:
            result.add(_LATENCY, f"webhook sent to answer accepted, {row}", name, percentile(within, share) * 1000)
        for process, samples in memory.by_process.items():
            mine = [mb for mb, at in zip(samples, memory.at, strict=True) if begin <= at <= end]
            result.add(_MEMORY, process, name, percentile(mine, 0.5), better=LOWER)
    cells = {(figure.row, figure.column): figure.median for figure in result.figures if figure.table == _MEMORY}
    for process in memory.by_process:
        growth = cells[process, _QUARTERS[3]] - cells[process, _QUARTERS[0]]
        result.add(_GROWTH, process, "MB more", growth, better=LOWER)
