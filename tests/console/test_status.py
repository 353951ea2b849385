"""The status of the system by the API: real lags, an unreachable Kafka, and no other workspace's things."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from services.console.parts import Parts
from shared.clock import FixedClock
from shared.domain.model_vendors import breaker_key, breaker_name
from shared.errors import DependencyAway
from shared.kafka.brokers import Brokers
from shared.kafka.lag.meter import LagMeter
from shared.kafka.lag.on_request import LagOnRequest
from shared.messages.inbound import Provider, ProviderError
from shared.providers.port import Channel
from shared.repositories import channel_states
from shared.repositories.channel_states import ChannelStates
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import OutboundState
from shared.storage.mongo import Mongo
from shared.topics import GROUP_TOPICS
from tests.console.accounts import Accounts
from tests.console.console import Console, make_console, problem
from tests.console.routed import WORKSPACE
from tests.repositories.builders import NOW, outbound

_NOWHERE = "127.0.0.1:1"


@pytest.fixture
def kafka(bootstrap: str) -> str:
    return bootstrap


@pytest.fixture
async def console(
    parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack, kafka: str
) -> AsyncIterator[Console]:
    lag = LagOnRequest(LagMeter(Brokers(kafka), GROUP_TOPICS, clock), clock)
    yield make_console(replace(parts, lag=lag), accounts, clock, closing)
    await lag.close()


async def test_backlogs_of_all_groups_are_shown(console: Console, clock: FixedClock) -> None:
    admin = console.client("admin")
    async with asyncio.timeout(30):
        while (found := (await admin.get("status")).json())["away"]:  # a new Kafka has no coordinator yet
            clock.advance(5)
            await asyncio.sleep(0.1)
    expected = sorted((group, topic) for group, topics in GROUP_TOPICS.items() for topic in topics)
    assert [(one["group"], one["topic"]) for one in found["groups"]] == expected
    assert {one["members"] for one in found["groups"]} == {0}
    assert found["groups_at"]
    assert (found["status"], found["channels"], found["sockets"]) == ("ready", [], None)
    assert set(found["versions"]) == {"parley", "python"}
    assert problem(await console.client("agent").get("status")) == "not-allowed"
    assert (await console.key("status:read").get("status")).status_code == 200


async def test_only_own_channels_are_shown(console: Console, mongo: Mongo) -> None:
    states = ChannelStates(mongo)
    for workspace in ("acme", "zeta"):
        stopped = Channel(
            workspace=workspace, id=f"{workspace}-1", provider=Provider.META, address="", settings={}, secrets={}
        )
        await states.stop(stopped, ProviderError(code="190", title="expired"), NOW)
    held = outbound(1)
    await OutboundMessages(mongo, "acme").claim(held, "a", NOW, state=OutboundState.HELD)
    answer = await console.client("admin").get("status")
    stopped_since = NOW.isoformat().replace("+00:00", "Z")
    assert answer.json()["channels"] == [
        {"channel": "acme-1", "stopped_since": stopped_since, "reason": "190: expired", "held": 0},
        {"channel": held.channel, "stopped_since": None, "reason": "", "held": 1},
    ]
    assert "zeta" not in answer.text
    (theirs,) = (await console.client("admin", "zeta").get("status")).json()["channels"]
    assert theirs["channel"] == "zeta-1"


async def test_breakers_of_the_bots_models_are_shown(console: Console, mongo: Mongo, clock: FixedClock) -> None:
    bot = {"fast_model": "claude-haiku-5-5", "smart_model": "vendor/model", "fallback_models": ["claude-opus-5"]}
    await mongo.collection("workspaces").insert({**WORKSPACE, "bot": bot})
    until = {"claude-haiku-5-5": clock.now() + timedelta(seconds=30), "vendor/model": clock.now() - timedelta(1)}
    for model, at in until.items():
        key, value = breaker_key(breaker_name(model)), str(round(at.timestamp() * 1000))
        await console.parts.redis.run_script("return {redis.call('HSET', KEYS[1], 'until', ARGV[1])}", [key], [value])
    found = (await console.client("admin").get("status")).json()["models"]
    assert [(one["model"], one["state"]) for one in found] == [
        ("claude-haiku-5-5", "open"),
        ("vendor/model", "testing"),
        ("claude-opus-5", "closed"),
    ]
    await console.parts.redis.delete(*[breaker_key(breaker_name(model)) for model in until])


@pytest.mark.parametrize("kafka", [_NOWHERE])
async def test_what_is_away_is_named_and_the_rest_is_answered(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with asyncio.timeout(30):
        found = (await console.client("admin").get("status")).json()
    assert (found["away"], found["groups"], found["groups_at"]) == (["lag"], [], None)
    assert found["channels"] == []

    async def away(*_: object) -> None:
        raise DependencyAway("mongodb")

    monkeypatch.setattr(channel_states.ChannelStates, "stopped_of", away)
    found = (await console.client("admin").get("status")).json()
    assert (found["away"], found["channels"]) == (["lag", "channels"], None)
