"""Segments, FAQs, unanswered questions, the catalogue and flows through the API."""

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

from services.console.parts import Parts
from services.console.token_buckets import TokenBuckets
from shared.clock import FixedClock
from shared.domain.conversation import UnansweredQuestion
from shared.repositories.unanswered import UnansweredQuestions
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.console.accounts import Accounts
from tests.console.console import Client, make_console, problem
from tests.console.edited_workspace import errors

FLOW = 'flow: hello\ntriggers: {keywords: [hello]}\nsteps:\n  say: "Hello!"\n'


async def send_csv(client: Client, path: str, text: str, params: dict[str, str] | None = None) -> Any:
    return await client.post(path, content=text, params=params or {}, headers={"content-type": "text/csv"})


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
