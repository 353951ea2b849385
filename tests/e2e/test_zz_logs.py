"""What the services have logged during all the tests before: for machines to read, and nothing private in it.

The file's name puts it last, so that it sees the logs of a whole run.
"""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from devtools.simulators.webhooks import MetaItem, MetaNumber, meta_webhook, sign_meta, twilio_form
from devtools.stack.environment import DEMO_META_APP_SECRET, DEMO_META_VERIFY_TOKEN
from devtools.stack.supervisor import Stack
from tests.e2e.shop import Said, Shop, phone, word
from tests.e2e.stacks import world_of
from tests.e2e.world import World, logged

# Lines about one message; each says whose it is and to which exchange it belongs.
OF_WORK = ("Decided", "Answered", "Apologised", "A model gave no answer", "Sending failed", "In doubt, sending again")


@pytest.fixture
async def world(stack: Stack, said: Said) -> AsyncIterator[World]:
    """The shared stack, after one exchange of each kind: the logs are not empty if only this file is run."""
    async with world_of(stack, said) as world:
        shop, ada, bo = await world.shop(), phone(), phone()
        failing, unknown = word(), phone()
        await world.script("anthropic", {"kind": "status", "status": 500}, times=1, text_contains=failing)
        await world.script("meta", {"kind": "status", "status": 500}, times=1, to=ada, kind="message")
        await world.script("meta", {"kind": "error", "code": 131026, "details": f"to={bo}"}, to=bo, kind="message")
        await world.write(shop, ada, f"remark {failing} my number is +{unknown}")
        await world.write(shop, bo, "Where are you?")
        said.phones.add(unknown)
        await world.answers(ada)
        await world.outbound_when(shop, lambda it: it["state"] == "failed")
        await _refused(world, shop)
        yield world


async def _refused(world: World, shop: Shop) -> None:
    """What ingress does not take, each with a number, a token and a text of its own."""
    item, order, quantity = world.item(shop, phone(), f"a secret {word()}"), world.item(shop, phone(), "wish"), word()
    assert order.message is not None
    order.message.update(type="order", order={"product_items": [{"product_retailer_id": "1", "quantity": quantity}]})
    world.said.texts.add(quantity)
    body = meta_webhook(item)
    token = f"EAArefused{word()}"
    world.said.tokens.add(token)
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
    world.said.phones |= {form["WaId"], form["To"].removeprefix("whatsapp:+")}
    world.said.texts.add(form["Body"])
    assert await world.post_twilio(form, token, address="10.1.9.1") in (403, 429)
    place = twilio_form(
        account_sid=shop.account_sid,
        sender=phone(),
        to=shop.twilio,
        message_sid="SM2",
        extra={"Latitude": f"at {word()}", "Longitude": "1"},
    )
    world.said.texts.add(place["Latitude"])
    assert await world.post_twilio(place, shop.auth_token) == 200


@pytest.fixture
def lines(world: World) -> list[tuple[str, str]]:
    """Of all stacks that have run: the log's name and the line."""
    return [entry for folder in world.said.logs for entry in logged(folder)]


def _forms(private: str) -> set[str]:
    """As it is, in a URL, in a form, in JSON. A number in digits is found with and without its plus; in base64 it is
    part of a message's id at Meta, and not looked for.
    """
    return {private, quote(private, safe=""), quote_plus(private), json.dumps(private)[1:-1], repr(private)[1:-1]}


async def test_no_log_holds_a_number_a_token_or_a_text_of_a_customer(lines: list[tuple[str, str]], said: Said) -> None:
    texts = {text for text in said.texts if len(text) > 5}  # a shorter one is part of any timestamp
    private = said.phones | said.tokens | texts | {DEMO_META_APP_SECRET, DEMO_META_VERIFY_TOKEN, "demo-key"}
    everything = "\n".join(line for _, line in lines)
    found = {form for secret in private for form in _forms(secret) if form in everything}
    assert not found, [line for _, line in lines if any(secret in line for secret in found)][:5]


async def test_what_was_refused_is_told(lines: list[tuple[str, str]]) -> None:
    """The test before would be of no worth if ingress had said nothing."""
    said = [json.loads(line) for log, line in lines if log.startswith("ingress")]
    assert {entry["status"] for entry in said if entry["message"] == "Webhook refused"} >= {401, 403, 422}
    assert {entry["reason"] for entry in said if entry["message"] == "Dead letter"} >= {
        "malformed_item",
        "unknown_recipient",
    }


async def test_every_line_is_json_and_names_its_service(lines: list[tuple[str, str]]) -> None:
    assert len(lines) > 20
    for log, line in lines:
        try:
            entry: dict[str, Any] = json.loads(line)
        except ValueError:
            pytest.fail(f"{log}: {line!r} is not JSON")
        assert entry["service"] == log.split("-")[0], line
        assert {"level", "time", "message"} <= entry.keys(), line


async def test_lines_about_a_message_say_whose_it_is_and_which_exchange_it_belongs_to(
    lines: list[tuple[str, str]],
) -> None:
    entries = [json.loads(line) for _, line in lines]
    work = [entry for entry in entries if entry["message"] in OF_WORK]
    assert {entry["service"] for entry in work} >= {"router", "ai", "delivery"}
    for entry in work:
        assert entry.get("workspace_id"), entry
        assert len(entry.get("correlation_id", "")) == 32, entry
        assert entry.get("trace_id") == entry["correlation_id"], entry


async def test_no_handler_failed_and_no_process_ended_by_an_unexpected_error(lines: list[tuple[str, str]]) -> None:
    bad = ("A handler failed", "Ended by an unexpected error", "Task exception was never retrieved")
    assert [line for _, line in lines if any(words in line for words in bad)][:5] == []
