"""Fixtures for limits, breakers and budgets, which need a Redis or an unavailable one. Pure logic needs none."""

import socket
from collections.abc import AsyncIterator

import pytest

from shared.storage.redis import Redis
from tests.conftest import Infra


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
