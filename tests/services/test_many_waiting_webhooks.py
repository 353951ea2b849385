"""Many calls of a webhook wait: each event and each retry costs the same, and other workspaces wait for none of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import cycle

from services.delivery.webhooks_out.handler import MAX_AGE
from shared.clock import FixedClock
from shared.errors import DependencyAway
from shared.repositories.webhook_deliveries import COLLECTION, WebhookDeliveries
from shared.repositories.webhook_queue import DueWebhook, WebhookKey, WebhookQueue
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.profiler import profiled
from tests.services.webhook_endpoint import Endpoint, served_endpoint
from tests.services.webhook_parts import Out, apply_webhooks, webhook_parts

MANY = 300
AT_ONCE = 4


@asynccontextmanager
async def retries_running(out: Out) -> AsyncIterator[None]:
    """Begin the calls that are due, and wait for their end after the block."""
    async with asyncio.TaskGroup() as tasks:
        await out.retries.start_due(tasks, asyncio.Event())
        yield


async def test_dead_endpoint_costs_one_call_and_one_document_per_cooldown(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 503
    await out.put(MANY)
    cooldowns = (0.0, 5.0, 15.0, 45.0, 135.0)
    async with profiled(out.mongo, COLLECTION) as profile:
        for seconds in cooldowns:
            await out.advance(seconds)
    rounds = len(cooldowns)
    assert len(endpoint.requests) == rounds
    assert len(set(endpoint.event_ids)) == rounds, "a call that failed goes behind the others"
    assert profile.total("nModified") <= 2 * rounds, "taken, and failed"
    assert profile.total("docsExamined") <= 2 * rounds
    assert profile.total("keysExamined") <= 4 * rounds
    assert len(await out.waiting()) == MANY


async def test_looks_during_a_cooldown_read_no_waiting_call(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 503
    await out.put(MANY)
    await out.advance(0.0)
    async with profiled(out.mongo, COLLECTION) as profile:
        for _ in range(4):
            await out.advance(0.5)
    assert len(endpoint.requests) == 1
    assert profile.total("docsExamined") == 0
    assert profile.total("keysExamined") <= 4 * 2, profile.plans
    assert "DISTINCT_SCAN" in str(profile.plans)


async def test_event_during_a_cooldown_changes_no_other_call(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 503
    await out.put(4)
    await out.advance(0.0)
    before = await out.waiting()
    await out.handler.on_event(out.event(9))
    assert [one for one in await out.waiting() if one in before] == before
    assert len(endpoint.requests) == 1


async def test_flapping_endpoint_costs_documents_per_request_only(out: Out, endpoint: Endpoint) -> None:
    endpoint.statuses = cycle((200, 503))
    await out.put(MANY)
    async with profiled(out.mongo, COLLECTION) as profile:
        for _ in range(12):
            await out.advance(5.0)
    made = len(endpoint.requests)
    assert made >= 12
    assert profile.total("nModified") <= 2 * made
    assert profile.total("docsExamined") <= 6 * made, "replicas and tasks may compete for a call"
    assert len(await out.waiting()) == MANY - (made + 1) // 2
    endpoint.statuses = iter(())
    await out.advance(5.0)
    assert set(endpoint.event_ids) == {out.event(number).id for number in range(1, MANY + 1)}
    assert await out.waiting() == []


async def test_one_call_tests_the_endpoint_after_a_cooldown(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 503
    await out.handler.on_event(out.event(1))
    endpoint.status = 200
    answers = endpoint.answers = asyncio.Semaphore(0)
    out.clock.advance(5.0)
    test = asyncio.create_task(out.handler.on_event(out.event(2)))
    await endpoint.requested(2)
    await out.handler.on_event(out.event(3))
    await out.advance(0.0)
    assert len(endpoint.requests) == 2, "the others wait for its result"
    answers.release()
    await test
    endpoint.answers = None
    await out.advance(0.0)
    assert sorted(endpoint.event_ids[1:]) == sorted(out.event(number).id for number in (1, 2, 3))
    assert await out.waiting() == []


async def test_slow_endpoint_has_a_few_calls_at_the_same_time(out: Out, endpoint: Endpoint) -> None:
    await out.put(20)
    answers = endpoint.answers = asyncio.Semaphore(0)
    async with retries_running(out):
        await endpoint.requested(1)
        answers.release()
        await endpoint.requested(1 + AT_ONCE)
        answers.release()
        await endpoint.requested(2 + AT_ONCE)
        assert len(endpoint.requests) == 2 + AT_ONCE
        for _ in range(20):
            answers.release()
    assert sorted(endpoint.event_ids) == sorted(out.event(number).id for number in range(1, 21)), "each once"


async def test_endpoint_that_does_not_answer_delays_no_other_workspace(
    out: Out, endpoint: Endpoint, mongo: Mongo, redis: Redis, bootstrap: str, clock: FixedClock
) -> None:
    answers = endpoint.answers = asyncio.Semaphore(0)
    await out.put(MANY)
    async with (
        served_endpoint() as theirs,
        webhook_parts(mongo, redis, bootstrap, clock, theirs, f"{out.workspace}-other") as other,
    ):
        await other.put(10)
        async with retries_running(out):
            await theirs.requested(10)
            assert len(endpoint.requests) == 1
            for _ in range(MANY):
                answers.release()
    assert len(endpoint.requests) == MANY
    assert await other.waiting() == []


class AwayFor(WebhookQueue):
    """MongoDB is away whenever calls of one workspace are taken."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        super().__init__(mongo)
        self.workspace = workspace

    async def take(self, key: WebhookKey, now: datetime, *, lease: timedelta) -> DueWebhook | None:
        if key.workspace == self.workspace:
            raise DependencyAway("mongodb")
        return await super().take(key, now, lease=lease)


async def test_error_of_mongodb_with_one_webhook_stops_no_others(
    out: Out, endpoint: Endpoint, mongo: Mongo, redis: Redis, bootstrap: str, clock: FixedClock
) -> None:
    await out.put(2)
    async with (
        served_endpoint() as theirs,
        webhook_parts(mongo, redis, bootstrap, clock, theirs, f"{out.workspace}-other") as other,
    ):
        await other.put(10)
        out.retries._queue = AwayFor(mongo, out.workspace)
        await out.advance(0.0)
        assert len(theirs.requests) == 10
        assert endpoint.requests == []
    out.retries._queue = WebhookQueue(mongo)
    await out.advance(0.0)
    assert len(endpoint.requests) == 2


async def test_stop_waits_for_the_calls_that_are_being_made_and_begins_no_others(out: Out, endpoint: Endpoint) -> None:
    await out.put(20)
    answers = endpoint.answers = asyncio.Semaphore(1)
    stop, due = asyncio.Event(), asyncio.Event()
    due.set()
    running = asyncio.create_task(out.retries.run(stop, due))
    await endpoint.requested(1 + AT_ONCE)
    stop.set()
    due.set()
    for _ in range(AT_ONCE):
        answers.release()
    await running
    assert len(endpoint.requests) == 1 + AT_ONCE
    assert len(await out.waiting()) == 20 - 1 - AT_ONCE


async def test_calls_are_given_up_after_a_day_also_during_a_cooldown(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 503
    await out.put(2, since=out.clock.now() - MAX_AGE + timedelta(seconds=1))
    await out.put(1, first=3)
    await out.advance(0.0)
    await out.advance(2.0)
    assert len(endpoint.requests) == 1
    assert sorted(one.event.id for one in await out.dead_letters()) == [out.event(1).id, out.event(2).id]
    assert len(await out.waiting()) == 1


async def test_call_that_cannot_be_read_keeps_no_other_from_being_given_up(out: Out) -> None:
    await out.put(1, since=out.clock.now() - MAX_AGE)
    await out.put(1, first=2, since=out.clock.now() - MAX_AGE)
    await out.mongo.collection(COLLECTION).update({"delivery.event.id": out.event(1).id}, {"$set": {"delivery": {}}})
    await out.advance(0.0)
    assert [one.event.id for one in await out.dead_letters()] == [out.event(2).id]
    assert len(await out.waiting()) == 1


async def test_call_of_a_webhook_that_was_added_just_before_is_made(
    out: Out, endpoint: Endpoint, mongo: Mongo, redis: Redis, clock: FixedClock
) -> None:
    await out.handler.on_event(out.event(1))
    await apply_webhooks(mongo, redis, clock, out.workspace, {"crm": endpoint.url, "erp": endpoint.url})
    await out.put(1, first=2, webhook="erp")
    await out.advance(0.0)
    assert endpoint.event_ids == [out.event(1).id, out.event(2).id]


async def test_calls_that_the_previous_version_stored_are_made(out: Out, endpoint: Endpoint) -> None:
    await out.put(3)
    postponed = {"unreachable": True, "next_at": out.clock.now() + timedelta(hours=1)}
    await out.mongo.collection(COLLECTION).update_many({}, {"$unset": {"endpoint": 1}, "$set": postponed})
    await out.advance(0.0)
    await out.advance(1.0)
    assert len(endpoint.requests) == 3
    assert await out.waiting() == []


async def test_next_try_is_that_of_a_refused_call(out: Out, endpoint: Endpoint) -> None:
    deliveries = WebhookDeliveries(out.mongo, out.workspace)
    await out.put(1)
    assert await deliveries.next_try("crm", out.clock.now()) is None
    endpoint.status = 422
    await out.handler.on_event(out.event(2))
    (refused,) = [one for one in await out.waiting() if one["error"] == "HTTP 422"]
    assert await deliveries.next_try("crm", out.clock.now()) == refused["next_at"]
