"""Failed calls of webhooks out: cooldown, retries, dead letters."""

import asyncio
from datetime import timedelta

import pytest

from services.delivery.webhooks_out.handler import delivery_of
from services.delivery.webhooks_out.waiting import WaitingCalls
from shared.kafka import dead_letter_log
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.records import Record
from shared.messages.dead_letters import DeadLetterReason
from shared.repositories.webhook_deliveries import WebhookDeliveries
from shared.repositories.webhook_queue import WebhookKey, WebhookQueue
from shared.workspace.webhooks_out import StoredWebhook
from tests.profiler import profiled
from tests.services.webhook_endpoint import Endpoint
from tests.services.webhook_parts import Out


async def test_endpoint_cooldown_ends_with_its_first_answer(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 503
    for number in range(1, 5):
        await out.handler.on_event(out.event(number))
    assert len(endpoint.requests) == 1, "no other call during the cooldown"
    assert len(await out.waiting()) == 4
    await out.advance(2.0)
    assert len(endpoint.requests) == 1
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


async def test_event_redelivered_at_the_limit_is_no_dead_letter_while_its_call_waits(
    out: Out, endpoint: Endpoint
) -> None:
    endpoint.status = 500
    for number in (1, 2, 3, 4, 5, 3):
        await out.handler.on_event(out.event(number))
    assert len(await out.waiting()) == 5
    assert await out.dead_letters() == []


async def test_redelivered_event_waits_once(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 500
    for _ in range(3):
        await out.handler.on_event(out.event())
    assert len(await out.waiting()) == 1


async def test_due_call_is_leased_to_one_replica(out: Out, endpoint: Endpoint) -> None:
    endpoint.status = 422
    await out.handler.on_event(out.event())
    out.clock.advance(10.0)
    queue, crm = WebhookQueue(out.mongo), WebhookKey(out.workspace, "crm")
    assert await queue.take(crm, out.clock.now(), lease=timedelta(seconds=60)) is not None
    assert await queue.take(crm, out.clock.now(), lease=timedelta(seconds=60)) is None
    out.clock.advance(61.0)
    assert await queue.take(crm, out.clock.now(), lease=timedelta(seconds=60)) is not None, "the lease has ended"


async def test_waiting_calls_are_counted_anew_after_a_while_not_for_each_event(out: Out) -> None:
    calls, deliveries = WaitingCalls(out.mongo, out.clock, most=3), WebhookDeliveries(out.mongo, out.workspace)
    webhook = StoredWebhook(id="crm", url="http://127.0.0.1:1")

    async def add(number: int) -> str:
        delivery = delivery_of(out.event(number), webhook)
        await deliveries.add(delivery, out.clock.now(), out.clock.now(), "HTTP 500")
        return delivery.id

    assert await calls.has_room(out.workspace, "crm")
    ids = [await add(number) for number in range(3)]
    assert await calls.has_room(out.workspace, "crm"), "those of another replica are found later"
    out.clock.advance(10.0)
    assert not await calls.has_room(out.workspace, "crm")
    await deliveries.remove(ids[0])
    out.clock.advance(1.0)
    assert await calls.has_room(out.workspace, "crm"), "at the limit it is counted sooner"
    await add(3)
    calls.added(out.workspace, "crm")
    assert not await calls.has_room(out.workspace, "crm"), "its own are counted at once"


async def test_events_that_fail_together_count_what_waits_once(out: Out) -> None:
    calls = WaitingCalls(out.mongo, out.clock, most=3)
    async with profiled(out.mongo, "webhook_deliveries") as profile:
        assert all(await asyncio.gather(*(calls.has_room(out.workspace, "crm") for _ in range(50))))
    assert len(profile.commands) == 1


async def test_dead_letters_of_an_endpoint_are_not_all_logged(out: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(dead_letter_log.log, "warning", lambda event, **_: lines.append(event))
    letters = DeadLetters("delivery", out.producer, out.clock)
    for number in range(80):
        record = Record("conversation.events", 0, number, out.workspace.encode(), b"{}")
        await letters.from_record(record, DeadLetterReason.UNDECODABLE, "no event", out.workspace, "")
    assert lines == [*["Dead letter"] * 60, lines[-1]]
    assert lines[-1].startswith("More dead letters of this workspace are written, but not logged")
