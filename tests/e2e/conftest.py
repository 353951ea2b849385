"""End-to-end tests: a stack of all services, Kafka, MongoDB, Redis and strict simulators of providers and vendors.

Many tests share a stack; each has its own workspaces and customers.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import pytest

from devtools.stack.supervisor import Stack
from tests.e2e.crm import Crm, run_crm
from tests.e2e.shop import PrivateData
from tests.e2e.stacks import CurrentStack, world_of
from tests.e2e.world import World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e/" in item.nodeid:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def private() -> PrivateData:
    """The private data of all tests; logs are checked for it."""
    return PrivateData()


@pytest.fixture(scope="package")
def current_stack(tmp_path_factory: pytest.TempPathFactory, private: PrivateData) -> Iterator[CurrentStack]:
    with closing(CurrentStack(tmp_path_factory, private)) as current_stack:
        yield current_stack


@pytest.fixture
def stack(current_stack: CurrentStack) -> Stack:
    """The stack of tests that stop no process."""
    env = {
        "INGRESS_REJECTS_PER_IP_PER_MINUTE": "12",
        "INGRESS_MESSAGES_PER_SENDER_PER_MINUTE": "20",
        "INGRESS_MAX_BODY_BYTES": "262144",
        "INGRESS_BODY_TIMEOUT": "2",
        "WEBHOOKS_OUT_PRIVATE": "true",  # the tests' receiver has a private address
    }
    return current_stack.get("shared", env)


@pytest.fixture
async def world(stack: Stack, private: PrivateData) -> AsyncIterator[World]:
    async with world_of(stack, private) as world:
        yield world


@pytest.fixture
async def crm() -> AsyncIterator[Crm]:
    """A receiver of webhooks out."""
    async with run_crm() as crm:
        yield crm
