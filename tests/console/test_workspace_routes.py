"""Settings, channels, segments, FAQs, catalogue, templates and flows through the API."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.console.parts import Parts
from services.console.token_buckets import TokenBuckets
from services.delivery.webhooks_out.handler import delivery_of
from shared.clock import FixedClock
from shared.domain.conversation import UnansweredQuestion
from shared.kafka.brokers import Brokers
from shared.kafka.topic_reader import read_all
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.inbound import Provider
from shared.providers.port import Channel
from shared.repositories.unanswered import UnansweredQuestions
from shared.repositories.webhook_log import LogEntry, WebhookAttempt, WebhookLog
from shared.repositories.webhook_marks import WebhookMarks
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.topics import CONVERSATION_EVENTS
from shared.workspace.webhooks_out import StoredWebhook
from tests.console.accounts import Accounts
from tests.console.console import Client, Console, make_console, problem
from tests.console.people import People
from tests.repositories.builders import only_channel, workspace_file

HOOK = {"id": "crm", "url": "https://crm.example.com/x", "secret": "crm-very-secret-secret"}
FLOW = 'flow: hello\ntriggers: {keywords: [hello]}\nsteps:\n  say: "Hello!"\n'


@pytest.fixture
async def editor(parts: Parts, mongo: Mongo) -> WorkspaceEditor:
    """The editor, and the workspace acme."""
    editor = WorkspaceEditor(mongo, parts.redis, parts.secrets, parts.clock)
    await editor.apply(workspace_file(webhooks=[HOOK], faqs=[{"question": "When?", "answer": "At 9."}]))
    return editor


@pytest.fixture
def owner(console: Console, editor: WorkspaceEditor) -> Client:
    return console.client("owner")


@pytest.fixture
def admin(console: Console, editor: WorkspaceEditor) -> Client:
    return console.client("admin")


def errors(response: Any) -> dict[str, str]:
    assert problem(response) == "invalid", response.text
    return {one["pointer"]: one["message"] for one in response.json()["errors"]}


async def send_csv(client: Client, path: str, text: str, params: dict[str, str] | None = None) -> Any:
    return await client.post(path, content=text, params=params or {}, headers={"content-type": "text/csv"})


async def test_settings_are_read_and_changed_by_section(admin: Client) -> None:
    found = (await admin.get("settings")).json()
    assert [one["section"] for one in found["sections"]] == ["bot", "hours", "conversing", "limits", "profile"]
    bot = await admin.get("settings/bot")
    assert bot.json()["values"]["history"] == 10
    assert bot.json()["managed"] == {"managed_by": "console", "edited": False, "applied_at": "2026-03-14T09:26:53Z"}
    dry = await admin.patch("settings/bot", {"history": 12}, params={"dry_run": "true"})
    assert (dry.json()["revision"], dry.json()["changes"][0]["path"]) == (1, "bot.history")
    done = await admin.patch("settings/bot", {"history": 12}, headers={"if-match": bot.headers["etag"]})
    assert done.json() == {
        "revision": 2,
        "dry_run": False,
        "changes": [{"kind": "changed", "path": "bot.history", "before": 10, "after": 12, "loses": False}],
    }
    again = await admin.get("settings/bot")
    assert again.headers["etag"] == done.headers["etag"] != bot.headers["etag"]
    assert again.json()["managed"]["edited"] is True
    hours = await admin.patch("settings/hours", {"hours": {"mon": ["09:00-17:00"]}, "holidays": ["2026-12-25"]})
    assert hours.status_code == 200, hours.text


async def test_changes_of_settings_are_kept_with_their_authors_and_can_be_undone(admin: Client) -> None:
    before = (await admin.get("settings/bot")).json()
    assert before["defaults"]["history"] == 10
    await admin.patch("settings/bot", {"history": 12}, params={"dry_run": "true"})
    await admin.patch("settings/bot", {"history": 12, "mode": "faq", "debounce_ms": 3500})
    await admin.patch("settings/hours", {"hours": {"mon": ["09:00-17:00"]}})
    (change,) = (await admin.get("settings/bot/history")).json()["items"]
    assert (change["revision"], change["values"]) == (2, {"history": [10, 12], "mode": ["hybrid", "faq"]})
    assert change["by"].startswith("user:")
    await admin.patch("settings/bot", {name: old for name, (old, _) in change["values"].items()})
    assert (await admin.get("settings/bot")).json()["values"] == before["values"]
    (opened,) = (await admin.get("settings/hours/history")).json()["items"]
    assert opened["values"]["hours"][0] is None
    assert opened["values"]["hours"][1]["mon"] == ["09:00-17:00"]


async def test_hours_are_explained_before_they_are_stored(admin: Client) -> None:
    week = {"hours": {"sun": ["09:00-17:00"]}, "timezone": "Europe/Berlin", "at": "2026-03-28T12:00:00Z"}
    found = (await admin.post("settings-help/hours", week)).json()
    assert (found["open"], found["opens_at"]) == (False, "2026-03-29T09:00:00+02:00")
    assert found["clock_change"] == {"at": "2026-03-29T01:00:00Z", "minutes": 60}
    shut = await admin.post("settings-help/hours", {**week, "holidays": ["2026-03-29"]})
    assert shut.json()["opens_at"] == "2026-04-05T09:00:00+02:00"
    always = (await admin.post("settings-help/hours", {})).json()
    assert (always["open"], always["closes_at"], always["timezone"]) == (True, None, "UTC")
    assert errors(await admin.post("settings-help/hours", {"timezone": "Mars/Base"})) == {
        "#/timezone": "is not a time zone"
    }
    models = (await admin.get("settings-help/models")).json()["items"]
    assert {"name": "claude-haiku-5-5", "vendor": "", "input": "0.10", "output": "0.50"} in models


async def test_second_of_two_edits_of_one_section_fails(admin: Client) -> None:
    etag = (await admin.get("settings/bot")).headers["etag"]
    assert (await admin.patch("settings/profile", {"name": "Other"})).status_code == 200
    edits = [admin.patch("settings/bot", {"history": n}, headers={"if-match": etag}) for n in range(20, 26)]
    statuses = sorted(response.status_code for response in await asyncio.gather(*edits))
    assert statuses == [200, 412, 412, 412, 412, 412], "an edit of another section does not count"


async def test_invalid_settings_are_named_by_pointer(admin: Client) -> None:
    assert errors(await admin.patch("settings/bot", {"history": 500})) == {"#/history": "must be 50 or less"}
    assert list(errors(await admin.patch("settings/bot", {"fast_model": "x"}))) == ["#/fast_model"]
    assert list(errors(await admin.patch("settings/profile", {"shards": 3}))) == ["#/shards"]
    assert list(errors(await admin.patch("settings/limits", {"tier": "enterprise"}))) == ["#/tier"]
    assert list(errors(await admin.patch("settings/profile", {"channels": []}))) == ["#/channels"]
    assert list(errors(await admin.patch("settings/hours", {"hours": {"mon": ["9-5"]}}))) == ["#/hours/mon/0"]
    assert problem(await admin.patch("settings/nothing", {})) == "invalid"


async def test_rights_of_settings(console: Console, editor: WorkspaceEditor) -> None:
    agent = console.client("agent")
    assert (await agent.get("settings/bot")).status_code == 200
    assert problem(await agent.patch("settings/bot", {"history": 5})) == "not-allowed"
    assert problem(await console.client("admin").get("channels/main/credentials")) == "not-allowed"
    assert problem(await console.client("admin").put("channels/main/credentials", {"app_secret": "x"})) == "not-allowed"
    key = console.key("settings:write")
    assert (await key.patch("settings/bot", {"history": 5})).status_code == 200


async def test_part_of_the_file_is_refused_with_its_lines(admin: Client, editor: WorkspaceEditor) -> None:
    await editor.apply(workspace_file(managed_by_file=["bot"]))
    refused = await admin.patch("settings/bot", {"history": 12})
    assert problem(refused) == "managed-by-file"
    assert (refused.json()["parts"], refused.json()["snippet"]) == (["bot"], "bot:\n  history: 12\n")
    assert (await admin.get("settings/bot")).json()["managed"]["managed_by"] == "file"


async def test_channels_never_show_secrets(owner: Client, console: Console, parts: Parts, clock: FixedClock) -> None:
    seen = Channel(workspace="acme", id="main", provider=Provider.META, address="+1", settings={}, secrets={})
    marks = WebhookMarks(parts.redis, clock)
    marks.note("accepted", [seen, seen])
    await marks.settle()
    listed = (await owner.get("channels")).json()["items"]
    assert [(one["id"], one["secrets"]) for one in listed] == [
        ("main", ["access_token", "app_secret"]),
        ("tw", ["auth_token"]),
    ]
    assert listed[0]["fields"] == {"phone_number_id": "665397593326012", "waba_id": "1437200930610622"}
    assert listed[0]["webhooks"] == {"accepted_at": "2026-03-14T09:26:53Z", "refused_at": None}
    assert (await owner.get("channels/main/credentials")).json()["items"][0] == {
        "name": "access_token",
        "last4": "cret",
    }
    new = {"access_token": "EAA-another-token-0123"}
    assert (await owner.put("channels/main/credentials", new)).json()["changes"][0]["path"] == (
        "channels[main].access_token"
    )
    assert (await owner.get("channels/main/credentials")).json()["items"][0]["last4"] == "0123"
    assert list(errors(await owner.put("channels/main/credentials", {"id": "x"}))) == ["#/id"]
    assert problem(await owner.put("channels/none/credentials", new)) == "not-found"
    routes = ("channels", "channels/main", "channels/main/credentials", "settings", "webhooks")
    for route in routes:
        text = (await owner.get(route)).text
        assert "very-secret" not in text
        assert "another-token" not in text
        assert "v1:" not in text


async def test_channel_is_added_changed_and_removed(owner: Client) -> None:
    channel = {
        "id": "new",
        "provider": "twilio",
        "address": "+14155238887",
        "account_sid": "AC" + "1" * 32,
        "auth_token": "secret-token-of-new",
    }
    assert list(errors(await owner.post("channels", {**channel, "address": "12"}))) == ["#/address"]
    assert list(errors(await owner.post("channels", {**channel, "auth_token": ""}))) == ["#/auth_token"]
    made = await owner.post("channels", channel, key="new-channel-1")
    assert (made.status_code, made.json()["changes"][0]["path"]) == (201, "channels[new]")
    assert "secret-token" not in made.text
    assert (await owner.post("channels", channel, key="new-channel-1")).headers["idempotent-replayed"] == "true"
    assert list(errors(await owner.post("channels", channel))) == ["#"], "there is one already"
    changed = await owner.patch("channels/new", {"messages_per_second": 5})
    assert changed.json()["changes"][0]["path"] == "channels[new].messages_per_second"
    assert list(errors(await owner.patch("channels/new", {"auth_token": "x"}))) == ["#/auth_token"]
    gone = await owner.delete("channels/new")
    assert gone.json()["changes"] == [
        {"kind": "removed", "path": "channels[new]", "before": None, "after": None, "loses": True}
    ]


@pytest.mark.parametrize("number", ["665397593326012", "999999999999"], ids=["its number", "its account"])
async def test_channel_of_another_workspace_is_refused_without_naming_it(
    console: Console, editor: WorkspaceEditor, number: str
) -> None:
    """Nor can a tenant take a share of it: events of the account would go to both."""
    await editor.apply(workspace_file("rival", channels=[]))
    rival = console.client("owner", "rival")
    channel = {**only_channel()["channels"][0], "phone_number_id": number}
    for params in ({}, {"dry_run": "true"}, {"share_account": "true"}, {"share_account": "true", "dry_run": "true"}):
        refused = await rival.post("channels", channel, params=params)
        assert problem(refused) == "conflict"
        assert "acme" not in refused.text.lower()
    own = {**channel, "phone_number_id": "888888888888", "waba_id": "777777777777"}
    assert (await rival.post("channels", own)).status_code == 201
    for params in ({}, {"dry_run": "true"}, {"share_account": "true"}):
        refused = await rival.patch("channels/only", {"waba_id": channel["waba_id"]}, params=params)
        assert problem(refused) == "conflict"
        assert "acme" not in refused.text.lower()


async def test_checks_are_limited(
    parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack, editor: WorkspaceEditor
) -> None:
    away = Redis("redis://127.0.0.1:1/0")  # so the tokens come back by the test's clock, which stands still
    closing.push_async_callback(away.close)
    console = make_console(replace(parts, buckets=TokenBuckets(away, clock)), accounts, clock, closing)
    admin = console.client("admin")
    answers = [await admin.post("flows/check", {"source": "flow: x"}) for _ in range(31)]
    assert [answer.status_code for answer in answers[:30]] == [200] * 30
    limited = [answers[30]]
    limited += [await admin.post("faqs/try", {"text": "when?"}), await admin.get("faqs/remarks")]
    limited += [await admin.get("unanswered"), await admin.get("flows/hello/diff"), await admin.post("flows/x/publish")]
    limited += [await admin.post("channels/main/check")]
    assert [problem(answer) for answer in limited] == ["too-many"] * 7
    assert (await console.client("owner").post("faqs/try", {"text": "when?"})).status_code == 200


async def test_content_is_exported_six_times_an_hour(admin: Client) -> None:
    answers = [await admin.get(f"{name}/export") for name in ("faqs", "catalog") * 4]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 2


async def test_segments_are_put_counted_and_removed(admin: Client) -> None:
    assert (await admin.put("segments/loyal", {"min_orders": 3})).status_code == 200
    assert list(errors(await admin.put("segments/loyal", {"min_orders": -1}))) == ["#/min_orders"]
    assert (await admin.get("segments/loyal/count")).json() == {"name": "loyal", "customers": 0}
    assert problem(await admin.get("segments/none/count")) == "not-found"
    assert (await admin.get("segments")).json()["items"][0]["name"] == "loyal"
    assert (await admin.delete("segments/loyal")).status_code == 200
    assert problem(await admin.delete("segments/loyal")) == "not-found"


async def test_faqs_are_edited_tried_and_exported(admin: Client) -> None:
    (first,) = (await admin.get("faqs")).json()["items"]
    await admin.post("faqs", {"question": "Where are you?", "answer": "12 Marina Road.", "variants": ["=address"]})
    assert list(errors(await admin.post("faqs", {"question": "where are you", "answer": "x"}))) == ["#"]
    tried = (await admin.post("faqs/try", {"text": "where are you"})).json()
    assert (tried["answered"], tried["matches"][0]["score"]) == (True, 1.0)
    changed = await admin.put(f"faqs/{first['id']}", {"question": "When?", "answer": "At 10."})
    assert changed.json()["changes"][0]["path"] == "faqs[When?].answer"
    csv = (await admin.get("faqs/export")).text
    assert csv.splitlines() == ["question,answer,variants", "When?,At 10.,", "Where are you?,12 Marina Road.,'=address"]
    same = await send_csv(admin, "faqs/import", csv)
    assert same.json()["changes"] == []
    more = csv + "New?,Yes.,\n"
    merged = await send_csv(admin, "faqs/import", more)
    assert [one["path"] for one in merged.json()["changes"]] == ["faqs[New?]"]
    dry = await send_csv(admin, "faqs/import", csv, {"mode": "replace", "dry_run": "true"})
    assert [(one["path"], one["loses"]) for one in dry.json()["changes"]] == [("faqs[New?]", True)]
    broken = await send_csv(admin, "faqs/import", "question\nA\n")
    assert problem(broken) == "invalid"
    assert "answer" in broken.json()["detail"]
    assert (await admin.get("faqs/remarks")).json()["items"] == []
    assert (await admin.delete(f"faqs/{first['id']}")).status_code == 200


async def test_unanswered_question_becomes_an_faq(admin: Client, mongo: Mongo, clock: FixedClock) -> None:
    questions = UnansweredQuestions(mongo, "acme")
    for number, text in enumerate(["do you sell gift cards", "is there parking", "when do you close today"]):
        asked = UnansweredQuestion(text=text, score=0.2, nearest="When?")
        await questions.add(f"acme:{number}", "c1", asked, clock.now())
    groups = {one["question"]: one["id"] for one in (await admin.get("unanswered")).json()["items"]}
    assert len(groups) == 3
    made = await admin.post(f"unanswered/{groups['is there parking']}/answer", {"answer": "Yes, behind the shop."})
    assert made.json()["changes"][0]["path"] == "faqs[is there parking]"
    faq = (await admin.get("faqs")).json()["items"][0]["id"]
    await admin.post(f"unanswered/{groups['when do you close today']}/answer", {"faq": faq})
    assert (await admin.get("faqs")).json()["items"][0]["variants"] == ["when do you close today"]
    assert await questions.dismissed(9) == (), "an answered question says nothing about what the FAQ does not answer"
    gone = await admin.post(f"unanswered/{groups['do you sell gift cards']}/dismiss")
    assert gone.json() == {"questions": 1}
    assert (await admin.get("unanswered")).json()["items"] == []
    assert problem(await admin.post("unanswered/none/dismiss")) == "not-found"
    assert problem(await admin.post("unanswered/none/answer", {"answer": "x"})) == "not-found"


async def test_catalogue_is_edited_and_imported(admin: Client) -> None:
    (product,) = (await admin.get("catalog")).json()["items"]
    assert product["price"] == "4.50"
    assert (await admin.put("catalog/C2", {"name": "Slate", "price": "6", "currency": "USD"})).status_code == 200
    assert list(errors(await admin.put("catalog/C2", {"name": "Slate", "price": "x", "currency": "USD"}))) == [
        "#/price"
    ]
    csv = (await admin.get("catalog/export")).text
    assert csv.splitlines()[2] == "C2,Slate,6,USD,"
    done = await send_csv(admin, "catalog/import", csv.replace("4.50", "5.00"))
    assert [one["path"] for one in done.json()["changes"]] == ["catalog[C1].price"]
    assert (await admin.delete("catalog/C2")).status_code == 200
    assert (await admin.get("templates")).json() == {"items": []}


async def test_flow_is_checked_published_compared_and_rolled_back(admin: Client) -> None:
    wrong = (await admin.post("flows/check", {"source": FLOW.replace("say:", "s ay:")})).json()
    assert (wrong["valid"], wrong["problems"][0]["line"]) == (False, 4)
    assert (await admin.post("flows/check", {"source": FLOW})).json()["name"] == "hello"
    assert problem(await admin.post("flows/hello/publish", {"source": FLOW.replace("triggers", "t")})) == "invalid"
    assert problem(await admin.post("flows/other/publish", {"source": FLOW})) == "invalid"
    first = await admin.post("flows/hello/publish", {"source": FLOW})
    assert first.json()["changes"][0]["path"] == "flows[hello]"
    newer = FLOW.replace("Hello!", "Good day!")
    assert (await admin.post("flows/hello/publish", {"source": newer})).status_code == 200
    versions = (await admin.get("flows/hello/versions")).json()["items"]
    assert sorted(one["published"] for one in versions) == [False, True]
    old = next(one["version"] for one in versions if not one["published"])
    diff = (await admin.get("flows/hello/diff", params={"old": old})).json()["diff"]
    assert '+  say: "Good day!"' in diff
    etag = (await admin.get("flows")).headers["etag"]
    back = await admin.post("flows/hello/rollback", {"version": old}, headers={"if-match": etag})
    assert back.json()["changes"][0]["after"] == old
    stale = await admin.post("flows/hello/rollback", {"version": old}, headers={"if-match": etag})
    assert problem(stale) == "changed-meanwhile"
    shown = (await admin.get("flows/hello")).json()
    assert (shown["version"], shown["source"]) == (old, FLOW)
    assert (await admin.get(f"flows/hello/versions/{old}")).json()["published"] == old
    assert problem(await admin.post("flows/hello/rollback", {"version": "none"})) == "not-found"
    assert problem(await admin.get("flows/none")) == "not-found"
    assert (await admin.delete("flows/hello")).status_code == 200
    assert problem(await admin.delete("flows/hello")) == "not-found"


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


async def test_channel_check_says_what_the_provider_answers(
    parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack, editor: WorkspaceEditor
) -> None:
    settings = parts.settings.model_copy(update={"meta_graph_url": "http://127.0.0.1:9"})
    owner = make_console(replace(parts, settings=settings), accounts, clock, closing).client("owner")
    found = (await owner.post("channels/main/check")).json()
    checks = {one["name"]: one for one in found["items"]}
    assert checks["credentials"]["good"]
    assert not checks["Meta"]["good"]
    assert not checks["webhooks"]["good"]
    assert "very-secret" not in str(found)
    assert problem(await owner.post("channels/none/check")) == "not-found"


async def test_person_makes_a_workspace_where_registration_is_open(people: People, mongo: Mongo) -> None:
    closed = await people.signed_in("ada", "owner")
    assert problem(await closed.post("/api/v1/workspaces", {"workspace": "zoo"})) == "not-allowed"
    people = people.other(mail=True, console_signup="open")
    ada = await people.sign_in("ada")
    made = await ada.post("/api/v1/workspaces", {"workspace": "zoo"})
    assert made.json() == {"workspace": "zoo", "title": "", "role": "owner"}
    stored = await mongo.collection("workspaces").find_one({"_id": "zoo"})
    assert stored is not None
    assert (stored["tier"], stored["ownership"]["applied_at"]) == ("free", None)
    assert problem(await ada.post("/api/v1/workspaces", {"workspace": "zoo"})) == "conflict"
    assert problem(await ada.post("/api/v1/workspaces", {"workspace": "No Name"})) == "invalid"
    assert [one["workspace"] for one in (await ada.get("/api/v1/workspaces")).json()["items"]] == ["acme", "zoo"]
    assert (await ada.patch("/api/v1/workspaces/zoo/settings/profile", {"name": "Zoo"})).status_code == 200
