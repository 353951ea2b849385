"""A fake provider on a port of its own, with configurable answers, that records its requests."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Answerer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class FakeProvider:
    """A provider's API whose answers a test decides. answer: builds the responses. requests: received ones, oldest
    first.
    """

    url: str = ""
    answer: Answerer = field(default=lambda _: json_answer(200, "{}"))
    requests: list[Received] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(Received(request.path, dict(request.headers), await request.read()))
        return await self.answer(request)


@asynccontextmanager
async def running(tls: ssl.SSLContext | None = None) -> AsyncIterator[FakeProvider]:
    provider = FakeProvider()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", provider.handle)
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    host, port = runner.addresses[0][:2]
    provider.url = f"{'https' if tls else 'http'}://{host}:{port}"
    try:
        yield provider
    finally:
        await runner.cleanup()


async def json_answer(status: int, body: str, **headers: str) -> web.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, text=body, content_type="application/json", headers=names)


def always(status: int, body: str, **headers: str) -> Answerer:
    return lambda _: json_answer(status, body, **headers)


async def silence(_: web.Request) -> web.StreamResponse:
    """Never answer the request."""
    await asyncio.sleep(30)
    raise AssertionError("the test should have ended before")


async def hang_up(request: web.Request) -> web.StreamResponse:
    """Close the connection without an answer."""
    assert request.transport is not None
    request.transport.abort()
    await asyncio.sleep(0)
    return web.Response()


async def half_an_answer(request: web.Request) -> web.StreamResponse:
    """Close the connection in the middle of the answer."""
    response = web.StreamResponse(status=200, headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"messages": [')
    assert request.transport is not None
    request.transport.abort()
    return response


async def endless(request: web.Request) -> web.StreamResponse:
    """Send an endless answer."""
    response = web.StreamResponse(status=200)
    await response.prepare(request)
    try:
        for _ in range(64):
            await response.write(b" " * 65536)
    except ConnectionError:
        pass
    return response
