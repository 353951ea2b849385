"""Redis, an unreachable Redis, and a router with the senders' lookup of ingress."""

import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.conftest import Infra
from tests.services.builders import FAQS
from tests.services.identity_builders import IngressAndRouter
from tests.services.webhook_endpoint import Endpoint


@pytest.fixture
def infra_url(infra: Infra) -> str:
    """Return the URL of Redis."""
    return infra.redis


@pytest.fixture
async def nowhere() -> AsyncIterator[Redis]:
    """Yield a Redis client whose connections are refused."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    redis = Redis(f"redis://127.0.0.1:{port}/0")
    yield redis
    await redis.close()


@pytest.fixture
async def business(mongo: Mongo) -> IngressAndRouter:
    await mongo.collection("workspaces").insert(
        {"_id": "acme", "workspace": "acme", "name": "Acme", "faqs": FAQS, "channels": [], "revision": 1}
    )
    return IngressAndRouter(mongo)


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    it = Endpoint()
    app = web.Application()
    app.router.add_post("/hook", it.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    it.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield it
    await runner.cleanup()
