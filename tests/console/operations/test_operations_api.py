"""Broadcasts, channels, templates, messages, customers and orders by the API: what is queued, and what is not."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace as replace_struct

from shared.domain.broadcast import RecipientState, broadcast_id
from shared.domain.orders import OrderState
from shared.messages.broadcast_content import BroadcastTemplate, BroadcastText
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.inbound import Provider, ProviderError
from shared.messages.operations import (
    CreateBroadcast,
    CreateComparison,
    ListedRecipient,
    OperationRecord,
    ResumeChannel,
    RetryMessage,
    StartBroadcast,
    SyncTemplates,
)
from shared.operations.broadcasts.create import BroadcastCreator, NewBroadcast
from shared.providers.port import Channel
from shared.repositories.channel_states import ChannelStates
from shared.repositories.operation_outcomes import OperationOutcome, OperationOutcomes
from shared.repositories.orders import Orders
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Mongo
from shared.topics import OPERATIONS_COMMANDS
from tests.console.console import Client, problem
from tests.console.routed import CONVERSATION, CUSTOMER, NUMBER, RoutedConsole
from tests.repositories.builders import NOW, outbound
from tests.repositories.test_orders import order

SPRING = broadcast_id("acme", "Spring")
DRAFT: dict[str, Any] = {"name": "Spring", "content": {"type": "text", "text": "Hello {{ customer.name }}"}}
LISTED = {**DRAFT, "recipients": [{"phone": NUMBER, "name": "Ada"}, {"phone": "+234 809 999 0000"}]}
CHANNEL = Channel(workspace="acme", id="main", provider=Provider.META, address="", settings={}, secrets={})


def queued(acme: RoutedConsole) -> list[OperationRecord]:
    return acme.kafka.messages(OPERATIONS_COMMANDS.name)


async def test_broadcast_to_a_list_is_estimated_and_queued(acme: RoutedConsole, admin: Client) -> None:
    run = (await admin.post("broadcasts/dry-run", {**LISTED, "price": "0.5"})).json()
    assert (run["audience"], run["to_send"], run["cost"], run["problems"]) == (2, 1, "0.5", [])
    assert sum(run["skipped"].values()) == 1  # has never written
    answer = await admin.post("broadcasts", LISTED, key="press-0001")
    assert (answer.status_code, (await admin.post("broadcasts", LISTED, key="press-0001")).text) == (202, answer.text)
    (command,) = queued(acme)
    assert isinstance(command, CreateBroadcast)
    assert command.recipients == (
        ListedRecipient(identity=NUMBER, name="Ada"),
        ListedRecipient(identity="+2348099990000"),
    )
    assert command.id == answer.json()["command"]


async def test_problems_have_codes_for_other_languages(acme: RoutedConsole, admin: Client) -> None:
    unknown = {**LISTED, "content": {"type": "text", "text": "Hi {{ customer.shoe }}"}}
    run = (await admin.post("broadcasts/dry-run", unknown)).json()
    (problem_text,), (coded,) = run["problems"], run["problem_codes"]
    assert "customer.shoe" in problem_text
    assert (coded["code"], coded["values"]["name"]) == ("unknown_field", "customer.shoe")


async def test_two_templates_are_compared_by_one_broadcast(acme: RoutedConsole, admin: Client, mongo: Mongo) -> None:
    first, second = ({"type": "template", "name": name, "language": "en"} for name in ("spring", "summer"))
    people = [{"phone": f"+234809999{number:04}"} for number in range(40)]
    compared = {"name": "Spring", "content": first, "other": second, "recipients": people}
    run = (await admin.post("broadcasts/dry-run", compared)).json()
    assert (run["to_send"], run["problems"]) == (40, [])
    assert 5 < run["to_send_other"] < 35
    shown = (await admin.post("broadcasts/preview", compared)).json()["items"]
    assert [one["variant"] for one in shown] == ["a", "b", "a"]
    same = await admin.post("broadcasts", {**compared, "other": first})
    assert (problem(same), same.json()["detail"]) == ("invalid", "both variants are the same")
    assert problem(await admin.post("broadcasts", {**compared, "content": DRAFT["content"]})) == "invalid"
    assert (await admin.post("broadcasts", compared)).status_code == 202
    (command,) = queued(acme)
    assert isinstance(command, CreateComparison)
    assert command.other == BroadcastTemplate(name="summer", language="en")
    workspace = await acme.console.parts.workspaces.get("acme")
    assert workspace is not None
    wanted = NewBroadcast(name="Spring", content=command.content, other=command.other, by="ada")
    await BroadcastCreator(mongo, workspace, acme.console.clock).create(wanted, listed=command.recipients)
    found = (await admin.get(f"broadcasts/{SPRING}")).json()
    halves = {name: counts["pending"] for name, counts in found["variants"].items()}
    assert halves == {"a": 40 - run["to_send_other"], "b": run["to_send_other"]}  # the dry run is the result
    only = (await admin.get(f"broadcasts/{SPRING}/recipients", params={"variant": "b", "limit": "100"})).json()["items"]
    assert [one["variant"] for one in only] == ["b"] * halves["b"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({}, "#/segment"),
        ({"recipients": [{"phone": "12345x"}]}, "#/recipients/0/phone"),
        ({"segment": "nobody"}, None),
        ({"recipients": [{"phone": NUMBER}], "channel": "other"}, None),
    ],
    ids=["no audience", "no number", "unknown segment", "unknown channel"],
)
async def test_broadcast_that_could_never_start_is_invalid(
    acme: RoutedConsole, admin: Client, change: dict[str, Any], pointer: str | None
) -> None:
    answer = await admin.post("broadcasts", {**DRAFT, **change})
    assert problem(answer) == "invalid"
    assert [one["pointer"] for one in answer.json().get("errors", [])] == ([pointer] if pointer else [])
    assert not queued(acme)


async def test_stored_broadcast_is_read_and_changed(acme: RoutedConsole, admin: Client, mongo: Mongo) -> None:
    workspace = await acme.console.parts.workspaces.get("acme")
    assert workspace is not None
    creator = BroadcastCreator(mongo, workspace, acme.console.clock)
    people = (ListedRecipient(identity=NUMBER, name="Ada"), ListedRecipient(identity="+2348099990000"))
    content = BroadcastText(text="Hello")
    await creator.create(NewBroadcast(name="Spring", content=content, by="ada"), listed=people)
    found = (await admin.get(f"broadcasts/{SPRING}")).json()
    assert (found["stage"], found["counts"]["pending"], found["content"]["type"]) == ("draft", 2, "text")
    assert [one["id"] for one in (await admin.get("broadcasts")).json()["items"]] == [SPRING]
    first = (await admin.get(f"broadcasts/{SPRING}/recipients", params={"limit": "1"})).json()
    rest = (await admin.get(f"broadcasts/{SPRING}/recipients", params={"cursor": first["next"]})).json()
    assert {one["phone"] for one in (*first["items"], *rest["items"])} == {NUMBER, "+2348099990000"}
    sent = await admin.get(f"broadcasts/{SPRING}/recipients", params={"reached": RecipientState.SENT.value})
    assert sent.json()["items"] == []
    assert (await admin.post(f"broadcasts/{SPRING}/dry-run")).json()["audience"] == 2
    at = (acme.console.clock.now() + timedelta(hours=1)).isoformat()
    assert (await admin.post(f"broadcasts/{SPRING}/start", {"at": at})).status_code == 202
    for path in ("pause", "resume", "cancel", "retry"):
        assert (await admin.post(f"broadcasts/{SPRING}/{path}")).status_code == 202
    assert isinstance(queued(acme)[0], StartBroadcast)
    assert len(queued(acme)) == 5
    assert problem(await admin.post("broadcasts", LISTED)) == "conflict"
    assert problem(await admin.post("broadcasts/none/pause")) == "not-found"
    assert problem(await acme.agent().post(f"broadcasts/{SPRING}/pause")) == "not-allowed"


async def test_outcome_of_a_command_is_read(acme: RoutedConsole, admin: Client, mongo: Mongo) -> None:
    outcome = OperationOutcome(command="c1", kind="sync_templates", by="ada", at=NOW, done=False, code="conflict")
    await OperationOutcomes(mongo, "acme").add(outcome)
    found = (await admin.get("commands/c1")).json()
    assert (found["done"], found["code"], found["kind"]) == (False, "conflict", "sync_templates")
    assert problem(await admin.get("commands/c2")) == "not-found"


async def test_channel_templates_and_messages_are_operated(acme: RoutedConsole, admin: Client, mongo: Mongo) -> None:
    assert problem(await admin.post("channels/main/resume")) == "conflict"
    assert problem(await admin.post("channels/none/resume")) == "not-found"
    await ChannelStates(mongo).stop(CHANNEL, ProviderError(code="190", title="expired"), NOW)
    assert (await admin.post("channels/main/resume")).status_code == 202
    assert (await admin.post("templates/sync")).status_code == 202
    message = replace_struct(outbound(1), conversation_id=CONVERSATION)
    await OutboundMessages(mongo, "acme").claim(message, "a", NOW)
    answer = await acme.agent().post(f"messages/{message.id}/retry")
    assert answer.json()["message"] == message.id
    assert [type(one) for one in queued(acme)] == [ResumeChannel, SyncTemplates, RetryMessage]
    assert problem(await acme.agent().post("messages/none/retry", key="press-0009")) == "not-found"


async def test_customer_is_changed_by_the_router(acme: RoutedConsole) -> None:
    agent = acme.agent()
    change = {"name": "Ada", "add_tags": ["vip"], "fields": {"city": "Lyon", "age": 36}, "qualified": True}
    answer = await agent.patch(f"customers/{CUSTOMER}", change)
    assert answer.status_code == 202, answer.text
    (done,) = await acme.route()
    assert (done.kind, done.command_id) == (EventKind.COMMAND_DONE, answer.json()["command"])
    changed = [one for one in acme.kafka.messages() if isinstance(one, ConversationEvent)]
    assert [one.detail for one in changed if one.kind is EventKind.CUSTOMER_CHANGED] == [CUSTOMER]
    found = (await agent.get(f"customers/{CUSTOMER}")).json()
    assert (found["name"], found["tags"], found["fields"]) == ("Ada", ["vip"], {"city": "Lyon", "age": 36})
    assert problem(await agent.patch("customers/none", change)) == "not-found"
    assert problem(await agent.patch(f"customers/{CUSTOMER}", {"fields": {"a": {"b": 1}}})) == "invalid"


async def test_order_is_advanced_and_the_customer_told_or_not(acme: RoutedConsole, mongo: Mongo) -> None:
    orders = Orders(mongo, "acme")
    for number, name in ((1, "K7M4-Q2XC"), (2, "K7M4-Q2XD")):
        await orders.place(replace_struct(order(number), number=name), CUSTOMER, CONVERSATION, NOW)
    agent = acme.agent()
    told = await agent.post("orders/k7m4q2xc/advance", {"state": "paid"})
    assert told.status_code == 202, told.text
    quiet = await agent.post("orders/K7M4-Q2XD/advance", {"state": "cancelled", "tell": False})
    assert {event.kind for event in await acme.route()} == {EventKind.COMMAND_DONE}
    texts = [one for one in acme.kafka.messages("outbound.messages") if one.cause == told.json()["command"]]
    assert len(texts) == 1
    assert not [one for one in acme.kafka.messages("outbound.messages") if one.cause == quiet.json()["command"]]
    states = [(await orders.get(name)) for name in ("K7M4-Q2XC", "K7M4-Q2XD")]
    assert [one.state for one in states if one] == [OrderState.PAID, OrderState.CANCELLED]
    assert problem(await agent.post("orders/K7M4-Q2XC/advance", {"state": "placed"})) == "conflict"
    assert problem(await agent.post("orders/none/advance", {"state": "paid"})) == "not-found"
