"""Fixtures for all tests: servers (started once, on first use), a clock, and a block of external connections.

Kafka, MongoDB and Redis are those named in the environment; otherwise the tests start their own in a temporary
directory. Tests can connect only to these and to this machine.
"""

import asyncio
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import pytest
import structlog
from hypothesis import settings

from devtools.stack.supervisor import Stack
from shared.clock import FixedClock
from shared.kafka.admin import ensure_topics
from shared.kafka.brokers import Brokers
from shared.maintenance.indexes import ensure_indexes
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests import groups
from tests.browser.second_try import second_tries

# Processes started by tests shall use compiled modules instead of compiling Parley each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# In CI the examples are the same in each run, so that results depend only on the change; elsewhere they are random.
# Examples have no deadline: the machine may be busy.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("local", deadline=None)
settings.register_profile("fast", deadline=None, max_examples=20)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "local"))


_SERVERS = ("KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI", "REDIS_URL")
_DATABASE = f"test_{os.getpid()}"
_indexed: set[str] = set()  # servers whose test database has its indexes; emptying it keeps them


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    groups.mark_and_sort(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> groups.GroupScheduling:
    return groups.scheduler(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for found in terminalreporter.stats.values() for report in found]
    second_tries(reports, terminalreporter.write_line)


class ExternalConnectionBlocked(RuntimeError):
    """Raised when a test connects to another machine. Not an OSError, so that the tested code does not handle it."""


def _configured_hosts() -> set[str]:
    """Return the hosts of the servers named in the environment, and their addresses."""
    hosts: set[str] = set()
    for name in _SERVERS:
        for part in filter(None, os.environ.get(name, "").split(",")):
            host = urlsplit(part if "//" in part else f"//{part}").hostname
            if host:
                hosts |= {host, *(str(found[4][0]) for found in socket.getaddrinfo(host, None))}
    return hosts


_ALLOWED_HOSTS = {"localhost", *_configured_hosts()}


def _block_external_connections(event: str, arguments: tuple[object, ...]) -> None:
    host: object
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # Unix sockets have a path
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host and host not in _ALLOWED_HOSTS and not _is_loopback(str(host)):
        raise ExternalConnectionBlocked(f"tests may connect only to this machine, not to {host}")


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


sys.addaudithook(_block_external_connections)


@dataclass(frozen=True, slots=True)
class Infra:
    """The running servers. `kafka_kind`: `apache`, `embedded` (one member per group, in memory) or `external`."""

    stack: Stack
    kafka: str
    kafka_kind: str
    mongodb: str
    redis: str

    def environment(self) -> dict[str, str]:
        """Return the settings by which a process connects to the servers."""
        return {"KAFKA_BOOTSTRAP_SERVERS": self.kafka, "MONGODB_URI": self.mongodb, "REDIS_URL": self.redis}


@pytest.fixture(scope="session")
def infra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Infra]:
    """Kafka with all topics, MongoDB and Redis, for the whole session."""
    stack = Stack(
        dir=tmp_path_factory.mktemp("stack"),
        infra_only=True,
        ttl_monitor=False,  # the tests' clock is behind MongoDB's, which would delete their documents
        report=lambda line: print(line, file=sys.stderr),
    )
    with stack:
        found = stack.info
        asyncio.run(ensure_topics(Brokers(found["kafka"])))
        yield Infra(stack, found["kafka"], found["kafka_kind"], found["mongodb"], found["redis"])
        asyncio.run(_drop_database(found["mongodb"]))  # the server may outlive the tests


async def _drop_database(mongodb: str) -> None:
    mongo = Mongo(mongodb, _DATABASE)
    await mongo.drop()
    await mongo.close()


@pytest.fixture(scope="session")
def bootstrap(infra: Infra) -> str:
    """Kafka's address. All tests share its topics: use a new consumer group and new workspaces."""
    return infra.kafka


@pytest.fixture
def mongo_driver() -> str:
    """The MongoDB driver of `mongo`; some of tests/repositories run with both drivers."""
    return "motor"


@pytest.fixture
async def mongo(infra: Infra, mongo_driver: str) -> AsyncIterator[Mongo]:
    """An empty database with all indexes.

    It is reused: MongoDB keeps the files of dropped collections open for a while, and hundreds of new databases would
    exceed the limit of open files.
    """
    mongo = Mongo(infra.mongodb, _DATABASE, mongo_driver)
    if infra.mongodb not in _indexed:
        await ensure_indexes(mongo)
        _indexed.add(infra.mongodb)
    await mongo.empty()
    yield mongo
    await mongo.close()


@pytest.fixture
async def redis(infra: Infra) -> AsyncIterator[Redis]:
    """An empty Redis."""
    if os.environ.get("REDIS_URL") and urlsplit(infra.redis).path in ("", "/", "/0"):
        pytest.fail("the tests empty the Redis database of REDIS_URL: use another one than 0")
    redis = Redis(infra.redis)
    await redis._driver.flushdb()
    yield redis
    await redis.close()


@pytest.fixture
def clock() -> FixedClock:
    """A clock that moves only when a test moves it."""
    return FixedClock(datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC))


@pytest.fixture(autouse=True)
def no_exporter_left() -> Iterator[None]:
    """Fail if a trace exporter still runs: its random numbers would disturb later Hypothesis tests."""
    yield
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("OtelBatch")]


@pytest.fixture(autouse=True)
def logging_restored() -> Iterator[None]:
    """Undo what a command configures in this process: its streams are closed when its test ends."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session", autouse=True)
def json_logs() -> None:
    """Log one line of JSON per event; structlog's default prints all local variables of a traceback."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=repr)]
    )
