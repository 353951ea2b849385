"""Whole stacks: real processes, real Kafka, MongoDB and Redis, and strict simulators as the outside.

A stack serves many tests, each with workspaces and customers of its own.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest

from devtools.stack.errors import StackError
from devtools.stack.supervisor import Stack
from tests.e2e.shop import Said
from tests.e2e.stacks import started, world_of
from tests.e2e.world import World


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
    env = {
        "INGRESS_REJECTS_PER_IP_PER_MINUTE": "12",
        "INGRESS_MESSAGES_PER_SENDER_PER_MINUTE": "20",
        "INGRESS_MAX_BODY_BYTES": "262144",
        "INGRESS_BODY_TIMEOUT": "2",
        "WEBHOOKS_OUT_PRIVATE": "true",  # the tests' own receiver is on this machine
    }
    with started(tmp_path_factory.mktemp("shared"), said, env) as stack:
        yield stack


@pytest.fixture(scope="package")
def restarting(tmp_path_factory: pytest.TempPathFactory, said: Said) -> Iterator[Stack]:
    """A stack that starts dead services again, as Kubernetes would. The in-doubt grace leaves room for a restart."""
    env = {"IN_DOUBT_GRACE": "6", "INGRESS_REJECTS_PER_IP_PER_MINUTE": "0"}
    with started(tmp_path_factory.mktemp("restarting"), said, env, restart=True) as stack:
        yield stack


@pytest.fixture(scope="package")
def pairs(tmp_path_factory: pytest.TempPathFactory, said: Said) -> Iterator[Stack]:
    """A stack with two replicas of router, ai and delivery; a dead one stays dead until a test starts it again."""
    env = {"IN_DOUBT_GRACE": "8"}
    replicas = dict.fromkeys(("router", "ai", "delivery"), 2)
    with ExitStack() as closing:
        try:
            stack = closing.enter_context(started(tmp_path_factory.mktemp("pairs"), said, env, replicas=replicas))
        except StackError as error:
            if "embedded" in str(error):
                pytest.skip(f"two replicas need Apache Kafka: {error}")
            raise
        yield stack


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
