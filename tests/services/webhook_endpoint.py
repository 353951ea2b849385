"""A workspace's system that receives webhooks out: a real HTTP server."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Endpoint:
    """A real HTTP server. status: of its responses; 0: it closes the connection. statuses: instead, one for each
    request. answers: how many more requests it answers; None: all.
    """

    url: str = ""
    status: int = 200
    statuses: Iterator[int] = field(default_factory=lambda: iter(()))
    answers: asyncio.Semaphore | None = None
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        async with self.arrived:
            self.requests.append((dict(request.headers), body))
            self.arrived.notify_all()
        if self.answers is not None:
            await self.answers.acquire()
        status = next(self.statuses, self.status)
        if status == 0:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=status or 200, headers={"Location": self.url}, body=b"x" * 100_000)

    async def requested(self, count: int) -> None:
        """Wait until there are so many requests."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self.requests) >= count)

    @property
    def event_ids(self) -> list[str]:
        return [json.loads(body)["event_id"] for _, body in self.requests]


@asynccontextmanager
async def served_endpoint() -> AsyncIterator[Endpoint]:
    """Yield an endpoint that a server on a free port has."""
    it = Endpoint()
    app = web.Application()
    app.router.add_post("/hook", it.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    it.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield it
    await runner.cleanup()
