"""Webhooks out, their secrets and their log through the API."""

from datetime import timedelta

from services.delivery.webhooks_out.handler import delivery_of
from shared.clock import FixedClock
from shared.kafka.brokers import Brokers
from shared.kafka.topic_reader import read_all
from shared.messages.events import ConversationEvent, EventKind
from shared.repositories.webhook_deliveries import COLLECTION
from shared.repositories.webhook_log import LogEntry, WebhookAttempt, WebhookLog
from shared.storage.mongo import Document, Mongo
from shared.topics import CONVERSATION_EVENTS
from shared.workspace.webhooks_out import StoredWebhook
from tests.console.console import Client, problem
from tests.console.edited_workspace import errors
from tests.profiler import profiled
from tests.repositories.builders import later


async def test_changes_of_webhooks_are_announced_once_each(admin: Client, bootstrap: str) -> None:
    hook = {"id": "erp", "url": "https://erp.example.com/x", "secret": "erp-very-secret-secret"}

    async def announced() -> int:
        records = [one async for one in read_all(Brokers(bootstrap), CONVERSATION_EVENTS.name)]
        return sum(b'"webhooks.changed"' in one.value for one in records)

    before = await announced()
    await admin.post("webhooks", {**hook, "id": "dry"}, params={"dry_run": "true"})
    assert await announced() == before
    await admin.post("webhooks", hook)
    assert await announced() == before + 1
    await admin.delete("webhooks/erp")
    assert await announced() == before + 2


async def test_webhooks_are_added_changed_and_never_show_their_secret(admin: Client, mongo: Mongo) -> None:
    hook = {"id": "erp", "url": "https://erp.example.com/x", "secret": "erp-very-secret-secret"}
    assert list(errors(await admin.post("webhooks", {**hook, "url": "ftp://x"}))) == ["#/url"]
    made = await admin.post("webhooks", hook)
    assert made.json()["changes"][0]["path"] == "webhooks[erp]"
    before = await mongo.collection("workspaces").find_one({"_id": "acme"})
    changed = await admin.put("webhooks/erp", {"url": "https://erp.example.com/y", "events": ["order.placed"]})
    assert [one["path"] for one in changed.json()["changes"]] == ["webhooks[erp].url", "webhooks[erp].events"]
    after = await mongo.collection("workspaces").find_one({"_id": "acme"})
    assert before is not None
    assert after is not None
    assert after["webhooks"][1]["secrets"] == before["webhooks"][1]["secrets"]
    assert list(errors(await admin.put("webhooks/erp", {"url": "https://x.example", "events": ["none"]}))) == [
        "#/events/0"
    ]
    assert problem(await admin.put("webhooks/none", {"url": "https://x.example"})) == "not-found"
    listed = await admin.get("webhooks")
    assert [(one["id"], one["events"]) for one in listed.json()["items"]] == [("crm", []), ("erp", ["order.placed"])]
    assert "secret-secret" not in made.text + changed.text + listed.text
    assert (await admin.delete("webhooks/erp")).status_code == 200


async def test_waiting_calls_are_counted_up_to_a_thousand(admin: Client, mongo: Mongo) -> None:
    calls: list[Document] = [
        {"_id": f"c{number}", "workspace": "acme", "webhook": "crm", "next_at": later(number)} for number in range(3000)
    ]
    await mongo.collection(COLLECTION).insert_all(calls[:999])
    (listed,) = (await admin.get("webhooks")).json()["items"]
    assert listed["waiting"] == 999
    await mongo.collection(COLLECTION).insert_all(calls[999:])
    async with profiled(mongo, COLLECTION) as work:
        (listed,) = (await admin.get("webhooks")).json()["items"]
    assert (listed["waiting"], listed["next_at"]) == (1000, "2026-03-14T09:26:53.589000Z")
    assert work.total("keysExamined") <= 1000 + 2
    assert work.total("docsExamined") <= 1, "the next call"


async def test_webhook_secret_is_rotated_with_an_overlap(admin: Client, clock: FixedClock) -> None:
    assert problem(await admin.post("webhooks/crm/rotate", {"secret": "short"})) == "invalid"
    done = await admin.post("webhooks/crm/rotate", {"secret": "a-new-secret-of-the-crm", "overlap_hours": 2})
    assert done.json() == {"revision": 2, "previous_until": "2026-03-14T11:26:53Z"}
    (listed,) = (await admin.get("webhooks")).json()["items"]
    assert listed["previous_until"] == "2026-03-14T11:26:53Z"
    assert problem(await admin.post("webhooks/none/rotate", {"secret": "a-new-secret-of-the-crm"})) == "not-found"
    clock.advance(60)
    again = await admin.post("webhooks/crm/rotate", {"secret": "a-new-secret-of-the-crm"})
    assert again.json() == done.json(), "the overlap with the first secret goes on"
    clock.advance(601)
    again = await admin.post("webhooks/crm/rotate", {"secret": "a-new-secret-of-the-crm"})
    assert problem(again) == "proof-needed"


async def test_webhook_log_is_read_in_pages_and_replayed(admin: Client, mongo: Mongo, clock: FixedClock) -> None:
    entries = []
    for number in range(5):
        event = ConversationEvent(
            id=f"e{number}",
            workspace="acme",
            correlation_id="0" * 32,
            created_at=clock.now() + timedelta(seconds=number),
            kind=EventKind.MESSAGE_SENT,
            conversation_id="c1",
            message_id=f"m{number}",
        )
        delivery = delivery_of(event, StoredWebhook(id="crm", url="https://crm.example.com/x"))
        attempt = WebhookAttempt(at=clock.now(), status=500, ms=12, error="HTTP 500")
        outcome = "given_up" if number % 2 else "delivered"
        entries.append(
            LogEntry(delivery=delivery, outcome=outcome, ends_at=clock.now(), attempts=(attempt,), error="HTTP 500")
        )
    await WebhookLog(mongo, "acme").write(entries)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await admin.get("webhooks/crm/log", params=query)).json()
        seen += [one["event"] for one in page["items"]]
        cursor = page["next"]
    assert seen == ["e4", "e3", "e2", "e1", "e0"]
    failed = (await admin.get("webhooks/crm/log", params={"outcome": "given_up"})).json()["items"]
    assert [one["event"] for one in failed] == ["e3", "e1"]
    assert failed[0]["attempts"] == [{"at": "2026-03-14T09:26:53Z", "status": 500, "ms": 12, "error": "HTTP 500"}]
    one = await admin.get(f"webhooks/crm/log/{failed[0]['id']}")
    assert one.json() == failed[0]
    assert problem(await admin.get("webhooks/crm/log/none")) == "not-found"
    assert (await admin.post("webhooks/crm/replay", {"call": failed[0]["id"]})).json() == {"calls": 1}
    assert problem(await admin.post("webhooks/crm/replay", {"call": failed[0]["id"]})) == "conflict"
    assert (await admin.post("webhooks/crm/replay", {})).json() == {"calls": 1}
    started = await admin.post("webhooks/crm/test")
    assert (started.status_code, started.json()["state"]) == (202, "queued")
    assert problem(await admin.post("webhooks/none/test")) == "not-found"
