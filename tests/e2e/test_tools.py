"""Tools of a model through all services: look-ups, confirmed proposals, hand-offs; only the customer's own data."""

import time
from typing import Any

from devtools.simulators.webhooks import MetaItem, meta_contact, meta_message, meta_webhook, wamid
from shared.domain import ids
from shared.domain.conversation import Conversation
from shared.maintenance.operator import Operator
from shared.operations.trace.hops import hops
from shared.repositories.conversations import Conversations
from shared.topics import AI_REQUESTS, CONVERSATION_COMMANDS
from tests.e2e.shop import Shop, phone, word
from tests.e2e.waiting import until
from tests.e2e.world import World

ADD = {"type": "tool_use", "name": "propose_cart", "input": {"action": "add", "sku": "C1", "quantity": 2}}


async def _script_model(world: World, marker: str, *contents: Any) -> None:
    """Script the model's responses to a customer's message, call by call; text or blocks."""
    for content in contents:
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        await world.script("anthropic", {"kind": "answer", "content": blocks}, text_contains=marker)


async def _call(world: World, shop: Shop, customer: str) -> dict[str, Any]:
    """Return the stored record of the last model answer."""
    return await world.model_call(shop, shop.meta_conversation(customer))


async def _cart(world: World, shop: Shop, customer: str) -> dict[str, int]:
    state = await _state(world, shop, customer)
    return {line.sku: line.quantity for line in state.cart}


async def _state(world: World, shop: Shop, customer: str) -> Conversation:
    state = await Conversations(world.mongo, shop.workspace).get(shop.meta_conversation(customer))
    assert state is not None
    return state


async def test_cart_proposal_is_confirmed_and_applied_once(world: World) -> None:
    shop, ada, marker = await world.shop(), phone(), word()
    await _script_model(world, marker, [ADD], "A good choice for a table of six.")
    await world.write(shop, ada, f"I would love two of the wooden ones {marker}")
    text, question = [answer["text"] for answer in await world.answers(ada, 2)]
    assert text == "A good choice for a table of six."
    assert question.startswith("Add 2 x Oak coaster (USD 4.50 each) to your cart?")
    assert await _cart(world, shop, ada) == {}

    await world.replay(shop, AI_REQUESTS, 1)
    await world.replay(shop, CONVERSATION_COMMANDS, 1)
    tap = await _tap(world, shop, ada, "propose:yes:")
    assert "Oak coaster x 2 = USD 9.00" in (await world.answers(ada, 3))[2]["text"]
    await _tap(world, shop, ada, "propose:yes:", message_id=tap)
    assert "not open any more" in await _reply_to_second_tap(world, shop, ada)
    assert await _cart(world, shop, ada) == {"C1": 2}, "the duplicates change nothing"

    call = await _call(world, shop, ada)
    assert [(use["name"], use["outcome"]) for use in call["tools"]] == [("propose_cart", "ok")]
    assert call["attempts"] == 2
    trace = [hop.what for hop in hops(await Operator(world.mongo).exchange(call["correlation_id"]))]
    assert any(what.startswith("tool propose_cart: ok, ") for what in trace), trace
    assert await world.metric("ai", r'parley_tool_calls_total\{outcome="ok",tool="propose_cart"') >= 1


async def _reply_to_second_tap(world: World, shop: Shop, customer: str) -> str:
    await _tap(world, shop, customer, "propose:yes:")
    return str((await world.answers(customer, 4))[3]["text"])


async def _tap(world: World, shop: Shop, sender: str, button: str, message_id: str = "") -> str:
    """Tap a button of the last question to the customer."""
    conversation = shop.meta_conversation(sender)
    await world.model_call(shop, conversation)
    calls = await world.stored(shop, "ai_calls").find({"conversation_id": conversation}, sort=[("turn", 1)], limit=1)
    id_ = button + ids.output_id(calls[0]["_id"], "propose_cart")
    message_id = message_id or wamid(sender, int(await world.last_record()) + 5_000_000, seed="tap")
    reply = {"type": "button_reply", "button_reply": {"id": id_, "title": "Yes"}}
    message = meta_message("interactive", reply, sender=sender, message_id=message_id, timestamp=int(time.time()))
    item = MetaItem(shop.number, message=message, contact=meta_contact("Ada", sender))
    assert await world.post_meta(meta_webhook(item)) == 200
    return message_id


async def test_typed_yes_confirms_a_proposal_and_other_text_discards_it(world: World) -> None:
    shop, ada, bob, marker = await world.shop(), phone(), phone(), word()
    for customer in (ada, bob):
        await _script_model(world, f"{marker} {customer}", [ADD], "Certainly.")
        await world.write(shop, customer, f"two oaken ones if you please {marker} {customer}")
        await world.answers(customer, 2)
    await world.write(shop, ada, "yes please")
    assert "Oak coaster x 2" in (await world.answers(ada, 3))[2]["text"]
    await world.write(shop, bob, "How can I pay?")
    await world.answers(bob, 3)
    await world.write(shop, bob, "yes")
    await world.answers(bob, 4)
    assert (await _cart(world, shop, ada), await _cart(world, shop, bob)) == ({"C1": 2}, {})


async def test_model_hands_off_with_a_reason(world: World) -> None:
    shop, ada, marker = await world.shop(), phone(), word()
    await _script_model(
        world,
        marker,
        [ADD, {"type": "tool_use", "name": "hand_off", "input": {"reason": "wants a refund"}}],
        "I have asked a colleague to take over.",
    )
    await world.write(shop, ada, f"this came in pieces {marker}")
    assert (await world.answers(ada))[0]["text"] == "I have asked a colleague to take over."

    async def handed_off() -> bool:
        return await world.mode(shop, shop.meta_conversation(ada)) == "human"

    await until(handed_off, "the conversation is handed off")
    state = await _state(world, shop, ada)
    assert (state.mode_reason, state.proposal) == ("the model: wants a refund", None)
    assert len(await world.answers(ada)) == 1, "no clarifying question besides"


async def test_order_status_tool_shows_only_the_customers_own_orders(world: World) -> None:
    shop, ada, bob, marker = await world.shop(), phone(), phone(), word()
    for text in ("1 x 7", "place order"):
        await world.write(shop, ada, text)
    await world.answers(ada, 2)
    (order,) = await until(lambda: world.stored(shop, "orders").find({}), "the order is stored")
    look = {"type": "tool_use", "name": "order_status", "input": {"number": order["number"]}}
    for customer, answer in ((ada, "You paid USD 31.50 for it."), (bob, f"Order {order['number']} is USD 77.77.")):
        await _script_model(world, f"{marker} {customer}", [look], answer)
        await world.write(shop, customer, f"what about that thing I ordered {marker} {customer}")
    assert (await world.answers(ada, 3))[2]["text"] == "You paid USD 31.50 for it."
    theirs = await world.answers(bob)
    assert "77.77" not in theirs[0]["text"], "bob's model gets no data, and its guess is rejected"
    results = [str(record["payload"]["messages"][-1]) for record in await world.calls(f"{marker} {bob}")]
    assert any("this customer has no order of that number" in result for result in results)


async def test_tools_can_be_turned_off(world: World) -> None:
    shop, ada, marker = await world.shop(tools=[]), phone(), word()
    await world.write(shop, ada, f"remark {marker}")
    await world.answers(ada)
    (record,) = await world.calls(marker)
    assert "tools" not in record["payload"]


async def test_long_conversation_is_summarised(world: World) -> None:
    """The summary is written after an answer, shown with a later one and erased with the customer."""
    shop, ada, first, last = await world.shop(history=2), phone(), word(), word()
    for count, text in enumerate((f"remark {first}", f"remark {word()}", f"remark {word()}"), 1):
        await world.write(shop, ada, text)
        await world.answers(ada, count)
    conversation = {"conversation_id": shop.meta_conversation(ada)}

    async def noted() -> bool:
        found = await world.stored(shop, "summaries").find(conversation)
        return bool(found) and found[0]["up_to"] >= 1

    await until(noted, "a summary is stored")
    await world.write(shop, ada, f"remark {last}")
    await world.answers(ada, 4)
    (asked,) = [record for record in await world.calls(last) if "<notes>" not in record["text"]]
    turns = asked["payload"]["messages"]
    assert turns[0]["role"] == "user"
    assert turns[0]["content"].startswith("<earlier_conversation>")
    kept = await world.stored(shop, "ai_calls").find(conversation | {"outcome": "summary"})
    assert kept
    assert all(call["cost_usd"] != "0" for call in kept)
    assert len(await world.answers(ada, 4)) == 4, "summaries are not sent"
    await world.erase(shop, ada)
    assert await world.stored(shop, "summaries").find({}) == []
