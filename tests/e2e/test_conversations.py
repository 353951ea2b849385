"""Fragments, consent, limits, unanswered questions and hand-offs in conversations, through all services."""

from typing import Any

from devtools.simulators.webhooks import meta_webhook
from shared.domain import ids
from tests.e2e.shop import HANDED_OFF, Shop, phone, word
from tests.e2e.waiting import until
from tests.e2e.world import World


async def test_fragments_are_answered_with_one_model_call(world: World) -> None:
    shop, ada, marker = await world.shop(debounce_ms=1500), phone(), word()
    for text in ("my new cup", "leaves rings", f"on oak {marker}"):
        await world.write(shop, ada, text)
    (answer,) = await world.answers(ada)
    assert marker in answer["text"]
    assert len(await world.settled_answers(shop, ada)) == 1, "one answer for three fragments"
    await world.model_call(shop, _conversation(shop, ada))
    calls = await world.stored(shop, "ai_calls").find({"conversation_id": _conversation(shop, ada)})
    assert len(calls) == 2, "one for the fragments, one for the fence"


async def test_opt_out_is_stored_and_confirmed_once(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.write(shop, ada, "STOP")
    (answer,) = await world.answers(ada)
    assert "START" in answer["text"]
    customer = await until(lambda: _customer(world, shop, ada), "the customer is stored")
    assert customer["opted_out"] is True
    await world.write(shop, ada, "start")
    await world.answers(ada, 2)
    assert (await _customer(world, shop, ada))["opted_out"] is False


async def test_rate_limited_customer_is_told_once(world: World) -> None:
    shop, ada = await world.shop(profile={"conversing": {"messages_per_minute": 2}}), phone()
    for number in range(5):
        await world.write(shop, ada, f"How can I pay? {'!' * number}")
    texts = [answer["text"] for answer in await world.answers(ada, 3)]
    assert sum("wait a minute" in text for text in texts) == 1
    decided = await until(lambda: _decisions(world, shop, ada, 5), "all five have a decision")
    assert [decision.partition(":")[0] for decision in decided] == ["faq", "faq", "limited", "limited", "limited"]


async def test_unanswered_question_is_stored_for_the_owner(world: World) -> None:
    shop, ada = await world.shop(mode="faq"), phone()
    await world.write(shop, ada, "Can I bring my parrot to the workshop?")
    await world.answers(ada)
    found = await until(lambda: _documents(world, shop, "unanswered"), "the question is stored")
    assert len(found) == 1


async def test_hand_off_cancels_the_debounced_model_request(world: World) -> None:
    shop, ada = await world.shop(debounce_ms=1500), phone()
    await world.write(shop, ada, "my cup is hot")
    await world.write(shop, ada, "agent")
    (answer,) = await world.answers(ada)
    assert answer["text"] == HANDED_OFF, "the hand-off came before the model request"


def _conversation(shop: Shop, sender: str) -> str:
    return ids.conversation_id(shop.workspace, "main", f"+{sender}")


async def _customer(world: World, shop: Shop, sender: str) -> Any:
    return await world.stored(shop, "customers").find_one(
        {"_id": ids.customer_id(shop.workspace, f"+{sender}"), "opted_out": {"$exists": True}}
    )


async def _decisions(world: World, shop: Shop, sender: str, count: int) -> list[str] | None:
    found = await world.stored(shop, "messages").find(
        {"conversation_id": _conversation(shop, sender)}, sort=[("turn", 1)]
    )
    return [message["decision"] for message in found] if len(found) == count else None


async def _documents(world: World, shop: Shop, collection: str) -> list[Any]:
    return await world.stored(shop, collection).find({})


async def test_model_sees_referred_product_ad_and_time_zone(world: World) -> None:
    shop, ada, marker = await world.shop(profile={"timezone": "Africa/Lagos"}), phone(), word()
    item = world.item(shop, ada, f"is this one still available in size L {marker}", "")
    assert item.message is not None
    item.message["context"] = {"from": "1", "id": "wamid.X", "referred_product": {"product_retailer_id": "C1"}}
    item.message["referral"] = {"source_type": "ad", "source_id": "7", "headline": "Oak week", "body": "Six for USD 20"}
    assert await world.post_meta(meta_webhook(item)) == 200
    await world.answers(ada)
    prompts = "\n".join(str(one["payload"]) for one in await world.records(provider="anthropic") if marker in str(one))
    for part in ("about our product Oak coaster, SKU C1, 4.50 USD", "Oak week", "Six for USD 20", "(Africa/Lagos)"):
        assert part in prompts
    customer = await world.stored(shop, "customers").find_one({"_id": ids.customer_id(shop.workspace, f"+{ada}")})
    assert customer is not None
    assert (customer["lead_source"]["headline"], customer["lead_source"]["body"]) == ("Oak week", "Six for USD 20")
    await world.write(shop, ada, "add 2 of this")
    assert "Added: 2 x Oak coaster" in (await world.answers(ada, 2))[1]["text"]
