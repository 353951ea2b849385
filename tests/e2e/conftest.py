"""Whole stacks: real processes, real Kafka, MongoDB and Redis, and strict simulators as the outside.

A stack serves many tests, each with workspaces and customers of its own.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from devtools.stack.errors import StackError
from devtools.stack.supervisor import Stack
from shared.repositories.mongo import Mongo
from shared.repositories.redis import Redis
from tests.e2e.world import TIMINGS, Said, World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e/" in item.nodeid:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def said() -> Said:
    """Collected by all tests, looked for in all logs."""
    return Said()


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory, said: Said) -> Iterator[Stack]:
    """The stack for everything that ends no process."""
    env = TIMINGS | {
        "INGRESS_REJECTS_PER_IP_PER_MINUTE": "12",
        "INGRESS_MESSAGES_PER_SENDER_PER_MINUTE": "20",
        "INGRESS_MAX_BODY_BYTES": "262144",
        "INGRESS_BODY_TIMEOUT": "2",
        "WEBHOOKS_OUT_PRIVATE": "true",  # the tests' own receiver is on this machine
    }
    with Stack(dir=tmp_path_factory.mktemp("shared"), fresh=True, env=env) as stack:
        said.logs.append(Path(stack.info["logs"]))
        yield stack


@pytest.fixture(scope="package")
def restarting(tmp_path_factory: pytest.TempPathFactory, said: Said) -> Iterator[Stack]:
    """A stack that starts dead services again, as Kubernetes would. The in-doubt grace leaves room for a restart."""
    env = TIMINGS | {"IN_DOUBT_GRACE": "6", "INGRESS_REJECTS_PER_IP_PER_MINUTE": "0"}
    with Stack(dir=tmp_path_factory.mktemp("restarting"), fresh=True, env=env, restart=True) as stack:
        said.logs.append(Path(stack.info["logs"]))
        yield stack


@pytest.fixture(scope="package")
def pairs(tmp_path_factory: pytest.TempPathFactory, said: Said) -> Iterator[Stack]:
    """A stack with two replicas of router, ai and delivery; a dead one stays dead until a test starts it again."""
    env = TIMINGS | {"IN_DOUBT_GRACE": "8"}
    replicas = dict.fromkeys(("router", "ai", "delivery"), 2)
    stack = Stack(dir=tmp_path_factory.mktemp("pairs"), fresh=True, env=env, replicas=replicas)
    try:
        stack.start()
    except StackError as error:
        if "embedded" in str(error):
            pytest.skip(f"two replicas need Apache Kafka: {error}")
        raise
    said.logs.append(Path(stack.info["logs"]))
    yield stack
    stack.stop()


@asynccontextmanager
async def world_of(stack: Stack, said: Said) -> AsyncIterator[World]:
    """A test's view of a stack."""
    mongo = Mongo(stack.info["mongodb"], stack.info["mongodb_database"])
    redis = Redis(stack.info["redis"])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        try:
            yield World(stack, http, mongo, redis, said)
        finally:
            await redis.close()
            await mongo.close()


@pytest.fixture
async def world(stack: Stack, said: Said) -> AsyncIterator[World]:
    async with world_of(stack, said) as world:
        yield world


@pytest.fixture
async def pair_world(pairs: Stack, said: Said) -> AsyncIterator[World]:
    async with world_of(pairs, said) as world:
        yield world


@pytest.fixture
async def restarting_world(restarting: Stack, said: Said) -> AsyncIterator[World]:
    async with world_of(restarting, said) as world:
        yield world
