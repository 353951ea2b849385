"""Fixtures of tests in front of a stack of all services: end-to-end tests, and those in a browser."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import pytest

from devtools.stack.supervisor import Stack
from tests.e2e.shop import PrivateData
from tests.e2e.stacks import CurrentStack, world_of
from tests.e2e.world import World


@pytest.fixture(scope="session")
def private() -> PrivateData:
    """The private data of all tests; logs are checked for it."""
    return PrivateData()


@pytest.fixture(scope="package")
def current_stack(tmp_path_factory: pytest.TempPathFactory, private: PrivateData) -> Iterator[CurrentStack]:
    """The stack that runs; a test that needs another one stops it."""
    with closing(CurrentStack(tmp_path_factory, private)) as current_stack:
        yield current_stack


@pytest.fixture
async def world(stack: Stack, private: PrivateData) -> AsyncIterator[World]:
    """Clients to the stack that the folder's `stack` fixture names."""
    async with world_of(stack, private) as world:
        yield world
