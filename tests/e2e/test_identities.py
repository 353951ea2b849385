"""A customer whose number is hidden or shown later stays one customer, through all services."""

import time
from typing import Any

from devtools.simulators.webhooks import MetaItem, meta_contact, meta_message, meta_webhook, wamid
from shared.domain import ids
from tests.e2e.shop import FAQS, HANDED_OFF, Shop, phone, serial_numbers, word
from tests.e2e.waiting import until
from tests.e2e.world import World

HOURS = "What are your opening hours?"


def user_id() -> str:
    """Return a new business-scoped user id."""
    return f"NG.46431114{next(serial_numbers):08d}"


def text_webhook(
    world: World, shop: Shop, text: str, *, number: str = "", user: str = "", message_id: str = "", **extra: Any
) -> bytes:
    """Return the webhook of a text with the given fields of its sender."""
    world.private.texts.add(text)
    world.private.phones |= {number} if number else set()
    message = meta_message(
        "text",
        text,
        sender=number,
        message_id=message_id or wamid(number or user, next(serial_numbers), seed="identities"),
        timestamp=int(time.time()),
        extra=({"from_user_id": user} if user else {}) | extra,
    )
    return meta_webhook(MetaItem(shop.number, message=message, contact=meta_contact("Ada", number, user_id=user)))


async def write(world: World, shop: Shop, text: str, **who: Any) -> None:
    assert await world.post_meta(text_webhook(world, shop, text, **who)) == 200


async def customers(world: World, shop: Shop) -> list[Any]:
    return await world.stored(shop, "customers").find({})


async def test_customer_who_opts_out_and_then_hides_the_number_stays_one_opted_out_customer(world: World) -> None:
    shop, ada, user = await world.shop(), phone(), user_id()
    await write(world, shop, "STOP", number=ada, user=user)
    await world.answers(ada)
    await write(world, shop, HOURS, user=user)
    (answer,) = await world.answers(user)
    assert answer["text"] == FAQS[HOURS]

    async def looked() -> Any:
        found = await customers(world, shop)
        return found[0] if len(found) == 1 and found[0].get("opted_out") else None

    ada_known = await until(looked, "one customer is stored, opted out")
    assert sorted(ada_known["identities"]) == [f"+{ada}", f"bsuid:{user}"]
    assert ada_known["_id"] == ids.customer_id(shop.workspace, f"+{ada}")
    talks = await world.stored(shop, "conversations").find({})
    assert [talk["_id"] for talk in talks] == [shop.meta_conversation(ada)]
    assert talks[0]["state"]["turn"] == 2


async def test_agent_keeps_the_conversation_when_the_customer_hides_the_number(world: World) -> None:
    shop, ada, user = await world.shop(), phone(), user_id()
    await write(world, shop, "talk to a person", number=ada, user=user)
    assert [answer["text"] for answer in await world.answers(ada)] == [HANDED_OFF]
    await write(world, shop, HOURS, user=user)

    async def decided() -> Any:
        found = await world.stored(shop, "messages").find({"conversation_id": shop.meta_conversation(ada)})
        return found if len(found) == 2 else None

    assert len({message["conversation_id"] for message in await until(decided, "both messages have a decision")}) == 1
    assert await world.mode(shop, shop.meta_conversation(ada)) == "human"
    assert await world.answers(user, 0) == []


async def test_customer_known_by_user_id_keeps_everything_when_the_number_comes(world: World) -> None:
    shop, ada, user, marker = await world.shop(), phone(), user_id(), word()
    await write(world, shop, "STOP", user=user)
    await world.answers(user)
    await write(world, shop, f"remark {marker}", number=ada, user=user)
    await world.answers(ada)
    await write(world, shop, HOURS, number=ada)
    await world.answers(ada, 2)

    async def has_number() -> Any:
        found = await customers(world, shop)
        return found[0] if len(found) == 1 and found[0].get("phone") else None

    known = await until(has_number, "one customer is stored, with the number")
    assert known["_id"] == ids.customer_id(shop.workspace, f"bsuid:{user}")
    assert (known["opted_out"], known["phone"]) == (True, f"+{ada}")
    assert len(await world.stored(shop, "conversations").find({})) == 1


async def test_two_customers_with_the_same_identity_are_merged(world: World) -> None:
    shop, ada, user = await world.shop(), phone(), user_id()
    await write(world, shop, "STOP", number=ada)
    await world.answers(ada)
    await write(world, shop, "talk to a person", user=user)
    await world.answers(user)
    both = wamid(ada, next(serial_numbers), seed="both")
    for _ in range(2):  # Meta sends it again
        await write(world, shop, HOURS, number=ada, user=user, message_id=both)

    async def merged() -> Any:
        found = await customers(world, shop)
        return found[0] if len(found) == 1 and found[0].get("bsuid") else None

    known = await until(merged, "one customer is left")
    assert (known["_id"], known["opted_out"]) == (ids.customer_id(shop.workspace, f"+{ada}"), True)
    assert await world.mode(shop, shop.meta_conversation(ada)) == "human"

    async def all_stored() -> Any:
        found = await world.stored(shop, "messages").find({}, sort=[("turn", 1)])
        return found if len(found) == 3 else None

    stored = await until(all_stored, "the message with both identities is stored")
    assert [one["text"] for one in stored] == ["STOP", "talk to a person", HOURS]
    assert {one["conversation_id"] for one in stored} == {shop.meta_conversation(ada)}
    assert (len(await world.answers(ada, 0)), len(await world.answers(user, 0))) == (1, 1), "the bot is silent"
