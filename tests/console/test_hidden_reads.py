"""Reads of what the caller may not see: masked numbers, hidden conversations, other workspaces."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain import ids
from tests.console.console import Client, Console, problem
from tests.console.stored_conversations import PHONES, conversation_of, order_of, rows
from tests.repositories.builders import inbound, outbound

pytestmark = pytest.mark.usefixtures("three_conversations")


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


async def test_search_goes_on_behind_what_a_restricted_member_may_not_see(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three customers and orders match; the member may see the last one only."""
    monkeypatch.setattr("shared.operations.inbox.search._TOGETHER", 1)
    mongo = console.parts.mongo
    for name, number in zip(PHONES, ("XXX2-AAAA", "XXX3-AAAA", "XXX4-AAAA"), strict=True):
        customer = {"_id": ids.customer_id("acme", PHONES[name])}
        shown = f"Maria {number}"
        await mongo.collection("customers").update(customer, {"$set": {"name": shown, "name_keys": [shown.lower()]}})
        await mongo.collection("orders").update({"number": order_of(name)}, {"$set": {"number": number}})
    last = console.client("agent", channels=frozenset({"second"}))

    async def found(client: Client) -> list[Any]:
        search = (await client.get("search", params={"q": "maria"})).json()
        orders = (await client.get("search", params={"q": "XXX"})).json()
        customers = (await client.get("customers", params={"q": "maria", "limit": "1"})).json()
        lists = (await client.get("orders", params={"number": "XXX", "limit": "1"})).json()
        return [
            ([one["name"] for one in search["customers"]], search["all_compared"]),
            ([one["number"] for one in orders["orders"]], orders["all_compared"]),
            ([one["name"] for one in customers["items"]], customers["all_compared"]),
            ([one["number"] for one in lists["items"]], lists["all_compared"]),
        ]

    chidi = (["Maria XXX4-AAAA"], True), (["XXX4-AAAA"], True)
    assert await found(last) == [*chidi, *chidi]
    monkeypatch.setattr("shared.operations.inbox.search.MOST_COMPARED", 2)
    assert await found(last) == [([], False)] * 4, "it says that it has not looked at all"
    everything = await found(console.client("owner"))
    assert [(len(names), all_compared) for names, all_compared in everything] == [
        *((3, True), (3, True)),
        *((1, True), (1, True)),
    ]


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
