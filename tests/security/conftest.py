"""The edge and, for what is stored, a whole stack of this folder's own."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.conftest import Infra
from tests.e2e.shop import PrivateData
from tests.e2e.stacks import started, world_of
from tests.e2e.world import World
from tests.security.endpoint import IngressProcess, drop_database, running

HEADER_TIMEOUT, PLACES = 2, 40


@pytest.fixture(scope="package")
def edge(infra: Infra, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IngressProcess]:
    """An ingress with few places."""
    limits = {
        "INGRESS_HEADER_TIMEOUT": str(HEADER_TIMEOUT),
        "INGRESS_MAX_CONNECTIONS": str(PLACES),
        "INGRESS_MAX_BUFFERED_BYTES": str(32 << 20),
    }
    with running(infra, tmp_path_factory.mktemp("edge"), **limits) as edge:
        yield edge
        asyncio.run(drop_database(edge)())


@pytest.fixture
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A stack in which nothing else has happened."""
    private = PrivateData()
    with started(tmp_path_factory.mktemp("stored"), private, {}) as stack:
        async with world_of(stack, private) as world:
            yield world
