"""Provider reports: customers' message preferences, messages of the business's own phone, template statuses."""

import json
import time
from typing import Any

from devtools.simulators.webhooks import meta_event
from shared.clock import SystemClock
from shared.domain import ids
from shared.domain.broadcast import BroadcastStage
from shared.messages.commands import ReturnToBot
from shared.messages.outbound import Author
from shared.operations.broadcasts.estimate import problems_now
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Document
from tests.e2e.shop import Shop, phone, word
from tests.e2e.test_broadcast import create_broadcast, template
from tests.e2e.test_customer_service_window import _earlier_customer, _send_as_agent
from tests.e2e.test_templates import parley
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World


async def post_report(world: World, shop: Shop, field: str, **value: Any) -> None:
    """Post a change of another field than `messages`."""
    metadata = {
        "display_phone_number": shop.number.display_phone_number,
        "phone_number_id": shop.number.phone_number_id,
    }
    change = {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    entry = {"id": shop.number.waba_id, "time": int(time.time()), "changes": [change]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    assert await world.post_meta(body) == 200


async def set_marketing_preference(world: World, shop: Shop, customer: str, value: str) -> None:
    """Post that a customer stopped or resumed marketing in WhatsApp's settings."""
    chosen = {"wa_id": customer, "category": "marketing_messages", "value": value, "timestamp": int(time.time())}
    contact = {"profile": {"name": "Ada"}, "wa_id": customer}
    await post_report(world, shop, "user_preferences", contacts=[contact], user_preferences=[chosen])


async def wait_for_opt_out(world: World, shop: Shop, customer: str, wanted: str | None) -> None:
    """Wait until the customer's opt-out is stored; None: no opt-out."""

    async def look() -> bool | None:
        found = await world.stored(shop, "customers").find_one({"_id": ids.customer_id(shop.workspace, f"+{customer}")})
        return (
            found is not None and found.get("opted_out_of") == wanted and bool(found.get("opted_out")) == bool(wanted)
        )

    await until(look, f"the customer has opted out of {wanted}")


async def test_customer_who_stopped_marketing_gets_answers_but_no_broadcast_until_it_is_resumed(world: World) -> None:
    shop, ada, stranger = await world.shop(), phone(), phone()
    world.private.phones |= {ada, stranger}
    await world.settled_answers(shop, ada)
    for customer in (ada, stranger):
        await set_marketing_preference(world, shop, customer, "stop")
        await wait_for_opt_out(world, shop, customer, "marketing")
    made = await create_broadcast(world, shop, template("Ada", "10 %"), [ada, stranger])
    await made.wait_for_stage(BroadcastStage.DONE)
    assert await made.counts() == {"skipped": 2}
    assert await world.settled_answers(shop, ada) is not None, "the customer is still answered"
    await set_marketing_preference(world, shop, ada, "resume")
    await wait_for_opt_out(world, shop, ada, None)
    again = await create_broadcast(world, shop, template("Ada", "10 %"), [ada, stranger])
    await again.wait_for_stage(BroadcastStage.DONE)
    await again.wait_for_counts(read=1, skipped=1)
    assert "news" in [record["text"] for record in await world.settled_answers(shop, ada)]


async def test_refusal_for_missing_consent_is_stored_as_opt_out(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.script("meta", {"kind": "error", "code": 131050}, times=None, to=ada, kind="message")
    made = await create_broadcast(world, shop, template("Ada", "10 %"), [ada])
    await made.wait_for_stage(BroadcastStage.DONE)
    await made.wait_for_counts(skipped=1)
    await wait_for_opt_out(world, shop, ada, "marketing")


async def test_message_written_on_the_business_phone_is_in_the_history_and_silences_the_bot(world: World) -> None:
    shop, ada, marker = await world.shop(), phone(), word()
    await world.settled_answers(shop, ada)
    echo: dict[str, Any] = {
        "from": shop.number.display_phone_number,
        "to": ada,
        "id": f"wamid.{marker}",
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": {"body": f"Tunde here: {marker}"},
    }
    world.private.texts.add(echo["text"]["body"])
    for _ in range(2):
        await post_report(world, shop, "smb_message_echoes", message_echoes=[echo])
    document = await world.outbound_when(shop, lambda found: marker in found["text"])
    assert (document["author"], document["state"], document["status"]) == (Author.AGENT, "sent", "sent")
    assert await world.mode(shop, shop.meta_conversation(ada)) == "human"
    failed = {"id": echo["id"], "status": "failed", "timestamp": echo["timestamp"], "errors": [{"code": 131000}]}
    await post_report(world, shop, "messages", statuses=[{**failed, "recipient_id": ada}])
    await world.outbound_when(shop, lambda found: found["status"] == "failed", provider_message_id=echo["id"])
    await world.command(shop, ada, ReturnToBot)
    await world.settled_answers(shop, ada)
    documents = await world.stored(shop, "outbound").find({"provider_message_id": echo["id"]})
    assert len(documents) == 1, "the duplicate echo is stored once"
    assert not [record for record in await world.answers(ada, 0) if marker in record["text"]], "nothing was sent again"
    asked = [json.dumps(record["payload"]) for record in await world.records(kind="completion")]
    assert any(marker in call for call in asked), "the model sees it"


async def _report_template_status(world: World, shop: Shop, name: str, state: str) -> None:
    value = {
        "event": state,
        "message_template_id": 5,
        "message_template_name": name,
        "message_template_language": "en",
        "reason": "NONE",
    }
    body = meta_event(shop.number.waba_id, "message_template_status_update", value, timestamp=int(time.time()))
    assert await world.post_meta(body) == 200

    async def look() -> bool | None:
        found = await world.stored(shop, "templates").find_one({"name": name, "status": state})
        return True if found else None

    await until(look, f"{name} is {state}")


async def test_template_paused_by_meta_is_not_used_until_it_is_approved_again(world: World) -> None:
    stands_in = {"window_template": {"name": "news", "language": "en", "parameters": ["Acme", "{text}"]}}
    shop = await world.shop(profile=stands_in)
    ada = await _earlier_customer(world, shop, hours=25)
    made = await create_broadcast(world, shop, template("Ada", "10 %"), [phone() for _ in range(200)], rate=4.0)
    await made.wait_for_stage(BroadcastStage.RUNNING)
    await _report_template_status(world, shop, "news", "PAUSED")
    paused = await made.wait_for_stage(BroadcastStage.PAUSED)
    assert paused.reason == "the template news (en) cannot be sent: it is PAUSED at the provider"
    workspace = await Workspaces(world.mongo, SystemClock()).get(shop.workspace)
    assert workspace is not None
    (problem,) = await problems_now(world.mongo, paused, workspace, SystemClock().now())
    assert problem == "The template news (en) cannot be sent: it is PAUSED at the provider."
    assert "news (en)  PAUSED" in await in_thread(parley, world, "templates", "list", shop.workspace)
    events = await in_thread(parley, world, "channels", "events", shop.workspace)
    assert "message_template_status_update PAUSED, the template news  template_status" in events

    async def refused() -> Document | None:
        sent = await _send_as_agent(world, shop, ada, f"Are you still there? {word()}")
        return sent if sent["state"] == "failed" else None

    failed = await until(refused, "delivery reads the template's state again, which it caches for 5 s")
    assert failed["error"]["code"] == "window_closed"
    await _report_template_status(world, shop, "news", "APPROVED")
    assert await problems_now(world.mongo, paused, workspace, SystemClock().now()) == []
    assert await made.broadcasts.resume(made.id, SystemClock().now())
    assert (await made.wait_for_stage(BroadcastStage.RUNNING)).reason == ""
    assert await made.broadcasts.cancel(made.id, SystemClock().now())


async def test_send_refused_for_a_paused_template_pauses_its_broadcast(world: World) -> None:
    shop, people = await world.shop(), [phone() for _ in range(100)]
    for one in people:
        await world.script("meta", {"kind": "error", "code": 132015}, times=None, to=one, kind="message")
    made = await create_broadcast(world, shop, template("Ada", "10 %"), people, rate=4.0)
    paused = await made.wait_for_stage(BroadcastStage.PAUSED)
    assert paused.reason == "the template news (en) cannot be sent: it is PAUSED at the provider"


async def test_next_window_template_is_used_when_the_first_is_paused(world: World) -> None:
    shop = await world.shop(profile={"window_template": {"name": "news", "language": "en", "parameters": ["{text}"]}})
    own = {"name": "of_the_number", "language": "en", "parameters": ["{text}"]}
    await world.update_channel(shop, "main", window_template=own)
    ada = await _earlier_customer(world, shop, hours=25)
    await world.script("meta", {"kind": "error", "code": 132015}, to=ada, kind="message")
    sent = await _send_as_agent(world, shop, ada, "Are you still there?")
    assert (sent["state"], sent["instead"]["name"]) == ("sent", "news")
    assert [record["accepted"] for record in await world.attempts(ada)] == [True, False, True]
