"""The repositories' tests run over both MongoDB drivers."""

import pytest


@pytest.fixture(params=["motor", "pymongo"])
def mongo_driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)
