"""Fixtures: an ingress process and, for stored secrets, a whole stack."""

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
def ingress(infra: Infra, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IngressProcess]:
    """An ingress with few connections."""
    limits = {
        "INGRESS_HEADER_TIMEOUT": str(HEADER_TIMEOUT),
        "INGRESS_MAX_CONNECTIONS": str(PLACES),
        "INGRESS_MAX_BUFFERED_BYTES": str(32 << 20),
    }
    with running(infra, tmp_path_factory.mktemp("ingress"), **limits) as ingress:
        yield ingress
        asyncio.run(drop_database(ingress)())


@pytest.fixture
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A fresh stack."""
    private = PrivateData()
    with started(tmp_path_factory.mktemp("stored"), private, {}) as stack:
        async with world_of(stack, private) as world:
            yield world
