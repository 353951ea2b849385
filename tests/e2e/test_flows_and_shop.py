"""Flows, the shop, limits and erasures, through all services."""

from typing import Any

import pytest

from devtools.simulators.webhooks import MetaItem, meta_contact, meta_message, meta_webhook, wamid
from shared.clock import SystemClock
from shared.domain import ids
from shared.messages.commands import OrderChanged, StartFlow
from shared.topics import INBOUND_MESSAGES
from tests.e2e.shop import APOLOGY, HANDED_OFF, Shop, phone, word
from tests.e2e.waiting import until
from tests.e2e.world import World

TABLE_FLOW = """
flow: table
triggers: {keywords: [table]}
steps:
  guests: {ask: "For how many?", type: integer, save: guests, timeout: {after: 1s, then: gone}}
  tag: {add_tags: [guest], fields: {guests: "{{ guests }}"}}
  done: "A table for {{ guests }}."
  stop: {end: true}
  gone: "Are you still there?"
"""


async def test_shop_takes_and_tracks_an_order(world: World) -> None:
    shop, ada = await world.shop(), phone()
    replies = []
    for count, text in enumerate(("hi", "1", "1 x 10", "place order"), 1):
        await world.write(shop, ada, text)
        replies.append((await world.answers(ada, count))[-1]["text"])
    menu, catalogue, added, placed = replies
    assert "Choose from the menu" in menu
    assert "1. Oak coaster" in catalogue
    assert "Added: 10 x Oak coaster" in added
    order = await until(lambda: _first_document(world, shop, "orders"), "the order is stored")
    assert (order["total"], order["currency"], order["state"]) == ("45.00", "USD", "placed")
    assert order["number"] in placed
    customer = await until(lambda: _customer(world, shop, ada, order_count=1), "the order is counted")
    assert customer["recent_orders"][0]["number"] == order["number"]

    await world.command(shop, ada, OrderChanged, number=order["number"], state="confirmed", text="")
    assert order["number"] in (await world.answers(ada, 5))[-1]["text"]
    order = await _first_document(world, shop, "orders")
    assert [change["state"] for change in order["states"]] == ["placed", "confirmed"]
    await world.write(shop, ada, "orders")
    assert "confirmed" in (await world.answers(ada, 6))[-1]["text"]


async def test_redelivered_order_message_creates_one_order(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.write(shop, ada, "2x5")
    await world.answers(ada)
    message_id = wamid(ada, 7001, seed="order")
    for _ in range(5):
        await world.write(shop, ada, "place order", message_id=message_id)
    await world.answers(ada, 2)
    assert len(await world.settled_answers(shop, ada)) == 2
    assert len(await world.stored(shop, "orders").find({})) == 1
    assert (await _customer(world, shop, ada, order_count=1)) is not None


async def test_redelivered_record_creates_no_second_order(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.write(shop, ada, "1 x 2")
    await world.write(shop, ada, "place order")
    await world.answers(ada, 2)
    await world.replay(shop, INBOUND_MESSAGES, 2)
    await world.settled_answers(shop, ada)
    assert len(await world.stored(shop, "orders").find({})) == 1
    assert (await _customer(world, shop, ada, order_count=1)) is not None


async def test_flow_asks_validates_and_stores_the_answer(world: World) -> None:
    shop, ada = await world.shop(flows=[TABLE_FLOW.replace("1s", "10m")]), phone()
    for count, (text, answer) in enumerate(
        (("Table!", "For how many?"), ("plenty", "Please write a whole number."), ("4", "A table for 4.")), 1
    ):
        await world.write(shop, ada, text)
        assert (await world.answers(ada, count))[-1]["text"] == answer
    customer = await until(lambda: _customer(world, shop, ada, tags="guest"), "the tag is stored")
    assert str(customer["fields"]["guests"]) == "4"


async def test_flow_time_out_fires_without_a_message(world: World) -> None:
    shop, ada = await world.shop(flows=[TABLE_FLOW]), phone()
    await world.write(shop, ada, "table")
    assert (await world.answers(ada, 2))[-1]["text"] == "Are you still there?"


async def test_command_starts_a_flow(world: World) -> None:
    shop, ada = await world.shop(flows=[TABLE_FLOW.replace("1s", "10m")]), phone()
    await world.write(shop, ada, "How can I pay?")
    await world.answers(ada)
    await world.command(shop, ada, StartFlow, flow="table")
    assert (await world.answers(ada, 2))[-1]["text"] == "For how many?"


async def test_conversation_finishes_on_the_flow_version_it_started_with(world: World) -> None:
    old = TABLE_FLOW.replace("1s", "10m")
    shop, ada, bob = await world.shop(flows=[old]), phone(), phone()
    await world.write(shop, ada, "table")
    await world.answers(ada)
    await world.reapply(shop, flows=[old.replace("A table for", "Reserved:")])
    await until(lambda: _flow_answers(world, shop, bob, "Reserved: 2."), "the new version is known")
    await world.write(shop, ada, "4")
    assert (await world.answers(ada, 2))[-1]["text"] == "A table for 4."


async def test_new_customers_beyond_the_limit_are_handed_to_agents(world: World) -> None:
    shop, ada, bob = await world.shop(profile={"limits": {"customers": 1}}), phone(), phone()
    await world.write(shop, ada, "How can I pay?")
    await world.answers(ada)
    await until(lambda: _customer_counted(world, shop), "the customer is counted")

    async def refused() -> bool:  # counts of other replicas are a few seconds old
        stranger = phone()
        await world.write(shop, stranger, "How can I pay?")
        return bool((await world.answers(stranger))[0]["text"] == HANDED_OFF)

    await until(refused, "new customers are handed off")
    await world.write(shop, ada, "Do you deliver?")
    assert "Nigeria" in (await world.answers(ada, 2))[-1]["text"], "known customers are still answered"
    await world.write(shop, bob, "hi")
    assert (await world.answers(bob))[0]["text"] == HANDED_OFF


async def test_spent_model_budget_leads_to_apologies_while_the_faq_still_answers(world: World) -> None:
    shop, ada = await world.shop(profile={"limits": {"ai_usd_per_month": "0.0000001"}}), phone()
    await world.write(shop, ada, f"my cup {word()}")
    await world.answers(ada)
    spent = await until(lambda: _micro_usd_spent(world, shop), "the first answer is counted")
    assert spent > 0

    async def refused() -> bool:  # counts of other replicas are a few seconds old
        stranger = phone()
        await world.write(shop, stranger, f"my cup {word()}")
        return bool((await world.answers(stranger))[0]["text"] == APOLOGY)

    await until(refused, "the model is no longer called")
    await world.write(shop, ada, "How can I pay?")
    assert "card" in (await world.answers(ada, 2))[-1]["text"], "the FAQ still answers"


async def test_replayed_records_of_an_erased_customer_are_skipped(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.write(shop, ada, "How can I pay?")
    await world.answers(ada)
    await world.erase(shop, ada)
    await world.replay(shop, INBOUND_MESSAGES, 1)
    bob = phone()
    await world.write(shop, bob, "How can I pay?")
    await world.answers(bob)
    await world.settled_answers(shop, bob)
    for collection in ("customers", "conversations", "messages", "outbound"):
        found = await world.stored(shop, collection).find({})
        assert all(ada not in str(document) for document in found), collection
    assert len(await world.attempts(ada)) == 1, "nothing is sent again"
    await world.write(shop, ada, "How can I pay?")
    await world.answers(ada, 2)
    assert await _customer(world, shop, ada) is not None, "an erased customer who writes again is new"


HARD_TEXTS = {
    "sixty-four kilobytes": "x " * 32_768,
    "ten thousand lines": "line\n" * 10_000,
    "ten thousand orders": "1 x 10\n" * 9_000,
    "null bytes": "How\x00 can\x00 I pay",
    "right to left": "\u202eשלום עולם " * 200,
    "emoji": "👨‍👩‍👧‍👦🏴‍☠️" * 500,
    "lone accents": "z\u0335\u0321" * 3_000,
}


@pytest.mark.parametrize("case", HARD_TEXTS)
async def test_hard_texts_are_answered(world: World, case: str) -> None:
    shop, ada, marker = await world.shop(flows=[TABLE_FLOW.replace("1s", "10m")]), phone(), word()
    await world.write(shop, ada, HARD_TEXTS[case])
    await world.answers(ada)
    await world.write(shop, ada, "table")
    await world.write(shop, ada, HARD_TEXTS[case])
    await world.write(shop, ada, "menu")
    await world.write(shop, ada, f"my cup {marker}")
    try:
        await until(lambda: _answer_contains(world, ada, marker), "the model answers after the hard text")
    except AssertionError as error:
        error.add_note(await world.message_log(shop, ada))
        raise
    stored = await world.stored(shop, "messages").find({})
    assert len(stored) == 5


async def test_catalogue_order_of_meta_becomes_an_order(world: World) -> None:
    shop, ada = await world.shop(), phone()
    order = {"catalog_id": "1", "product_items": [_item("C1", 3)], "text": "please"}
    message = meta_message("order", order, sender=ada, message_id=wamid(ada, 9001, seed="kinds"), timestamp=_now())
    item = MetaItem(shop.number, message=message, contact=meta_contact("Ada", ada))
    assert await world.post_meta(meta_webhook(item)) == 200
    await world.answers(ada)
    stored = await until(lambda: _first_document(world, shop, "orders"), "the order is stored")
    assert stored["total"] == "13.50"


async def test_changed_number_keeps_the_customer(world: World) -> None:
    shop, ada, new = await world.shop(), phone(), phone()
    await world.write(shop, ada, "STOP")
    await world.answers(ada)
    await until(lambda: _customer(world, shop, ada, opted_out=True), "the opt-out is stored")
    system = {"body": "changed", "wa_id": new, "type": "user_changed_number"}
    message = meta_message("system", system, sender=ada, message_id=wamid(ada, 9002, seed="kinds"), timestamp=_now())
    assert await world.post_meta(meta_webhook(MetaItem(shop.number, message=message))) == 200
    known = {"opted_out": True, "phone": f"+{new}"}
    await until(lambda: _customer(world, shop, ada, **known), "the customer has the new number")
    await world.write(shop, new, "Where are you?")
    await world.answers(new)
    assert len(await world.stored(shop, "customers").find({})) == 1
    assert len(await world.stored(shop, "conversations").find({})) == 1


def _item(sku: str, quantity: int) -> dict[str, Any]:
    return {"product_retailer_id": sku, "quantity": quantity, "item_price": 4.5, "currency": "USD"}


def _now() -> int:
    return int(SystemClock().now().timestamp())


async def _first_document(world: World, shop: Shop, collection: str) -> Any:
    return await world.stored(shop, collection).find_one({})


async def _customer(world: World, shop: Shop, sender: str, **values: Any) -> Any:
    return await world.stored(shop, "customers").find_one(
        {"_id": ids.customer_id(shop.workspace, f"+{sender}"), **values}
    )


async def _flow_answers(world: World, shop: Shop, sender: str, wanted: str) -> bool:
    sender = phone()
    await world.write(shop, sender, "table")
    await world.answers(sender)
    await world.write(shop, sender, "2")
    return bool((await world.answers(sender, 2))[-1]["text"] == wanted)


async def _customer_counted(world: World, shop: Shop) -> bool:
    usage = await _first_document(world, shop, "usage")
    return usage is not None and usage.get("new_customers", 0) >= 1


async def _micro_usd_spent(world: World, shop: Shop) -> int:
    usage = await _first_document(world, shop, "usage")
    return int(usage.get("ai_micro_usd", 0)) if usage else 0


async def _answer_contains(world: World, sender: str, text: str) -> bool:
    return any(text in answer["text"] for answer in await world.records(to=sender, kind="message", accepted="true"))
