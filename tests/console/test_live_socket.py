"""The WebSocket and the polling of live events, at a real port, with real Kafka and MongoDB."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx2
import pytest
from websockets.exceptions import InvalidStatus

from devtools.bench.console.live_replica import LiveReplica, token
from devtools.bench.console.live_traffic import LiveTraffic
from services.console.authenticator import Membership
from services.console.live.frames import Hello
from services.console.rights import Role
from shared.errors import DependencyAway
from shared.kafka.producer import KafkaProducer
from shared.kafka.topic_tail import TopicTail
from shared.storage.mongo import Mongo
from tests.conftest import Infra
from tests.console.live_browser import WORKSPACE, PeopleByCookie, browser_of, connected


@pytest.fixture
def people() -> PeopleByCookie:
    return PeopleByCookie()


@pytest.fixture
async def replica(
    infra: Infra, mongo: Mongo, producer: KafkaProducer, people: PeopleByCookie
) -> AsyncIterator[LiveReplica]:
    made = LiveReplica(
        infra.kafka, mongo, infra.redis, producer, authenticator=people, recheck=people.recheck, name="console-0"
    )
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def traffic(mongo: Mongo, producer: KafkaProducer) -> LiveTraffic:
    made = LiveTraffic(mongo, producer, WORKSPACE, conversations=2)
    await made.begin()
    return made


async def _away(_tail: TopicTail) -> None:
    raise DependencyAway("kafka")


def _url(replica: LiveReplica) -> str:
    return f"http://127.0.0.1:{replica.port}/api/v1/workspaces/{WORKSPACE}/events"


async def test_messages_of_an_open_conversation_are_sent(replica: LiveReplica, traffic: LiveTraffic) -> None:
    conversation = next(iter(traffic.states))
    async with browser_of(replica) as browser:
        await browser.say("hello", open=[conversation])
        ready = await browser.next("ready")
        assert (ready["resumed"], ready["replica"], ready["ping"]) == ("nothing", "console-0", 20)
        await traffic.exchange(conversation)
        assert (await browser.next("message:new"))["data"]["message"]["text"] == "question 1"
        assert (await browser.next("message:new"))["data"]["message"]["text"] == "answer 1"
        row = await browser.next("conversation:changed")
        assert row["data"]["rows"][0]["turn"] == 1


async def test_conversation_opened_later_is_confirmed_and_closed_ones_are_silent(
    replica: LiveReplica, traffic: LiveTraffic
) -> None:
    first, second = traffic.states
    async with browser_of(replica) as browser:
        await browser.say("hello", open=[first], see=[])
        await browser.say("open", conversation=second)
        assert (await browser.next("opened"))["conversation"] == second
        await browser.say("close", conversation=first)
        await browser.say("open", conversation=second)
        await browser.next("opened")
        await traffic.exchange(first)
        await traffic.exchange(second)
        assert (await browser.next("message:new"))["data"]["conversation"] == second


async def test_missed_events_are_replayed_at_another_replica(
    infra: Infra, mongo: Mongo, producer: KafkaProducer, replica: LiveReplica, traffic: LiveTraffic
) -> None:
    conversation = next(iter(traffic.states))
    async with browser_of(replica) as browser:
        await browser.say("hello", open=[conversation])
        cursor = (await browser.next("ready"))["cursor"]
    await traffic.exchange(conversation)
    other = LiveReplica(infra.kafka, mongo, infra.redis, producer, name="console-1")
    await other.start()
    headers = {"Authorization": f"Bearer {token(WORKSPACE, 'program')}"}
    async with connected(other, headers) as browser:
        await browser.say("hello", cursor=cursor, open=[conversation])
        assert (await browser.next("ready"))["resumed"] == "replayed"
        assert (await browser.next("message:new"))["data"]["message"]["text"] == "question 1"
    await other.stop()


async def test_cursor_that_is_none_leads_to_a_resync(replica: LiveReplica) -> None:
    for cursor in ("nonsense", "AQ", "A" * 3000):
        async with browser_of(replica) as browser:
            await browser.say("hello", cursor=cursor)
            assert (await browser.next("ready"))["resumed"] == "resync"


async def test_events_before_the_memory_are_read_back_from_kafka(
    replica: LiveReplica, traffic: LiveTraffic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.console.live.resume.MOST_SECONDS", 30.0)  # the machine may be busy
    conversation = next(iter(traffic.states))
    async with browser_of(replica) as browser:
        await browser.say("hello", open=[conversation])
        cursor = (await browser.next("ready"))["cursor"]
        await traffic.exchange(conversation)
        await browser.next("conversation:changed")
    replica.hub._rings.expire(float("inf"))
    async with browser_of(replica) as browser:
        await browser.say("hello", cursor=cursor, open=[conversation])
        assert (await browser.next("ready"))["resumed"] == "replayed"
        assert (await browser.next("message:new"))["data"]["message"]["text"] == "question 1"
    monkeypatch.setattr("services.console.live.resume.MOST_RECORDS", 1)
    async with browser_of(replica) as browser:
        await browser.say("hello", cursor=cursor, open=[conversation])
        ready = await browser.next("ready")
        assert (ready["resumed"], ready["why"]) == ("resync", "too-old")


async def test_foreign_origin_and_no_session_are_refused_before_the_upgrade(replica: LiveReplica) -> None:
    for person, origin, status in (("ann", "https://evil.example", 403), ("ann", "null", 403), ("nobody", "", 401)):
        with pytest.raises(InvalidStatus) as refused:
            async with browser_of(replica, person, **({"Origin": origin} if origin else {})):
                pass
        assert refused.value.response.status_code == status


async def test_key_needs_the_scope_and_no_origin(replica: LiveReplica) -> None:
    async with connected(replica, {"Authorization": "Bearer bench.acme.program"}) as browser:
        await browser.say("hello")
        await browser.next("ready")
    for name, headers in (("orders", {}), ("program", {"Origin": "https://evil.example"})):
        with pytest.raises(InvalidStatus) as refused:
            async with connected(replica, {"Authorization": f"Bearer bench.acme.{name}", **headers}):
                pass
        assert refused.value.response.status_code == 403
    with pytest.raises(InvalidStatus) as refused:
        async with connected(replica, {"Authorization": "Bearer bench.zeta.program"}):
            pass
    assert refused.value.response.status_code == 404


async def test_no_hello_bad_frames_and_too_many_frames_close_the_connection(
    replica: LiveReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("nonsense", '{"type":"unknown"}', '{"type":"pong"}', '{"type":"hello","open":5}'):
        async with browser_of(replica) as browser:
            await browser.socket.send(text)
            assert await browser.closed() == 1008
    async with browser_of(replica) as browser:
        await browser.say("hello")
        for _ in range(30):
            await browser.say("pong")
        assert await browser.closed() == 1008
    async with browser_of(replica) as browser:
        await browser.socket.send("x" * 17_000)
        assert await browser.closed() == 1009
    monkeypatch.setattr("services.console.live.socket.HELLO_WITHIN", 0.1)
    async with browser_of(replica) as browser:
        assert await browser.closed() == 4408


async def test_eleventh_connection_of_a_session_is_refused(replica: LiveReplica) -> None:
    async with asyncio.TaskGroup() as group:
        over = asyncio.Event()

        async def hold() -> None:
            async with browser_of(replica) as browser:
                await browser.say("hello")
                await browser.next("ready")
                await over.wait()

        for _ in range(10):
            group.create_task(hold())
        while replica.hub.stats()["sockets"] != 10:  # noqa: ASYNC110 - the replica sets no event
            await asyncio.sleep(0.02)
        async with browser_of(replica) as browser:
            assert await browser.closed() == 4429
        over.set()


async def test_ended_session_and_lost_membership_close_the_connection(
    replica: LiveReplica, people: PeopleByCookie
) -> None:
    people.members["bob"] = Membership(role=Role.VIEWER)
    async with browser_of(replica) as ann, browser_of(replica, "bob") as bob:
        for browser in (ann, bob):
            await browser.say("hello")
            await browser.next("ready")
        people.ended = {"ann": 4401, "bob": 4403}
        began = asyncio.get_running_loop().time()
        assert (await ann.next("signed-out"))["type"] == "signed-out"
        assert await ann.closed() == 4401
        assert await bob.closed() == 4403
        assert asyncio.get_running_loop().time() - began < 5.5


async def test_changed_rights_lead_to_a_resync(
    replica: LiveReplica, people: PeopleByCookie, traffic: LiveTraffic
) -> None:
    first, second = traffic.states
    async with browser_of(replica) as browser:
        await browser.say("hello", open=[first])
        await browser.next("ready")

        async def narrowed(callers: Sequence[Any]) -> Sequence[Any]:
            return [dataclasses.replace(caller, sees="own_and_unassigned") for caller in callers]

        replica.hub._recheck = narrowed
        await replica.hub.look_at_rights()
        assert (await browser.next("resync"))["why"] == "rights"
        await traffic.assign(first, "bob")
        await traffic.exchange(second)
        frame = await browser.next("conversation:changed")
        assert [row["id"] for row in frame["data"]["rows"]] == [second]


async def test_connections_are_told_when_kafka_is_away_and_back(
    infra: Infra, mongo: Mongo, producer: KafkaProducer, traffic: LiveTraffic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.console.live.tail._CHECK_EVERY", 0.1)
    replica = LiveReplica(infra.kafka, mongo, infra.redis, producer)
    await replica.start()
    async with connected(replica, {"Authorization": f"Bearer {token(WORKSPACE, 'program')}"}) as browser:
        await browser.say("hello")
        await browser.next("ready")
        with monkeypatch.context() as patch:
            patch.setattr(TopicTail, "check", _away)
            await browser.next("paused")
        await browser.next("resumed")
        await traffic.exchange(next(iter(traffic.states)))
        await browser.next("conversation:changed")
    await replica.stop()


async def test_slow_browser_holds_up_nobody(replica: LiveReplica, traffic: LiveTraffic) -> None:
    conversation = next(iter(traffic.states))
    async with browser_of(replica) as slow, browser_of(replica) as quick:
        for browser in (slow, quick):
            await browser.say("hello", open=[conversation])
            await browser.next("ready")
        slow.socket.transport.pause_reading()
        feed = replica.hub._feeds[WORKSPACE]
        big = json.dumps({"type": "ping", "filler": "x" * 60_000})
        for _ in range(400):
            for subscriber in feed.subscribers:
                if len(subscriber.outbox) < 5:
                    subscriber.outbox.put_if_room(big)
            await asyncio.sleep(0)
        await traffic.exchange(conversation)
        assert (await quick.next("message:new"))["data"]["message"]["text"] == "question 1"
        slow.socket.transport.abort()


async def test_stopping_replica_closes_its_connections_with_1012(
    infra: Infra, mongo: Mongo, producer: KafkaProducer
) -> None:
    replica = LiveReplica(infra.kafka, mongo, infra.redis, producer)
    await replica.start()
    async with connected(replica, {"Authorization": f"Bearer {token(WORKSPACE, 'program')}"}) as browser:
        await browser.say("hello")
        await browser.next("ready")
        stopping = asyncio.create_task(replica.stop())
        assert await browser.closed() == 1012
        await stopping


async def test_polling_gives_the_same_events(replica: LiveReplica, traffic: LiveTraffic) -> None:
    conversation = next(iter(traffic.states))
    async with httpx2.AsyncClient(headers={"Authorization": "Bearer bench.acme.program"}) as client:
        begin = (await client.get(_url(replica))).json()
        assert begin["resumed"] == "nothing"
        await traffic.exchange(conversation)
        params: dict[str, Any] = {"cursor": begin["cursor"], "wait": 5, "conversation": [conversation]}
        seen: list[str] = []
        while "conversation:changed" not in seen or seen.count("message:new") < 2:
            answer = (await client.get(_url(replica), params=params)).json()
            assert answer["resumed"] == "replayed"
            seen += [event["type"] for event in answer["events"]]
            params["cursor"] = answer["cursor"]
        assert set(seen) <= {"message:new", "message:status", "conversation:changed"}
        empty = (await client.get(_url(replica), params={"cursor": params["cursor"], "wait": 0.2})).json()
        assert empty["cursor"]
        odd = (await client.get(_url(replica), params={"cursor": "nonsense"})).json()
        assert (odd["resumed"], odd["why"]) == ("resync", "too-old")
        assert (await client.get(_url(replica), params={"wait": 60})).status_code == 422


async def test_key_with_only_events_gets_nothing_of_conversations(replica: LiveReplica, traffic: LiveTraffic) -> None:
    conversation = next(iter(traffic.states))
    async with httpx2.AsyncClient(headers={"Authorization": "Bearer bench.acme.events"}) as client:
        begin = (await client.get(_url(replica))).json()
        await traffic.exchange(conversation)
        params: dict[str, Any] = {"cursor": begin["cursor"], "wait": 1, "conversation": [conversation]}
        answer = (await client.get(_url(replica), params=params)).json()
        assert answer["events"] == []
        assert conversation not in str(answer)


async def test_answers_about_a_workspace_have_a_cursor(replica: LiveReplica, traffic: LiveTraffic) -> None:
    async with httpx2.AsyncClient(headers={"Authorization": "Bearer bench.acme.program"}) as client:
        header = (await client.get(_url(replica))).headers["Parley-Cursor"]
        await traffic.exchange(next(iter(traffic.states)))
        answer = (await client.get(_url(replica), params={"cursor": header, "wait": 5})).json()
        assert answer["events"]


async def test_viewing_and_typing_reach_colleagues(
    replica: LiveReplica, people: PeopleByCookie, traffic: LiveTraffic
) -> None:
    conversation = next(iter(traffic.states))
    people.members["bob"] = Membership(role=Role.VIEWER)
    async with browser_of(replica) as ann, browser_of(replica, "bob") as bob:
        for browser in (ann, bob):
            await browser.say("hello", open=[conversation])
            await browser.next("ready")
        await ann.say("typing", conversation=conversation)
        typing = await bob.next("typing:start")
        assert typing["data"]["who"] == {"kind": "member", "id": "ann", "name": "Ann"}
        await ann.socket.close()
        await bob.next("typing:stop")
        assert [one["id"] for one in (await bob.next("viewing"))["data"]["who"]] == ["bob"]


def test_hello_has_usable_defaults() -> None:
    assert Hello().see == ("inbox",)
