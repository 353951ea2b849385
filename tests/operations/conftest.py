"""One stack for an operator's year, with Apache Kafka, that restarts what ends. Its console does not run."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from devtools.stack.supervisor import Stack
from shared.clock import SystemClock
from tests.e2e.shop import PrivateData
from tests.e2e.stacks import started, world_of
from tests.e2e.world import World
from tests.operations.documented import Operator
from tests.operations.load import PATIENCE, PATIENT_DELIVERY
from tests.operations.year_record import Step, add_to_record

EVERYTHING = "OPERATORS_YEAR"
_passed: dict[str, Step] = {}


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Note a step that passed."""
    fixtures = getattr(item, "fixturenames", ())
    is_step = "tests/operations/" in item.nodeid and ("stack" in fixtures or "on_demand" in fixtures)
    if is_step and call.when == "call" and call.excinfo is None:
        name = item.name.removeprefix("test_")
        _passed[name] = Step(f"{SystemClock().now():%Y-%m-%d}", round(call.duration), "on_demand" in fixtures)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get(EVERYTHING) and _passed and not hasattr(session.config, "workerinput"):
        add_to_record(_passed)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/operations/" in item.nodeid and "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture
def on_demand() -> None:
    """Skip a step that takes minutes or the machine's disks, unless it is asked for."""
    if not os.environ.get(EVERYTHING):
        pytest.skip("NOT CHECKED: slow; run make operators-year")


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
