"""Routes for the pages of customers, orders, segments, FAQs and broadcasts in the console."""

import csv
import io
from typing import Any

import pytest
from msgspec.structs import replace as replace_struct

from shared.domain.broadcast import RecipientState, broadcast_id
from shared.domain.conversation import UnansweredQuestion
from shared.messages.broadcast_content import BroadcastText
from shared.messages.commands import ChangeCustomer
from shared.messages.operations import ListedRecipient
from shared.operations.broadcasts.create import BroadcastCreator, NewBroadcast
from shared.repositories.broadcast_recipients import BroadcastRecipients, RecipientUpdate
from shared.repositories.orders import Orders
from shared.repositories.unanswered import UnansweredQuestions
from shared.storage.mongo import Mongo
from tests.console.console import Client, problem
from tests.console.routed import CONVERSATION, CUSTOMER, NUMBER, RoutedConsole
from tests.repositories.builders import NOW
from tests.repositories.test_orders import order

TEMPLATE: dict[str, Any] = {
    "name": "Hello",
    "content": {"type": "template", "name": "hello", "language": "en", "parameters": ["{{ customer.name }}"]},
    "recipients": [{"phone": NUMBER, "name": "Ada"}, {"phone": "+234 809 999 0000"}],
}


async def test_many_customers_get_tags_once(acme: RoutedConsole) -> None:
    agent, body = acme.agent(), {"customers": [CUSTOMER, CUSTOMER, "unknown"], "add": ["VIP"]}
    answer = await agent.post("customers/tags", body, key="press-0001")
    assert (answer.status_code, answer.json()["customers"]) == (202, 1)
    await agent.post("customers/tags", body, key="press-0001")
    assert len([one for one in acme.kafka.messages() if isinstance(one, ChangeCustomer)]) == 1
    await acme.route()
    assert (await agent.get(f"customers/{CUSTOMER}")).json()["tags"] == ["VIP"]
    assert problem(await agent.post("customers/tags", {"customers": [CUSTOMER]})) in ("invalid", "conflict")
    assert problem(await agent.post("customers/tags", {"customers": ["a"] * 1001, "add": ["b"]})) == "invalid"
    assert problem(await acme.console.client("viewer").post("customers/tags", body)) == "not-allowed"


async def test_change_of_many_tags_is_followed_to_its_end(acme: RoutedConsole, mongo: Mongo) -> None:
    agent = acme.agent()
    queued = await agent.post("customers/tags", {"customers": [CUSTOMER], "add": ["VIP"]})
    place = queued.headers["location"]
    assert place.endswith(f"/customers/tags/{queued.json()['command']}")
    counts = {"command": queued.json()["command"], "customers": 1, "unknown": 0}
    assert (await agent.get(place)).json() == {**counts, "state": "queued", "changed": 0}
    assert problem(await acme.console.client("admin").get(place)) == "not-found", "another person's"
    await acme.route()
    assert (await agent.get(place)).json() == {**counts, "state": "done", "changed": 1}
    gone = await agent.post("customers/tags", {"customers": [CUSTOMER], "remove": ["VIP"]})
    await mongo.collection("customers").delete({"_id": CUSTOMER})
    found = (await agent.get(gone.headers["location"])).json()
    assert (found["state"], found["changed"], found["unknown"]) == ("done", 0, 1), "erased meanwhile"
    assert problem(await agent.get("customers/tags/unknown")) == "not-found"


async def test_segment_is_counted_before_it_is_stored(acme: RoutedConsole) -> None:
    agent = acme.agent()
    assert (await agent.post("segments/count", {"active_within_days": 1})).json()["customers"] == 1
    assert (await agent.post("segments/count", {"tags": ["vip"]})).json()["customers"] == 0
    refused = await agent.post("segments/count", {"min_orders": -1})
    assert [one["pointer"] for one in refused.json()["errors"]] == ["#/min_orders"]


async def test_orders_have_names_totals_and_a_preview(acme: RoutedConsole, mongo: Mongo) -> None:
    orders = Orders(mongo, "acme")
    await orders.place(replace_struct(order(1), number="K7M4-Q2XC"), CUSTOMER, CONVERSATION, NOW)
    agent = acme.agent()
    await agent.patch(f"customers/{CUSTOMER}", {"name": "Ada"})
    await acme.route()
    (found,) = (await agent.get("orders")).json()["items"]
    assert (found["customer"], found["next"]) == ("Ada", ["confirmed", "paid", "cancelled"])
    totals = (await agent.get("orders/totals")).json()["items"]
    assert [(one["state"], one["orders"], one["total"]) for one in totals] == [("placed", 1, found["total"])]
    assert problem(await acme.console.client(person="bo", sees="own_and_unassigned").get("orders/totals")) == (
        "not-allowed"
    )
    path, body = "orders/K7M4-Q2XC/advance/preview", {"state": "paid"}
    seen = (await agent.post(path, body)).json()
    assert ("K7M4-Q2XC" in seen["text"], seen["how"]) == (True, "text")
    acme.console.clock.advance(25 * 3600)
    late = (await agent.post(path, body)).json()
    assert (late["how"], late["why"], late["window_ends_at"]) == ("nothing", "no_template", None)
    assert problem(await agent.post(path, {"state": "placed"})) == "conflict"


async def test_broadcast_is_previewed_for_real_people(acme: RoutedConsole, admin: Client) -> None:
    await admin.patch(f"customers/{CUSTOMER}", {"name": "Ada"})
    await acme.route()
    first, second = (await admin.post("broadcasts/preview", TEMPLATE)).json()["items"]
    assert (first["name"], first["text"], first["skipped"], first["parameters"]) == ("Ada", "Hello Ada!", "", ["Ada"])
    assert (second["text"], second["skipped"]) == ("", "not_filled_in")
    assert problem(await admin.post("broadcasts/preview", {**TEMPLATE, "recipients": []})) == "invalid"


async def test_catalogue_is_shown_as_customers_get_it(acme: RoutedConsole, admin: Client, mongo: Mongo) -> None:
    products = [{"sku": f"C{n}", "name": f"Coaster {n}", "price": "4.50", "currency": "USD"} for n in range(12)]
    await mongo.collection("workspaces").update({"_id": "acme"}, {"$set": {"catalog": products, "revision": 2}})
    first = (await admin.get("catalog/preview")).json()
    assert (first["pages"], "1. Coaster 0 – USD 4.50" in first["text"]) == (2, True), first["text"]
    assert (await admin.get("catalog/preview", params={"page": "9"})).json()["page"] == 2


async def test_recipients_have_the_reason_of_a_failure(acme: RoutedConsole, admin: Client, mongo: Mongo) -> None:
    workspace = await acme.console.parts.workspaces.get("acme")
    assert workspace is not None
    creator = BroadcastCreator(mongo, workspace, acme.console.clock)
    wanted = NewBroadcast(name="Spring", content=BroadcastText(text="Hello"), by="ada")
    await creator.create(wanted, listed=(ListedRecipient(identity=NUMBER),))
    spring, recipients = broadcast_id("acme", "Spring"), BroadcastRecipients(mongo, "acme")
    (stored,) = await recipients.page(spring, after="", limit=1)
    failed = RecipientUpdate(
        id=stored.id, was=stored.reached, reached=RecipientState.FAILED, reason="undeliverable", code="131026"
    )
    await recipients.update([failed], NOW)
    (row,) = (await admin.get(f"broadcasts/{spring}/recipients")).json()["items"]
    assert (row["reached"], row["reason"], row["code"]) == ("failed", "undeliverable", "131026")
    lists = f"customers/{row['customer_id']}/broadcasts"
    (sent,) = (await admin.get(lists)).json()["items"]
    assert (sent["reached"], sent["in_doubt"]) == ("failed", False)
    await mongo.collection("broadcast_recipients").update({"_id": stored.id}, {"$set": {"reason": "in_doubt"}})
    (sent,) = (await admin.get(lists)).json()["items"]
    assert (sent["reached"], sent["in_doubt"]) == ("failed", True)


async def test_recipients_are_exported_with_the_right_a_fresh_proof_and_an_entry(
    acme: RoutedConsole, admin: Client, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.console.api.broadcast_recipients._BATCH", 2)
    workspace = await acme.console.parts.workspaces.get("acme")
    assert workspace is not None
    people = [ListedRecipient(identity=f"+23480999900{number:02}", name=f"=Ada {number}") for number in range(5)]
    wanted = NewBroadcast(name="Spring", content=BroadcastText(text="Hello"), by="ada")
    await BroadcastCreator(mongo, workspace, acme.console.clock).create(wanted, listed=people)
    path, table = f"broadcasts/{broadcast_id('acme', 'Spring')}/recipients", {"headers": {"accept": "text/csv"}}
    for role in ("agent", "viewer"):
        assert problem(await acme.console.client(role).get(path, **table)) == "not-allowed"
    audit = mongo.collection("audit")
    assert await audit.find({"action": "broadcasts.export_recipients"}) == []
    answer = await admin.get(path, **table)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["phone"] for row in rows} == {one.identity for one in people}
    assert {row["name"] for row in rows} == {f"'{one.name}" for one in people}
    assert len(rows) == 5
    (entry,) = await audit.find({"action": "broadcasts.export_recipients"})
    assert (entry["workspace"], entry["target"]) == ("acme", f"broadcasts:{broadcast_id('acme', 'Spring')}")
    nobody = await admin.get(path, params={"reached": RecipientState.SENT.value}, **table)
    assert nobody.text.splitlines() == [answer.text.splitlines()[0]]
    answers = [await admin.get(path, **table) for _ in range(5)]
    assert [one.status_code for one in answers] == [200] * 4 + [429]
    acme.console.clock.advance(601)
    assert problem(await acme.console.client("owner").get(path, **table)) == "proof-needed"


async def _teach_examples(admin: Client, dismissed: list[dict[str, str]]) -> None:
    """Add an example of what an FAQ does not answer, and take all back."""
    faq = (await admin.get("faqs")).json()["items"][0]
    example = {"text": "Where  is the moon?", "faq": faq["id"]}
    added = await admin.post("faqs/dismissed", example)
    assert (added.status_code, added.json()["nearest"]) == (201, faq["question"])
    assert (await admin.post("faqs/dismissed", example)).json() == added.json()
    listed = (await admin.get("faqs/dismissed")).json()["items"]
    assert len(listed) == len(dismissed) + 1
    assert problem(await admin.post("faqs/dismissed", {"text": faq["question"], "faq": faq["id"]})) == "conflict"
    assert problem(await admin.post("faqs/dismissed", {"text": "?!", "faq": faq["id"]})) == "invalid"
    assert problem(await admin.post("faqs/dismissed", {"text": "Hm", "faq": "none"})) == "not-found"
    for one in listed:
        assert (await admin.delete(f"faqs/dismissed/{one['id']}")).json() == {"questions": 1}
    assert problem(await admin.delete(f"faqs/dismissed/{listed[0]['id']}")) == "not-found"
    assert (await admin.get("faqs/dismissed")).json()["items"] == []


async def test_faq_has_a_forecast_and_dismissed_questions(acme: RoutedConsole, admin: Client, mongo: Mongo) -> None:
    await mongo.collection("workspaces").update({"_id": "acme"}, {"$set": {"channels": [], "created_at": NOW}})
    questions = UnansweredQuestions(mongo, "acme")
    for number, text in enumerate(("Do you repair lamps?", "do you repair a lamp")):
        effect = UnansweredQuestion(text=text, score=0.4, nearest="Where are you?")
        await questions.add(f"cause-{number}", CONVERSATION, effect, NOW)
    groups = (await admin.get("unanswered")).json()["items"]
    assert sorted(text for group in groups for text in group["texts"]) == [
        "Do you repair lamps?",
        "do you repair a lamp",
    ]
    body = {"answer": "Yes, all lamps.", "variants": ["Can you mend lamps?"]}
    answered = await admin.post(f"unanswered/{groups[0]['id']}/answer", body)
    assert answered.status_code == 200, answered.text
    added = (await admin.get("faqs")).json()["items"][-1]
    assert (added["answer"], added["variants"]) == ("Yes, all lamps.", ["Can you mend lamps?"])
    for group in groups[1:]:
        await admin.post(f"unanswered/{group['id']}/dismiss")
    dismissed = (await admin.get("faqs/dismissed")).json()["items"]
    assert len(dismissed) == len(groups) - 1
    await _teach_examples(admin, dismissed)
    forecast = (await admin.get("faqs/forecast")).json()
    assert forecast["trials"] >= 0
    assert set(forecast["need_variants"]) <= {one["id"] for one in (await admin.get("faqs")).json()["items"]}
