"""Pure logic needs nothing; limits need a Redis."""

import pytest

from tests.conftest import Infra


@pytest.fixture
def infra_url(infra: Infra) -> str:
    """Where Redis is."""
    return infra.redis
