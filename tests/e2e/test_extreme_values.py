"""Extreme numbers and times through the whole pipeline: they delay no other workspace.

The workspace that gets them shares its partition with another one, whose customers are answered meanwhile.
"""

import json
import time
from datetime import timedelta
from typing import Any

from aiokafka.partitioner import DefaultPartitioner

from shared.clock import SystemClock
from shared.flows.load import read_stored_flow
from shared.kafka.codec import decode
from shared.messages.dead_letters import DeadLetterReason
from shared.providers.meta import webhook
from shared.providers.port import ParsedMessage
from shared.repositories.flows import Flows
from shared.topics import INBOUND_MESSAGES, key_for
from shared.workspace.config import FlowRef
from tests.e2e.shop import FAQS, Shop, phone, serial_numbers
from tests.e2e.test_msg91 import number as msg91_number
from tests.e2e.test_msg91 import post as post_msg91
from tests.e2e.test_msg91 import shop_with as msg91_shop
from tests.e2e.waiting import until
from tests.e2e.world import World
from tests.fuzz.extremes import KINDS, meta_items, msg91_items, twilio_forms

_ITEMS_PER_WEBHOOK = 60  # items of one webhook
_SERVICES = ("ingress", "router", "ai", "delivery")


def partition_of(workspace: str) -> int:
    everything = list(range(INBOUND_MESSAGES.partitions))
    return int(DefaultPartitioner()(key_for(workspace, "", 1), everything, everything))


async def hostile_and_neighbour(world: World) -> tuple[Shop, Shop]:
    """Return a hostile workspace and one in the same partition."""
    hostile = await world.shop(mode="faq")
    while True:
        other = await world.shop()
        if partition_of(other.workspace) == partition_of(hostile.workspace):
            return hostile, other


async def post_meta(world: World, shop: Shop) -> set[str]:
    """Post all items of Meta, several per webhook; return the ids of the readable messages."""
    items = [(kind, _fill_placeholders(text)) for kind, _, text in meta_items()]
    expected: set[str] = set()
    for start in range(0, len(items), _ITEMS_PER_WEBHOOK):
        chosen = items[start : start + _ITEMS_PER_WEBHOOK]
        changes = [_change(shop, kind, [it for own, it in chosen if own == kind]) for kind in KINDS]
        entry = f'{{"id": "{shop.number.waba_id}", "time": {"9" * 300}, "changes": [{", ".join(changes)}]}}'
        body = f'{{"object": "whatsapp_business_account", "entry": [{entry}]}}'.encode()
        assert await world.post_meta(body) == 200
        expected |= _readable(body)
    return expected


def _change(shop: Shop, kind: str, items: list[str]) -> str:
    metadata = json.dumps({"phone_number_id": shop.number.phone_number_id})
    return f'{{"field": "{KINDS[kind]}", "value": {{"metadata": {metadata}, "{kind}": [{", ".join(items)}]}}}}'


def _fill_placeholders(text: str) -> str:
    text = text.replace("@id@", f"wamid.extreme.{next(serial_numbers)}").replace("@from@", phone())
    return text.replace("@now@", str(int(time.time())))


def _readable(body: bytes) -> set[str]:
    """Return the ids of messages that are young enough: messages older than providers' retries are dropped."""
    since = SystemClock().now() - timedelta(hours=1)
    found = (item for item in webhook.parse(body) if isinstance(item, ParsedMessage))
    return {item.provider_message_id for item in found if item.sent_at > since}


async def post_twilio(world: World, shop: Shop) -> set[str]:
    """Post all forms of Twilio; return the ids of the messages among them."""
    sent: set[str] = set()
    for name, form in twilio_forms():
        status = name.startswith("status")
        ours, theirs = f"whatsapp:{shop.twilio}", f"whatsapp:+{phone()}"
        own = {"AccountSid": shop.account_sid, "MessageSid": f"SM{next(serial_numbers):032x}", "SmsMessageSid": ""}
        own |= {"From": ours, "To": theirs} if status else {"From": theirs, "To": ours}
        path = "/webhooks/twilio/status" if status else "/webhooks/twilio"
        assert await world.post_twilio({**form, **own}, shop.auth_token, path=path) == 200, name
        if not status:
            sent.add(own["MessageSid"])
    return sent


async def test_extreme_numbers_and_times_delay_no_other_workspace(world: World) -> None:
    hostile, other = await hostile_and_neighbour(world)
    before = [world.stack.info["pids"][service] for service in _SERVICES]
    expected = await post_meta(world, hostile) | await post_twilio(world, hostile)
    ada = phone()
    await world.write(other, ada, "What are your opening hours?")
    assert (await world.answers(ada))[0]["text"] == FAQS["What are your opening hours?"]

    ours = msg91_number()
    third = await msg91_shop(world, ours)
    for name, item in msg91_items():
        assert await post_msg91(world, ours, _fill_placeholders(item).encode()) == 200, name
    bo = phone()
    await world.write(other, bo, "Where are you?")
    assert (await world.answers(bo))[0]["text"] == FAQS["Where are you?"]

    async def missing() -> set[str]:
        stored = await world.stored(hostile, "messages").find({}, fields={"provider_message_id": 1}, limit=10_000)
        return expected - {it["provider_message_id"] for it in stored}

    async def all_stored() -> bool:
        return not await missing()

    try:
        await until(all_stored, "all messages are stored", within=60)
    except AssertionError:
        raise AssertionError(sorted(await missing())[:20]) from None
    for shop in (hostile, third):
        assert await failed(world, shop) == []
        # Stored messages can be read back.
        assert await world.stored(shop, "messages").find({}, limit=10_000)
    assert [world.stack.info["pids"][service] for service in _SERVICES] == before
    for service in ("router", "delivery"):
        _, stats = await world.ops(service, "/stats")
        assert [
            it["stopped"] for it in stats.values() if isinstance(it, dict) and "stopped" in it and it["stopped"]
        ] == []


async def test_model_answers_after_extreme_messages(world: World) -> None:
    """The extreme messages are part of the prompt's history."""
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
    await world.settled_answers(shop, ada)
    assert await failed(world, shop) == []


HOSTILE = r"""
flow: hostile
triggers:
  regex:
    - '(?:(?:(?:){1000}){1000}){1000}x'
    - '.{0,999}.{0,999}(?:[ab][ab]){125}c'
    - '(?:[ab]{100}){100}'
    - 'so (?P<what>\w+)'
steps:
  said: "You said {{ what }}."
"""


async def test_stored_flow_with_slow_patterns_does_not_delay_other_workspaces(world: World) -> None:
    """The flow was stored when such patterns were allowed; without a limit they would block the router for ever."""
    hostile, other = await hostile_and_neighbour(world)
    flow = read_stored_flow(HOSTILE, "hostile")
    await Flows(world.mongo, hostile.workspace).put(flow.name, flow.version, HOSTILE, SystemClock().now())
    ref = FlowRef(name=flow.name, version=flow.version)
    await world.mongo.collection("workspaces").update(
        {"_id": hostile.workspace}, {"$set": {"flows": [ref.model_dump()], "bot.mode": "flow"}, "$inc": {"revision": 1}}
    )
    ada, bo = phone(), phone()
    for customer, text in ((phone(), "a"), (phone(), "ab" * 500), (ada, "so शुक्रिया")):
        await world.write(hostile, customer, text)
    await world.write(other, bo, "Where are you?")
    assert (await world.answers(bo))[0]["text"] == FAQS["Where are you?"]

    async def greeted() -> bool:
        return any(record["text"] == "You said शुक्रिया." for record in await world.answers(ada, 0))

    await until(greeted, "the flow works with its other pattern")
    assert await failed(world, hostile) == []


async def failed(world: World, shop: Shop) -> list[Any]:
    """Return reasons and details of the workspace's dead letters that failed handlers caused."""
    records = await world.topic("dead.letters", lambda record: shop.workspace.encode() in record.value, 0)
    letters = [decode(record) for record in records]
    return [(letter.reason, letter.detail) for letter in letters if letter.reason is DeadLetterReason.HANDLER_FAILED]
