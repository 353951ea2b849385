"""`parley bench delivery`: latency of replies during a broadcast at its number's rate limit, and throughput of a
broadcast without one.

Records are written to Kafka as the router writes them. Only delivery runs, and ingress for the providers' statuses, so
that the figures exclude router and model.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from devtools.bench import answer_checks
from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.corpus import workspace_files
from devtools.bench.errors import BenchFailed
from devtools.bench.percentiles import P50_P95_P99, percentile
from devtools.bench.process_usage import cpu_between, usage
from devtools.bench.results import HIGHER, LOWER, BenchResult
from devtools.bench.stack import BenchStack, print_progress
from shared.domain import ids
from shared.kafka.brokers import Brokers
from shared.kafka.codec import to_record
from shared.kafka.producer import KafkaProducer
from shared.messages.inbound import Provider
from shared.messages.outbound import Author, Body, OutboundMessage, TemplateBody, TextBody
from shared.topics import OUTBOUND_BULK, OUTBOUND_MESSAGES
from shared.workspace.config import WorkspaceFile

_REPLIES, _BULK = "Replies", "The broadcast"
_CPU = "CPU seconds per 1,000 messages of an unlimited broadcast"
_QUIET, _LIMITED, _UNLIMITED = "no broadcast", "broadcast at the limit", "broadcast without a limit"
_SAME, _OTHER = "bench-0", "bench-1"  # the workspace of the broadcast, and another one
_FAST = "bench-2"  # workspace whose number has no limit
_LIMIT, _NO_LIMIT = 80, 5000  # messages per second of a number (Meta, "Throughput")
_BATCH = 500
_POLL_EVERY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryBenchOptions(BenchmarkOptions):
    """Options of `parley bench delivery`. bulk: recipients of a broadcast. rate: replies per second. seconds: length of
    the phase without a broadcast.
    """

    kind = "delivery"
    about = (
        "How long replies take while a broadcast goes out, compared with replies alone, and how fast a broadcast is "
        "without the provider's rate limit. One delivery process, without router and model."
    )
    shown = ("bulk", "rate", "seconds", "runs", "seed")

    bulk: int = 10_000
    rate: float = 5.0
    seconds: float = 60.0
    drain: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPhase:
    """One phase. latencies: of replies, in seconds from record to acceptance by the provider. seconds: from the
    broadcast's first record to its last acceptance. most: maximum accepted in any one second. cpu: seconds by process.
    """

    latencies: Sequence[float]
    seconds: float
    most: int
    cpu: dict[str, float]


def run(options: DeliveryBenchOptions) -> BenchResult:
    """Measure. Raises BenchFailed unless each message was accepted once and none was refused."""
    with benchmark_run(options, {"ingress": 1, "delivery": 1}, _files(), simulators=True) as (bench, result):
        phases = _DeliveryPhases(bench, options)
        phases.measure(_QUIET, seconds=min(5.0, options.seconds))  # warm-up
        for number in range(options.runs):
            quiet = 0.0
            for phase in (_QUIET, _LIMITED, _UNLIMITED):
                print_progress(f"delivery: {phase}, run {number + 1} of {options.runs}")
                measured = phases.measure(phase, seconds=options.seconds)
                quiet = quiet or percentile(measured.latencies, 0.95)
                _note(result, phase, measured, options.bulk, quiet)
    result.notes.append(
        f"{options.rate:g} replies per second, half of them through the number of the broadcast, half through another "
        f"workspace's. The broadcast is {options.bulk:,} templates to as many customers, written to Kafka at once; its "
        f"number may send {_LIMIT} messages per second, replies included. Each message was accepted once; none was "
        "refused. The three statuses of each arrive as webhooks meanwhile."
    )
    return result


def _files() -> list[WorkspaceFile]:
    """Return three workspaces; the numbers of the first two have the usual rate limit."""
    files = workspace_files(3)
    return [_limited(file) for file in files[:2]] + files[2:]


def _limited(file: WorkspaceFile) -> WorkspaceFile:
    channel = file.channels[0].model_copy(update={"messages_per_second": None})
    return file.model_copy(update={"channels": (channel,)})


class _DeliveryPhases:
    """Runs the phases, each with its own customers and messages."""

    def __init__(self, bench: BenchStack, options: DeliveryBenchOptions) -> None:
        self._bench = bench
        self._options = options
        self._run = f"{options.seed}:{time.time_ns()}"
        self._customers = itertools.count(random.Random(self._run).randrange(10**6) * 1000)

    def measure(self, phase: str, *, seconds: float) -> DeliveryPhase:
        """Run one phase until everything is processed. Raises BenchFailed."""
        bench = self._bench
        throughput = _NO_LIMIT if phase == _UNLIMITED else _LIMIT
        bench.simulators("POST", "/_sim/config", {"meta": {"throughput": throughput}})
        bench.simulators("DELETE", "/_sim/records")
        bulk = [] if phase == _QUIET else self._bulk(_FAST if phase == _UNLIMITED else _SAME)
        before = usage(bench.pids)
        load = asyncio.run(self._send(bulk, seconds, replies=phase != _UNLIMITED))
        spent = cpu_between(before, usage(bench.pids))
        bench.wait_answered(len(bulk) + len(load.replies), self._options.drain)
        bench.settle()
        at = _accepted_at(load, answer_checks.fetch_records(bench)[0])
        ended = max((at[message.address] for message in bulk), default=time.time())
        return DeliveryPhase(
            latencies=[at[who] - sent for who, sent in load.replies.items() if sent <= ended],
            seconds=ended - load.began,
            most=_most_in_a_second([at[message.address] for message in bulk]),
            cpu=spent,
        )

    def _bulk(self, workspace: str) -> list[OutboundMessage]:
        body = TemplateBody(name="sale", language="en", parameters=("Oak coasters",))
        return [self._message(workspace, body, Author.BROADCAST) for _ in range(self._options.bulk)]

    async def _send(self, bulk: Sequence[OutboundMessage], seconds: float, *, replies: bool) -> "_SentMessages":
        producer = KafkaProducer(Brokers(self._bench.info["kafka"]), "bench")
        await producer.start()
        load = _SentMessages(began=time.time(), bulk={message.address for message in bulk})
        try:
            ended = asyncio.create_task(self._ended(load.bulk, seconds))
            for start in range(0, len(bulk), _BATCH):
                part = bulk[start : start + _BATCH]
                await producer.send([to_record(OUTBOUND_BULK, message) for message in part])
            for number in itertools.count() if replies else ():
                await asyncio.sleep(max(0.0, load.began + number / self._options.rate - time.time()))
                if ended.done():
                    break
                message = self._reply(number)
                load.replies[message.address] = time.time()
                await producer.send([to_record(OUTBOUND_MESSAGES, message)])
            await ended
        finally:
            await producer.stop()
        return load

    async def _ended(self, bulk: set[str], seconds: float) -> None:
        """Wait until the broadcast is sent, or `seconds` without one. Raises BenchFailed after `drain` seconds."""
        if not bulk:
            await asyncio.sleep(seconds)
            return
        deadline, since, count = time.monotonic() + self._options.drain, 0, 0
        while count < len(bulk):
            await asyncio.sleep(_POLL_EVERY)
            records, since = await asyncio.to_thread(answer_checks.fetch_records, self._bench, since)
            count += sum(record["accepted"] and _phone(record) in bulk for record in records)
            if time.monotonic() > deadline:
                raise BenchFailed(f"{count} of {len(bulk)} messages of the broadcast were accepted in time")

    def _reply(self, number: int) -> OutboundMessage:
        return self._message((_SAME, _OTHER)[number % 2], TextBody(body="We open at nine."), Author.FAQ)

    def _message(self, workspace: str, body: Body, author: Author) -> OutboundMessage:
        customer = f"+234{7_000_000_000 + next(self._customers)}"
        cause, now = ids.derived_id("bench", self._run, customer), datetime.now(UTC)
        return OutboundMessage(
            id=ids.output_id(cause, author.value),
            workspace=workspace,
            correlation_id=ids.correlation_id(cause),
            created_at=now,
            provider=Provider.META,
            channel="main",
            conversation_id=ids.conversation_id(workspace, "main", customer),
            customer_id=ids.customer_id(workspace, customer),
            address=customer,
            body=body,
            author=author,
            cause=cause,
            turn=1,
            received_at=now if author is not Author.BROADCAST else None,
        )


@dataclass(slots=True, kw_only=True)
class _SentMessages:
    """The messages that a run sent. began: when the broadcast was written. replies: time written by customer. bulk: the
    broadcast's customers.
    """

    began: float
    bulk: set[str]
    replies: dict[str, float] = field(default_factory=dict)


def _accepted_at(load: _SentMessages, records: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return when each customer's message was accepted. Raises BenchFailed unless each was accepted exactly once."""
    refused = [str(record["error"]) for record in records if not record["accepted"]]
    if refused:
        raise BenchFailed(f"{len(refused)} messages were refused: {refused[0]}")
    at = {_phone(record): record["at"] for record in records}
    if len(at) != len(records) or at.keys() != load.bulk | load.replies.keys():
        raise BenchFailed(f"{len(load.bulk) + len(load.replies)} messages, {len(records)} sends to {len(at)} customers")
    return at


def _phone(record: dict[str, Any]) -> str:
    return f"+{record['to'].lstrip('+')}"


def _most_in_a_second(moments: Sequence[float]) -> int:
    ordered, first, most = sorted(moments), 0, 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def _note(result: BenchResult, phase: str, measured: DeliveryPhase, bulk: int, quiet: float) -> None:
    if measured.latencies:
        for name, share in P50_P95_P99:
            milliseconds = percentile(measured.latencies, share) * 1000
            result.add(_REPLIES, f"record to accepted, {name} (ms)", phase, milliseconds, better=LOWER)
        later = (percentile(measured.latencies, 0.95) - quiet) * 1000
        result.add(_REPLIES, "p95, later than without (ms)", phase, later, better=LOWER)
        result.add(_REPLIES, "replies measured", phase, len(measured.latencies))
    if phase == _QUIET:
        return
    result.add(_BULK, "sent per second", phase, bulk / measured.seconds, better=HIGHER)
    result.add(_BULK, "most in any one second", phase, measured.most)
    if phase == _UNLIMITED:
        for name, seconds in measured.cpu.items():
            result.add(_CPU, name, phase, seconds * 1000 / bulk, better=LOWER)
