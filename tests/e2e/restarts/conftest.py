"""A stack that starts dead services again, as Kubernetes would."""

import pytest

from devtools.stack.supervisor import Stack
from tests.e2e.stacks import OneStack


@pytest.fixture
def stack(one_stack: OneStack) -> Stack:
    """The in-doubt grace leaves room for a restart."""
    env = {"IN_DOUBT_GRACE": "6", "INGRESS_REJECTS_PER_IP_PER_MINUTE": "0"}
    return one_stack.get("restarts", env, restart=True)
