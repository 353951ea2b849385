"""Reads over the API: lists, conversations, timelines, customers, orders, search; and reads that are refused."""

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock

import msgspec
import pytest

from services.console.api.conversation_models import ConversationRow, TimelineAnswer, UnreadConversations
from services.console.api.customers import CustomerAnswer
from services.console.pages import Page
from shared.clock import FixedClock
from shared.domain import ids
from shared.domain.conversation import Conversation, Mode, NoteAdded, OrderPlaced, RecordedDecision
from shared.domain.orders import order_number
from shared.messages.content import Media, MediaKind, Text
from shared.messages.inbound import Sender
from shared.providers.port import FetchedMedia
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.repositories.notes import Notes
from shared.repositories.orders import Orders
from shared.repositories.outbound import OutboundMessages
from shared.storage.mongo import Mongo
from tests.console.console import Client, Console, problem
from tests.repositories.builders import NOW, inbound, outbound

PHONES = {"ada": "+2348031234567", "bola": "+2348031234568", "chidi": "+2348031234569"}
STATES: dict[str, dict[str, Any]] = {
    "ada": {"mode": Mode.HUMAN, "assigned_to": "agent-acme", "labels": ("vip",)},
    "bola": {"mode": Mode.HUMAN, "assigned_to": "someone-else"},
    "chidi": {"mode": Mode.HUMAN, "waiting_since": NOW, "channel": "second"},
}


def conversation_of(name: str, workspace: str = "acme") -> str:
    return ids.conversation_id(workspace, "main", PHONES[name])


def order_of(name: str) -> str:
    return order_number(ids.output_id(name, "order"))


async def live(mongo: Mongo, name: str, number: int, workspace: str = "acme") -> None:
    """Store a customer with a message, an answer and an order."""
    phone = PHONES[name]
    sender = Sender(identity=phone, address=phone[1:], phone=phone, name=name.title())
    message = msgspec.structs.replace(
        inbound(number, workspace, sender=sender), conversation_id=conversation_of(name, workspace)
    )
    customer = ids.customer_id(workspace, phone)
    state = Conversation(
        id=message.conversation_id,
        workspace=workspace,
        channel="main",
        provider="meta",
        customer_id=customer,
        address=phone[1:],
        version=1,
        turn=number,
        last_inbound_at=message.created_at,
    )
    state = msgspec.structs.replace(state, **STATES[name])
    await Conversations(mongo, workspace).save(state, 0, RecordedDecision(cause=message.id, turn=1, decision="faq"))
    await InboundMessages(mongo, workspace).add(message, turn=number, decision="faq", routed_at=NOW)
    await Customers(mongo, workspace).record_contact(customer, message, message.created_at)
    answer = msgspec.structs.replace(
        outbound(number, workspace), conversation_id=state.id, customer_id=customer, address=phone[1:]
    )
    await OutboundMessages(mongo, workspace).claim(answer, "a", NOW)
    id_ = ids.output_id(name, "order")
    order = OrderPlaced(id=id_, number=order_number(id_), lines=(), total="9.00", currency="USD", note="=1+1")
    if workspace == "acme":
        await Orders(mongo, workspace).place(order, customer, state.id, NOW)


@pytest.fixture(autouse=True)
async def stored(mongo: Mongo, clock: FixedClock) -> None:
    """Three customers of acme, the later ones the newer, and one of zeta."""
    for number, name in enumerate(PHONES, 1):
        await live(mongo, name, number)
    await live(mongo, "ada", 1, "zeta")


@pytest.fixture
def agent(console: Console) -> Client:
    return console.client("agent")


async def rows(client: Client, **params: str) -> list[str]:
    """The names of the customers in a list of conversations."""
    response = await client.get("conversations", params=params)
    assert response.status_code == 200, response.text
    page = Page[ConversationRow].model_validate(response.json(), strict=False, extra="forbid")
    return [row.customer.name for row in page.items]


FOLDERS = {
    "all": ["Chidi", "Bola", "Ada"],
    "mine": ["Ada"],
    "unassigned": ["Chidi"],
    "waiting": ["Chidi"],
    "people": ["Chidi", "Bola", "Ada"],
    "bot": [],
    "closed": [],
}


async def test_folders_and_filters_list_what_they_say(agent: Client) -> None:
    assert {folder: await rows(agent, folder=folder) for folder in FOLDERS} == FOLDERS
    assert await rows(agent, label="vip") == ["Ada"]
    assert await rows(agent, channel="second") == ["Chidi"]
    assert await rows(agent, sort="waits") == ["Chidi"]
    counts = (await agent.get("conversations/counts")).json()
    assert counts == {folder: len(names) for folder, names in FOLDERS.items()}
    assert (await agent.get("labels")).json() == {"items": ["vip"]}


async def test_pages_of_a_list_are_bound_to_their_filters(agent: Client, console: Console) -> None:
    first = (await agent.get("conversations", params={"limit": "2"})).json()
    second = await agent.get("conversations", params={"limit": "2", "cursor": first["next"]})
    assert [row["customer"]["name"] for row in (*first["items"], *second.json()["items"])] == FOLDERS["all"]
    assert second.json()["next"] is None
    for client, params in ((agent, {"folder": "bot"}), (console.client("owner"), {})):
        assert problem(await client.get("conversations", params={"cursor": first["next"], **params})) == "invalid"


async def test_row_has_last_words_unread_window_and_customer(agent: Client, mongo: Mongo) -> None:
    (row,) = (await agent.get("conversations", params={"ids": conversation_of("ada")})).json()["items"]
    assert row["preview"] | {"at": ""} == {"author": "faq", "text": "answer 1.0", "at": "", "failed": False}
    assert (row["customer"]["number"], row["unread"], row["labels"]) == (PHONES["ada"], 1, ["vip"])
    assert row["window_ends_at"] == "2026-03-15T09:26:54.589000Z"
    assert (await agent.post(f"conversations/{conversation_of('ada')}/seen", {"turn": 9})).status_code == 204
    (row,) = (await agent.get("conversations", params={"ids": conversation_of("ada")})).json()["items"]
    assert row["unread"] == 0


async def test_viewer_sees_masked_numbers(console: Console) -> None:
    viewer = console.client("viewer")
    (row,) = (await viewer.get("conversations", params={"ids": conversation_of("ada")})).json()["items"]
    assert row["customer"]["number"] == "+234…67"
    found = (await viewer.get("search", params={"q": PHONES["ada"]})).json()
    assert [card["number"] for card in found["customers"]] == ["+234…67"]
    customer = (await viewer.get(f"customers/{ids.customer_id('acme', PHONES['ada'])}")).json()
    assert customer["phone"] == "+234…67"
    for path in ("customers", "conversations", "search?q=ada"):
        assert PHONES["ada"] not in (await viewer.get(path)).text


async def test_conversation_and_its_timeline(agent: Client, mongo: Mongo) -> None:
    id_ = conversation_of("ada")
    await Notes(mongo, "acme").add("n1", id_, NoteAdded(text="call her", turn=1, by="ann"), NOW)
    details = await agent.get(f"conversations/{id_}")
    assert details.status_code == 200, details.text
    assert details.json()["row"]["id"] == id_
    assert details.headers["etag"]
    response = await agent.get(f"conversations/{id_}/messages")
    page = TimelineAnswer.model_validate(response.json(), extra="forbid")
    assert [(entry.kind, entry.author) for entry in page.entries] == [
        ("message", "customer"),
        ("message", "faq"),
        ("note", ""),
    ]
    older = await agent.get(f"conversations/{id_}/messages", params={"before": page.entries[1].position})
    assert [entry["id"] for entry in older.json()["entries"]] == [page.entries[0].id]
    both = await agent.get(f"conversations/{id_}/messages", params={"before": "1", "after": "1"})
    assert problem(both) == "invalid"


async def test_words_are_found_in_the_newest_entries(agent: Client, console: Console, mongo: Mongo) -> None:
    id_ = conversation_of("ada")
    await Notes(mongo, "acme").add("n1", id_, NoteAdded(text="Prefers Café crème", turn=1, by="ann"), NOW)

    async def found(q: str, client: Client = agent, **params: str) -> list[str]:
        response = await client.get(f"conversations/{id_}/messages", params={"q": q, **params})
        page = TimelineAnswer.model_validate(response.json(), extra="forbid")
        assert (page.before, page.compared, page.all_compared) == (None, 3, True)
        return [entry.text for entry in page.entries]

    assert await found("ANSWER") == ["answer 1.0"]
    assert await found("creme prefers") == ["Prefers Café crème"]
    assert await found("creme answer") == []
    content = Text(body="call 0803 123 4568")
    message = msgspec.structs.replace(inbound(9, content=content), conversation_id=id_)
    await InboundMessages(mongo, "acme").add(message, turn=1, decision="faq", routed_at=NOW)
    viewer = console.client("viewer")
    assert (await agent.get(f"conversations/{id_}/messages?q=4568")).json()["entries"]
    masked = await viewer.get(f"conversations/{id_}/messages", params={"q": "4568"})
    assert masked.json()["entries"] == [], "what is masked cannot be guessed digit by digit"
    both = await agent.get(f"conversations/{id_}/messages", params={"q": "x", "before": "1"})
    assert problem(both) == "invalid"


async def test_unread_conversations_are_found_among_the_newest(agent: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unread(**params: str) -> tuple[list[str], int, int, bool]:
        response = await agent.get("conversations/unread", params=params)
        found = UnreadConversations.model_validate(response.json(), strict=False, extra="forbid")
        return [row.customer.name for row in found.items], found.unread, found.compared, found.all_compared

    assert await unread() == (["Chidi", "Bola", "Ada"], 3, 3, True)
    assert await unread(limit="1") == (["Chidi"], 3, 3, True)
    await agent.post(f"conversations/{conversation_of('bola')}/seen", {"turn": 2})
    assert await unread() == (["Chidi", "Ada"], 2, 3, True)
    assert await unread(folder="mine") == (["Ada"], 1, 1, True)
    monkeypatch.setattr("shared.operations.inbox.rows.MOST_COMPARED", 2)
    assert await unread() == (["Chidi"], 1, 2, False)


async def test_conversation_has_the_own_draft_and_how_far_it_was_read(agent: Client) -> None:
    path = f"conversations/{conversation_of('ada')}"
    before = (await agent.get(path)).json()
    assert (before["draft"], before["seen_turn"]) == (None, 0)
    assert (await agent.put(f"{path}/draft", {"text": "Hello A"})).status_code == 200
    assert (await agent.post(f"{path}/seen", {"turn": 1})).status_code == 204
    after = (await agent.get(path)).json()
    assert (after["draft"]["text"], after["seen_turn"]) == ("Hello A", 1)


async def test_timeline_is_opened_at_a_time(agent: Client, mongo: Mongo) -> None:
    id_, days = conversation_of("bola"), range(2, 40)
    for turn in days:
        message = inbound(turn)
        at = NOW + timedelta(days=turn)
        message = msgspec.structs.replace(message, id=f"day-{turn}", conversation_id=id_, created_at=at)
        await InboundMessages(mongo, "acme").add(message, turn=turn, decision="faq", routed_at=at)
    await mongo.collection("conversations").update({"_id": id_}, {"$set": {"state.turn": 39}})
    for turn in (2, 17, 39):
        at = NOW + timedelta(days=turn, minutes=-1)
        found = await agent.get(f"conversations/{id_}/messages", params={"around_time": at.isoformat(), "limit": 4})
        assert f"day-{turn}" in [entry["id"] for entry in found.json()["entries"]], found.text


async def test_customers_are_listed_as_the_model_says(agent: Client) -> None:
    found = (await agent.get("customers")).json()
    page = Page[CustomerAnswer].model_validate(found, strict=False, extra="forbid")
    assert [one.name for one in page.items] == ["Chidi", "Bola", "Ada"]
    assert (await agent.get(f"customers/{page.items[0].id}")).json() == found["items"][0]


async def test_message_is_explained(agent: Client) -> None:
    answer = outbound(1).id
    message = (await agent.get(f"messages/{answer}")).json()
    assert (message["conversation_id"], message["entry"]["text"]) == (conversation_of("ada"), "answer 1.0")
    why = (await agent.get(f"messages/{answer}/why")).json()
    assert {step["where"] for step in why["steps"]} == {"customer", "ingress", "router", "delivery"}
    assert any("turn 1: faq" in step["what"] for step in why["steps"])
    assert (await agent.get(f"messages/{answer}/attempts")).json() == {"items": []}
    assert problem(await agent.get(f"messages/{answer}/media")) == "not-found"


@pytest.mark.parametrize("number", ["+2348031234568", "2348031234568", "0803 123 4568"])
async def test_numbers_in_texts_are_masked_for_viewers(console: Console, mongo: Mongo, number: str) -> None:
    content = Text(body=f"call me: {number}")
    message = msgspec.structs.replace(inbound(9, content=content), conversation_id=conversation_of("ada"))
    await InboundMessages(mongo, "acme").add(message, turn=9, decision="faq", routed_at=NOW)
    paths = (f"conversations/{conversation_of('ada')}/messages", f"messages/{message.id}", f"search?q={message.id}")
    for path in paths:
        assert number in (await console.client("agent").get(path)).text, path
        assert number not in (await console.client("viewer").get(path)).text, path


FILES = {
    "a picture": (b"\x89PNG\r\n\x1a\n0", "image/png", "inline"),
    "a page": (b"<svg onload='alert(1)'>", "application/octet-stream", "attachment"),
}


@pytest.mark.parametrize(("data", "type_", "how"), FILES.values(), ids=FILES)
async def test_file_is_fetched_at_first_view_and_runs_nowhere(
    agent: Client, mongo: Mongo, monkeypatch: pytest.MonkeyPatch, data: bytes, type_: str, how: str
) -> None:
    fetched: list[int] = []

    async def download(channel: object, media: object, limit: int, *_: object) -> FetchedMedia:
        fetched.append(limit)
        return FetchedMedia(file=io.BytesIO(data), mime_type="image/png", size=len(data))

    monkeypatch.setattr("services.console.media.download", download)
    monkeypatch.setattr("services.console.media.channel_of", AsyncMock())
    content = Media(kind=MediaKind.IMAGE, media_id="1", filename="photo.png")
    message = msgspec.structs.replace(inbound(9, content=content), conversation_id=conversation_of("ada"))
    await InboundMessages(mongo, "acme").add(message, turn=9, decision="faq", routed_at=NOW)
    for _ in range(2):
        response = await agent.get(f"messages/{message.id}/media")
        assert (response.status_code, response.content) == (200, data)
        assert response.headers["content-type"] == type_
        assert response.headers["content-disposition"].startswith(how)
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-security-policy"].startswith("sandbox")
    assert fetched == [25 * 1024 * 1024]


async def test_file_of_a_channel_that_is_gone_is_not_found(agent: Client, mongo: Mongo) -> None:
    content = Media(kind=MediaKind.IMAGE, media_id="1")
    message = msgspec.structs.replace(inbound(9, content=content), conversation_id=conversation_of("ada"))
    await InboundMessages(mongo, "acme").add(message, turn=9, decision="faq", routed_at=NOW)
    assert problem(await agent.get(f"messages/{message.id}/media")) == "not-found"


async def test_draft_is_the_persons_own(agent: Client, console: Console) -> None:
    path = f"conversations/{conversation_of('ada')}/draft"
    assert problem(await agent.get(path)) == "not-found"
    assert (await agent.put(path, {"text": "Dear Ada", "intent": "press-1"})).status_code == 200
    assert (await agent.get(path)).json()["text"] == "Dear Ada"
    assert problem(await console.client("owner").get(path)) == "not-found"
    assert (await agent.delete(path)).status_code == 204
    assert problem(await agent.get(path)) == "not-found"
    assert problem(await console.key("conversations:read").get(path)) == "not-allowed"


async def test_customer_with_conversations_orders_and_broadcasts(agent: Client) -> None:
    id_ = ids.customer_id("acme", PHONES["ada"])
    assert (await agent.get(f"customers/{id_}")).json()["name"] == "Ada"
    conversations = (await agent.get(f"customers/{id_}/conversations")).json()["items"]
    assert [row["id"] for row in conversations] == [conversation_of("ada")]
    orders = (await agent.get(f"customers/{id_}/orders")).json()["items"]
    assert [one["number"] for one in orders] == [order_of("ada")]
    assert (await agent.get(f"customers/{id_}/broadcasts")).json() == {"items": [], "next": None}
    assert problem(await agent.get("customers/none")) == "not-found"


async def test_customers_are_listed_last_writer_first_and_found(agent: Client) -> None:
    async def names(**params: str) -> list[str]:
        return [one["name"] for one in (await agent.get("customers", params=params)).json()["items"]]

    assert await names() == ["Chidi", "Bola", "Ada"]
    first = (await agent.get("customers", params={"limit": "2"})).json()
    assert await names(limit="2", cursor=first["next"]) == ["Ada"]
    assert await names(q="bol") == ["Bola"]
    assert await names(tag="vip") == []
    assert problem(await agent.get("customers", params={"segment": "none"})) == "invalid"


@pytest.mark.parametrize("path", ["customers", "orders"])
async def test_export_needs_its_right_and_a_fresh_proof_and_is_limited(
    path: str, agent: Client, console: Console, clock: FixedClock, mongo: Mongo
) -> None:
    csv = {"accept": "text/csv"}
    assert problem(await agent.get(path, headers=csv)) == "not-allowed"
    owner = console.client("owner")
    first = await owner.get(path, headers=csv, params={"limit": "1"})
    for _ in range(10):  # further pages are the same export
        more = await owner.get(path, headers=csv, params={"limit": "1", "cursor": first.headers["parley-next"]})
        assert more.status_code == 200
    answers = [await owner.get(path, headers=csv) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert (await owner.get(path)).status_code == 200
    entries = await mongo.collection("audit").find({"action": f"{path}.export_{path}"})
    assert len(entries) == 6
    program = console.key("customers:read", "orders:read")
    answers = [await program.get(path, headers=csv) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    clock.advance(601)
    assert problem(await console.client("admin").get(path, headers=csv)) == "proof-needed"


async def test_orders_are_listed_found_and_exported_without_formulas(agent: Client, console: Console) -> None:
    orders = (await agent.get("orders", params={"limit": "2"})).json()
    rest = (await agent.get("orders", params={"limit": "2", "cursor": orders["next"]})).json()
    numbers = [one["number"] for one in (*orders["items"], *rest["items"])]
    assert sorted(numbers) == sorted(map(order_of, PHONES))
    found = await agent.get("orders", params={"number": order_of("ada")[:6].lower()})
    assert [one["number"] for one in found.json()["items"]] == [order_of("ada")]
    assert (await agent.get(f"orders/{order_of('ada').lower()}")).json()["customer_id"]
    assert problem(await agent.get("orders/none")) == "not-found"
    table = await console.client("admin").get("orders", headers={"accept": "text/csv"})
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.count("'=1+1") == 3


SEARCHES = {
    "bol": ("Bola", "customers by name"),
    "+234 803 123 4568": ("Bola", "customers by phone number"),
    "2348031234568": ("Bola", "customers by phone number"),
}


@pytest.mark.parametrize(("text", "found"), SEARCHES.items())
async def test_search_finds_customers_and_says_how(agent: Client, text: str, found: tuple[str, str]) -> None:
    answer = (await agent.get("search", params={"q": text})).json()
    assert [card["name"] for card in answer["customers"]] == [found[0]]
    assert found[1] in answer["searched"]


async def test_search_finds_orders_and_messages_by_the_callers_rights(agent: Client, console: Console) -> None:
    order = (await agent.get("search", params={"q": order_of("ada")})).json()
    assert [one["number"] for one in order["orders"]] == [order_of("ada")]
    message = (await agent.get("search", params={"q": inbound(1).provider_message_id})).json()
    assert [one["conversation_id"] for one in message["messages"]] == [conversation_of("ada")]
    program = console.key("customers:read")
    answer = (await program.get("search", params={"q": order_of("ada")})).json()
    assert (answer["orders"], answer["searched"]) == ([], ["customers by name"])
    assert (await agent.get("search", params={"q": "ad"})).json()["too_short"]
    assert problem(await agent.get("search", params={"q": "ada", "in": "everything"})) == "invalid"


HIDDEN = {
    "own and unassigned": ({"sees": "own_and_unassigned"}, ["Chidi", "Ada"], "bola"),
    "a channel": ({"channels": frozenset({"main"})}, ["Bola", "Ada"], "chidi"),
}


@pytest.mark.parametrize(("member", "visible", "hidden"), HIDDEN.values(), ids=HIDDEN)
async def test_restricted_member_meets_hidden_conversations_nowhere(
    console: Console, member: dict[str, Any], visible: list[str], hidden: str
) -> None:
    client = console.client("agent", **member)
    number = list(PHONES).index(hidden) + 1
    assert await rows(client) == visible
    id_, customer = conversation_of(hidden), ids.customer_id("acme", PHONES[hidden])
    assert (await client.get("conversations", params={"ids": id_})).json()["items"] == []
    for path in (
        f"conversations/{id_}",
        f"conversations/{id_}/messages",
        f"conversations/{id_}/draft",
        f"messages/{inbound(number).id}",
        f"messages/{outbound(number).id}/why",
        f"messages/{outbound(number).id}/attempts",
        f"messages/{inbound(number).id}/media",
        f"customers/{customer}",
        f"customers/{customer}/orders",
        f"orders/{order_of(hidden)}",
    ):
        assert problem(await client.get(path)) == "not-found", path
    assert problem(await client.post(f"conversations/{id_}/seen", {"turn": 1})) == "not-found"
    for text in (PHONES[hidden], hidden, order_of(hidden), inbound(number).id):
        found = (await client.get("search", params={"q": text})).json()
        assert (found["customers"], found["orders"], found["messages"]) == ([], [], []), text
    for path in ("customers", "orders", f"customers?q={hidden}"):
        assert hidden.title() not in (await client.get(path)).text
        assert id_ not in (await client.get(path)).text


async def test_other_workspace_is_not_found(console: Console) -> None:
    """Not even with the right ids in hand."""
    stranger = console.client("owner", "zeta")
    id_, customer = conversation_of("bola"), ids.customer_id("acme", PHONES["bola"])
    for path in (
        f"conversations/{id_}",
        f"conversations/{id_}/messages",
        f"messages/{inbound(2).id}",
        f"messages/{outbound(2).id}/why",
        f"customers/{customer}",
        f"orders/{order_of('bola')}",
    ):
        assert problem(await stranger.get(path)) == "not-found", path
        own = replace(stranger, workspace="acme")
        assert problem(await own.get(path)) == "not-found", path
    found = (await stranger.get("search", params={"q": PHONES["bola"]})).json()
    assert found["customers"] == []
    assert await rows(stranger) == ["Ada"]


async def test_canned_replies_are_written_by_agents(agent: Client, console: Console) -> None:
    body = {"shortcut": "hours", "body": {"type": "text", "body": "9 to 5"}, "labels": ["info"]}
    made = await agent.post("canned", body)
    assert made.status_code == 201, made.text
    assert problem(await agent.post("canned", body)) == "conflict"
    path = f"canned/{made.json()['id']}"
    changed = await agent.put(path, body | {"shortcut": "open"}, headers={"if-match": made.headers["etag"]})
    assert (changed.json()["shortcut"], changed.json()["revision"]) == ("open", 2)
    stale = await agent.put(path, body, headers={"if-match": made.headers["etag"]})
    assert problem(stale) == "changed-meanwhile"
    bad = {"type": "presence", "provider_message_id": "x"}
    assert problem(await agent.post("canned", body | {"shortcut": "x", "body": bad})) == "invalid"
    assert problem(await agent.post("canned", body | {"shortcut": "x", "body": {"type": "?"}})) == "invalid"
    viewer = console.client("viewer")
    assert [one["shortcut"] for one in (await viewer.get("canned")).json()["items"]] == ["open"]
    assert problem(await viewer.delete(path)) == "not-allowed"
    assert (await agent.delete(path)).status_code == 204
    assert problem(await agent.delete(path)) == "not-found"


async def test_views_are_own_or_shared(agent: Client, console: Console) -> None:
    viewer = console.client("viewer")
    own = (await viewer.post("views", {"name": "Mine", "filter": {"folder": "mine"}})).json()
    assert problem(await viewer.post("views", {"name": "All", "filter": {}, "shared": True})) == "not-allowed"
    shared = (await agent.post("views", {"name": "Waiting", "filter": {"sort": "waits"}, "shared": True})).json()
    assert [one["name"] for one in (await viewer.get("views")).json()["items"]] == ["Mine", "Waiting"]
    assert [one["name"] for one in (await agent.get("views")).json()["items"]] == ["Waiting"]
    assert problem(await agent.put(f"views/{own['id']}", {"name": "x", "filter": {}})) == "not-found"
    assert problem(await viewer.delete(f"views/{shared['id']}")) == "not-allowed"
    changed = await viewer.put(f"views/{own['id']}", {"name": "My own", "filter": {"folder": "mine"}})
    assert (changed.json()["name"], changed.json()["revision"]) == ("My own", 2)
    assert (await viewer.delete(f"views/{own['id']}")).status_code == 204
