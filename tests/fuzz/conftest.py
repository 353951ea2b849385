"""The ingress that is fuzzed."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.conftest import Infra
from tests.fuzz.examples import PUBLIC
from tests.security.endpoint import IngressProcess, drop_database, running


@pytest.fixture(scope="package")
def ingress(infra: Infra, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IngressProcess]:
    """Short time-outs, and limits that requests of a fuzzer reach."""
    timings = {"INGRESS_HEADER_TIMEOUT": "1", "INGRESS_BODY_TIMEOUT": "1", "PUBLIC_BASE_URL": PUBLIC}
    with running(infra, tmp_path_factory.mktemp("fuzzed"), **timings) as ingress:
        yield ingress
        asyncio.run(drop_database(ingress)())
