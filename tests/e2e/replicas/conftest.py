"""A stack with two replicas of router, ai and delivery, and a console, without automatic restarts."""

import pytest

from devtools.stack.errors import StackError
from devtools.stack.supervisor import Stack
from tests.e2e.stacks import CurrentStack


@pytest.fixture
def stack(current_stack: CurrentStack) -> Stack:
    replicas = {**dict.fromkeys(("router", "ai", "delivery"), 2), "console": 1}
    try:
        return current_stack.get("replicas", {"IN_DOUBT_GRACE": "8"}, replicas=replicas)
    except StackError as error:
        if "embedded" in str(error):
            pytest.skip(f"two replicas need Apache Kafka: {error}")
        raise
