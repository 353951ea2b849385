"""Calls of webhooks out: signatures, contents, skipped events.

The endpoint is a real server; the waiting calls are in real Kafka and MongoDB.
"""

import hmac
import json
from datetime import timedelta
from hashlib import sha256

import msgspec
import pytest

from services.delivery.webhooks_out.handler import delivery_of
from shared.crypto import Secrets
from shared.domain.conversation import OrderPlaced
from shared.kafka.brokers import Brokers
from shared.kafka.codec import encode
from shared.kafka.records import Record
from shared.kafka.topic_reader import read_all
from shared.messages.events import EventKind
from shared.operations.webhooks import (
    announce_webhooks,
)
from shared.operations.workspaces.edit import EditInvalid
from shared.repositories.orders import Orders
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.topics import CONVERSATION_EVENTS, WEBHOOKS_REPLAY, workspace_of
from shared.workspace.config import WorkspaceFile
from shared.workspace.webhooks_out import StoredWebhook, signature
from tests.services.webhook_endpoint import Endpoint
from tests.services.webhook_parts import SECRET, Out


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
