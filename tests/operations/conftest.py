"""One stack for an operator's year, with Apache Kafka, that restarts what ends. Its console does not run."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from devtools.stack.supervisor import Stack
from tests.e2e.shop import PrivateData
from tests.e2e.stacks import started, world_of
from tests.e2e.world import World
from tests.operations.documented import Operator
from tests.operations.load import PATIENCE, PATIENT_DELIVERY

EVERYTHING = "OPERATORS_YEAR"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/operations/" in item.nodeid and "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture
def on_demand() -> None:
    """Skip a step that takes minutes or the machine's disks, unless it is asked for."""
    if not os.environ.get(EVERYTHING):
        pytest.skip(f"NOT CHECKED: slow; run it with {EVERYTHING}=1")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    # The logs are not checked: outages are logged as what they are.
    with started(tmp_path_factory.mktemp("year"), None, PATIENT_DELIVERY, restart=True) as stack:
        if stack.info["kafka_kind"] != "apache":
            pytest.skip("NOT CHECKED: only Apache Kafka, started by the tests, can be restarted and resized")
        yield stack


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with world_of(stack, PrivateData()) as world:
        await world.wait_ready("ingress", "router", "ai", "delivery", within=PATIENCE)
        yield world


@pytest.fixture
def operator(stack: Stack) -> Operator:
    return Operator(Path(stack.info["logs"]).parent)
