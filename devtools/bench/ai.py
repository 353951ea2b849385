"""`parley bench ai`: overhead of one ai replica with hundreds of calls of a slow model in flight.

Requests are written to Kafka as the router writes them, for conversations with a history; only ai runs. The simulated
model reports the duration of each call, so that its own lateness does not count as overhead:

    overhead     from the request's record to the answer's (timestamps in Kafka), minus the model's duration
    at work      time in the handler without external waits, from the metric `parley_record_work_seconds`
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from devtools.bench import answer_checks, stored_conversations
from devtools.bench.ai_sampler import AiSample, AiSampler
from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.corpus import workspace_files
from devtools.bench.errors import BenchFailed
from devtools.bench.kafka_exchange import ExchangeResult, KafkaExchange
from devtools.bench.percentiles import P50_P95_P99, percentile
from devtools.bench.process_usage import peak_mb, usage
from devtools.bench.results import HIGHER, LOWER, BenchResult
from devtools.bench.stack import BenchStack, print_progress
from devtools.bench.stored_conversations import BenchRequest, ConversationSet
from devtools.simulators.anthropic import text_of
from services.ai.summaries import summary
from shared.topics import AI_REQUESTS

_TABLE, _CPU, _MEMORY = "One ai process", "CPU seconds per 1,000 calls", "Memory (MB)"
_HISTORY = 3  # turns of a conversation before the first request
_CONVERSATIONS = 3  # times `in_flight`; after that many requests a conversation asks again
_SETTLED = 0.5  # times the model's latency: extra warm-up once as many calls end as begin
STEADY, BURST = "steady", "burst"


@dataclass(frozen=True, slots=True, kw_only=True)
class AiBenchOptions(BenchmarkOptions):
    """Options of `parley bench ai`. in_flight: mean concurrent calls of a steady run, and calls of a burst. latency: of
    the model, in seconds. seconds: length of a steady run after its warm-up. drain: seconds to wait for the last answer
    after that.
    """

    kind = "ai"
    about = (
        "How much one ai process adds to the time of a slow model while it has hundreds of calls in flight. Goal: at "
        "most 15 ms at p95, with 500 in flight."
    )
    shown = ("in_flight", "latency", "seconds", "workspaces", "runs", "seed")

    in_flight: int = 500
    latency: float = 3.0
    seconds: float = 20.0
    workspaces: int = 25
    drain: float = 60.0

    @property
    def env(self) -> dict[str, str]:
        """Settings of the replica: twice as many lanes as calls in flight."""
        return {"LANES": str(2 * self.in_flight)}

    @property
    def rate(self) -> float:
        """Requests per second that keep `in_flight` calls in flight."""
        return self.in_flight / self.latency

    @property
    def warm_up(self) -> float:
        """Seconds until as many calls end as begin, with a margin."""
        return self.latency * (1 + _SETTLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCallTiming:
    """Seconds of one request. total: from its record to the answer's. model: duration of the model's call."""

    total: float
    model: float

    @property
    def overhead(self) -> float:
        """Seconds that the replica added."""
        return self.total - self.model


@dataclass(frozen=True, slots=True, kw_only=True)
class AiBenchRun:
    """One run. late: maximum seconds that a request was written after its due time. most: maximum concurrent calls.
    summaries: calls for summaries of long conversations, which no answer waits for.
    """

    calls: Sequence[ModelCallTiming]
    sample: AiSample
    most: int
    late: float
    summaries: int


def run(options: AiBenchOptions) -> BenchResult:
    """Measure. Raises BenchFailed unless each request was answered with one call of the model."""
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
    conversations = ConversationSet(
        run=f"{options.seed}:{time.time_ns()}", workspaces=options.workspaces, turns=_HISTORY
    )
    customers = min(count, round(options.in_flight * _CONVERSATIONS))
    requests = await stored_conversations.store_conversations(
        bench.stack.env, conversations, count=count, customers=customers
    )
    bench.settle()
    bench.simulators("DELETE", "/_sim/records")
    sampler = AiSampler(bench)
    async with KafkaExchange(
        bench.info["kafka"], options.warm_up + options.seconds + options.latency + options.drain
    ) as exchange:
        sampling = asyncio.create_task(
            sampler.sample(options.warm_up if steady else 0.0, options.seconds if steady else 0.0)
        )
        records = [one.request for one in requests]
        exchanged = await exchange.run(AI_REQUESTS, records, options.rate if steady else 0.0)
        await sampling
    if not steady:
        sampler.end()
    most = bench.simulators("GET", "/_sim/counts")["models"]["anthropic"]["most"]
    skipped = round(options.rate * options.warm_up) if steady else 0
    answers, summaries = by_kind(answer_checks.fetch_records(bench, kind="completion")[0])
    return AiBenchRun(
        calls=call_timings(requests, exchanged, answers)[skipped:],
        sample=sampler.result(),
        most=most,
        late=exchanged.late,
        summaries=len(summaries),
    )


def by_kind(records: Iterable[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Return the simulated model's records of calls for answers, and of those for summaries."""
    answers: list[Mapping[str, Any]] = []
    summaries: list[Mapping[str, Any]] = []
    for record in records:
        is_summary = text_of(record["payload"].get("system")) == summary.INSTRUCTIONS
        (summaries if is_summary else answers).append(record)
    return answers, summaries


def call_timings(
    requests: Sequence[BenchRequest], exchanged: ExchangeResult, records: Sequence[Mapping[str, Any]]
) -> list[ModelCallTiming]:
    """Return timings in the order of `requests`. records: of the simulated model's calls for answers.

    Raises BenchFailed unless the model was called once per request.
    """
    took = {record["text"].rpartition(" ")[2]: record["took"] for record in records if record["accepted"]}
    if len(records) != len(requests) or took.keys() != {one.word for one in requests}:
        raise BenchFailed(f"{len(requests)} requests, {len(records)} calls for answers, {len(took)} distinct")
    return [
        ModelCallTiming(total=exchanged.answered[id_] - exchanged.written[id_], model=took[one.word])
        for one in requests
        for id_ in (one.request.id,)
    ]


def _note(result: BenchResult, column: str, options: AiBenchOptions, run: AiBenchRun) -> None:
    sample = run.sample
    result.add(_TABLE, "calls in flight at most, as the model counted", column, run.most, better=HIGHER)
    if column == STEADY:
        result.add(_TABLE, "calls in flight, median of each second", column, median(sample.in_flight))
        result.add(_TABLE, "calls in flight, by the replica's metric", column, sample.gauge)
    result.add(_TABLE, "answers per second", column, sample.answered / sample.seconds, better=HIGHER)
    overheads = [call.overhead for call in run.calls]
    for name, share in P50_P95_P99:
        result.add(_TABLE, f"overhead, {name} (ms)", column, percentile(overheads, share) * 1000, better=LOWER)
    for name, share in P50_P95_P99:
        result.add(_TABLE, f"at work, {name} (ms)", column, sample.work.quantile(share) * 1000, better=LOWER)
    result.add(_TABLE, "at work, mean (ms)", column, sample.work.mean * 1000, better=LOWER)
    late = [call.model - options.latency for call in run.calls]
    for name, share in P50_P95_P99:
        result.add(_TABLE, f"the model was late, {name} (ms)", column, percentile(late, share) * 1000)
    result.add(_TABLE, "most that a request was written late (ms)", column, run.late * 1000)
    result.add(_TABLE, "calls for summaries beside these", column, run.summaries)
    for name, seconds in sample.cpu.items():
        result.add(_CPU, name, column, seconds * 1000 / sample.answered, better=LOWER)
    result.add(_CPU, "all of these (cores busy)", column, sum(sample.cpu.values()) / sample.seconds)


def _notes(options: AiBenchOptions) -> list[str]:
    settings = ", ".join(f"`{name}={value}`" for name, value in options.env.items())
    return [
        f"`{STEADY}`: {options.rate:.0f} requests per second, evenly, from {options.workspaces} workspaces; the model "
        f"takes {options.latency:g} s; measured for {options.seconds:g} s after a warm-up of {options.warm_up:g} s. "
        f"`{BURST}`: {options.in_flight} requests of as many customers at once. A conversation has a history of "
        f"{_HISTORY} turns. Every request was answered with one call of the model. Conversations that grow long are "
        f"summarised meanwhile, by calls of their own that no answer waits for. Settings: {settings}.",
        "Overhead: from the request's record in Kafka to the answer's, minus the duration that the model reports for "
        "the call, so without the model's own lateness. It includes Kafka both ways, all reads and writes, and the "
        "HTTP client. At work: time in the handler without the wait for the model (from the buckets of "
        "`parley_record_work_seconds`).",
        "Kafka, MongoDB, Redis, the model and the generator share the machine's cores with the replica.",
    ]
