"""Everyday traffic and one failure of each kind, so that every metric of a stack has data."""

import asyncio
from dataclasses import replace

from devtools.simulators.webhooks import MetaNumber, meta_event, meta_webhook
from shared.clock import SystemClock
from shared.kafka.records import NewRecord
from shared.messages.broadcast_content import BroadcastText
from tests.e2e.shop import Shop, phone, word
from tests.e2e.test_broadcast import create_broadcast
from tests.e2e.world import World

FAQ, NOT_IN_FAQ = "What are your opening hours?", "remark"
FLOW = """
flow: survey
triggers: {keywords: [survey-please]}
steps:
  ask: {ask: "How was it, from 1 to 5?", type: integer, save: stars}
  thanks: "Thank you for the {{ stars }}."
"""


def browser_headers(console: str) -> dict[str, str]:
    """Return the headers with which a browser shows that the console's own page makes a request."""
    return {"Origin": console, "Sec-Fetch-Site": "same-origin", "X-Parley": "1"}


async def everyday_traffic(world: World, shop: Shop, customers: int) -> None:
    """Ask the FAQ and a model through both providers, start a flow, call a CRM, and use the API."""
    nobody, console = {"email": "nobody@example.com", "password": "a wrong password"}, world.stack.info["console"]
    calls = (("GET", "/api/v1/health", None), ("POST", "/api/v1/auth/login", nobody))
    for method, path, body in calls if console else ():
        async with world.http.request(method, console + path, json=body, headers=browser_headers(console)) as response:
            await response.read()
    await asyncio.gather(*(_customer(world, shop, number) for number in range(customers)))


async def _customer(world: World, shop: Shop, number: int) -> None:
    ada = phone()
    text = (FAQ, f"{NOT_IN_FAQ} {word()}", "survey-please")[number % 3]
    if number % 4 == 3:
        await world.write_twilio(shop, ada, text)
    else:
        await world.write(shop, ada, text)
    await world.answers(ada)


async def one_failure_of_each_kind(world: World, shop: Shop) -> None:
    """Cause a bad signature, an unknown number, an account event, a poison record, provider and model failures."""
    stranger = replace(shop, number=MetaNumber("999000999000999", "2347999999999", "999000999000998"))
    body = meta_webhook(world.item(stranger, phone(), "hello"))
    assert await world.post_meta(body, secret="wrong") in (401, 403)
    assert await world.post_meta(body) == 200
    news = {"event": "PAUSED", "message_template_name": "sale", "message_template_language": "en"}
    at = int(SystemClock().now().timestamp())
    body = meta_event(shop.number.waba_id, "message_template_status_update", news, timestamp=at)
    assert await world.post_meta(body) == 200
    async with world.producer() as producer:
        await producer.send([NewRecord("inbound.messages", shop.workspace.encode(), b"no message")])
    await _provider_fails(world, shop)
    await _model_fails(world, shop)


async def _provider_fails(world: World, shop: Shop) -> None:
    faults = (
        {"kind": "status", "status": 500},
        {"kind": "throttle", "retry_after": 1},
        {"kind": "reset_after_accept"},
        {"kind": "error", "code": 131026},
    )
    for fault in faults:
        ada = phone()
        await world.script("meta", fault, to=ada, kind="message")
        await world.write(shop, ada, FAQ)
        await world.attempts(ada)


async def _model_fails(world: World, shop: Shop) -> None:
    poor = await world.shop(daily_budget_usd="0.00001")
    await _customer(world, poor, 1)  # first: an open breaker would hide the exhausted budget
    rule = await world.script("anthropic", {"kind": "status", "status": 503}, times=None, text_contains=NOT_IN_FAQ)
    await asyncio.gather(*(_customer(world, shop, 1) for _ in range(6)))  # enough to open the breaker
    await world.unscript(rule)


async def broadcasts(world: World, shop: Shop) -> None:
    """Start a broadcast to a customer, and one on a channel whose token has expired, which stops both."""
    ada = phone()
    await world.write(shop, ada, FAQ)
    await world.answers(ada)
    await create_broadcast(world, shop, BroadcastText(text="news"), [ada])
    await world.answers(ada, 2)
    await paused_broadcast(world)


async def paused_broadcast(world: World) -> Shop:
    """Start a broadcast on a channel whose token has expired, which stops both; return its workspace."""
    locked = await world.shop()
    bola = phone()
    await world.write(locked, bola, FAQ)
    await world.answers(bola)
    await world.replace_token(locked, apply=False)
    await world.write(locked, bola, FAQ)
    await world.attempts(bola)
    await create_broadcast(world, locked, BroadcastText(text="news"), [bola])
    return locked
