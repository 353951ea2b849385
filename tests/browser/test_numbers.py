"""A number of each provider, step by step, until its checks are green."""

import re
import secrets
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import msgspec
import pytest
from playwright.async_api import expect

from devtools.simulators.webhooks import (
    MetaItem,
    MetaNumber,
    meta_contact,
    meta_message,
    meta_webhook,
    twilio_form,
    twilio_sid,
    wamid,
)
from tests.browser.conftest import Desks
from tests.e2e.shop import phone, serial_numbers
from tests.e2e.waiting import until
from tests.e2e.world import World


@dataclass(frozen=True)
class Number:
    """A number of a provider as somebody types it into the form."""

    provider: str
    address: str
    fields: dict[str, str]
    secret: str  # that its webhooks are signed with


def _number(provider: str) -> Number:
    own, secret = phone(), f"secret-{secrets.token_hex(12)}"
    match provider:
        case "Meta":
            ids = {"Phone number ID": own, "WhatsApp Business Account ID": f"9{own}"}
            return Number(provider, own, {**ids, "Access token": f"EAA{secret}", "App secret": secret}, secret)
        case "Twilio":
            sid = twilio_sid(next(serial_numbers), seed="admin", prefix="AC")
            return Number(provider, own, {"Account SID": sid, "Auth token": secret}, secret)
        case _:
            return Number(provider, own, {"Auth key": f"key-{secret}", "Secret of the webhooks": secret}, secret)


async def _open_account(world: World, number: Number) -> None:
    """Make the number known to the provider's simulator."""
    fields = number.fields
    if number.provider == "Meta":
        settings = {
            "phone_number_id": fields["Phone number ID"],
            "display_phone_number": number.address,
            "waba_id": fields["WhatsApp Business Account ID"],
            "access_token": fields["Access token"],
        }
        await world.control("POST", "/_sim/meta/numbers", settings)
    if number.provider == "Twilio":
        account = {"account_sid": fields["Account SID"], "auth_token": number.secret}
        await world.control("POST", "/_sim/twilio/accounts", account)


async def _write(world: World, number: Number, url: str) -> int:
    """Send a customer's message to the webhook that the page shows; return the HTTP status."""
    path, sender = urlsplit(url).path, phone()
    world.private.phones.add(sender)
    if number.provider == "Meta":
        id_ = wamid(sender, next(serial_numbers), seed="admin")
        fields = number.fields
        ours = MetaNumber(fields["Phone number ID"], number.address, fields["WhatsApp Business Account ID"])
        message = meta_message("text", "Hello", sender=sender, message_id=id_, timestamp=1_780_000_000)
        item = MetaItem(ours, message=message, contact=meta_contact("Ada", sender))
        return await world.post_meta(meta_webhook(item), secret=number.secret, path=path, retry=True)
    if number.provider == "Twilio":
        sid, account = twilio_sid(next(serial_numbers), seed="admin"), number.fields["Account SID"]
        form = twilio_form(account_sid=account, sender=sender, to=number.address, message_sid=sid, text="Hello")
        return await world.post_twilio(form, number.secret, path=path)
    body = {"uuid": sender, "customerNumber": sender, "customerName": "Ada", "contentType": "text", "text": "Hello"}
    headers = {"content-type": "application/json", "X-Webhook-Secret": number.secret}
    return await world.post(path, msgspec.json.encode(body), headers)


@pytest.mark.parametrize("provider", ["Meta", "Twilio", "MSG91"])
async def test_number_is_added_until_its_checks_are_green(world: World, desks: Desks, provider: str) -> None:
    number = _number(provider)
    world.private.tokens.add(number.secret)
    world.private.phones.add(number.address)
    await _open_account(world, number)
    page = (desk := await desks.open()).page
    await desk.goto("settings/channels/add")
    await page.get_by_role("radio", name=re.compile(provider)).first.check()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_label("Name in Parley").fill("second")
    await page.get_by_label("Phone number", exact=False).first.fill(f"+{number.address}")
    for label, value in number.fields.items():
        await page.get_by_label(label, exact=False).first.fill(value)
    await page.get_by_role("button", name="Store the number").click()
    url = await page.locator("code").filter(has_text="/webhooks/").first.inner_text()
    await page.get_by_role("button", name="Next").click()
    checks = page.get_by_role("region", name="Checks")
    await expect(checks.get_by_text("none has come yet")).to_be_visible()

    async def arrived() -> bool:
        return await _write(world, number, url) == 200

    await until(arrived, "ingress knows the new number")
    await expect(page.get_by_text("All is well.")).to_be_visible(timeout=60_000)
    await expect(checks.get_by_role("listitem").and_(checks.locator("[data-good=false]"))).to_have_count(0)
    await page.get_by_role("button", name="Done").click()
    await expect(page.get_by_text("second ·")).to_be_visible()
    assert number.secret not in await page.content()


async def test_token_that_expires_while_a_number_is_added_is_named_and_replaced(world: World, desks: Desks) -> None:
    number = _number("Meta")
    renewed = f"EAArenewed{number.secret}"
    world.private.tokens |= {number.secret, renewed}
    world.private.phones.add(number.address)
    await _open_account(world, number)
    page = (desk := await desks.open()).page
    await desk.goto("settings/channels/add")
    await page.get_by_role("radio", name=re.compile("Meta")).first.check()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_label("Name in Parley").fill("second")
    await page.get_by_label("Phone number", exact=False).first.fill(f"+{number.address}")
    for label, value in number.fields.items():
        await page.get_by_label(label, exact=False).first.fill(value)
    await page.get_by_role("button", name="Store the number").click()
    await _open_account(world, replace(number, fields={**number.fields, "Access token": renewed}))
    await page.get_by_role("button", name="Next").click()
    checks = page.get_by_role("region", name="Checks")
    await expect(checks).to_contain_text("it does not accept the credential: it is wrong, or has expired")
    await expect(checks).to_contain_text("Fill in “Access token” anew below")
    field = page.get_by_label("Access token")
    await expect(page.get_by_text("The provider does not accept it: it is wrong, or has expired.")).to_be_visible()
    await field.fill(renewed)
    await page.get_by_role("button", name="Store", exact=True).click()
    await expect(checks.locator("[data-good=true]").filter(has_text="accepts the credentials")).to_be_visible(
        timeout=30_000
    )
    await expect(field).to_have_count(0)
    await page.get_by_role("button", name="Done").click()
    await expect(page.get_by_text(f"+{number.address}").first).to_be_visible()  # the rest is as it was typed
