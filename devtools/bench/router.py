"""`parley bench router`: messages per second of one router process: read state, decide, store state, publish.

Records are written to Kafka as ingress writes them, and only the router runs, so that the figures exclude ingress,
model and providers. Latency is from the message's record to the answer's.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.corpus import workspace_files
from devtools.bench.kafka_exchange import KafkaExchange, inbound_message, new_customers
from devtools.bench.percentiles import percentile
from devtools.bench.process_usage import cpu_between, usage
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
"""Messages that each customer of a scenario writes, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterBenchOptions(BenchmarkOptions):
    """Options of `parley bench router`. conversations: per run that sends all at once. rate: messages per second of the
    paced run.
    """

    kind = "router"
    about = (
        "How many customers' messages one router process decides on per second, and how long one takes at a steady "
        "rate, without ingress, model and providers."
    )
    shown = ("conversations", "rate", "runs", "seed")

    conversations: int = 1000
    rate: float = 30.0
    paced_seconds: float = 15.0
    drain: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterBenchRun:
    """The measurements of one run. seconds: from first message to last answer. latencies: per message, in seconds. cpu:
    seconds by process.
    """

    seconds: float
    latencies: Sequence[float]
    cpu: dict[str, float]


def run(options: RouterBenchOptions) -> BenchResult:
    """Measure. Raises BenchFailed unless each message was answered."""
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
        f"Four messages in each conversation, in {_WORKSPACES} workspaces; each was answered. A "
        "message costs: read state and customer, decide, store state with outputs, store message and customer, count "
        "usage, apply effects, publish the answer."
    )
    return result


def _measure(
    bench: BenchStack, options: RouterBenchOptions, scenario: str, conversations: int, rate: float
) -> RouterBenchRun:
    cpu = usage(bench.pids)
    seconds, latencies = asyncio.run(_exchange(bench, options, scenario, conversations, rate))
    return RouterBenchRun(seconds=seconds, latencies=latencies, cpu=cpu_between(cpu, usage(bench.pids)))


async def _exchange(
    bench: BenchStack, options: RouterBenchOptions, scenario: str, conversations: int, rate: float
) -> tuple[float, Sequence[float]]:
    messages = _messages(f"{options.seed}:{time.time_ns()}", scenario, conversations)
    async with KafkaExchange(bench.info["kafka"], options.drain) as exchange:
        began = time.time()
        exchanged = await exchange.run(INBOUND_MESSAGES, messages, rate)
    return max(exchanged.answered.values()) - began, exchanged.latencies()


def _messages(run: str, scenario: str, conversations: int) -> list[InboundMessage]:
    """Return messages by turn: every customer's first message, then every customer's second, and so on."""
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
