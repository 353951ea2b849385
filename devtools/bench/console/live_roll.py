"""`parley bench console roll` (P9): two replicas with thousands of sockets, of which one is stopped, as in a rolling
update: the time until every socket is live again, and the latency of calls at the other replica meanwhile.
"""

import asyncio
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import httpx2

from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.console.live_child import LiveChild
from devtools.bench.console.live_fanout import DATABASE
from devtools.bench.console.live_replica import token
from devtools.bench.console.raw_socket import RawSocket
from devtools.bench.percentiles import percentile
from devtools.bench.results import LOWER, NEITHER, BenchResult
from devtools.bench.stack import DEFAULT_OUT, BenchStack, print_progress
from shared.http.server import allow_connections

_LIMIT = 60.0
_JITTER = 3.0  # seconds, as browsers wait before they connect anew
_PROBES = 20.0  # calls per second
_PROBE_KEYS = 60  # that take turns: a single one would soon be at its limit of requests
_TABLE = "A replica is rolled"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBenchOptions(BenchmarkOptions):
    """Options of `parley bench console roll`. sockets: half of them at each replica, in workspaces of ten."""

    kind: ClassVar[str] = "console roll"
    about: ClassVar[str] = "P9: all sockets back within 10 s, and calls at the other replica at most twice as slow."
    shown: ClassVar[tuple[str, ...]] = ("sockets",)

    sockets: int = 2000
    out: Path = DEFAULT_OUT


def run(options: RollBenchOptions) -> BenchResult:
    """Return the figures."""
    with benchmark_run(options, {}, [], simulators=False) as (stack, result):
        asyncio.run(_Roll(options, stack, result).run())
    return result


class _Roll:
    def __init__(self, options: RollBenchOptions, stack: BenchStack, result: BenchResult) -> None:
        self._options = options
        self._stack = stack
        self._result = result
        self._rng = random.Random(options.seed)
        self._ports: list[int] = []
        self._live: set[int] = set()
        self._lost_at: dict[int, float] = {}
        self._back_after: list[float] = []
        self._resumed: dict[str, int] = {}
        self._codes: dict[int, int] = {}
        self._cursors: dict[int, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sockets: dict[int, RawSocket] = {}
        self._over = False

    async def run(self) -> None:
        allow_connections(self._options.sockets)
        children = [LiveChild(self._stack.info, DATABASE, f"console-{number}") for number in range(2)]
        self._ports = [child.port for child in children]
        try:
            print_progress(f"connecting {self._options.sockets} sockets")
            await self._connect_all()
            quiet = await self._probe(children[1].port, seconds=5.0)
            print_progress("rolling a replica")
            self._ports = [children[1].port]  # as a load balancer does
            self._resumed.clear()
            began = time.monotonic()
            children[0].terminate()
            async with asyncio.TaskGroup() as group:
                probing = group.create_task(self._probe(children[1].port, seconds=10.0))
                await self._all_live()
                seconds = time.monotonic() - began
            self._report(seconds, quiet, probing.result())
        finally:
            await self._end()
            for child in children:
                child.stop()

    async def _end(self) -> None:
        """Close all sockets, and connect none anew."""
        self._over = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for socket in self._sockets.values():
            socket.close()
        await asyncio.sleep(0)  # connections are told that they are lost

    def _report(self, seconds: float, quiet: list[float], busy: list[float]) -> None:
        result = self._result
        result.add(_TABLE, "sockets", "cut off", len(self._back_after), better=NEITHER)
        result.add(_TABLE, "sockets", "all back after s", seconds, better=LOWER)
        result.add(_TABLE, "sockets", "back p95 s", percentile(self._back_after, 0.95), better=LOWER)
        result.add(_TABLE, "calls at the other replica", "p95 ms before", percentile(quiet, 0.95) * 1000, better=LOWER)
        result.add(_TABLE, "calls at the other replica", "p95 ms during", percentile(busy, 0.95) * 1000, better=LOWER)
        result.notes.append(f"resumed: {self._resumed}; close codes: {self._codes}")

    async def _connect_all(self) -> None:
        for number in range(self._options.sockets):
            await self._connect(number)
            async with asyncio.timeout(_LIMIT):
                while number - len(self._live) > 100:  # noqa: ASYNC110 - a count
                    await asyncio.sleep(0.01)
        await self._all_live()

    async def _all_live(self) -> None:
        async with asyncio.timeout(_LIMIT):
            await asyncio.sleep(0.2)
            while len(self._live) < self._options.sockets:  # noqa: ASYNC110 - a count
                await asyncio.sleep(0.01)

    async def _connect(self, number: int) -> None:
        workspace = f"watched{number // 10}"
        socket = RawSocket(
            f"/api/v1/workspaces/{workspace}/events",
            token(workspace, f"socket{number}"),
            lambda _, payload: self._on_frame(number, payload),
            lambda socket: self._on_close(number, socket),
        )
        self._sockets[number] = socket
        cursor = self._cursors.get(number)
        socket.send(json.dumps({"type": "hello", "cursor": cursor}).encode())
        port = self._ports[number % len(self._ports)]
        try:
            await asyncio.get_running_loop().create_connection(lambda: socket, "127.0.0.1", port)
        except OSError:
            self._again(number)

    def _on_frame(self, number: int, payload: bytes) -> None:
        if not payload.startswith(b'{"type":"ready"'):
            return
        ready = json.loads(payload)
        self._cursors[number] = ready["cursor"]
        self._live.add(number)
        self._resumed[ready["resumed"]] = self._resumed.get(ready["resumed"], 0) + 1
        if number in self._lost_at:
            self._back_after.append(time.monotonic() - self._lost_at.pop(number))

    def _on_close(self, number: int, socket: RawSocket) -> None:
        if self._over:
            return
        self._live.discard(number)
        self._codes[socket.close_code] = self._codes.get(socket.close_code, 0) + 1
        self._lost_at.setdefault(number, time.monotonic())
        self._again(number)

    def _again(self, number: int) -> None:
        task = asyncio.create_task(self._connect_later(number))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect_later(self, number: int) -> None:
        await asyncio.sleep(self._rng.uniform(0, _JITTER))
        await self._connect(number)

    async def _probe(self, port: int, seconds: float) -> list[float]:
        """Return the latencies of calls at a replica."""
        found: list[float] = []
        url = f"http://127.0.0.1:{port}/api/v1/workspaces/probe/events"
        async with httpx2.AsyncClient() as client:
            end = time.monotonic() + seconds
            while (began := time.monotonic()) < end:
                key = token("probe", f"probe{len(found) % _PROBE_KEYS}")
                (await client.get(url, headers={"Authorization": f"Bearer {key}"})).raise_for_status()
                found.append(time.monotonic() - began)
                await asyncio.sleep(1 / _PROBES)
        return found
