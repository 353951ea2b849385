"""`parley bench router`: messages that one router process decides on: state read, decision, state stored, published.

Records are written to Kafka as ingress writes them, and nothing but the router runs, so that ingress, the model and the
providers have no part in the figures. Times are those of the records: of the message, and of the answer that it led to.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from devtools.bench import machine
from devtools.bench.corpus import workspace_files
from devtools.bench.errors import BenchFailed
from devtools.bench.measure import cpu_between, percentile, usage
from devtools.bench.results import HIGHER, LOWER, Result
from devtools.bench.stack import DEFAULT_OUT, Bench, running, say
from shared import ids
from shared.clock import SystemClock
from shared.kafka.aiokafka_source import record_of
from shared.kafka.codec import decode, to_record
from shared.kafka.producer import KafkaProducer
from shared.kafka.records import NewRecord
from shared.messages.content import Text
from shared.messages.inbound import InboundMessage, Provider, Sender
from shared.messages.outbound import Presence
from shared.topics import INBOUND_MESSAGES, OUTBOUND_MESSAGES

_TABLE, _DETAIL = "One router process", "CPU seconds per 1,000 messages"
_WORKSPACES = 8
_BATCH = 500
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
class Options:
    """conversations: in each run that sends all at once. rate: messages per second of the paced run."""

    conversations: int = 1000
    rate: float = 30.0
    paced_seconds: float = 15.0
    runs: int = 3
    seed: int = 1
    drain: float = 120.0
    profile: str = ""
    out: Path = DEFAULT_OUT

    @property
    def command(self) -> str:
        """To do it again."""
        return (
            f"parley bench router --conversations {self.conversations} --rate {self.rate:g} --runs {self.runs}"
            f" --seed {self.seed}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """seconds: from the first message to the last answer. latencies: of each message, in seconds; cpu: by process."""

    seconds: float
    latencies: Sequence[float]
    cpu: dict[str, float]


def run(options: Options) -> Result:
    """Measure. Raises BenchFailed unless each message led to its answer."""
    load_before = machine.load_average()
    result = Result(
        kind="router",
        at=f"{SystemClock().now():%Y-%m-%dT%H:%M:%SZ}",
        command=options.command,
        seed=options.seed,
        machine={},
        figures=[],
        profiled=options.profile,
    )
    files = workspace_files(_WORKSPACES)
    with running({"router": 1}, workspaces=files, simulators=False, profile=options.profile, out=options.out) as bench:
        result.machine = machine.describe(bench.info, load_before)
        _measure(bench, options, "FAQ", 50, 0.0)  # warm-up
        for scenario in SCENARIOS:
            for number in range(options.runs):
                say(f"router: {scenario}, run {number + 1} of {options.runs}")
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


def _measure(bench: Bench, options: Options, scenario: str, conversations: int, rate: float) -> Measured:
    cpu = usage(bench.pids)
    seconds, latencies = asyncio.run(_go(bench, options, scenario, conversations, rate))
    return Measured(seconds=seconds, latencies=latencies, cpu=cpu_between(cpu, usage(bench.pids)))


async def _go(
    bench: Bench, options: Options, scenario: str, conversations: int, rate: float
) -> tuple[float, Sequence[float]]:
    messages = _messages(f"{options.seed}:{time.time_ns()}", scenario, conversations)
    written: dict[str, float] = {}
    async with _Answers(bench.info["kafka"], options.drain) as answers:
        producer = KafkaProducer(bench.info["kafka"], "bench")
        await producer.start()
        try:
            began = time.time()
            reading = asyncio.create_task(answers.read({message.id for message in messages}))
            for start in range(0, len(messages), 1 if rate else _BATCH):
                part = messages[start : start + (1 if rate else _BATCH)]
                if rate:
                    await asyncio.sleep(max(0.0, began + start / rate - time.time()))
                now = time.time()
                written |= dict.fromkeys((message.id for message in part), now)
                await producer.send([_record(message) for message in part])
            answered = await reading
        finally:
            await producer.stop()
    return max(answered.values()) - began, [answered[id_] - at for id_, at in written.items()]


def _record(message: InboundMessage) -> NewRecord:
    return to_record(INBOUND_MESSAGES, message, lane=message.conversation_id)


def _messages(run: str, scenario: str, conversations: int) -> list[InboundMessage]:
    """Turn by turn: everybody's first message, then everybody's second, and so on."""
    rng = random.Random(run)
    first = rng.randrange(10**6) * 1000
    now = datetime.now(UTC)
    return [
        _message(f"bench-{who % _WORKSPACES}", f"+234{7_000_000_000 + first + who}", f"{run}.{who}.{turn}", text, now)
        for turn, text in enumerate(SCENARIOS[scenario])
        for who in range(conversations)
    ]


def _message(workspace: str, identity: str, name: str, text: str, now: datetime) -> InboundMessage:
    message_id = ids.message_id(workspace, Provider.META, f"wamid.{name}")
    return InboundMessage(
        id=message_id,
        workspace=workspace,
        correlation_id=ids.correlation_id(message_id),
        created_at=now,
        provider=Provider.META,
        provider_message_id=f"wamid.{name}",
        channel="main",
        conversation_id=ids.conversation_id(workspace, "main", identity),
        sender=Sender(identity=identity, address=identity[1:]),
        content=Text(body=text),
        sent_at=now,
    )


class _Answers:
    """The records that the router writes from now on."""

    def __init__(self, bootstrap_servers: str, limit: float) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, fetch_max_wait_ms=100)
        self._limit = limit

    async def __aenter__(self) -> "_Answers":
        await self._consumer.start()
        topic = OUTBOUND_MESSAGES
        self._consumer.assign([TopicPartition(topic.name, number) for number in range(topic.partitions)])
        await self._consumer.seek_to_end()
        return self

    async def __aexit__(self, *failed: object) -> None:
        await self._consumer.stop()

    async def read(self, causes: set[str]) -> dict[str, float]:
        """When each message was answered, by the record's time. Raises BenchFailed when some are not in time."""
        answered: dict[str, float] = {}
        end = time.monotonic() + self._limit
        while len(answered) < len(causes):
            for records in (await self._consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    message = decode(record_of(record))
                    if message.cause in causes and not isinstance(message.body, Presence):
                        answered.setdefault(message.cause, record.timestamp / 1000)
            if time.monotonic() > end:
                raise BenchFailed(f"{len(answered)} of {len(causes)} messages were answered in {self._limit:g} s")
        return answered


def _note(result: Result, scenario: str, turns: int, run: Measured) -> None:
    count = len(run.latencies)
    result.add(_TABLE, "messages decided on per second", scenario, count / run.seconds, better=HIGHER)
    result.add(
        _TABLE, "conversations of four messages per second", scenario, count / turns / run.seconds, better=HIGHER
    )
    for name in ("router", "mongodb", "kafka"):
        if name in run.cpu:
            result.add(_DETAIL, name, scenario, run.cpu[name] * 1000 / count, better=LOWER)


def _note_paced(result: Result, scenario: str, rate: float, run: Measured) -> None:
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        row = f"message to answer at {rate:g} per second, {name} (ms)"
        result.add(_TABLE, row, scenario, percentile(run.latencies, share) * 1000, better=LOWER)
