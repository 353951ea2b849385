"""Presence between two replicas, over the publish and subscribe of a real Redis."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from devtools.bench.console.live_replica import LiveReplica
from devtools.bench.console.live_traffic import LiveTraffic
from services.console.authenticator import Membership
from services.console.rights import Role
from shared.kafka.producer import KafkaProducer
from shared.storage.mongo import Mongo
from shared.storage.redis_pubsub import RedisChannels
from tests.conftest import Infra
from tests.console.test_live_socket import WORKSPACE, Browser, PeopleByCookie, browser_of

ANN, BOB = ({"kind": "member", "id": name, "name": name.title()} for name in ("ann", "bob"))


@pytest.fixture
async def replicas(infra: Infra, mongo: Mongo, producer: KafkaProducer) -> AsyncIterator[list[LiveReplica]]:
    people = PeopleByCookie()
    people.members["bob"] = Membership(role=Role.AGENT)
    async with AsyncExitStack() as closing:
        made = []
        for name in ("console-0", "console-1"):
            channels = RedisChannels(infra.redis, client="presence-test")
            closing.push_async_callback(channels.close)
            more: dict[str, Any] = {"authenticator": people, "recheck": people.recheck, "channels": channels}
            replica = LiveReplica(infra.kafka, mongo, infra.redis, producer, name=name, **more)
            await replica.start()
            closing.push_async_callback(replica.stop)
            made.append(replica)
        yield made


async def _next(browser: Browser, type_: str, *who: dict[str, str]) -> None:
    """Wait for the frame that names exactly these members."""
    while True:
        found = (await browser.next(type_))["data"]["who"]
        if sorted(found, key=str) == sorted(who, key=str):
            return


async def test_members_of_two_replicas_see_each_other(
    replicas: list[LiveReplica], mongo: Mongo, producer: KafkaProducer
) -> None:
    traffic = LiveTraffic(mongo, producer, WORKSPACE, conversations=1)
    await traffic.begin()
    (conversation,) = traffic.states
    here, there = replicas
    async with browser_of(here) as ann:
        await ann.say("hello", open=[conversation])
        async with browser_of(there, "bob") as bob:
            await bob.say("hello", open=[conversation])
            await _next(ann, "viewing", ANN, BOB)
            await _next(bob, "viewing", ANN, BOB)
            await ann.say("typing", conversation=conversation)
            assert (await bob.next("typing:start"))["data"]["who"] == ANN
        await _next(ann, "viewing", ANN)
