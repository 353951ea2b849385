"""A stack that restarts services that exit, as Kubernetes would."""

import pytest

from devtools.stack.supervisor import Stack
from tests.e2e.stacks import CurrentStack


@pytest.fixture
def stack(current_stack: CurrentStack) -> Stack:
    """The in-doubt grace is longer than a restart."""
    env = {"IN_DOUBT_GRACE": "6", "INGRESS_REJECTS_PER_IP_PER_MINUTE": "0"}
    return current_stack.get("restarts", env, restart=True)
