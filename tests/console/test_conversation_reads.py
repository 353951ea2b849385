"""Lists of conversations and single conversations over the API: folders, filters, pages, rows, unread ones."""

import pytest

from services.console.api.conversation_models import UnreadConversations
from services.console.parts import Parts
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Mongo
from tests.console.console import Client, Console, problem
from tests.console.stored_conversations import PHONES, conversation_of, rows
from tests.repositories.builders import outbound, workspace_file

pytestmark = pytest.mark.usefixtures("three_conversations")

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
    words = {"author": "faq", "text": "answer 1.0", "at": ""}
    assert row["preview"] | {"at": ""} == words | {"failed": False, "in_doubt": False}
    assert (row["customer"]["number"], row["unread"], row["labels"]) == (PHONES["ada"], 1, ["vip"])
    assert row["window_ends_at"] == "2026-03-15T09:26:54.589000Z"
    assert (await agent.post(f"conversations/{conversation_of('ada')}/seen", {"turn": 9})).status_code == 204
    (row,) = (await agent.get("conversations", params={"ids": conversation_of("ada")})).json()["items"]
    assert row["unread"] == 0


@pytest.mark.parametrize(("reason", "in_doubt"), [("in_doubt", True), ("send_rejected", False)])
async def test_row_says_that_nobody_knows_whether_its_last_words_were_sent(
    agent: Client, mongo: Mongo, reason: str, in_doubt: bool
) -> None:
    failed = {"$set": {"state": "failed", "reason": reason}}
    assert await mongo.collection("outbound").update({"workspace": "acme", "_id": outbound(1).id}, failed)
    (row,) = (await agent.get("conversations", params={"ids": conversation_of("ada")})).json()["items"]
    assert (row["preview"]["failed"], row["preview"]["in_doubt"]) == (True, in_doubt)


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


async def test_cart_has_names_prices_and_totals(agent: Client, parts: Parts, mongo: Mongo) -> None:
    coaster = {"sku": "C1", "name": "Oak coaster", "price": "4.50", "currency": "USD"}
    editor = WorkspaceEditor(parts.mongo, parts.redis, parts.secrets, parts.clock)
    await editor.apply(workspace_file(catalog=[coaster]))
    cart = [{"sku": "C1", "quantity": 3}, {"sku": "GONE", "quantity": 1}]
    await mongo.collection("conversations").update({"_id": conversation_of("ada")}, {"$set": {"state.cart": cart}})
    found = (await agent.get(f"conversations/{conversation_of('ada')}")).json()
    assert found["cart"] == [
        {"sku": "C1", "quantity": 3, "name": "Oak coaster", "price": "4.50", "total": "13.50", "currency": "USD"},
        {"sku": "GONE", "quantity": 1, "name": "", "price": None, "total": None, "currency": ""},
    ]
