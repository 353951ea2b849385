"""The load generator: `python -m devtools.bench.load_generator` reads a LoadPlan from standard input, writes an empty
line when it starts to send, and a LoadResult at the end. After SIGTERM it sends no more and waits for the responses.

Requests are built and signed before the clock starts. Each keep-alive connection has at most one request in flight.
It uses bare asyncio protocols on uvloop, because it must use less CPU than what it measures; the result has its CPU.
"""

import asyncio
import random
import signal
import sys
import time
from array import array
from collections import Counter, deque
from collections.abc import Iterator
from typing import Literal, cast

import msgspec
import uvloop

from devtools.bench.corpus import Corpus, batch_body, make_samples, sign_body
from devtools.bench.percentiles import percentile

_LAST_ANSWERS = 15.0  # seconds to wait for the last responses
_END = b"\r\n\r\n"


class LoadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The load that a generator sends to ingress. mode: `timed` sends the corpus in a cycle for `seconds`; `once` sends
    it as fast as ingress accepts it; `paced` sends at random times, `rate` per second on average, without waiting for
    responses. batch: messages per webhook.
    """

    host: str
    port: int
    connections: int
    mode: Literal["timed", "once", "paced"]
    corpus: Corpus
    seconds: float = 0.0
    rate: float = 0.0
    batch: int = 1
    path: str = "/webhooks/meta"


class LoadResult(msgspec.Struct, kw_only=True):
    """Responses by HTTP status, and latencies in seconds.

    sent_at: time of each message in seconds since the epoch (not for `timed`); 0: not sent. cpu: CPU seconds of the
    generator while sending. late: maximum seconds that a paced request was sent after its due time.
    """

    statuses: dict[str, int]
    seconds: float
    cpu: float
    p50: float
    p99: float
    worst: float
    sent_at: list[float]
    late: float = 0.0

    @property
    def answered(self) -> int:
        """Number of responses."""
        return sum(self.statuses.values())


class _Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, generator: "_Generator") -> None:
        self._generator = generator
        self._transport: asyncio.Transport | None = None
        self._began = 0.0
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transports are no subclass

    def send(self, request: bytes) -> None:
        assert self._transport is not None  # noqa: S101 - nothing is sent before it is connected
        self._began = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        head = data.find(_END)
        if head < 0 or len(data) < head + 4 + _content_length(data, head):
            self._buffer = data
            return
        self._buffer = b""
        began, self._began = self._began, 0.0
        self._generator.answered(self, data[9:12].decode(), time.perf_counter() - began)

    def connection_lost(self, error: Exception | None) -> None:
        if self._began:
            self._generator.lost(error)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class _Generator:
    def __init__(self, plan: LoadPlan, requests: list[bytes]) -> None:
        self._plan = plan
        self._requests = requests
        self._next = iter(range(len(requests))) if plan.mode == "once" else _cycle(len(requests))
        self._end = float("inf")
        self._stopped = asyncio.Event()
        self._idle: deque[_Connection] = deque()
        self._waiting: deque[int] = deque()
        self._in_flight = 0
        self._done = asyncio.Event()
        self._latencies = array("d")
        self._statuses: Counter[str] = Counter()
        self._sent_at = array("d", [0.0]) * (0 if plan.mode == "timed" else len(requests))

    async def run(self) -> LoadResult:
        connections = await self._connect()
        cpu, began = time.process_time(), time.perf_counter()
        late = 0.0
        if self._plan.mode == "paced":
            self._idle.extend(connections)
            late = await self._pace()
        else:
            self._end = began + (self._plan.seconds or float("inf"))
            for connection in connections:
                self._send_next(connection)
        async with asyncio.timeout((self._plan.seconds or 300.0) + _LAST_ANSWERS):
            await self._done.wait()
        load = self._load(time.perf_counter() - began, time.process_time() - cpu, late)
        for connection in connections:
            connection.close()
        return load

    def stop(self) -> None:
        """Stop sending."""
        self._stopped.set()
        self._next = iter(())

    async def _connect(self) -> list[_Connection]:
        loop = asyncio.get_running_loop()
        connections = []
        for _ in range(self._plan.connections):
            _, connection = await loop.create_connection(lambda: _Connection(self), self._plan.host, self._plan.port)
            connections.append(connection)
        return connections

    async def _pace(self) -> float:
        """Send at exponentially distributed intervals; return the maximum lateness in seconds."""
        rng = random.Random(f"{self._plan.corpus.seed}:arrivals")
        due, late = time.perf_counter(), 0.0
        for index in range(len(self._requests)):
            due += rng.expovariate(self._plan.rate)
            if await self._stopped_before(due):
                break
            late = max(late, time.perf_counter() - due)
            if self._idle:
                self._send(self._idle.popleft(), index)
            else:
                self._waiting.append(index)
        self._end = 0.0
        if not self._in_flight and not self._waiting:
            self._done.set()
        return late

    async def _stopped_before(self, due: float) -> bool:
        try:
            async with asyncio.timeout(max(0.0, due - time.perf_counter())):
                return await self._stopped.wait()
        except TimeoutError:
            return False

    def answered(self, connection: _Connection, status: str, seconds: float) -> None:
        self._in_flight -= 1
        self._statuses[status] += 1
        self._latencies.append(seconds)
        if self._plan.mode != "paced":
            self._send_next(connection)
        elif self._waiting:
            self._send(connection, self._waiting.popleft())
        else:
            self._idle.append(connection)
            self._check_done()

    def lost(self, error: Exception | None) -> None:
        """Count a connection that broke during a request; it is not replaced."""
        self._in_flight -= 1
        self._statuses[f"lost: {error!r}"] += 1
        self._check_done()

    def _send_next(self, connection: _Connection) -> None:
        index = next(self._next, None) if time.perf_counter() < self._end else None
        if index is None:
            self._end = 0.0
            self._check_done()
        else:
            self._send(connection, index)

    def _send(self, connection: _Connection, index: int) -> None:
        self._in_flight += 1
        if self._sent_at:
            self._sent_at[index] = time.time()
        connection.send(self._requests[index])

    def _check_done(self) -> None:
        if not self._in_flight and not self._end:
            self._done.set()

    def _load(self, seconds: float, cpu: float, late: float) -> LoadResult:
        ordered = sorted(self._latencies)
        return LoadResult(
            statuses=dict(self._statuses),
            seconds=seconds,
            cpu=cpu,
            p50=percentile(ordered, 0.5),
            p99=percentile(ordered, 0.99),
            worst=ordered[-1] if ordered else 0.0,
            sent_at=[at for at in self._sent_at for _ in range(self._plan.batch)][: self._plan.corpus.messages],
            late=late,
        )


def _cycle(count: int) -> Iterator[int]:
    while True:
        yield from range(count)


def _content_length(data: bytes, head: int) -> int:
    start = data.lower().find(b"content-length:", 0, head)
    return int(data[start + 15 : data.index(b"\r\n", start)]) if start >= 0 else 0


def _requests(plan: LoadPlan) -> list[bytes]:
    samples = make_samples(plan.corpus)
    head = f"POST {plan.path} HTTP/1.1\r\nHost: {plan.host}:{plan.port}\r\nContent-Type: application/json\r\n"
    bodies = [batch_body(samples[first : first + plan.batch]) for first in range(0, len(samples), plan.batch)]
    return [
        f"{head}X-Hub-Signature-256: {sign_body(plan.corpus, body)}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
        for body in bodies
    ]


async def generate(plan: LoadPlan, *, until_sigterm: bool = False) -> LoadResult:
    """Send the plan's requests and return the result.

    until_sigterm: print an empty line before the first request, and stop sending on SIGTERM.
    """
    generator = _Generator(plan, _requests(plan))
    if until_sigterm:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, generator.stop)
        print(flush=True)
    return await generator.run()


def main() -> None:
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=LoadPlan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(generate(plan, until_sigterm=True))))


if __name__ == "__main__":
    main()
