"""Redis, an unreachable Redis, and a router with the senders' lookup of ingress."""

import socket
from collections.abc import AsyncIterator

import pytest

from shared.clock import FixedClock
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.conftest import Infra
from tests.services.builders import FAQS
from tests.services.identity_builders import IngressAndRouter
from tests.services.webhook_endpoint import Endpoint, served_endpoint
from tests.services.webhook_parts import Out, webhook_parts


@pytest.fixture
def infra_url(infra: Infra) -> str:
    """Return the URL of Redis."""
    return infra.redis


@pytest.fixture
async def port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    return number


@pytest.fixture
async def nowhere(port: int) -> AsyncIterator[Redis]:
    """Yield a Redis client whose connections are refused."""
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
    async with served_endpoint() as it:
        yield it


@pytest.fixture
async def out(
    mongo: Mongo, redis: Redis, bootstrap: str, clock: FixedClock, endpoint: Endpoint, request: pytest.FixtureRequest
) -> AsyncIterator[Out]:
    """All parts of webhooks out, with a workspace of the test's own: Kafka keeps the records of other tests."""
    name = f"out-{abs(hash(request.node.name)) % 10**9}"
    async with webhook_parts(mongo, redis, bootstrap, clock, endpoint, name) as parts:
        yield parts
