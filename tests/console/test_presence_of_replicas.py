"""Presence between two replicas, over the publish and subscribe of a real Redis."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest

from devtools.bench.console.live_replica import LiveReplica
from devtools.bench.console.live_traffic import LiveTraffic
from services.console.authenticator import Membership
from services.console.rights import Role
from shared.clock import SystemClock
from shared.crypto import Secrets
from shared.kafka.producer import KafkaProducer
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.storage.redis_pubsub import RedisChannels
from tests.conftest import Infra
from tests.console.live_browser import WORKSPACE, Browser, PeopleByCookie, browser_of
from tests.repositories.builders import workspace_file

ANN, BOB = ({"kind": "member", "id": name, "name": name.title()} for name in ("ann", "bob"))


@pytest.fixture
def people() -> PeopleByCookie:
    made = PeopleByCookie()
    made.members["bob"] = Membership(role=Role.AGENT)
    return made


@pytest.fixture
async def replicas(
    infra: Infra, mongo: Mongo, producer: KafkaProducer, people: PeopleByCookie
) -> AsyncIterator[list[LiveReplica]]:
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


FLOW = """flow: hello
triggers: {keywords: [hello]}
steps:
  bye:
    end: "Thanks"
"""


async def test_edit_of_a_draft_reaches_a_colleague_at_another_replica(
    replicas: list[LiveReplica], people: PeopleByCookie, mongo: Mongo, infra: Infra
) -> None:
    people.members["ann"] = Membership(role=Role.ADMIN)
    redis = Redis(infra.redis)
    await WorkspaceEditor(mongo, redis, Secrets({"k1": bytes(32)}), SystemClock()).apply(workspace_file())
    await redis.close()
    here, there = replicas
    async with browser_of(here) as ann, browser_of(there, "bob") as bob:
        await bob.say("hello", see=["flow:hello"])
        await _next(bob, "flow:viewing", BOB)
        await ann.say("hello", see=[])
        await ann.say("see", see=["flow:hello"])
        await _next(bob, "flow:viewing", ANN, BOB)
        origin = f"http://127.0.0.1:{here.port}"
        headers = {"Origin": origin, "Cookie": "person=ann", "X-Parley": "1"}
        async with httpx2.AsyncClient(headers=headers, base_url=f"{origin}/api/v1/workspaces/{WORKSPACE}/") as http:
            draft = (await http.put("flows/hello/draft", json={"source": FLOW})).raise_for_status().json()
            shown = (await bob.next("flow:draft"))["data"]
            assert (shown["flow"], shown["change"], shown["digest"]) == ("hello", "edited", draft["digest"])
            assert (shown["by"], shown["at"]) == (ANN, draft["at"])
            assert (await ann.next("flow:draft"))["data"] == shown
            (await http.delete("flows/hello/draft")).raise_for_status()
            shown = (await bob.next("flow:draft"))["data"]
            assert (shown["change"], shown["digest"]) == ("discarded", None)
        await ann.say("see", see=[])
        await _next(bob, "flow:viewing", BOB)
