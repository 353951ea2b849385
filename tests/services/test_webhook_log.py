"""The log of webhooks out, and the replays and test calls that people start."""

import json
from datetime import timedelta

import pytest

from shared.crypto import Secrets
from shared.errors import DependencyAway
from shared.operations.webhooks import (
    NothingToReplay,
    WebhookNotFound,
    delivery_of_test,
)
from shared.repositories.webhook_log import WebhookLog
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.redis import Redis
from shared.storage.scoped import Scoped
from shared.workspace.config import WorkspaceFile
from tests.services.webhook_endpoint import Endpoint
from tests.services.webhook_parts import SECRET, Out


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


async def test_given_up_calls_are_replayed_one_by_one_or_all(out: Out, endpoint: Endpoint) -> None:
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
