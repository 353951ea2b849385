"""Webhooks out: signatures, retries, dead letters.

The endpoint is a real server; the dead letters and the waiting calls are in real Kafka and MongoDB.
"""

import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from services.delivery.webhooks_out.call_log import WebhookCallLog
from services.delivery.webhooks_out.caller import WebhookCaller
from services.delivery.webhooks_out.cooldowns import EndpointCooldowns
from services.delivery.webhooks_out.dead_letters import WebhookDeadLetters
from services.delivery.webhooks_out.handler import WebhookHandler, delivery_of
from services.delivery.webhooks_out.retries import WebhookRetries
from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.domain import ids
from shared.domain.conversation import OrderPlaced
from shared.errors import DependencyAway
from shared.http.poster import Poster
from shared.kafka.brokers import Brokers
from shared.kafka.codec import decode, encode
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.producer import KafkaProducer
from shared.kafka.records import Record
from shared.kafka.topic_reader import read_all
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.webhooks import WebhookDelivery
from shared.operations.dead_letters.reader import DeadLetterFilter, fetch_dead_letters, read_dead_letters
from shared.operations.webhooks import (
    NothingToReplay,
    WebhookNotFound,
    WebhookOperations,
    announce_webhooks,
    delivery_of_test,
)
from shared.operations.workspaces.edit import EditInvalid, WorkspaceEdits
from shared.repositories.orders import Orders
from shared.repositories.webhook_log import LoggedCall, WebhookLog
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.storage.scoped import Scoped
from shared.topics import CONVERSATION_EVENTS, WEBHOOKS_REPLAY, workspace_of
from shared.workspace.config import WorkspaceFile
from shared.workspace.webhooks_out import StoredWebhook, signature
from tests.services.webhook_endpoint import Endpoint

SECRET = "a-secret-of-the-crm"


@dataclass
class Out:
    """All parts of webhooks out, with one clock and a workspace of the test's own."""

    handler: WebhookHandler
    retries: WebhookRetries
    log: WebhookCallLog
    operations: WebhookOperations
    clock: FixedClock
    mongo: Mongo
    bootstrap: str
    workspace: str

    def event(self, number: int = 1, conversation: str = "c1", *, at: datetime | None = None) -> ConversationEvent:
        return ConversationEvent(
            id=f"{self.workspace}-e{number}",
            workspace=self.workspace,
            correlation_id=ids.correlation_id(str(number)),
            created_at=at or self.clock.now(),
            kind=EventKind.MESSAGE_SENT,
            conversation_id=conversation,
            message_id=f"m{number}",
        )

    async def waiting(self) -> list[dict[str, Any]]:
        return await Scoped(self.mongo.collection("webhook_deliveries"), self.workspace).find({}, sort=[("_id", 1)])

    async def dead_letters(self) -> list[WebhookDelivery]:
        letters = await read_dead_letters(
            Brokers(self.bootstrap), DeadLetterFilter(reason="webhook_failed", workspace=self.workspace)
        )
        found = [letter async for _, letter in fetch_dead_letters(Brokers(self.bootstrap), letters.entries)]
        return [decode(Record(one.replay_topic or "", -1, -1, one.key, one.payload)) for one in found]

    async def logged(self) -> list[LoggedCall]:
        """Return the log, the newest event first."""
        await self.log.flush()
        return await WebhookLog(self.mongo, self.workspace).page("crm", None, 100)

    async def replayed(self) -> list[WebhookDelivery]:
        """Return the calls of the workspace on `webhooks.replay`, in their order."""
        records = [one async for one in read_all(Brokers(self.bootstrap), WEBHOOKS_REPLAY.name)]
        return [decode(one) for one in records if one.key == self.workspace.encode()]

    async def advance(self, seconds: float) -> int:
        """Advance the clock and make the due calls."""
        self.clock.advance(seconds)
        return await self.retries.run_once()


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
    log = WebhookCallLog(mongo, clock, days=14)
    edits = WorkspaceEdits(WorkspaceEditor(mongo, redis, secrets, clock), ())
    operations = WebhookOperations(mongo, producer, edits, clock, name)
    workspaces, caller, cooldowns = (
        Workspaces(mongo, clock),
        WebhookCaller(mongo, poster, secrets, clock, log),
        EndpointCooldowns(),
    )
    dead_letters = WebhookDeadLetters(DeadLetters("delivery", producer, clock), clock, log)
    handler = WebhookHandler(mongo, workspaces, caller, cooldowns, dead_letters, log, clock, most_waiting=5)
    retries = WebhookRetries(mongo, workspaces, caller, cooldowns, dead_letters, clock)
    yield Out(handler, retries, log, operations, clock, mongo, bootstrap, name)
    await log.close()
    await poster.close()
    await producer.stop()


async def test_event_is_posted_at_once_with_a_valid_signature(out: Out, endpoint: Endpoint) -> None:
    await out.handler.on_event(out.event())
    ((headers, body),) = endpoint.requests
    timestamp = int(out.clock.now().timestamp())
    expected = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()
    assert headers["X-Parley-Signature"] == f"v1={expected}" == signature(SECRET, timestamp, body)
    assert headers["X-Parley-Timestamp"] == str(timestamp)
    payload = json.loads(body)
    assert (payload["type"], payload["conversation_id"], payload["message_id"]) == ("message.sent", "c1", "m1")
    assert payload["id"] == headers["X-Parley-Delivery"] != payload["event_id"]
    assert await out.waiting() == []


@pytest.mark.parametrize("shards", [1, 3])
async def test_webhook_that_is_added_gets_the_next_event(
    out: Out, endpoint: Endpoint, redis: Redis, shards: int
) -> None:
    """Delivery has just read the workspace without webhooks; its clock stands still, so its cache is fresh."""
    editor = WorkspaceEditor(out.mongo, redis, Secrets({"k1": b"1" * 32}), out.clock)
    file = {"workspace": out.workspace, "shards": shards}
    await editor.apply(WorkspaceFile.model_validate(file))
    await out.handler.on_event(out.event())
    event = Record(CONVERSATION_EVENTS.name, 0, 1, out.workspace.encode(), encode(out.event(2)))
    assert out.handler.can_skip(event)
    hooks = [{"id": "crm", "url": endpoint.url, "secret": SECRET}]
    await editor.apply(WorkspaceFile.model_validate({**file, "webhooks": hooks}))
    await announce_webhooks(out.operations.producer, out.workspace, shards, 2, out.clock)
    announced = [
        one
        async for one in read_all(Brokers(out.bootstrap), CONVERSATION_EVENTS.name)
        if workspace_of(one.key) == out.workspace
    ]
    assert len(announced) == (1 if shards == 1 else 1 + shards), "each partition of the workspace has one"
    assert out.handler.can_skip(announced[0])
    assert not out.handler.can_skip(event)
    await out.handler.on_event(out.event(2))
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("webhooks", [0, 1])
async def test_events_of_a_workspace_without_webhooks_are_skipped(
    out: Out, endpoint: Endpoint, redis: Redis, webhooks: int
) -> None:
    hooks = [{"id": "crm", "url": endpoint.url, "secret": SECRET}] * webhooks
    file = {"workspace": out.workspace, "webhooks": hooks}
    await WorkspaceEditor(out.mongo, redis, Secrets({"k1": b"1" * 32}), out.clock).apply(
        WorkspaceFile.model_validate(file)
    )
    event = Record(CONVERSATION_EVENTS.name, 0, 0, out.workspace.encode(), b"")
    replay = Record(WEBHOOKS_REPLAY.name, 0, 0, out.workspace.encode(), b"")
    assert not out.handler.can_skip(event), "the workspace is not cached yet"
    await out.handler.on_event(out.event())
    assert out.handler.can_skip(event) == (webhooks == 0)
    assert not out.handler.can_skip(replay)
    out.clock.advance(10.0)
    assert not out.handler.can_skip(event), "a webhook may have been added"


async def test_order_is_posted_with_its_note(out: Out, endpoint: Endpoint) -> None:
    note = "please leave at the gate"
    line = {"sku": "C1", "name": "Oak", "quantity": 1, "price": "4.50", "total": "4.50"}
    placed = OrderPlaced(id="o1", number="K7M4-Q2XC", lines=(line,), total="4.50", currency="USD", note=note)
    await Orders(out.mongo, out.workspace).place(placed, "u1", "c1", out.clock.now())
    event = msgspec.structs.replace(out.event(), kind=EventKind.ORDER_PLACED, detail=placed.number)
    await out.handler.on_event(event)
    ((_, body),) = endpoint.requests
    payload = json.loads(body)
    assert (payload["type"], payload["detail"]) == ("order.placed", placed.number)
    assert (payload["order"]["note"], payload["order"]["lines"]) == (note, [line])
    assert "customer_id" not in payload["order"]
    await out.handler.on_event(msgspec.structs.replace(event, id="e2", conversation_id="another"))
    assert "order" not in json.loads(endpoint.requests[-1][1])


async def test_event_older_than_a_day_is_not_posted(out: Out, endpoint: Endpoint) -> None:
    event = out.event()
    out.clock.advance(24 * 3600.0 + 1)
    await out.handler.on_event(event)
    assert endpoint.requests == []


async def test_endpoint_cooldown_ends_with_its_first_answer(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 503
    for number in range(1, 5):
        await out.handler.on_event(out.event(number))
    assert len(endpoint.requests) == 1, "no other call during the cooldown"
    assert len(await out.waiting()) == 4
    assert await out.advance(2.0) == 0
    await out.advance(5.0)
    count = len(endpoint.requests)
    await out.advance(1.0)
    assert len(endpoint.requests) == count, "the next cooldown is longer"
    endpoint.status = 200
    endpoint.requests.clear()
    await out.advance(15.0)
    await out.advance(0.0)
    assert sorted(endpoint.event_ids) == sorted(out.event(number).id for number in range(1, 5))
    assert await out.waiting() == []


async def test_refused_event_does_not_delay_others(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 422
    await out.handler.on_event(out.event(1))
    endpoint.status = 200
    await out.handler.on_event(out.event(2))
    assert endpoint.event_ids == [out.event(1).id, out.event(2).id]
    (waits,) = await out.waiting()
    assert (waits["error"], waits["tries"]) == ("HTTP 422", 1)
    await out.advance(5.0)
    assert endpoint.event_ids[-1] == out.event(1).id
    assert await out.waiting() == []


@pytest.mark.parametrize(("status", "error"), [(302, "HTTP 302"), (0, "no answer: ServerDisconnectedError")])
async def test_redirections_and_broken_connections_are_failures(
    out: Out, endpoint: Endpoint, status: int, error: str
) -> None:
    endpoint.status = status
    await out.handler.on_event(out.event())
    (waits,) = await out.waiting()
    assert waits["error"] == error
    assert len(endpoint.requests) == 1


async def test_call_becomes_a_dead_letter_after_a_day_and_can_be_replayed(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 500
    event = out.event()
    await out.handler.on_event(event)
    for _ in range(60):
        await out.advance(1800.0)
    assert await out.waiting() == []
    (given_up,) = await out.dead_letters()
    assert (given_up.webhook, given_up.event.id) == ("crm", event.id)
    assert 20 < len(endpoint.requests) < 60, "hourly at last"

    await out.handler.on_replay(given_up)
    (waits,) = await out.waiting()
    assert waits["_id"] == given_up.id
    endpoint.status = 200
    await out.advance(7200.0)
    assert await out.waiting() == []
    assert endpoint.event_ids[-1] == event.id


async def test_calls_beyond_the_limit_of_waiting_ones_become_dead_letters(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 500
    for number in range(1, 8):
        await out.handler.on_event(out.event(number))
    assert len(await out.waiting()) == 5
    assert sorted(one.event.id for one in await out.dead_letters()) == [out.event(6).id, out.event(7).id]


async def test_redelivered_event_waits_once(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 500
    for _ in range(3):
        await out.handler.on_event(out.event())
    assert len(await out.waiting()) == 1


async def test_due_call_is_leased_to_one_replica(out: Out, endpoint: Endpoint, mongo: Mongo) -> None:
    endpoint.status = 422
    await out.handler.on_event(out.event())
    out.clock.advance(10.0)
    queue = out.retries._queue
    assert await queue.take(out.clock.now(), lease=timedelta(seconds=60)) is not None
    assert await queue.take(out.clock.now(), lease=timedelta(seconds=60)) is None
    out.clock.advance(61.0)
    assert await queue.take(out.clock.now(), lease=timedelta(seconds=60)) is not None, "the lease has ended"


async def test_removed_webhook_is_not_called(out: Out, endpoint: Endpoint, mongo: Mongo, redis: Redis) -> None:
    endpoint.status = 422
    event = out.event()
    await out.handler.on_event(event)
    hook = StoredWebhook(id="crm", url=endpoint.url)
    editor = WorkspaceEditor(mongo, redis, Secrets({"k1": b"1" * 32}), out.clock)
    await editor.apply(WorkspaceFile(workspace=out.workspace))
    await out.advance(10.0)
    assert await out.waiting() == []
    assert len(endpoint.requests) == 1
    await out.handler.on_replay(delivery_of(event, hook))
    assert len(await out.dead_letters()) == 1, "its replay becomes a dead letter again"


async def test_log_has_each_call_with_its_attempts_and_no_body(out: Out, endpoint: Endpoint) -> None:
    await out.handler.on_event(out.event(1))
    out.clock.advance(1.0)
    endpoint.status = 422
    await out.handler.on_event(out.event(2))
    endpoint.status = 200
    await out.advance(6.0)
    second, first = await out.logged()
    assert [(one.status, one.error) for one in first.attempts] == [(200, "")]
    assert (first.outcome, first.tries, first.delivery.event) == ("delivered", 1, out.event(1, at=first.at))
    assert [(one.status, one.error) for one in second.attempts] == [(422, "HTTP 422"), (200, "")]
    assert (second.outcome, second.tries, second.error) == ("delivered", 2, "")
    (document, _) = await Scoped(out.mongo.collection("webhook_log"), out.workspace).find({}, sort=[("at", 1)])
    assert document["ends_at"] == out.clock.now() - timedelta(seconds=7) + timedelta(days=14)
    assert SECRET not in repr(document)


async def test_log_says_what_waits_and_what_is_given_up(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 503
    for number in range(1, 8):
        await out.handler.on_event(out.event(number))
    calls = {one.delivery.event.id: one for one in await out.logged()}
    assert calls[out.event(1).id].tries == 1
    assert (calls[out.event(2).id].tries, calls[out.event(2).id].outcome) == (0, "waiting")
    assert calls[out.event(7).id].outcome == "given_up"
    assert "too many calls wait already" in calls[out.event(7).id].error


async def test_log_is_kept_in_memory_while_mongodb_is_away(
    out: Out, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise DependencyAway("mongodb")

    with monkeypatch.context() as patch:
        patch.setattr(WebhookLog, "write", away)
        await out.handler.on_event(out.event(1))
        with pytest.raises(DependencyAway):
            await out.log.flush()
    assert len(endpoint.requests) == 1, "the call does not wait for the log"
    (call,) = await out.logged()
    assert (call.outcome, call.tries) == ("delivered", 1)


async def test_replay_of_one_call_and_of_all_given_up(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 422
    for number in range(1, 8):
        await out.handler.on_event(out.event(number))
    waiting = next(call for call in await out.logged() if call.outcome == "waiting")
    with pytest.raises(NothingToReplay):
        await out.operations.replay("crm", waiting.delivery.id)
    with pytest.raises(WebhookNotFound):
        await out.operations.replay("crm", "none")
    with pytest.raises(WebhookNotFound):
        await out.operations.replay_failed("none")
    assert await out.operations.replay_failed("crm") == 2
    given_up = sorted(await out.replayed(), key=lambda call: call.event.id)
    assert [one.event.id for one in given_up] == [out.event(6).id, out.event(7).id]
    assert await out.operations.replay_failed("crm") == 0
    endpoint.status = 200
    endpoint.requests.clear()
    await out.handler.on_replay(given_up[0])
    assert endpoint.event_ids == [out.event(6).id]
    calls = {one.delivery.event.id: one.outcome for one in await out.logged()}
    assert (calls[out.event(6).id], calls[out.event(7).id]) == ("delivered", "waiting")
    await out.operations.replay("crm", given_up[0].id)
    assert len(await out.replayed()) == 3, "an accepted call may be made again, too"


@pytest.mark.parametrize(("status", "outcome"), [(200, "delivered"), (500, "failed")])
async def test_test_call_is_made_once_and_never_waits(out: Out, endpoint: Endpoint, status: int, outcome: str) -> None:
    endpoint.status = status
    call = await out.operations.test("crm", "press-1")
    assert await out.operations.test("crm", "press-1") == call
    (sent, _) = await out.replayed()
    assert sent == delivery_of_test(out.workspace, "crm", "press-1", out.clock)
    await out.handler.on_replay(sent)
    ((headers, body),) = endpoint.requests
    assert (headers["X-Parley-Event"], json.loads(body)["type"]) == ("webhook.test", "webhook.test")
    assert await out.waiting() == []
    (logged,) = await out.logged()
    assert (logged.delivery.id, logged.outcome, logged.tries) == (call, outcome, 1)


async def test_webhook_can_be_tested_as_soon_as_it_is_added(out: Out, endpoint: Endpoint, redis: Redis) -> None:
    await out.handler.on_event(out.event())
    hooks = [{"id": name, "url": endpoint.url, "secret": SECRET} for name in ("crm", "erp")]
    file = WorkspaceFile.model_validate({"workspace": out.workspace, "webhooks": hooks})
    await WorkspaceEditor(out.mongo, redis, Secrets({"k1": b"1" * 32}), out.clock).apply(file)
    await out.operations.test("erp", "press-1")
    (sent,) = await out.replayed()
    await out.handler.on_replay(sent)
    assert endpoint.requests[-1][0]["X-Parley-Event"] == "webhook.test"
    assert await out.dead_letters() == []


async def test_both_secrets_sign_during_a_rotation(out: Out, endpoint: Endpoint) -> None:
    new = "another-secret-of-the-crm"
    for secret, overlap in (("short", timedelta(hours=1)), (new, timedelta(days=15)), (new, timedelta(hours=-1))):
        with pytest.raises(EditInvalid):
            await out.operations.rotate("crm", secret, overlap)
    assert (await out.operations.rotate("crm", new, timedelta(hours=1))).revision == 2
    out.clock.advance(6.0)  # the workspace is cached for five seconds
    await out.handler.on_event(out.event(1))
    headers, body = endpoint.requests[-1]
    timestamp = int(headers["X-Parley-Timestamp"])
    assert headers["X-Parley-Signature"] == signature(new, timestamp, body)
    assert headers["X-Parley-Signature-Previous"] == signature(SECRET, timestamp, body)
    out.clock.advance(3600.0)
    await out.handler.on_event(out.event(2))
    headers, body = endpoint.requests[-1]
    assert "X-Parley-Signature-Previous" not in headers
    assert headers["X-Parley-Signature"] == signature(new, int(headers["X-Parley-Timestamp"]), body)
