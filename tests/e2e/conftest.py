"""End-to-end tests: a stack of all services, Kafka, MongoDB, Redis and strict simulators of providers and vendors.

Many tests share a stack; each has its own workspaces and customers.
"""

from collections.abc import AsyncIterator

import pytest

from devtools.stack.supervisor import Stack
from tests.e2e.crm import Crm, run_crm
from tests.e2e.fixtures import current_stack, private, world
from tests.e2e.stacks import CurrentStack

__all__ = ["current_stack", "private", "world"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e/" in item.nodeid:
            item.add_marker(pytest.mark.e2e)


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
async def crm() -> AsyncIterator[Crm]:
    """A receiver of webhooks out."""
    async with run_crm() as crm:
        yield crm
