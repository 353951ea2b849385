"""Numbers and times that no store, calendar or sum can bear, through the whole pipeline: nobody notices.

The workspace that they are sent to shares its partition with another one, whose customers are answered meanwhile.
"""

import json
from typing import Any

from aiokafka.partitioner import DefaultPartitioner

from shared.kafka.codec import decode
from shared.messages.dead_letters import Reason
from shared.providers.meta import webhook
from shared.providers.port import ParsedMessage
from shared.topics import INBOUND_MESSAGES, key_for
from tests.e2e.shop import FAQS, Shop, phone, serial
from tests.e2e.test_msg91 import number as msg91_number
from tests.e2e.test_msg91 import post as post_msg91
from tests.e2e.test_msg91 import shop_with as msg91_shop
from tests.e2e.waiting import until
from tests.e2e.world import World
from tests.fuzz.extremes import KINDS, meta_items, msg91_items, twilio_forms

_AT_ONCE = 60  # items of one webhook
_SERVICES = ("ingress", "router", "ai", "delivery")


def partition_of(workspace: str) -> int:
    everything = list(range(INBOUND_MESSAGES.partitions))
    return int(DefaultPartitioner()(key_for(workspace, "", 1), everything, everything))


async def neighbours(world: World) -> tuple[Shop, Shop]:
    """A hostile workspace, and one in the same partition."""
    hostile = await world.shop(mode="faq")
    while True:
        other = await world.shop()
        if partition_of(other.workspace) == partition_of(hostile.workspace):
            return hostile, other


async def post_meta(world: World, shop: Shop) -> int:
    """All items of Meta, some in each webhook; how many of them are messages that can be read."""
    items = [(kind, _own(text)) for kind, _, text in meta_items()]
    expected = 0
    for start in range(0, len(items), _AT_ONCE):
        chosen = items[start : start + _AT_ONCE]
        changes = [_change(shop, kind, [it for own, it in chosen if own == kind]) for kind in KINDS]
        entry = f'{{"id": "{shop.number.waba_id}", "time": {"9" * 300}, "changes": [{", ".join(changes)}]}}'
        body = f'{{"object": "whatsapp_business_account", "entry": [{entry}]}}'.encode()
        assert await world.post_meta(body) == 200
        expected += _readable(body)
    return expected


def _change(shop: Shop, kind: str, items: list[str]) -> str:
    metadata = json.dumps({"phone_number_id": shop.number.phone_number_id})
    return f'{{"field": "{KINDS[kind]}", "value": {{"metadata": {metadata}, "{kind}": [{", ".join(items)}]}}}}'


def _own(text: str) -> str:
    return text.replace("@id@", f"wamid.extreme.{next(serial)}").replace("@from@", phone())


def _readable(body: bytes) -> int:
    return sum(isinstance(item, ParsedMessage) for item in webhook.parse(body))


async def post_twilio(world: World, shop: Shop) -> int:
    """All forms of Twilio; how many messages were among them."""
    sent = 0
    for name, form in twilio_forms():
        status = name.startswith("status")
        ours, theirs = f"whatsapp:{shop.twilio}", f"whatsapp:+{phone()}"
        own = {"AccountSid": shop.account_sid, "MessageSid": f"SM{next(serial):032x}", "SmsMessageSid": ""}
        own |= {"From": ours, "To": theirs} if status else {"From": theirs, "To": ours}
        path = "/webhooks/twilio/status" if status else "/webhooks/twilio"
        assert await world.post_twilio({**form, **own}, shop.auth_token, path=path) == 200, name
        sent += 0 if status else 1 + ("MediaUrl1" in form)
    return sent


async def test_extreme_numbers_and_times_stop_nobody(world: World) -> None:
    hostile, other = await neighbours(world)
    before = [world.stack.info["pids"][service] for service in _SERVICES]
    expected = await post_meta(world, hostile) + await post_twilio(world, hostile)
    ada = phone()
    await world.write(other, ada, "What are your opening hours?")
    assert (await world.answers(ada))[0]["text"] == FAQS["What are your opening hours?"]

    ours = msg91_number()
    third = await msg91_shop(world, ours)
    for name, item in msg91_items():
        assert await post_msg91(world, ours, _own(item).encode()) == 200, name
    bo = phone()
    await world.write(other, bo, "Where are you?")
    assert (await world.answers(bo))[0]["text"] == FAQS["Where are you?"]

    async def all_stored() -> bool:
        return await world.stored(hostile, "messages").count({}) == expected

    await until(all_stored, f"all {expected} messages are stored", within=120)
    for shop in (hostile, third):
        assert await failed(world, shop) == []
        # What was stored can be read again.
        assert await world.stored(shop, "messages").find({}, limit=10_000)
    assert [world.stack.info["pids"][service] for service in _SERVICES] == before
    for service in ("router", "delivery"):
        _, stats = await world.ops(service, "/stats")
        assert [
            it["stopped"] for it in stats.values() if isinstance(it, dict) and "stopped" in it and it["stopped"]
        ] == []


async def test_a_model_answers_after_extreme_messages(world: World) -> None:
    """Their numbers are part of the history that it reads."""
    shop, ada = await world.shop(), phone()
    order = [{"product_retailer_id": "C1", "quantity": 10**30, "item_price": 1e300, "currency": "USD"}]
    for content in (
        {"type": "order", "order": {"catalog_id": "1", "product_items": order}},
        {"type": "location", "location": {"latitude": 1e308, "longitude": -1e308}},
        {"type": "contacts", "contacts": [{"name": {"formatted_name": "Bo"}, "age": 10**300}]},
    ):
        item = world.item(shop, ada, "x")
        assert item.message is not None
        message = {name: value for name, value in item.message.items() if name not in ("type", "text")}
        value = {"metadata": {"phone_number_id": shop.number.phone_number_id}, "messages": [{**message, **content}]}
        change = {"field": "messages", "value": value}
        body = {"object": "whatsapp_business_account", "entry": [{"id": shop.number.waba_id, "changes": [change]}]}
        assert await world.post_meta(json.dumps(body).encode()) == 200
    await world.fence(shop, ada)
    assert await failed(world, shop) == []


async def failed(world: World, shop: Shop) -> list[Any]:
    """What of a workspace our code failed on."""
    records = await world.topic("dead.letters", lambda record: shop.workspace.encode() in record.value, 0)
    letters = [decode(record) for record in records]
    return [(letter.reason, letter.detail) for letter in letters if letter.reason is Reason.HANDLER_FAILED]
