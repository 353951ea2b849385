"""A simulated CRM that receives webhooks out."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.e2e.shop import Shop
from tests.e2e.world import World

SECRET = "crm-secret-of-the-tests"


@dataclass
class Crm:
    """A receiver of webhooks out. status: the HTTP status that it returns for a body."""

    url: str = ""
    status: Callable[[dict[str, Any]], int] = lambda _: 200
    calls: list[tuple[web.Request, bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.calls.append((request, body))
        status = self.status(json.loads(body))
        return web.Response(status=status, headers={"Location": self.url} if status == 302 else {})

    def events_received(self, kind: str = "") -> list[dict[str, Any]]:
        return [event for event in (json.loads(body) for _, body in self.calls) if kind in ("", event["type"])]


@asynccontextmanager
async def run_crm() -> AsyncIterator[Crm]:
    """Run a receiver until the end of the block."""
    crm = Crm()
    app = web.Application()
    app.router.add_post("/hook", crm.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.addresses
    crm.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield crm
    await runner.cleanup()


async def shop_with_webhook(world: World, crm: Crm, *events: str) -> Shop:
    world.private.tokens.add(SECRET)
    webhook = {"id": "crm", "url": crm.url, "secret": SECRET, "events": list(events)}
    return await world.shop(profile={"webhooks": [webhook]})
