"""What all tests share: the infrastructure (started once, only when a test asks for it), a clock, and a closed door.

Kafka, MongoDB and Redis are those named in the environment; otherwise the tests start their own, in a temporary
directory. Tests reach nothing but these and this machine.
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

# Also without make: every process that a test starts reads compiled modules, instead of compiling Parley anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# In CI the same examples each time, so that a change is judged by itself; elsewhere new ones, to find more.
# No deadline for one example: a machine that stands still for a moment is no fault of the code.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("local", deadline=None)
settings.register_profile("fast", deadline=None, max_examples=20)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "local"))


_SERVERS = ("KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI", "REDIS_URL")
_DATABASE = f"test_{os.getpid()}"
_indexed: set[str] = set()  # servers whose database of the tests has its indexes; they outlive its documents


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    groups.arrange(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> groups.GroupScheduling:
    return groups.scheduler(config, log)


class OutsideRefused(RuntimeError):
    """A test tried to reach another machine. Not an OSError, so that the code under test cannot take it for one."""


def _named_hosts() -> set[str]:
    """The hosts of the servers that the environment names, and their addresses."""
    hosts: set[str] = set()
    for name in _SERVERS:
        for part in filter(None, os.environ.get(name, "").split(",")):
            host = urlsplit(part if "//" in part else f"//{part}").hostname
            if host:
                hosts |= {host, *(str(found[4][0]) for found in socket.getaddrinfo(host, None))}
    return hosts


_ALLOWED = {"localhost", *_named_hosts()}


def _only_this_machine(event: str, arguments: tuple[object, ...]) -> None:
    host: object
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a Unix socket has a path instead
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host and host not in _ALLOWED and not _is_loopback(str(host)):
        raise OutsideRefused(f"tests reach only this machine, not {host}")


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


sys.addaudithook(_only_this_machine)


@dataclass(frozen=True, slots=True)
class Infra:
    """The running servers. `kafka_kind`: `apache`, `embedded` (one member per group, nothing kept) or `external`."""

    stack: Stack
    kafka: str
    kafka_kind: str
    mongodb: str
    redis: str

    def environment(self) -> dict[str, str]:
        """How a process finds them."""
        return {"KAFKA_BOOTSTRAP_SERVERS": self.kafka, "MONGODB_URI": self.mongodb, "REDIS_URL": self.redis}


@pytest.fixture(scope="session")
def infra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Infra]:
    """Kafka with all topics, MongoDB and Redis, for the whole session."""
    stack = Stack(
        dir=tmp_path_factory.mktemp("stack"),
        infra_only=True,
        expires=False,  # to the tests' clock, what to MongoDB's has had its time may be today's
        say=lambda line: print(line, file=sys.stderr),
    )
    with stack:
        found = stack.info
        asyncio.run(ensure_topics(Brokers(found["kafka"])))
        yield Infra(stack, found["kafka"], found["kafka_kind"], found["mongodb"], found["redis"])
        asyncio.run(_drop_database(found["mongodb"]))  # it may be one that the environment names


async def _drop_database(mongodb: str) -> None:
    mongo = Mongo(mongodb, _DATABASE)
    await mongo.drop()
    await mongo.close()


@pytest.fixture(scope="session")
def bootstrap(infra: Infra) -> str:
    """Where Kafka is. All tests share its topics: use a new consumer group and workspaces of your own."""
    return infra.kafka


@pytest.fixture
def mongo_driver() -> str:
    """Which MongoDB driver `mongo` uses; some of tests/repositories run over both."""
    return "motor"


@pytest.fixture
async def mongo(infra: Infra, mongo_driver: str) -> AsyncIterator[Mongo]:
    """An empty database with all indexes.

    Always the same one: MongoDB keeps the files of dropped collections open for a while, and hundreds of databases in
    a row exceed what a process may have open.
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
        pytest.fail("the tests empty the Redis database that REDIS_URL names: name one other than 0")
    redis = Redis(infra.redis)
    await redis._driver.flushdb()
    yield redis
    await redis.close()


@pytest.fixture
def clock() -> FixedClock:
    """Stands still until it is told to move."""
    return FixedClock(datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC))


@pytest.fixture(autouse=True)
def no_exporter_left() -> Iterator[None]:
    """A trace exporter that is still trying draws random numbers while a later test of Hypothesis runs."""
    yield
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("OtelBatch")]


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """One line of JSON for each record; structlog's default draws every local variable of a traceback."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=repr)]
    )
