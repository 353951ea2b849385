"""A host name that nobody answers for delays no call of another workspace, and no connection to a provider."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from shared.clock import SystemClock
from shared.http.poster import Poster
from shared.providers.api_calls import ApiCaller, Timeouts, open_session


class SilentNames:
    """Names below `silent.example`, whose look-ups end when `answer` is set. asked: those looked up, in order."""

    def __init__(self) -> None:
        self.answer = threading.Event()
        self._begun = threading.Semaphore(0)
        self.asked: list[str] = []
        self._look_up = socket.getaddrinfo

    def getaddrinfo(self, host: Any, *args: Any, **kwargs: Any) -> Any:
        if str(host).endswith("silent.example"):
            self.asked.append(host)
            self._begun.release()
            self.answer.wait()
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return self._look_up(host, *args, **kwargs)

    async def begun(self) -> None:
        """Wait for one more look-up to begin."""
        assert await asyncio.to_thread(self._begun.acquire, timeout=30.0)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentNames]:
    """The system's look-up is the one thing that cannot be slow on request."""
    silent = SilentNames()
    monkeypatch.setattr(socket, "getaddrinfo", silent.getaddrinfo)
    yield silent
    silent.answer.set()


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({})

    app = web.Application()
    app.add_routes([web.post("/", answer)])
    async with TestServer(app) as server:
        yield f"http://localhost:{server.port}/"


async def test_silent_names_of_a_workspace_delay_no_other_workspace_and_no_provider(
    names: SilentNames, url: str
) -> None:
    poster, session = Poster(private=True, timeout=60.0), open_session()
    silent = [
        asyncio.create_task(poster.post(f"http://h{number}.silent.example/", b"{}", {}, workspace="a"))
        for number in range(25)
    ]
    await names.begun()
    await names.begun()
    async with asyncio.timeout(30.0):
        assert (await poster.post(url, b"{}", {}, workspace="b")).ok
        assert (await ApiCaller(session, Timeouts(), SystemClock()).post(url, b"{}", {})).ok
    assert len(names.asked) == 2  # the others of the workspace wait for their turn
    names.answer.set()
    assert {answer.status for answer in await asyncio.gather(*silent)} == {0}
    await poster.close()
    await session.close()


async def test_name_is_looked_up_once_for_all_calls_that_wait_for_it(names: SilentNames, url: str) -> None:
    poster = Poster(private=True, timeout=60.0)
    silent = [
        asyncio.create_task(poster.post("http://one.silent.example/", b"{}", {}, workspace="a")) for _ in range(10)
    ]
    await names.begun()
    async with asyncio.timeout(30.0):
        assert (await poster.post(url, b"{}", {}, workspace="a")).ok
    assert names.asked == ["one.silent.example"]
    names.answer.set()
    assert {answer.status for answer in await asyncio.gather(*silent)} == {0}
    await poster.close()


async def test_look_up_keeps_its_place_when_its_caller_has_given_up(names: SilentNames, url: str) -> None:
    poster = Poster(private=True, timeout=0.05)
    for number in range(6):
        await poster.post(f"http://h{number}.silent.example/", b"{}", {}, workspace="a")
    await names.begun()
    await names.begun()
    assert len(names.asked) == 2
    names.answer.set()
    await poster.close()
