"""A store that is gone or hangs is reported within its time limit; afterwards the same clients work again."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from pymongo import MongoClient

from shared.domain.conversation import Conversation, RecordedDecision
from shared.errors import DependencyAway
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.conftest import Infra
from tests.repositories.builders import NOW, inbound, outbound

Away = Callable[[Infra, str], AbstractContextManager[None]]
MONGO_LIMIT = 5.0 + 15.0  # a busy machine takes a while longer
REDIS_LIMIT = 1.0 + 15.0


@contextmanager
def hanging(infra: Infra, name: str) -> Iterator[None]:
    """The process is there and takes connections, but answers nothing."""
    pid = infra.stack.server(name).pid
    if pid is None:
        pytest.skip(f"{name} is named in the environment")
    os.kill(pid, signal.SIGSTOP)
    while not all(_stands_still(task) for task in Path(f"/proc/{pid}/task").iterdir()):
        time.sleep(0.01)  # the signal is on its way
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _stands_still(task: Path) -> bool:
    """Return True if a thread is stopped (state T of proc(5))."""
    return (task / "stat").read_text().rpartition(")")[2].split()[0] == "T"


@contextmanager
def gone(infra: Infra, name: str) -> Iterator[None]:
    """The process is killed, and started again afterwards."""
    if infra.stack.server(name).pid is None:
        pytest.skip(f"{name} is named in the environment")
    infra.stack.kill(name)
    try:
        yield
    finally:
        infra.stack.restart(name)


async def said_in_time(call: Callable[[], Awaitable[object]], dependency: str, limit: float) -> None:
    began = time.monotonic()
    with pytest.raises(DependencyAway, match=dependency):
        await call()
    assert time.monotonic() - began < limit


def of_mongo(mongo: Mongo) -> list[Callable[[], Awaitable[object]]]:
    """A call of each kind of operation."""
    conversation = Conversation(
        id="c1", workspace="acme", channel="main", provider="meta", customer_id="u1", address="234803", version=1
    )
    decision = RecordedDecision(cause="meta:1", turn=1, decision="faq")
    conversations, messages = Conversations(mongo, "acme"), InboundMessages(mongo, "acme")
    return [
        mongo.ping,
        lambda: conversations.load("c1", "meta:1"),
        lambda: conversations.save(conversation, 0, decision),
        lambda: conversations.save(conversation, 1, decision),
        lambda: messages.last_messages("c1", up_to_turn=1, limit=5),
        lambda: messages.add(inbound(), turn=1, decision="faq", routed_at=NOW),
        lambda: Customers(mongo, "acme").record_contact("u1", inbound(), NOW),
        lambda: OutboundMessages(mongo, "acme").claim(outbound(), "a", NOW),
    ]


def of_redis(redis: Redis) -> list[Callable[[], Awaitable[object]]]:
    return [
        redis.ping,
        lambda: redis.get("k"),
        lambda: redis.put("k", b"v", 10),
        lambda: redis.claim("k", b"v", 10, look_at="l"),
        lambda: redis.delete("k"),
        lambda: redis.add_many({"k": 1, "l": 2}, 10),
    ]


@pytest.mark.parametrize("how", [gone, hanging])
async def test_unreachable_mongodb_is_reported_in_time(infra: Infra, mongo: Mongo, how: Away) -> None:
    """Every operation, all at once; afterwards the same client works again."""
    await mongo.ping()
    with how(infra, "mongodb"):
        await asyncio.gather(*(said_in_time(call, "mongodb", MONGO_LIMIT) for call in of_mongo(mongo)))
    await InboundMessages(mongo, "acme").add(inbound(), turn=1, decision="faq", routed_at=NOW)
    assert await InboundMessages(mongo, "acme").is_stored(inbound().id)


async def test_recovered_mongodb_does_not_use_the_system_clock(infra: Infra, mongo: Mongo) -> None:
    """Documents that are old by the machine's clock stay, or a later test misses those it wrote a minute ago."""
    with gone(infra, "mongodb"):
        pass
    with MongoClient[dict[str, bool]](infra.mongodb) as client:
        assert not client.admin.command({"getParameter": 1, "ttlMonitorEnabled": 1})["ttlMonitorEnabled"]


@pytest.mark.parametrize("how", [gone, hanging])
async def test_unreachable_redis_is_reported_in_time(infra: Infra, redis: Redis, how: Away) -> None:
    await redis.ping()
    with how(infra, "redis"):
        await asyncio.gather(*(said_in_time(call, "redis", REDIS_LIMIT) for call in of_redis(redis)))
    await redis.put("k", b"v", 10)
    assert await redis.get("k") == b"v"


async def test_redis_operation_raises_dependency_away(redis: Redis) -> None:
    assert await redis.add_many({}, 10) == {}
    assert await redis.claim("claim", b"me", 10, look_at="v") == (None, None)
    await redis.put("v", b"kept", 10)
    assert await redis.claim("claim", b"you", 10, look_at="v") == (b"me", b"kept")
    assert await redis.add_many({"a": 2, "b": 1}, 10) == {"a": 2, "b": 1}
    assert await redis.add_many({"a": 1}, 10) == {"a": 3}
    await redis.put("v", b"\x00\xff", 10)
    assert (await redis.get("v"), await redis.get("none")) == (b"\x00\xff", None)
    await redis.delete("v", "none")
    await redis.delete()
    assert await redis.get("v") is None
