"""`parley bench console fanout` (P10): thousands of sockets at one replica, and thousands of events per second, of
which one in a hundred is relevant: CPU time and memory of the replica, and the time from event to frame.
"""

import asyncio
import itertools
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.console.live_child import LiveChild
from devtools.bench.console.live_replica import token
from devtools.bench.console.live_traffic import LiveTraffic
from devtools.bench.console.raw_socket import RawSocket
from devtools.bench.percentiles import P50_P95_P99, percentile
from devtools.bench.process_usage import usage
from devtools.bench.results import LOWER, NEITHER, BenchResult
from devtools.bench.stack import DEFAULT_OUT, BenchStack, print_progress
from shared.clock import SystemClock
from shared.http.server import allow_connections
from shared.kafka.brokers import Brokers
from shared.kafka.codec import to_record
from shared.kafka.producer import KafkaProducer
from shared.kafka.records import NewRecord
from shared.messages.events import ConversationEvent, EventKind
from shared.repositories.inbound import InboundMessages
from shared.storage.mongo import Mongo
from shared.topics import CONVERSATION_EVENTS

DATABASE = "bench_console_live"
_BATCH = 0.02  # seconds between two batches of the publisher
_MESSAGE = re.compile(rb'"type":"message:new".*?"message":\{"id":"([^"]+)"')
_OTHERS = 400  # workspaces that nobody watches
_AT_ONCE = 100  # connections that are being made
_TABLE = "Live events at one replica"


@dataclass(frozen=True, slots=True, kw_only=True)
class FanoutBenchOptions(BenchmarkOptions):
    """Options of `parley bench console fanout`. sockets: in workspaces of ten. rate: events per second on the topic.
    relevant: share of watched workspaces.
    """

    kind: ClassVar[str] = "console fanout"
    about: ClassVar[str] = "P10: at most one core, 300 MB and p95 150 ms for 2,000 sockets and 4,000 events per second."
    shown: ClassVar[tuple[str, ...]] = ("sockets", "rate", "relevant", "seconds")

    sockets: int = 2000
    rate: int = 4000
    relevant: float = 0.01
    seconds: float = 30.0
    out: Path = DEFAULT_OUT


def run(options: FanoutBenchOptions) -> BenchResult:
    """Return the figures."""
    with benchmark_run(options, {}, [], simulators=False) as (stack, result):
        asyncio.run(_Fanout(options, stack, result).run())
    return result


class _Fanout:
    def __init__(self, options: FanoutBenchOptions, stack: BenchStack, result: BenchResult) -> None:
        self._options = options
        self._stack = stack
        self._result = result
        self._workspaces = [f"watched{number}" for number in range(max(1, options.sockets // 10))]
        self._published: dict[bytes, float] = {}
        self._delays: list[float] = []
        self._frames = 0
        self._ready = 0
        self._closed = 0
        self._conversations: dict[str, str] = {}
        self._messages: list[tuple[str, str]] = []
        self._traffic: list[LiveTraffic] = []
        self._numbers = itertools.count()

    async def run(self) -> None:
        options, result = self._options, self._result
        allow_connections(options.sockets)
        mongo = Mongo(self._stack.info["mongodb"], DATABASE)
        producer = KafkaProducer(Brokers(self._stack.info["kafka"]), "bench")
        await producer.start()
        print_progress("storing messages")
        await self._store(mongo, producer)
        child = LiveChild(self._stack.info, DATABASE, "console-0")
        try:
            empty = usage({"console": [child.pid]})["console"].rss
            print_progress(f"connecting {options.sockets} sockets")
            sockets = await self._connect(child)
            await asyncio.sleep(2.0)
            connected = usage({"console": [child.pid]})["console"]
            result.add(_TABLE, "memory", "MB without sockets", empty, better=LOWER)
            result.add(_TABLE, "memory", f"MB with {options.sockets} idle", connected.rss, better=LOWER)
            result.add(
                _TABLE, "memory", "KB per socket", (connected.rss - empty) * 1024 / options.sockets, better=LOWER
            )
            if options.rate:
                print_progress(f"publishing {options.rate} events per second")
                await self._measure(child, producer)
            for socket in sockets:
                socket.close()
        finally:
            child.stop()
            await producer.stop()
            await mongo.close()

    async def _measure(self, child: LiveChild, producer: KafkaProducer) -> None:
        result = self._result
        before, began = usage({"console": [child.pid]})["console"], time.monotonic()
        count = await self._publish(producer)
        seconds = time.monotonic() - began
        await asyncio.sleep(1.0)
        after = usage({"console": [child.pid]})["console"]
        result.add(_TABLE, "load", "events/s", count / seconds, better=NEITHER)
        result.add(_TABLE, "load", "frames/s", self._frames / seconds, better=NEITHER)
        result.add(_TABLE, "CPU", "cores", (after.cpu - before.cpu) / seconds, better=LOWER)
        result.add(_TABLE, "memory", "MB under load", after.rss, better=LOWER)
        for name, share in P50_P95_P99:
            result.add(_TABLE, "event → frame", f"{name} ms", percentile(self._delays, share) * 1000, better=LOWER)
        result.add(_TABLE, "event → frame", "samples", len(self._delays), better=NEITHER)
        result.add(_TABLE, "load", "sockets closed", self._closed, better=LOWER)

    async def _store(self, mongo: Mongo, producer: KafkaProducer) -> None:
        """Store a conversation of each watched workspace, with the messages that will be announced."""
        options = self._options
        for workspace in self._workspaces:
            traffic = LiveTraffic(mongo, producer, workspace, conversations=1, early=0.0)
            (self._conversations[workspace],) = await traffic.begin()
            self._traffic.append(traffic)
        wanted = int(options.rate * options.relevant * options.seconds) + 1
        for start in range(0, wanted, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, wanted))
            self._messages += await asyncio.gather(*(self._store_message(mongo, number) for number in numbers))

    async def _store_message(self, mongo: Mongo, number: int) -> tuple[str, str]:
        traffic = self._traffic[number % len(self._traffic)]
        message = traffic.question(traffic.states[self._conversations[traffic.workspace]])
        stored = InboundMessages(mongo, traffic.workspace)
        await stored.add(message, turn=number, decision="faq", routed_at=message.created_at)
        return traffic.workspace, message.id

    async def _connect(self, child: LiveChild) -> list[RawSocket]:
        loop = asyncio.get_running_loop()
        sockets: list[RawSocket] = []
        for number in range(self._options.sockets):
            workspace = self._workspaces[number % len(self._workspaces)]
            socket = RawSocket(
                f"/api/v1/workspaces/{workspace}/events",
                token(workspace, f"socket{number}"),
                self._on_frame,
                self._on_close,
            )
            socket.send(b'{"type":"hello","open":["%s"]}' % self._conversations[workspace].encode())
            await loop.create_connection(lambda socket=socket: socket, "127.0.0.1", child.port)  # type: ignore[misc]
            sockets.append(socket)
            async with asyncio.timeout(60):
                while len(sockets) - self._ready > _AT_ONCE:  # noqa: ASYNC110 - a count
                    await asyncio.sleep(0.01)
        async with asyncio.timeout(60):
            while self._ready < len(sockets):  # noqa: ASYNC110 - a count
                await asyncio.sleep(0.01)
        return sockets

    async def _publish(self, producer: KafkaProducer) -> int:
        """Publish at the rate for the time; return how many events were written."""
        options, count, relevant = self._options, 0, 0
        began = time.monotonic()
        sending: set[asyncio.Task[None]] = set()
        while (now := time.monotonic() - began) < options.seconds:
            records: list[NewRecord] = []
            while count < now * options.rate:
                count += 1
                if relevant < count * options.relevant and relevant < len(self._messages):
                    records.append(self._relevant(*self._messages[relevant]))
                    relevant += 1
                else:
                    records.append(self._other(count))
            if records:
                task = asyncio.create_task(producer.send(records))
                sending.add(task)
                task.add_done_callback(sending.discard)
            await asyncio.sleep(_BATCH)
        await asyncio.gather(*sending)
        return count

    def _relevant(self, workspace: str, message: str) -> NewRecord:
        self._published[message.encode()] = time.monotonic()
        return self._record(workspace, self._conversations[workspace], EventKind.MESSAGE_RECEIVED, message)

    def _other(self, number: int) -> NewRecord:
        workspace = f"other{number % _OTHERS}"
        return self._record(workspace, f"conversation-{number % 5000}", EventKind.MESSAGE_STATUS, f"message-{number}")

    def _record(self, workspace: str, conversation: str, kind: EventKind, message: str) -> NewRecord:
        id_ = f"bench-{next(self._numbers)}"
        event = ConversationEvent(
            id=id_,
            workspace=workspace,
            correlation_id="0" * 32,
            created_at=SystemClock().now(),
            kind=kind,
            conversation_id=conversation,
            message_id=message,
        )
        return to_record(CONVERSATION_EVENTS, event, lane=conversation)

    def _on_frame(self, _socket: RawSocket, payload: bytes) -> None:
        if payload.startswith(b'{"type":"ready"'):
            self._ready += 1
            return
        self._frames += 1
        found = _MESSAGE.match(payload, 1)
        if found and (at := self._published.get(found.group(1))) is not None:
            self._delays.append(time.monotonic() - at)

    def _on_close(self, _socket: RawSocket) -> None:
        self._closed += 1
