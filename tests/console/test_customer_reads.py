"""Customers, orders, their exports, and the search over the API."""

import pytest

from services.console.api.customers import CustomerAnswer
from services.console.pages import FoundPage
from shared.clock import FixedClock
from shared.domain import ids
from shared.storage.mongo import Mongo
from tests.console.console import Client, Console, problem
from tests.console.stored_conversations import PHONES, conversation_of, order_of
from tests.repositories.builders import inbound

pytestmark = pytest.mark.usefixtures("three_conversations")


async def test_customers_are_listed_as_the_model_says(agent: Client) -> None:
    found = (await agent.get("customers")).json()
    page = FoundPage[CustomerAnswer].model_validate(found, strict=False, extra="forbid")
    assert [one.name for one in page.items] == ["Chidi", "Bola", "Ada"]
    assert (await agent.get(f"customers/{page.items[0].id}")).json() == found["items"][0]


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
    owner = console.client("owner", person="eve")
    json = (await owner.get(path, params={"limit": "1"})).json()
    tables = [await owner.get(path, headers=csv, params={"cursor": json["next"]}) for _ in range(7)]
    assert problem(tables[-1]) == "too-many", "a list as JSON is no export that has begun"
    assert len(await mongo.collection("audit").find({"action": f"{path}.export_{path}"})) > 12
    clock.advance(601)
    assert problem(await console.client("admin").get(path, headers=csv)) == "proof-needed"


async def test_orders_are_listed_found_and_exported_without_formulas(agent: Client, console: Console) -> None:
    orders = (await agent.get("orders", params={"limit": "2"})).json()
    rest = (await agent.get("orders", params={"limit": "2", "cursor": orders["next"]})).json()
    numbers = [one["number"] for one in (*orders["items"], *rest["items"])]
    assert sorted(numbers) == sorted(map(order_of, PHONES))
    found = await agent.get("orders", params={"number": order_of("ada")[:6].lower()})
    assert [one["number"] for one in found.json()["items"]] == [order_of("ada")]
    every = {"number": order_of("ada")[:2], "limit": "1"}
    for state, count in (("placed", 1), ("shipped", 0)):
        assert len((await agent.get("orders", params={**every, "state": state})).json()["items"]) == count
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
