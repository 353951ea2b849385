"""MSG91: messages are answered, reports update statuses, and webhooks without the secret are rejected."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from services.ingress.dead_letters import reread, vouched_by
from shared.domain import ids
from shared.kafka.codec import decode
from shared.messages.content import Text
from shared.messages.dead_letters import DeadLetter
from shared.providers.port import ParsedMessage
from tests.e2e.shop import FAQS, Shop, phone, word
from tests.e2e.waiting import until
from tests.e2e.world import World

_SECRET = "msg91-webhook-secret-1"


def number() -> str:
    """Return a new MSG91 number."""
    return "91" + phone().removeprefix("+")[-10:].replace("0", "9", 1)


async def shop_with(world: World, own_number: str, **more: Any) -> Shop:
    channel = {
        "id": "in",
        "provider": "msg91",
        "address": f"+{own_number}",
        "authkey": "msg91-authkey-1",
        "webhook_secret": _SECRET,
        **more,
    }
    world.private.tokens |= {_SECRET, "msg91-authkey-1"}
    return await world.shop(channels=False, profile={"channels": [channel]})


async def post(world: World, own_number: str, item: dict[str, Any] | bytes, *, secret: str | None = _SECRET) -> int:
    headers = {"content-type": "application/json", **({"X-Webhook-Secret": secret} if secret is not None else {})}
    body = item if isinstance(item, bytes) else msgspec.json.encode(item)
    return await world.post(f"/webhooks/msg91/{own_number}", body, headers)


def message(world: World, sender: str, text: str) -> dict[str, Any]:
    world.private.phones.add(sender)
    world.private.texts.add(text)
    return {"uuid": f"u-{word()}", "customerNumber": sender, "customerName": "Ada", "contentType": "text", "text": text}


async def test_customer_is_answered_once_and_the_report_updates_the_status(world: World) -> None:
    own_number, ada = number(), phone()
    shop = await shop_with(world, own_number)
    asked = message(world, ada, "what are your opening hours")
    for _ in range(3):  # redelivered
        assert await post(world, own_number, asked) == 200
    (answer,) = await world.answers(ada)
    assert answer["text"] == FAQS["What are your opening hours?"]
    assert (answer["provider"], answer["from"]) == ("msg91", own_number)

    talk = ids.conversation_id(shop.workspace, "in", f"+{ada}")
    sent = await world.outbound_when(shop, lambda it: it["state"] == "sent", conversation_id=talk)
    report = {"requestId": sent["provider_message_id"], "crqid": sent["_id"], "eventName": "read"}
    assert await post(world, own_number, report) == 200
    read = await world.outbound_when(shop, lambda it: it["status"] == "read", conversation_id=talk)
    assert read["_id"] == sent["_id"]
    assert len(await world.attempts(ada)) == 1


async def test_webhook_fields_can_have_other_names(world: World) -> None:
    own_number, ada = number(), phone()
    await shop_with(world, own_number, webhook_fields={"text": "body", "customer": "from"})
    asked = message(world, ada, "what are your opening hours")
    assert (
        await post(world, own_number, {**asked, "body": asked.pop("text"), "from": asked.pop("customerNumber")}) == 200
    )
    (answer,) = await world.answers(ada)
    assert answer["text"] == FAQS["What are your opening hours?"]


async def test_webhooks_without_the_secret_are_rejected(world: World) -> None:
    own_number, ada = number(), phone()
    shop = await shop_with(world, own_number)
    asked = message(world, ada, "what are your opening hours")
    assert await post(world, own_number, asked, secret=None) == 401
    assert await post(world, own_number, asked, secret="another-secret-than-that") == 403
    assert await post(world, number(), asked) == 403, "unknown number"
    assert await post(world, own_number, asked) == 200
    await world.answers(ada)
    assert await world.stored(shop, "messages").count({}) == 1


async def test_unreadable_webhook_becomes_a_dead_letter_that_can_be_repaired(world: World) -> None:
    """The dead letter has the usual field names, and the number in its path."""
    own_number, ada = number(), phone()
    shop = await shop_with(world, own_number, webhook_fields={"text": "body"})
    asked = message(world, ada, "what are your opening hours")
    asked["body"] = asked.pop("text")
    assert await post(world, own_number, {**asked, "uuid": ""}) == 200
    (record,) = await world.topic("dead.letters", lambda record: own_number.encode() in record.value)
    letter = decode(record)
    assert isinstance(letter, DeadLetter)
    assert (letter.reason, letter.origin.path) == ("malformed_item", f"/webhooks/msg91/{own_number}")
    assert vouched_by(letter) == shop.workspace
    mended = msgspec.json.encode({**msgspec.json.decode(letter.payload), "uuid": "u-2"})
    provider, (item,) = reread(msgspec.structs.replace(letter, payload=mended), datetime.now(UTC))
    assert isinstance(item, ParsedMessage)
    assert (provider, item.recipient, item.content) == (
        "msg91",
        f"+{own_number}",
        Text(body="what are your opening hours"),
    )


async def test_refused_authkey_stops_the_channel(world: World) -> None:
    own_number, ada = number(), phone()
    shop = await shop_with(world, own_number)
    await world.script("msg91", {"kind": "expired_token"}, times=1, to=ada)
    assert await post(world, own_number, message(world, ada, "what are your opening hours")) == 200
    talk = ids.conversation_id(shop.workspace, "in", f"+{ada}")

    async def held() -> bool | None:
        found = await world.stored(shop, "outbound").find_one({"conversation_id": talk})
        return True if found and found["state"] == "held" else None

    await until(held, "the answer is held")
