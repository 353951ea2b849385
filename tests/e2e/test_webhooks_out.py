"""Webhooks out: signed, retried, and finally a dead letter that can be replayed."""

import hmac
import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from shared.clock import SystemClock
from tests.cli.runner import parley
from tests.e2e.crm import SECRET, Crm, shop_with_webhook
from tests.e2e.shop import phone
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World


async def test_events_are_signed_and_contain_no_text_or_number(world: World, crm: Crm) -> None:
    shop, ada = await shop_with_webhook(world, crm), phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
    kinds = {"message.received", "message.sent", "message.status"}

    async def look() -> bool:
        return kinds <= {event["type"] for event in crm.events_received()}

    await until(look, "the CRM has received all events")
    for request, body in crm.calls:
        given = request.headers["X-Parley-Signature"]
        timestamp = request.headers["X-Parley-Timestamp"]
        expected = hmac.new(SECRET.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()
        assert hmac.compare_digest(given, f"v1={expected}")
        assert b"Where are you" not in body
        assert ada.encode() not in body
        event = json.loads(body)
        assert request.headers["X-Parley-Event"] == event["type"]
        assert request.headers["X-Parley-Delivery"] == event["id"]
        assert event["conversation_id"] == shop.meta_conversation(ada)


async def test_only_subscribed_events_are_sent(world: World, crm: Crm) -> None:
    shop, ada = await shop_with_webhook(world, crm, "message.sent"), phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
    await until(lambda: _event_received(crm, "message.sent"), "the CRM has received the answer's event")
    assert {event["type"] for event in crm.events_received()} == {"message.sent"}


async def test_failed_webhook_call_is_retried_with_the_same_id(world: World, crm: Crm) -> None:
    seen: dict[str, int] = {}

    def once_bad(event: dict[str, Any]) -> int:
        seen[event["id"]] = seen.get(event["id"], 0) + 1
        return 500 if seen[event["id"]] == 1 else 200

    crm.status = once_bad
    shop, ada = await shop_with_webhook(world, crm, "message.received"), phone()
    await world.write(shop, ada, "Where are you?")

    async def look() -> bool:
        return 2 in seen.values()

    await until(look, "the call was repeated")
    assert len(seen) == 1
    first, second = (json.loads(body) for _, body in crm.calls[:2])
    assert first == second

    async def nothing_waits() -> bool:
        return not await world.stored(shop, "webhook_deliveries").find({})

    await until(nothing_waits, "no calls wait")


async def _event_received(crm: Crm, kind: str) -> bool:
    return bool(crm.events_received(kind))


async def test_webhook_call_that_failed_for_a_day_is_a_dead_letter_and_can_be_replayed(world: World, crm: Crm) -> None:
    crm.status = lambda _: 422
    shop, ada = await shop_with_webhook(world, crm, "message.received"), phone()
    await world.write(shop, ada, "Where are you?")
    waiting = world.stored(shop, "webhook_deliveries")
    found = await until(lambda: waiting.find({}), "the call waits for its retry")
    assert (found[0]["error"], found[0]["tries"]) == ("HTTP 422", 1)
    yesterday = SystemClock().now() - timedelta(days=1)
    await waiting.update_many({}, {"$set": {"since": yesterday, "next_at": yesterday}})
    (letter,) = await world.dead_letters('"reason":"webhook_failed"')
    assert letter["detail"].startswith("webhook crm: HTTP 422")

    crm.status = lambda _: 200
    calls_before = len(crm.calls)
    where = ("--dir", str(Path(world.stack.info["logs"]).parent))
    done = await in_thread(parley, "dlq", "replay", "--workspace", shop.workspace, "--yes", *where)
    assert "put into webhooks.replay" in done.out, done.err
    await until(lambda: _calls_exceed(crm, calls_before), "the call is replayed")
    assert crm.events_received()[-1]["id"] == found[0]["_id"]


async def _calls_exceed(crm: Crm, than: int) -> bool:
    return len(crm.calls) > than
