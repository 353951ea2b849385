"""Calls of webhooks out: where they may lead, how they are signed, when they are made again and when given up.

The endpoint is a real server; the dead letters and the waiting calls are in real Kafka and MongoDB.
"""

import hmac
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from pydantic import ValidationError

from devtools.cli.letters import Wish, open_letters, read_letters
from services.delivery.webhooks_out.caller import WebhookCaller
from services.delivery.webhooks_out.cooldowns import EndpointCooldowns
from services.delivery.webhooks_out.dead_letters import WebhookDeadLetters
from services.delivery.webhooks_out.handler import WebhookHandler, delivery_of
from services.delivery.webhooks_out.retries import WebhookRetries
from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.domain import ids
from shared.domain.conversation import OrderPlaced
from shared.http.poster import Poster, PostResult
from shared.kafka.brokers import Brokers
from shared.kafka.codec import decode
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.producer import KafkaProducer
from shared.kafka.records import Record
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.webhooks import WebhookDelivery
from shared.repositories.orders import Orders
from shared.repositories.workspaces import WorkspaceEditor, Workspaces
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.storage.scoped import Scoped
from shared.topics import CONVERSATION_EVENTS, WEBHOOKS_REPLAY
from shared.workspace.config import WorkspaceFile
from shared.workspace.webhooks_out import StoredWebhook, WebhookOut, signature

SECRET = "a-secret-of-the-crm"


@dataclass
class Endpoint:
    """status: what it answers with; 0: it hangs up."""

    url: str = ""
    status: int = 200
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.heard.append((dict(request.headers), await request.read()))
        if self.status == 0:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=self.status or 200, headers={"Location": self.url}, body=b"x" * 100_000)

    @property
    def told(self) -> list[str]:
        return [json.loads(body)["event_id"] for _, body in self.heard]


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    it = Endpoint()
    app = web.Application()
    app.router.add_post("/hook", it.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    it.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield it
    await runner.cleanup()


@dataclass
class Out:
    """All parts, over one clock, for a workspace of the test's own."""

    worker: WebhookHandler
    again: WebhookRetries
    clock: FixedClock
    mongo: Mongo
    bootstrap: str
    workspace: str

    def event(self, number: int = 1, conversation: str = "c1") -> ConversationEvent:
        return ConversationEvent(
            id=f"{self.workspace}-e{number}",
            workspace=self.workspace,
            correlation_id=ids.correlation_id(str(number)),
            created_at=self.clock.now(),
            kind=EventKind.MESSAGE_SENT,
            conversation_id=conversation,
            message_id=f"m{number}",
        )

    async def waiting(self) -> list[dict[str, Any]]:
        return await Scoped(self.mongo.collection("webhook_deliveries"), self.workspace).find({}, sort=[("_id", 1)])

    async def buried(self) -> list[WebhookDelivery]:
        letters = await read_letters(Brokers(self.bootstrap), Wish(reason="webhook_failed", workspace=self.workspace))
        found = [letter async for _, letter in open_letters(Brokers(self.bootstrap), letters.entries)]
        return [decode(Record(one.replay_topic or "", -1, -1, one.key, one.payload)) for one in found]

    async def pass_by(self, seconds: float) -> int:
        """Time goes by, and what is due is made."""
        self.clock.advance(seconds)
        return await self.again.look()


@pytest.fixture
async def out(
    mongo: Mongo, redis: Redis, bootstrap: str, clock: FixedClock, endpoint: Endpoint, request: pytest.FixtureRequest
) -> AsyncIterator[Out]:
    secrets = Secrets({"k1": b"1" * 32})
    name = f"out-{abs(hash(request.node.name)) % 10**9}"
    file = {"workspace": name, "webhooks": [{"id": "crm", "url": endpoint.url, "secret": SECRET}]}
    await WorkspaceEditor(mongo, redis, secrets, clock).apply(WorkspaceFile.model_validate(file))
    producer = KafkaProducer(Brokers(bootstrap), "webhooks-test")
    await producer.start()
    poster = Poster(private=True, timeout=5.0)
    workspaces, calls, resting = (
        Workspaces(mongo, clock),
        WebhookCaller(mongo, poster, secrets, clock),
        EndpointCooldowns(),
    )
    giving_up = WebhookDeadLetters(DeadLetters("delivery", producer, clock), clock)
    worker = WebhookHandler(mongo, workspaces, calls, resting, giving_up, clock, most_waiting=5)
    again = WebhookRetries(mongo, workspaces, calls, resting, giving_up, clock)
    yield Out(worker, again, clock, mongo, bootstrap, name)
    await poster.close()
    await producer.stop()


async def test_an_event_is_told_at_once_and_leaves_nothing(out: Out, endpoint: Endpoint) -> None:
    await out.worker.on_event(out.event())
    ((headers, body),) = endpoint.heard
    timestamp = int(out.clock.now().timestamp())
    expected = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()
    assert headers["X-Parley-Signature"] == f"v1={expected}" == signature(SECRET, timestamp, body)
    assert headers["X-Parley-Timestamp"] == str(timestamp)
    said = json.loads(body)
    assert (said["type"], said["conversation_id"], said["message_id"]) == ("message.sent", "c1", "m1")
    assert said["id"] == headers["X-Parley-Delivery"] != said["event_id"]
    assert await out.waiting() == []


@pytest.mark.parametrize("webhooks", [0, 1])
async def test_an_event_of_a_workspace_without_webhooks_needs_nothing_once_that_is_known(
    out: Out, endpoint: Endpoint, redis: Redis, webhooks: int
) -> None:
    hooks = [{"id": "crm", "url": endpoint.url, "secret": SECRET}] * webhooks
    file = {"workspace": out.workspace, "webhooks": hooks}
    await WorkspaceEditor(out.mongo, redis, Secrets({"k1": b"1" * 32}), out.clock).apply(
        WorkspaceFile.model_validate(file)
    )
    event = Record(CONVERSATION_EVENTS.name, 0, 0, out.workspace.encode(), b"")
    replay = Record(WEBHOOKS_REPLAY.name, 0, 0, out.workspace.encode(), b"")
    assert not out.worker.can_skip(event), "nothing is known of the workspace"
    await out.worker.on_event(out.event())
    assert out.worker.can_skip(event) == (webhooks == 0)
    assert not out.worker.can_skip(replay)
    out.clock.advance(10.0)
    assert not out.worker.can_skip(event), "somebody may have added one"


async def test_an_order_is_told_with_its_note_which_no_topic_has(out: Out, endpoint: Endpoint) -> None:
    note = "please leave at the gate"
    line = {"sku": "C1", "name": "Oak", "quantity": 1, "price": "4.50", "total": "4.50"}
    placed = OrderPlaced(id="o1", number="K7M4-Q2XC", lines=(line,), total="4.50", currency="USD", note=note)
    await Orders(out.mongo, out.workspace).place(placed, "u1", "c1", out.clock.now())
    event = msgspec.structs.replace(out.event(), kind=EventKind.ORDER_PLACED, detail=placed.number)
    await out.worker.on_event(event)
    ((_, body),) = endpoint.heard
    said = json.loads(body)
    assert (said["type"], said["detail"]) == ("order.placed", placed.number)
    assert (said["order"]["note"], said["order"]["lines"]) == (note, [line])
    assert "customer_id" not in said["order"]
    await out.worker.on_event(msgspec.structs.replace(event, id="e2", conversation_id="another"))
    assert "order" not in json.loads(endpoint.heard[-1][1])


async def test_an_old_event_is_told_to_nobody(out: Out, endpoint: Endpoint) -> None:
    event = out.event()
    out.clock.advance(24 * 3600.0 + 1)
    await out.worker.on_event(event)
    assert endpoint.heard == []


async def test_an_endpoint_that_is_down_rests_and_all_that_waited_comes_when_it_is_back(
    out: Out, endpoint: Endpoint
) -> None:
    endpoint.status = 503
    for number in range(1, 5):
        await out.worker.on_event(out.event(number))
    assert len(endpoint.heard) == 1, "the others were not even tried"
    assert len(await out.waiting()) == 4
    assert await out.pass_by(2.0) == 0
    await out.pass_by(5.0)
    tried = len(endpoint.heard)
    await out.pass_by(1.0)
    assert len(endpoint.heard) == tried, "it rests again, for longer"
    endpoint.status = 200
    endpoint.heard.clear()
    await out.pass_by(15.0)
    await out.pass_by(0.0)
    assert sorted(endpoint.told) == sorted(out.event(number).id for number in range(1, 5))
    assert await out.waiting() == []


async def test_an_event_that_is_refused_waits_alone(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 422
    await out.worker.on_event(out.event(1))
    endpoint.status = 200
    await out.worker.on_event(out.event(2))
    assert endpoint.told == [out.event(1).id, out.event(2).id]
    (waits,) = await out.waiting()
    assert (waits["error"], waits["tries"]) == ("HTTP 422", 1)
    await out.pass_by(5.0)
    assert endpoint.told[-1] == out.event(1).id
    assert await out.waiting() == []


@pytest.mark.parametrize(("status", "error"), [(302, "HTTP 302"), (0, "no answer: ServerDisconnectedError")])
async def test_a_redirection_is_not_followed_and_no_answer_is_none(
    out: Out, endpoint: Endpoint, status: int, error: str
) -> None:
    endpoint.status = status
    await out.worker.on_event(out.event())
    (waits,) = await out.waiting()
    assert waits["error"] == error
    assert len(endpoint.heard) == 1


async def test_after_a_day_it_is_a_dead_letter_and_a_replay_gives_it_a_day_again(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 500
    event = out.event()
    await out.worker.on_event(event)
    for _ in range(60):
        await out.pass_by(1800.0)
    assert await out.waiting() == []
    (given_up,) = await out.buried()
    assert (given_up.webhook, given_up.event.id) == ("crm", event.id)
    assert 20 < len(endpoint.heard) < 60, "hourly in the end"

    await out.worker.on_replay(given_up)
    (waits,) = await out.waiting()
    assert waits["_id"] == given_up.id
    endpoint.status = 200
    await out.pass_by(7200.0)
    assert await out.waiting() == []
    assert endpoint.told[-1] == event.id


async def test_more_than_may_wait_are_dead_letters_at_once(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 500
    for number in range(1, 8):
        await out.worker.on_event(out.event(number))
    assert len(await out.waiting()) == 5
    assert sorted(one.event.id for one in await out.buried()) == [out.event(6).id, out.event(7).id]


async def test_an_event_that_is_read_again_waits_once(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 500
    for _ in range(3):
        await out.worker.on_event(out.event())
    assert len(await out.waiting()) == 1


async def test_two_replicas_make_a_call_that_is_due_once(out: Out, endpoint: Endpoint, mongo: Mongo) -> None:
    endpoint.status = 422
    await out.worker.on_event(out.event())
    out.clock.advance(10.0)
    queue = out.again._queue
    assert await queue.take(out.clock.now(), lease=timedelta(seconds=60)) is not None
    assert await queue.take(out.clock.now(), lease=timedelta(seconds=60)) is None
    out.clock.advance(61.0)
    assert await queue.take(out.clock.now(), lease=timedelta(seconds=60)) is not None, "whoever took it has died"


async def test_a_webhook_that_was_taken_out_is_called_no_more(
    out: Out, endpoint: Endpoint, mongo: Mongo, redis: Redis
) -> None:
    endpoint.status = 422
    event = out.event()
    await out.worker.on_event(event)
    hook = StoredWebhook(id="crm", url=endpoint.url)
    editor = WorkspaceEditor(mongo, redis, Secrets({"k1": b"1" * 32}), out.clock)
    await editor.apply(WorkspaceFile(workspace=out.workspace))
    await out.pass_by(10.0)
    assert await out.waiting() == []
    assert len(endpoint.heard) == 1
    await out.worker.on_replay(delivery_of(event, hook))
    assert len(await out.buried()) == 1, "a replay that leads nowhere is not lost either"


# Where a call may lead.


class Names(AbstractResolver):
    """Every name is at this address."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        kind = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        return [ResolveResult(hostname=host, host=self._address, port=port, family=kind, proto=0, flags=0)]

    async def close(self) -> None:
        return None


PRIVATE = (
    *("127.0.0.1", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104 - to be refused
    *("::1", "fd00::1", "fe80::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"),
)


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_name_that_leads_into_our_network_is_not_called(address: str) -> None:
    poster = Poster(private=False, timeout=2.0, resolver=Names(address))
    answer = await poster.post("https://crm.example.com/hook", b"{}", {})
    await poster.close()
    assert answer == PostResult(0, "the address is not a public one")


@pytest.mark.parametrize("address", PRIVATE)
async def test_an_address_of_our_network_written_as_numbers_is_not_called(address: str, endpoint: Endpoint) -> None:
    host, port = (f"[{address}]" if ":" in address else address), endpoint.url.rsplit(":", 1)[1].partition("/")[0]
    poster = Poster(private=False, timeout=2.0)
    answer = await poster.post(f"https://{host}:{port}/hook", b"{}", {})
    await poster.close()
    assert answer == PostResult(0, "the address is not a public one")
    assert endpoint.heard == []


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "127.1", "localhost"])
async def test_other_ways_to_write_this_machine_lead_nowhere(host: str) -> None:
    poster = Poster(private=False, timeout=2.0)
    answer = await poster.post(f"https://{host}/hook", b"{}", {})
    await poster.close()
    assert answer.status == 0


async def test_plain_http_is_only_for_private_networks(endpoint: Endpoint) -> None:
    poster = Poster(private=False, timeout=2.0, resolver=Names("93.184.216.34"))
    assert (await poster.post("http://crm.example.com/hook", b"{}", {})).why == "only https may be called"
    await poster.close()


async def test_a_large_answer_is_not_read(endpoint: Endpoint) -> None:
    poster = Poster(private=True, timeout=2.0)
    assert (await poster.post(endpoint.url, b"{}", {})).ok
    await poster.close()


async def test_a_guard_that_is_asked_by_the_driver_for_every_connection() -> None:
    """What the second look depends on: it is made for addresses that are written as numbers too."""
    asked: list[str] = []

    def refuse(info: Any) -> Any:
        asked.append(info[4][0])
        raise OSError("no")

    connector = aiohttp.TCPConnector(socket_factory=refuse)
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get("http://127.0.0.1:9/")
    assert asked == ["127.0.0.1"]


WRONG = [
    ("no URL", "crm"),
    ("another scheme", "ftp://crm.example.com/"),
    ("no host", "https:///hook"),
    ("a user", "https://me@crm.example.com/"),
    ("a password", "https://me:pw@crm.example.com/"),
    ("a fragment", "https://crm.example.com/#a"),
    ("a space", "https://crm.example.com/a b"),
    ("a line end", "https://crm.example.com/\r\nX: y"),
    ("a backslash", "https://crm.example.com\\@evil.example/"),
    ("digits that are none", "https://①②⑦.⓪.⓪.①/"),
    ("no such port", "https://crm.example.com:99999/"),
    ("a host with odd letters", "https://crm_%31.example.com/"),
]


@pytest.mark.parametrize("url", [case[1] for case in WRONG], ids=[case[0] for case in WRONG])
def test_an_address_that_could_mislead_is_refused_when_it_is_applied(url: str) -> None:
    with pytest.raises(ValidationError):
        WebhookOut(id="crm", url=url, secret=SECRET)


@pytest.mark.parametrize(
    "url", ["https://crm.example.com", "https://crm.example.com:8443/a?b=c", "https://[2001:db8::1]/"]
)
def test_an_ordinary_address_is_taken(url: str) -> None:
    hook = WebhookOut(id="crm", url=url, secret=SECRET, events=(EventKind.MESSAGE_SENT,))
    assert hook.wants(EventKind.MESSAGE_SENT)
    assert not hook.wants(EventKind.MESSAGE_FAILED)
    assert SECRET not in repr(hook)
