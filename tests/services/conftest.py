"""Pure logic needs nothing; limits, breakers and budgets need a Redis, or one that is away."""

import socket
from collections.abc import AsyncIterator

import pytest

from shared.storage.redis import Redis
from tests.conftest import Infra


@pytest.fixture
def infra_url(infra: Infra) -> str:
    """Where Redis is."""
    return infra.redis


@pytest.fixture
async def nowhere() -> AsyncIterator[Redis]:
    """A Redis that refuses connections."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    redis = Redis(f"redis://127.0.0.1:{port}/0")
    yield redis
    await redis.close()
