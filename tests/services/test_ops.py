"""Readiness that the operations port reports while a process starts, runs and stops."""

import asyncio
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest

from shared.errors import DependencyAway
from shared.service.ops_port import Ops


@pytest.fixture
async def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    return number


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


async def test_process_whose_clients_are_closed_says_that_it_stops(ops: Ops, port: int) -> None:
    """A probe may come at that moment, or be under way."""
    asked = asyncio.Event()
    closed = asyncio.Event()

    async def ask() -> None:
        asked.set()
        await closed.wait()
        raise RuntimeError("the client is closed")

    ops.wired = True
    ops.checks["mongodb"] = ask
    probing = asyncio.create_task(_ready(port))
    await asyncio.wait_for(asked.wait(), 20)
    ops.stopping = True
    closed.set()
    assert await probing == (503, "stopping")
    asked.clear()
    assert await _ready(port) == (503, "stopping")
    assert not asked.is_set(), "no closed client is asked"


async def test_process_whose_clients_are_closed_gives_the_metrics_that_it_has(ops: Ops, port: int) -> None:
    """A scrape may come at that moment, or be under way."""
    asked = asyncio.Event()
    closed = asyncio.Event()

    async def observe() -> None:
        asked.set()
        await closed.wait()
        raise RuntimeError("the client is closed")

    async def scrape() -> int:
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/metrics") as response:
            return response.status

    ops.before_scrape.append(observe)
    scraping = asyncio.create_task(scrape())
    await asyncio.wait_for(asked.wait(), 20)
    ops.stopping = True
    closed.set()
    assert await scraping == 200
    asked.clear()
    assert await scrape() == 200
    assert not asked.is_set(), "no closed client is asked"
