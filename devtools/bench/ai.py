"""`parley bench ai`: one ai replica with hundreds of calls of a slow model in flight, and what it adds to each.

Requests are written to Kafka as the router writes them, for conversations that have a past, and nothing but ai runs.
The simulated model says how long each call took it, so that what it was late is not taken for ours:

    overhead     from the request's record to the answer's (their times in Kafka), less the model's time of that call
    at work      in the handler without its waits, as the replica's own metric `parley_record_work_seconds` has it
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from devtools.bench import answer_checks, stored_conversations
from devtools.bench.ai_sampler import AiSample, AiSampler
from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.corpus import workspace_files
from devtools.bench.errors import BenchFailed
from devtools.bench.kafka_exchange import ExchangeResult, KafkaExchange
from devtools.bench.process_usage import peak_mb, percentile, usage
from devtools.bench.results import HIGHER, LOWER, BenchResult
from devtools.bench.stack import BenchStack, print_progress
from devtools.bench.stored_conversations import BenchRequest, ConversationSet
from shared.topics import AI_REQUESTS

_TABLE, _CPU, _MEMORY = "One ai process", "CPU seconds per 1,000 calls", "Memory (MB)"
_PAST = 3  # turns that a conversation has before the first request
_AGAIN = 3  # times the model's time, after which a conversation asks again
_SHARES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
_SETTLED = 0.5  # times the model's time: what the warm-up goes on for when as many calls end as begin
STEADY, BURST = "steady", "burst"


@dataclass(frozen=True, slots=True, kw_only=True)
class AiBenchOptions(BenchmarkOptions):
    """in_flight: calls at once, on average, and those of the burst. latency: seconds of the model. seconds: of a steady
    run, behind its warm-up. drain: seconds for the last answer after that.
    """

    kind = "ai"
    shown = ("in_flight", "latency", "seconds", "workspaces", "runs", "seed")

    in_flight: int = 500
    latency: float = 3.0
    seconds: float = 20.0
    workspaces: int = 25
    drain: float = 60.0

    @property
    def env(self) -> dict[str, str]:
        """Settings of the replica: as many lanes as there may be calls, and as many again."""
        return {"LANES": str(2 * self.in_flight)}

    @property
    def rate(self) -> float:
        """Requests per second that keep so many in flight."""
        return self.in_flight / self.latency

    @property
    def warm_up(self) -> float:
        """Seconds until as many calls end as begin, and a little more."""
        return self.latency * (1 + _SETTLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCallTiming:
    """One request, times in seconds. whole: from its record to the answer's; model: that the model took for it."""

    whole: float
    model: float

    @property
    def overhead(self) -> float:
        """What is ours of it."""
        return self.whole - self.model


@dataclass(frozen=True, slots=True, kw_only=True)
class AiBenchRun:
    """One run. late: seconds, the most that a request was written after its time. most: calls at once."""

    calls: Sequence[ModelCallTiming]
    seen: AiSample
    most: int
    late: float


def run(options: AiBenchOptions) -> BenchResult:
    """Measure. Raises BenchFailed unless each request was answered, and a model asked once for it."""
    files = workspace_files(options.workspaces)
    with benchmark_run(options, {"ai": 1}, files, simulators=True, env=options.env) as (bench, result):
        bench.simulators("POST", "/_sim/config", {"anthropic": {"latency": options.latency}})
        result.machine["mongodb_driver"] = bench.stack.env.get("MONGODB_DRIVER", "motor")
        result.add(_MEMORY, "ai", "idle", usage(bench.pids)["ai"].rss, better=LOWER)
        for number in range(options.runs):
            for column in (STEADY, BURST):
                print_progress(f"ai: {column}, run {number + 1} of {options.runs}")
                _note(result, column, options, asyncio.run(_run(bench, options, column)))
        result.add(_MEMORY, "ai", "after load", usage(bench.pids)["ai"].rss, better=LOWER)
        result.add(_MEMORY, "ai", "at most", max(map(peak_mb, bench.pids["ai"])), better=LOWER)
    result.notes += _notes(options)
    return result


async def _run(bench: BenchStack, options: AiBenchOptions, column: str) -> AiBenchRun:
    steady = column == STEADY
    count = round(options.rate * (options.warm_up + options.seconds)) if steady else options.in_flight
    past = ConversationSet(run=f"{options.seed}:{time.time_ns()}", workspaces=options.workspaces, turns=_PAST)
    speakers = min(count, round(options.in_flight * _AGAIN))
    asked = await stored_conversations.store_conversations(bench.stack.env, past, count=count, speakers=speakers)
    bench.settle()
    bench.simulators("DELETE", "/_sim/records")
    look = AiSampler(bench)
    async with KafkaExchange(
        bench.info["kafka"], options.warm_up + options.seconds + options.latency + options.drain
    ) as talk:
        looking = asyncio.create_task(look.on(options.warm_up if steady else 0.0, options.seconds if steady else 0.0))
        requests = [one.request for one in asked]
        exchanged = await talk.exchange(AI_REQUESTS, requests, options.rate if steady else 0.0)
        await looking
    if not steady:
        look.end()
    most = bench.simulators("GET", "/_sim/counts")["models"]["anthropic"]["most"]
    skipped = round(options.rate * options.warm_up) if steady else 0
    calls = call_timings(asked, exchanged, answer_checks.fetch(bench, kind="completion")[0])[skipped:]
    return AiBenchRun(calls=calls, seen=look.seen(), most=most, late=exchanged.late)


def call_timings(
    asked: Sequence[BenchRequest], exchanged: ExchangeResult, records: Sequence[Mapping[str, Any]]
) -> list[ModelCallTiming]:
    """In the order of `asked`. records: of the model. Raises BenchFailed unless it was asked once for each."""
    took = {record["text"].rpartition(" ")[2]: record["took"] for record in records if record["accepted"]}
    if len(records) != len(asked) or took.keys() != {one.word for one in asked}:
        raise BenchFailed(f"{len(asked)} requests, {len(records)} calls of a model, {len(took)} of them different")
    return [
        ModelCallTiming(whole=exchanged.answered[id_] - exchanged.written[id_], model=took[one.word])
        for one in asked
        for id_ in (one.request.id,)
    ]


def _note(result: BenchResult, column: str, options: AiBenchOptions, run: AiBenchRun) -> None:
    seen = run.seen
    result.add(_TABLE, "calls in flight at most, as the model counted", column, run.most, better=HIGHER)
    if column == STEADY:
        result.add(_TABLE, "calls in flight, median of each second", column, median(seen.in_flight))
        result.add(_TABLE, "calls in flight, by the replica's metric", column, seen.gauge)
    result.add(_TABLE, "answers per second", column, seen.answered / seen.seconds, better=HIGHER)
    overheads = [call.overhead for call in run.calls]
    for name, share in _SHARES:
        result.add(_TABLE, f"overhead, {name} (ms)", column, percentile(overheads, share) * 1000, better=LOWER)
    for name, share in _SHARES:
        result.add(_TABLE, f"at work, {name} (ms)", column, seen.work.quantile(share) * 1000, better=LOWER)
    result.add(_TABLE, "at work, mean (ms)", column, seen.work.mean * 1000, better=LOWER)
    late = [call.model - options.latency for call in run.calls]
    for name, share in _SHARES:
        result.add(_TABLE, f"the model was late, {name} (ms)", column, percentile(late, share) * 1000)
    result.add(_TABLE, "most that a request was written late (ms)", column, run.late * 1000)
    for name, seconds in seen.cpu.items():
        result.add(_CPU, name, column, seconds * 1000 / seen.answered, better=LOWER)
    result.add(_CPU, "all of these (cores busy)", column, sum(seen.cpu.values()) / seen.seconds)


def _notes(options: AiBenchOptions) -> list[str]:
    settings = ", ".join(f"`{name}={value}`" for name, value in options.env.items())
    return [
        f"`{STEADY}`: {options.rate:.0f} requests per second, evenly, of {options.workspaces} workspaces, each "
        f"answered by the model after {options.latency:g} s; measured for {options.seconds:g} s behind a warm-up of "
        f"{options.warm_up:g} s. `{BURST}`: {options.in_flight} requests of as many customers at once. A conversation "
        f"has {_PAST} turns behind it. Every request was answered, and a model asked once for it. Set as an operator "
        f"would: {settings}.",
        "Overhead: from the request's record in Kafka to the answer's, less what the model says that the call took it, "
        "so that its own lateness is no part of it. In it: Kafka, both ways; all reads and writes; the HTTP client. At "
        "work: in the handler without its wait for the model (`parley_record_work_seconds`, from its buckets).",
        "Kafka, MongoDB, Redis, the model and the generator share the machine with the replica, which waits for its "
        "turn on a core like all of them.",
    ]
