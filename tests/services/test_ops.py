"""Readiness that the operations port reports while a process starts, runs and stops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import aiohttp
import pytest

from shared.errors import DependencyAway
from shared.service.ops_port import Ops

T = TypeVar("T")


@pytest.fixture
async def ops(port: int) -> AsyncIterator[Ops]:
    ops = Ops("router")
    await ops.start("127.0.0.1", port)
    yield ops
    await ops.stop()


async def _ready(port: int) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/health/ready") as response:
        return response.status, (await response.json())["status"]


async def _fine() -> None:
    return


async def _away() -> None:
    raise DependencyAway("kafka")


async def test_process_is_not_ready_before_all_parts_are_registered(ops: Ops, port: int) -> None:
    assert await _ready(port) == (503, "not ready")
    ops.checks["mongodb"] = _fine
    assert await _ready(port) == (503, "not ready")
    ops.wired = True
    assert await _ready(port) == (200, "ready")


async def test_unstarted_part_and_unavailable_dependency_are_named(ops: Ops, port: int) -> None:
    ops.wired = True
    ops.started["router"] = lambda: False
    assert (await _ready(port))[0] == 503
    ops.started["router"] = lambda: True
    ops.checks["kafka"] = _away
    assert (await _ready(port))[0] == 503
    ops.optional.add("kafka")
    assert (await _ready(port))[0] == 200


async def test_stopping_process_is_not_ready(ops: Ops, port: int) -> None:
    ops.wired = ops.stopping = True
    assert await _ready(port) == (503, "stopping")


class Client:
    """A client that is asked when the process begins to stop, and then is closed."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.closed = asyncio.Event()

    async def ask(self) -> None:
        self.asked.set()
        await self.closed.wait()
        raise RuntimeError("the client is closed")

    async def close_during(self, ops: Ops, request: Callable[[], Awaitable[T]]) -> tuple[T, T]:
        """Return the answers to a request during which the process begins to stop, and to the next one."""
        first = asyncio.ensure_future(request())
        await asyncio.wait_for(self.asked.wait(), 20)
        ops.stopping = True
        self.closed.set()
        during = await first
        self.asked.clear()
        after = await request()
        assert not self.asked.is_set(), "no closed client is asked"
        return during, after


async def test_process_whose_clients_are_closed_says_that_it_stops(ops: Ops, port: int) -> None:
    """A probe may come at that moment, or be under way."""
    client = Client()
    ops.wired = True
    ops.checks["mongodb"] = client.ask
    assert await client.close_during(ops, lambda: _ready(port)) == ((503, "stopping"), (503, "stopping"))


async def test_process_whose_clients_are_closed_gives_the_metrics_that_it_has(ops: Ops, port: int) -> None:
    """A scrape may come at that moment, or be under way."""

    async def scrape() -> int:
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/metrics") as response:
            return response.status

    client = Client()
    ops.before_scrape.append(client.ask)
    assert await client.close_during(ops, scrape) == (200, 200)


async def _ready_metric(port: int) -> str:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/metrics") as response:
        assert response.status == 200
        (line,) = [line for line in (await response.text()).splitlines() if line.startswith("parley_ready ")]
    return line


async def _broken() -> None:
    raise RuntimeError("a fault of a check")


async def test_metric_tells_whether_the_process_is_ready(ops: Ops, port: int) -> None:
    assert await _ready_metric(port) == "parley_ready 0.0", "it is not wired yet"
    ops.wired = True
    ops.checks["kafka"] = _fine
    assert await _ready_metric(port) == "parley_ready 1.0"
    ops.checks["kafka"] = _away
    assert await _ready_metric(port) == "parley_ready 0.0"
    ops.optional.add("kafka")
    assert await _ready_metric(port) == "parley_ready 1.0"
    ops.checks["mongodb"] = _broken
    assert await _ready_metric(port) == "parley_ready 0.0", "and the other metrics are given"
    del ops.checks["mongodb"]
    ops.stopping = True
    assert await _ready_metric(port) == "parley_ready 0.0"
