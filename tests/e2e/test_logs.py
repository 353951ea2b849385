"""Logs of each kind of work: valid JSON with the required fields, and no private data.

The logs of every other stack are checked in the same way when it ends (`tests/e2e/stacks.py`).
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devtools.simulators.webhooks import MetaItem, MetaNumber, meta_webhook, sign_meta, twilio_form
from devtools.stack.supervisor import Stack
from tests.e2e import log_checks
from tests.e2e.shop import PrivateData, Shop, phone, word
from tests.e2e.stacks import world_of
from tests.e2e.world import World


@pytest.fixture
async def world(stack: Stack, private: PrivateData) -> AsyncIterator[World]:
    """The shared stack after one exchange of each kind."""
    async with world_of(stack, private) as world:
        shop, ada, bo = await world.shop(), phone(), phone()
        failing, unknown = word(), phone()
        await world.script("anthropic", {"kind": "status", "status": 500}, times=1, text_contains=failing)
        await world.script("meta", {"kind": "status", "status": 500}, times=1, to=ada, kind="message")
        await world.script("meta", {"kind": "error", "code": 131026, "details": f"to={bo}"}, to=bo, kind="message")
        await world.write(shop, ada, f"remark {failing} my number is +{unknown}")
        await world.write(shop, bo, "Where are you?")
        private.phones.add(unknown)
        await world.answers(ada)
        await world.outbound_when(shop, lambda it: it["state"] == "failed")
        await _send_rejected_webhooks(world, shop)
        yield world


async def _send_rejected_webhooks(world: World, shop: Shop) -> None:
    """Send webhooks that ingress rejects, each with its own number, token and text."""
    item, order, quantity = world.item(shop, phone(), f"a secret {word()}"), world.item(shop, phone(), "wish"), word()
    assert order.message is not None
    order.message.update(type="order", order={"product_items": [{"product_retailer_id": "1", "quantity": quantity}]})
    world.private.texts.add(quantity)
    body = meta_webhook(item)
    token = f"EAArefused{word()}"
    world.private.tokens.add(token)
    headers = {"x-forwarded-for": "10.1.9.1", "authorization": f"Bearer {token}"}
    for signature in ("", token, sign_meta(body, "guess")):
        await world.post("/webhooks/meta", body, headers | {"x-hub-signature-256": signature})
    await world.post(f"/webhooks/meta/{token}?to={phone()}", body, headers | {"x-hub-signature-256": token})
    await world.post_meta(body[:-9], headers=headers)
    assert await world.post_meta(meta_webhook(order)) == 200
    unknown = MetaItem(MetaNumber("99123456789", "", "1"), message=item.message, contact=item.contact)
    assert await world.post_meta(meta_webhook(unknown)) == 200
    form = twilio_form(
        account_sid="AC" + "9" * 32, sender=phone(), to=phone(), message_sid="SM1", text=f"wish {word()}"
    )
    world.private.phones |= {form["WaId"], form["To"].removeprefix("whatsapp:+")}
    world.private.texts.add(form["Body"])
    assert await world.post_twilio(form, token, address="10.1.9.1") in (403, 429)
    place = twilio_form(
        account_sid=shop.account_sid,
        sender=phone(),
        to=shop.twilio,
        message_sid="SM2",
        extra={"Latitude": f"at {word()}", "Longitude": "1"},
    )
    world.private.texts.add(place["Latitude"])
    assert await world.post_twilio(place, shop.auth_token) == 200


@pytest.fixture
def lines(world: World) -> log_checks.Lines:
    return log_checks.read_logs(Path(world.stack.info["logs"]))


async def test_logs_contain_no_phone_number_token_or_message_text(
    lines: log_checks.Lines, private: PrivateData
) -> None:
    log_checks.check_no_private_data(lines, private)


async def test_refused_webhooks_and_dead_letters_are_logged(lines: log_checks.Lines) -> None:
    """Without these lines the test before would pass although ingress logs nothing."""
    entries = [json.loads(line) for log, line in lines if log.startswith("ingress")]
    assert {entry["status"] for entry in entries if entry["message"] == "Webhook refused"} >= {401, 403, 422}
    assert {entry["reason"] for entry in entries if entry["message"] == "Dead letter"} >= {
        "malformed_item",
        "unknown_recipient",
    }


async def test_every_line_is_json_and_names_its_service(lines: log_checks.Lines) -> None:
    assert len(lines) > 20
    log_checks.check_form(lines)


async def test_log_lines_about_a_message_name_its_workspace_and_correlation_id(lines: log_checks.Lines) -> None:
    assert {entry["service"] for entry in log_checks.message_entries(lines)} >= {"router", "ai", "delivery"}
    log_checks.check_message_entries(lines)


async def test_no_handler_failed_and_no_process_ended_unexpectedly(lines: log_checks.Lines) -> None:
    log_checks.check_failures(lines)
