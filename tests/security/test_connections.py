"""Limits of connections in time, bytes and number, with real sockets and the server of ingress."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr

from services.ingress.app import IngressApp
from services.ingress.main import make_server
from services.ingress.reply import answer
from shared.http.asgi import Receive, Scope, Send
from shared.http.body import read_body
from shared.http.body_memory import BodyMemory
from shared.http.server import Server
from shared.providers.webhooks import WebhookReply
from shared.settings import Settings
from tests.security.raw_http import LIMIT, RawAnswer, RawClient, connect, connection, until

GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
HEAD_BYTES = 8192
PLACES = 20


@dataclass
class Application:
    """Answers with the length of the body. hold: event to wait for before an answer. requests: their number."""

    hold: asyncio.Event = field(default_factory=asyncio.Event)
    requests: int = 0
    done: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += 1
        if scope["path"] == "/early":
            await answer(send, WebhookReply(404, b"no"))
            return
        body = await read_body(scope, receive, at_most=1 << 20, reservation=BodyMemory(1 << 20).reserve("client"))
        if scope["path"] == "/held":
            await self.hold.wait()
        await answer(send, WebhookReply(200, str(len(body)).encode()))
        self.done += 1


class Served:
    """A running server for the tests."""

    def __init__(self, server: Server, port: int, application: Application) -> None:
        self.server = server
        self.port = port
        self.application = application

    @property
    def open(self) -> int:
        return len(self.server.server_state.connections)

    def connection(self) -> AbstractAsyncContextManager[RawClient]:
        return connection("127.0.0.1", self.port)

    async def connect(self) -> RawClient:
        return await connect("127.0.0.1", self.port)

    async def ask(self, request: bytes = GET) -> RawAnswer:
        async with self.connection() as raw:
            await raw.send(request)
            return await raw.answered()


@asynccontextmanager
async def serving(**changes: Any) -> AsyncIterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    given = {"ingress_header_timeout": 0.5, "ingress_max_header_bytes": HEAD_BYTES, "ingress_max_connections": PLACES}
    settings = Settings(secrets_key=SecretStr("-"), ingress_port=port, **{**given, **changes})
    application, stop = Application(), asyncio.Event()
    server = make_server(application, settings)
    running = asyncio.create_task(server.run_until(stop))
    try:
        await until(lambda: server.started)
        yield Served(server, port, application)
    finally:
        application.hold.set()
        stop.set()
        await running


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serving() as served:
        yield served


async def test_connection_is_kept_after_a_request(served: Served) -> None:
    async with served.connection() as raw:
        for _ in range(3):
            await raw.send(GET)
            assert (await raw.answered()).status == 200
        await raw.send(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n", b"x" * 100_000, b"x" * 100_000)
        assert (await raw.answered()).body == b"200000"


BEGINNINGS = {
    "nothing at all": b"",
    "half a request line": b"GET /web",
    "half the headers": b"POST / HTTP/1.1\r\nhost: x\r\nx-a: b",
    "empty lines": b"\r\n\r\n",
}


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS)
async def test_connection_with_slow_headers_is_closed(served: Served, beginning: bytes) -> None:
    async with served.connection() as raw:
        await raw.send(beginning)
        assert (await raw.answered()).status == 408
        assert await raw.closed()
    await until(lambda: served.open == 0)
    assert served.application.requests == 0


async def test_connection_with_dripping_headers_is_closed(served: Served) -> None:
    for earlier in (0, 2):
        async with served.connection() as raw:
            for _ in range(earlier):
                await raw.send(GET)
                assert (await raw.answered()).status == 200
            dripping = asyncio.create_task(_drip(raw, b"x-header: and so on\r\n"))
            await raw.send(b"GET / HTTP/1.1\r\n")
            assert (await raw.answered()).status == 408
            assert await raw.closed()
            dripping.cancel()


async def _drip(raw: RawClient, pieces: bytes) -> None:
    while True:
        for piece in pieces:
            await raw.send(bytes([piece]))
            await asyncio.sleep(0.02)


async def test_empty_lines_do_not_keep_a_connection_open(served: Served) -> None:
    async with served.connection() as raw:
        await raw.send(GET)
        assert (await raw.answered()).status == 200
        dripping = asyncio.create_task(_drip(raw, b"\r\n"))
        assert (await raw.answered()).status == 408
        assert await raw.closed()
        dripping.cancel()


async def test_idle_connection_is_closed_after_keep_alive() -> None:
    async with serving(ingress_keep_alive=1) as served, served.connection() as raw:
        await raw.send(GET)
        assert (await raw.answered()).status == 200
        assert await raw.closed()


LARGE_HEADS = {
    "one large header": (b"GET / HTTP/1.1\r\nx: " + b"a" * HEAD_BYTES + b"\r\n\r\n", 431),
    "one that does not end": (b"GET / HTTP/1.1\r\nx: " + b"a" * (4 * HEAD_BYTES), 431),
    "many small ones": (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n", 431),
    "a long URL": (b"GET /" + b"a" * 8192 + b" HTTP/1.1\r\n\r\n", 414),
    "a URL that does not end": (b"GET /" + b"a" * (4 * HEAD_BYTES), 431),
    "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "a path that is not ASCII": ("GET /webhooks/é HTTP/1.1\r\n\r\n".encode(), 400),
}


@pytest.mark.parametrize(("head", "status"), LARGE_HEADS.values(), ids=LARGE_HEADS)
@pytest.mark.parametrize("piece", [1 << 20, 1000])
async def test_too_large_or_invalid_headers_are_refused(served: Served, head: bytes, status: int, piece: int) -> None:
    async with served.connection() as raw:
        for start in range(0, len(head), piece):
            await raw.send(head[start : start + piece])
            await asyncio.sleep(0)
        found = await raw.answer()
        assert found is None or found.status in (status, 431)  # None: what we still wrote reset the connection
        assert await raw.closed()
    assert served.application.requests == 0


async def test_headers_at_the_limit_are_accepted(served: Served) -> None:
    request = b"POST /" + b"a" * 4000 + b" HTTP/1.1\r\n" + b"a: b\r\n" * 98 + b"content-length: 300000\r\n\r\n"
    assert (await served.ask(request + b"x" * 300_000)).body == b"300000"


async def test_one_byte_chunks_are_accepted_and_excessive_framing_is_refused(served: Served) -> None:
    head = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    assert (await served.ask(head + b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n")).body == b"50000"
    for around in (b"1;" + b"e" * 300_000, b"0\r\nx: " + b"t" * 300_000, b"0\r\n" + b"t: x\r\n" * 60_000):
        async with served.connection() as raw:
            await raw.send(head + around)
            found = await raw.answer()
            assert found is None or found.status == 400
            assert await raw.closed()


async def test_pipelined_requests_are_answered_in_order_up_to_a_limit(served: Served) -> None:
    async with served.connection() as raw:
        await raw.send(*(b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % n + b"x" * n for n in range(5)))
        assert [(await raw.answered()).body for _ in range(5)] == [b"0", b"1", b"2", b"3", b"4"]
    async with served.connection() as raw:
        await raw.send(b"GET /held HTTP/1.1\r\n\r\n" + GET * 5000)
        assert await raw.closed()
    assert served.application.requests < 30


async def test_rest_of_an_answered_body_is_not_awaited(served: Served) -> None:
    async with served.connection() as raw:
        await raw.send(b"POST /early HTTP/1.1\r\ncontent-length: 100000\r\n\r\n", b"x")
        assert (await raw.answered()).status == 404
        assert await raw.closed()


async def test_client_that_reads_no_responses_is_disconnected(served: Served) -> None:
    """Tens of thousands of unread answers fill all buffers; then the connection is closed."""
    raw = await served.connect()
    try:

        async def ask_on() -> None:
            while True:
                await raw.send(GET * 4)
                await asyncio.sleep(0)

        asking = asyncio.create_task(ask_on())
        await until(lambda: served.open == 1)
        await until(lambda: served.open == 0)
        asking.cancel()
    finally:
        await raw.close()


@pytest.mark.parametrize("beginning", [b"", b"GET / HT", b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nx", GET])
async def test_slow_clients_are_evicted_for_a_new_connection(beginning: bytes) -> None:
    """They are evicted long before their time-outs; those that have waited longest first."""
    async with serving(ingress_header_timeout=600, ingress_keep_alive=600) as served, AsyncExitStack() as closing:
        for _ in range(PLACES):
            raw = await closing.enter_async_context(served.connection())
            await raw.send(beginning)
        await until(lambda: served.open == PLACES)

        async with asyncio.timeout(LIMIT):
            while True:  # new connections are not evicted at once
                if (await served.ask()).status == 200:
                    break
        for _ in range(10):
            assert (await served.ask()).status == 200
        assert served.open <= PLACES


async def test_new_connection_gets_503_while_all_are_busy() -> None:
    async with serving(ingress_header_timeout=600) as served, AsyncExitStack() as closing:
        working = [await closing.enter_async_context(served.connection()) for _ in range(PLACES)]
        for raw in working:
            await raw.send(b"GET /held HTTP/1.1\r\n\r\n")
        await until(lambda: served.application.requests == PLACES)
        found = await served.ask(b"")
        assert (found.status, found.headers["retry-after"]) == (503, "1")
        assert served.open == PLACES
        served.application.hold.set()
        assert [(await raw.answered()).status for raw in working] == [200] * PLACES


async def test_application_refuses_other_methods_and_paths() -> None:
    """FastAPI answers requests outside /webhooks/, without any store."""
    async with serving() as served:
        served.server.config.loaded_app = IngressApp(None, None)  # type: ignore[arg-type]  # neither webhooks nor files
        assert (await served.ask()).status == 200
        assert (await served.ask(b"DELETE / HTTP/1.1\r\n\r\n")).status == 405
        assert (await served.ask(b"GET /admin HTTP/1.1\r\n\r\n")).status == 404


async def test_failed_connection_watch_ends_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends and is restarted, because without the watch slow clients would never be closed."""

    async def broken(*_: object) -> None:
        raise RuntimeError("the watch is broken")

    monkeypatch.setattr("shared.http.server.watch", broken)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = make_server(Application(), Settings(secrets_key=SecretStr("-"), ingress_port=port))
    async with asyncio.timeout(LIMIT):
        with pytest.raises(RuntimeError, match="the watch is broken"):
            await server.run_until(asyncio.Event())
