"""`parley bench router`: messages that one router process decides on: state read, decision, state stored, published.

Records are written to Kafka as ingress writes them, and nothing but the router runs, so that ingress, the model and the
providers have no part in the figures. Times are those of the records: of the message, and of the answer that it led to.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.corpus import workspace_files
from devtools.bench.kafka_exchange import KafkaExchange, inbound_message, new_customers
from devtools.bench.process_usage import cpu_between, percentile, usage
from devtools.bench.results import HIGHER, LOWER, BenchResult
from devtools.bench.stack import BenchStack, print_progress
from shared.messages.inbound import InboundMessage
from shared.topics import INBOUND_MESSAGES

_TABLE, _DETAIL = "One router process", "CPU seconds per 1,000 messages"
_WORKSPACES = 8
SCENARIOS: dict[str, tuple[str, ...]] = {
    "FAQ": (
        "What can you tell me about parking places?",
        "What can you tell me about gift wrapping?",
        "What can you tell me about repairs?",
        "What can you tell me about vouchers?",
    ),
    "shop": ("hi", "1", "1 x 10", "place order"),
}
"""What each customer of a scenario writes, one after another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterBenchOptions(BenchmarkOptions):
    """conversations: in each run that sends all at once. rate: messages per second of the paced run."""

    kind = "router"
    shown = ("conversations", "rate", "runs", "seed")

    conversations: int = 1000
    rate: float = 30.0
    paced_seconds: float = 15.0
    drain: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterBenchRun:
    """seconds: from the first message to the last answer. latencies: of each message, in seconds; cpu: by process."""

    seconds: float
    latencies: Sequence[float]
    cpu: dict[str, float]


def run(options: RouterBenchOptions) -> BenchResult:
    """Measure. Raises BenchFailed unless each message led to its answer."""
    with benchmark_run(options, {"router": 1}, workspace_files(_WORKSPACES), simulators=False) as (bench, result):
        _measure(bench, options, "FAQ", 50, 0.0)  # warm-up
        for scenario in SCENARIOS:
            for number in range(options.runs):
                print_progress(f"router: {scenario}, run {number + 1} of {options.runs}")
                turns = len(SCENARIOS[scenario])
                _note(result, scenario, turns, _measure(bench, options, scenario, options.conversations, 0.0))
                paced = max(1, int(options.rate * options.paced_seconds) // turns)
                _note_paced(result, scenario, options.rate, _measure(bench, options, scenario, paced, options.rate))
    result.notes.append(
        f"Four messages in each conversation, in {_WORKSPACES} workspaces; each was answered as it should be. A "
        "message costs: state and customer read, decision, state with outputs stored, message and customer stored, "
        "usage counted, effects carried out, answer published."
    )
    return result


def _measure(
    bench: BenchStack, options: RouterBenchOptions, scenario: str, conversations: int, rate: float
) -> RouterBenchRun:
    cpu = usage(bench.pids)
    seconds, latencies = asyncio.run(_go(bench, options, scenario, conversations, rate))
    return RouterBenchRun(seconds=seconds, latencies=latencies, cpu=cpu_between(cpu, usage(bench.pids)))


async def _go(
    bench: BenchStack, options: RouterBenchOptions, scenario: str, conversations: int, rate: float
) -> tuple[float, Sequence[float]]:
    messages = _messages(f"{options.seed}:{time.time_ns()}", scenario, conversations)
    async with KafkaExchange(bench.info["kafka"], options.drain) as talk:
        began = time.time()
        exchanged = await talk.exchange(INBOUND_MESSAGES, messages, rate)
    return max(exchanged.answered.values()) - began, exchanged.latencies()


def _messages(run: str, scenario: str, conversations: int) -> list[InboundMessage]:
    """Turn by turn: everybody's first message, then everybody's second, and so on."""
    customers = new_customers(random.Random(run), conversations)
    return [
        inbound_message(f"bench-{who % _WORKSPACES}", customer, f"{run}.{who}.{turn}", text)
        for turn, text in enumerate(SCENARIOS[scenario])
        for who, customer in enumerate(customers)
    ]


def _note(result: BenchResult, scenario: str, turns: int, run: RouterBenchRun) -> None:
    count = len(run.latencies)
    result.add(_TABLE, "messages decided on per second", scenario, count / run.seconds, better=HIGHER)
    result.add(
        _TABLE, "conversations of four messages per second", scenario, count / turns / run.seconds, better=HIGHER
    )
    for name in ("router", "mongodb", "kafka"):
        if name in run.cpu:
            result.add(_DETAIL, name, scenario, run.cpu[name] * 1000 / count, better=LOWER)


def _note_paced(result: BenchResult, scenario: str, rate: float, run: RouterBenchRun) -> None:
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        row = f"message to answer at {rate:g} per second, {name} (ms)"
        result.add(_TABLE, row, scenario, percentile(run.latencies, share) * 1000, better=LOWER)
