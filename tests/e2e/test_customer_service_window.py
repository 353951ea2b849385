"""The 24-hour window: a text outside it is replaced by a template, or fails once with a clear reason."""

import json
from datetime import timedelta

import pytest

from shared.clock import SystemClock
from shared.domain import ids
from shared.kafka.codec import to_record
from shared.maintenance.operator import Operator
from shared.messages.commands import AgentMessage
from shared.messages.inbound import Provider
from shared.messages.outbound import Author, Body, OutboundMessage, TemplateBody, TextBody
from shared.operations.trace.hops import hops
from shared.storage.mongo import Document
from shared.topics import OUTBOUND_MESSAGES
from tests.e2e.shop import FAQS, Shop, phone, word
from tests.e2e.simulator_control import Json
from tests.e2e.world import World

ANSWER = FAQS["Where are you?"]
TEMPLATE_WITH_TEXT: Json = {"window_template": {"name": "news", "language": "en", "parameters": ["Acme", "{text}"]}}
TEMPLATE_ASKING_TO_WRITE = {"window_template": {"name": "please_write", "language": "en"}}
CONTENT = f"HX{7:032x}"


async def _earlier_customer(world: World, shop: Shop, *, hours: float) -> str:
    """Return a customer whose last message, so many hours ago, was answered."""
    ada = phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
    at = SystemClock().now() - timedelta(hours=hours)
    await world.stored(shop, "conversations").update(
        {"_id": shop.meta_conversation(ada)},
        {
            "$set": {"last_inbound_at": at, "state.last_inbound_at": at},
            "$inc": {"state.version": 1},  # the router keeps the state that it has stored itself
        },
    )
    return ada


async def _send_as_agent(world: World, shop: Shop, ada: str, text: str) -> Document:
    """Send a text as an agent; return the message when delivery has finished it."""
    await world.command(shop, ada, AgentMessage, body=TextBody(body=text))
    return await world.outbound_when(
        shop, lambda it: it["body"].get("body") == text and it["state"] in ("sent", "failed")
    )


async def _send_unprompted(
    world: World, shop: Shop, to: str, body: Body, *, channel: str = "main", provider: Provider = Provider.META
) -> Document:
    """Send to a customer who has never written; return the message when delivery has finished it."""
    world.private.phones.add(to)
    cause = ids.derived_id("e2e", shop.workspace, word())
    message = OutboundMessage(
        id=ids.output_id(cause, "first"),
        workspace=shop.workspace,
        correlation_id=ids.correlation_id(cause),
        created_at=SystemClock().now(),
        provider=provider,
        channel=channel,
        conversation_id=ids.conversation_id(shop.workspace, channel, f"+{to}"),
        customer_id=ids.customer_id(shop.workspace, f"+{to}"),
        address=f"+{to}",
        body=body,
        author=Author.SYSTEM,
        cause=cause,
        turn=1,
    )
    async with world.producer() as producer:
        await producer.send([to_record(OUTBOUND_MESSAGES, message)])
    return await world.outbound_when(shop, lambda it: it["state"] in ("sent", "failed"), _id=message.id)


async def _trace_text(world: World, message: Document) -> str:
    """Return the output of `parley trace`."""
    exchange = await Operator(world.mongo).exchange(message["correlation_id"])
    return "\n".join(hop.what for hop in hops(exchange))


def _payload(record: Json) -> Json:
    found: Json = record["payload"] if isinstance(record["payload"], dict) else json.loads(record["payload"])
    return found


async def test_agent_text_is_sent_within_the_window(world: World) -> None:
    shop = await world.shop(profile=TEMPLATE_WITH_TEXT)
    ada = await _earlier_customer(world, shop, hours=23.9)
    await _send_as_agent(world, shop, ada, "Are you still there?")
    assert [answer["text"] for answer in await world.answers(ada, 2)] == [ANSWER, "Are you still there?"]


async def test_window_template_replaces_a_text_after_24_hours(world: World) -> None:
    news = {"name": "news", "language": "en", "body": "{{1}} writes: {{2}}"}
    shop = await world.shop(profile={**TEMPLATE_WITH_TEXT, "templates": [news]})
    ada = await _earlier_customer(world, shop, hours=24.1)
    sent = await _send_as_agent(world, shop, ada, "Your order\nis here.")
    assert (sent["state"], sent["instead"]["name"]) == ("sent", "news")
    assert sent["text"] == "Acme writes: Your order is here.", "the history has the template's text"
    _, template = await world.attempts(ada)
    (body,) = _payload(template)["template"]["components"]
    assert [parameter["text"] for parameter in body["parameters"]] == ["Acme", "Your order is here."]
    assert "template news stands in" in await _trace_text(world, sent)


async def test_text_after_24_hours_without_a_window_template_fails_once(world: World) -> None:
    shop = await world.shop()
    ada = await _earlier_customer(world, shop, hours=25)
    failed = await _send_as_agent(world, shop, ada, "Are you still there?")
    assert (failed["state"], failed["error"]["code"], failed["reason"]) == ("failed", "window_closed", "window_closed")
    assert len(await world.attempts(ada)) == 1, "only the answer of the day before"
    assert "no template can be sent instead" in await _trace_text(world, failed)
    (letter,) = await world.dead_letters(f'"workspace":"{shop.workspace}"')
    assert letter["reason"] == "window_closed"
    start = f'"workspace":"{shop.workspace}"'.encode()
    (event,) = await world.topic("conversation.events", lambda it: start in it.value and b"message.failed" in it.value)
    assert json.loads(event.value)["detail"].startswith("window_closed: The 24-hour window is closed")


async def test_window_template_without_the_text_is_sent_once_a_day(world: World) -> None:
    shop = await world.shop(profile=TEMPLATE_ASKING_TO_WRITE)
    ada = await _earlier_customer(world, shop, hours=25)
    assert (await _send_as_agent(world, shop, ada, "Hello?"))["state"] == "sent"
    second = await _send_as_agent(world, shop, ada, "Hello again?")
    assert (second["state"], "has asked" in second["error"]["detail"]) == ("failed", True)
    await world.write(shop, ada, "Yes? Where are you?")
    third = await _send_as_agent(world, shop, ada, "Good.")
    assert (third["state"], third.get("instead")) == ("sent", None), "the customer has written, so the window is open"


REFUSALS = {
    "Meta, at once": ("meta", {"kind": "error", "code": 131047}),
    "Meta, by a status": ("meta", {"kind": "error", "code": 131047, "asynchronous": True}),
    "Twilio, at once": ("twilio", {"kind": "error", "code": 63016}),
    "Twilio, by a status": ("twilio", {"kind": "error", "code": 63016, "asynchronous": True}),
}


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("template", [True, False], ids=["with a template", "without"])
async def test_window_closed_by_the_provider_is_handled_like_our_own(
    world: World, refusal: str, template: bool
) -> None:
    provider, fault = REFUSALS[refusal]
    name = "news" if provider == "meta" else CONTENT
    profile = {"window_template": {"name": name, "parameters": ["{text}"]}} if template else {}
    shop, ada = await world.shop(profile=profile), phone()
    await world.script(provider, fault, to=ada)
    await (world.write if provider == "meta" else world.write_twilio)(shop, ada, "Where are you?")
    if template:
        sent = await world.outbound_when(shop, lambda it: it["state"] == "sent" and it.get("instead") is not None)
        assert (sent["instead"]["name"], sent["instead"]["parameters"]) == (name, [ANSWER])
        assert len(await world.attempts(ada)) == 2
        return
    failed = await world.outbound_when(shop, lambda it: it["state"] == "failed")
    assert failed["error"]["code"] == str(fault["code"])
    (letter,) = await world.dead_letters(f'"workspace":"{shop.workspace}"')
    assert letter["reason"] == "window_closed"
    assert len(await world.attempts(ada)) == 1


async def test_first_contact_needs_a_template(world: World) -> None:
    shop, ada, bo = await world.shop(), phone(), phone()
    welcome = await _send_unprompted(world, shop, ada, TemplateBody(name="welcome", language="en"))
    assert welcome["state"] == "sent"
    text = await _send_unprompted(world, shop, bo, TextBody(body="Hello, stranger."))
    assert (text["state"], text["error"]["code"]) == ("failed", "window_closed")
    assert await world.attempts(bo) == []


async def test_channel_uses_its_own_window_template(world: World) -> None:
    shop = await world.shop(profile=TEMPLATE_WITH_TEXT)
    await world.update_channel(
        shop, "tw", window_template={"name": CONTENT, "language": "en", "parameters": ["{text}"]}
    )
    ada = phone()
    message = await _send_unprompted(
        world, shop, ada, TextBody(body="Hello, stranger."), channel="tw", provider=Provider.TWILIO
    )
    assert (message["state"], message["instead"]["name"]) == ("sent", CONTENT)
    (attempt,) = await world.attempts(ada)
    assert _payload(attempt)["ContentSid"] == CONTENT
