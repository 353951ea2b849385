"""The pictures of the landing page (the README shows one) and of docs/flows.md: `make screenshots` makes them anew."""

import os
import re
from dataclasses import replace

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from devtools.simulators.webhooks import MetaNumber
from devtools.stack.services import PROJECT
from shared.domain.accounts import Role
from tests.browser.pages import Desk, desk
from tests.browser.people import make_person
from tests.browser.routes import settled
from tests.e2e.shop import BOT, workspace_file
from tests.e2e.world import World

PICTURES = PROJECT / "web" / "src" / "pages" / "landing"
FLOWS = PROJECT / "docs" / "pictures"
LARGE: ViewportSize = {"width": 1440, "height": 860}
MOST_BYTES = 150_000
QUALITY = 82
CUSTOMERS = (
    ("Bayo Ade", "What are your opening hours?"),
    ("Chidi Eze", "Do you deliver?"),
    ("Dalia Haddad", "I want to talk to a person, please"),
    ("Grace Mensah", "How can I pay?"),
    ("Kofi Boateng", "Can I speak to a person about my order?"),
)

pytestmark = pytest.mark.skipif(not os.environ.get("SCREENSHOTS"), reason="makes pictures: make screenshots")


async def test_pictures_of_the_readme_and_the_landing_page_are_taken(world: World, chromium: Browser) -> None:
    shop = replace(
        await world.shop(channels=False),
        workspace="acme",
        number=MetaNumber("665397593326012", "2348031234567", "1437200930610622"),
        twilio="+14155238886",
        account_sid="AC00000000000000000000000000000001",
    )
    await world.apply(workspace_file(shop, BOT, {"timezone": "Africa/Lagos"}))
    await world.register_with_simulators(shop)
    person = await make_person(world.mongo, shop.workspace, "Ann Owner", Role.OWNER)
    url = world.stack.info["console"]
    async with desk(chromium, url, person, shop.workspace, viewport=LARGE, color_scheme="light") as ann:
        for n, (name, text) in enumerate(CUSTOMERS):
            await _write(ann, f"+23480355504{n:02d}", name, text)
        await _talk(ann)
        await _keep(ann.page, "inbox")
        chat = ann.page.get_by_role("region", name="Conversation of Ada Obi")
        await chat.screenshot(path=PICTURES / "phone.jpg", type="jpeg", quality=QUALITY)
        await (
            ann.page.get_by_role("complementary", name="A customer's phone").get_by_role("button", name="Close").click()
        )
        await ann.goto("dashboard")
        await expect(ann.page.get_by_role("status", name="Live")).to_be_visible()
        await expect(ann.page.locator(".mantine-Skeleton-root")).to_have_count(0)
        await settled(ann.page)
        await _keep(ann.page, "dashboard")
        await _flows(ann)
    assert all(path.stat().st_size <= MOST_BYTES for path in PICTURES.glob("*.jpg"))


async def _flows(ann: Desk) -> None:
    """Keep the pictures of docs/flows.md: a starter on the canvas, tried, and published."""
    page = ann.page
    FLOWS.mkdir(exist_ok=True)
    await page.set_viewport_size({"width": 1280, "height": 780})
    await ann.goto("flow-starters")
    await page.get_by_role("button", name=re.compile("^Welcome and menu")).click()
    await page.get_by_role("dialog").get_by_role("button", name="Use this flow").click()
    await page.wait_for_url("**/flows/welcome*")
    menu = page.get_by_test_id("step-menu")
    await menu.click()
    await expect(page.get_by_role("textbox", name="Name of the step")).to_have_value("menu")
    await settled(page)
    await page.screenshot(path=FLOWS / "flow-canvas.jpg", type="jpeg", quality=QUALITY)
    await page.get_by_role("tab", name="Try it").click()
    await page.get_by_label("Write as the customer").fill("hello")
    await page.get_by_label("Write as the customer").press("Enter")
    await page.get_by_role("log").get_by_role("button", name="Opening hours").click()
    await expect(page.get_by_role("log").get_by_text("Monday to Friday")).to_be_visible()
    await settled(page)
    await page.screenshot(path=FLOWS / "flow-simulator.jpg", type="jpeg", quality=QUALITY)
    await page.get_by_role("button", name="Publish").click()
    await expect(page.get_by_role("dialog").get_by_text("tests pass")).to_be_visible()
    await page.get_by_role("dialog").get_by_label("What did you change?").fill("Our first flow")
    await settled(page)
    await page.screenshot(path=FLOWS / "flow-publish.jpg", type="jpeg", quality=QUALITY)
    assert all(path.stat().st_size <= MOST_BYTES for path in FLOWS.glob("flow-*.jpg"))


async def _write(ann: Desk, number: str, name: str, text: str) -> None:
    message = {"channel": "main", "number": number, "name": name, "text": text}
    await ann.post(f"/api/v1/workspaces/{ann.workspace}/phone/messages", message)


async def _talk(ann: Desk) -> None:
    """Write as a customer on the phone beside the inbox, and open the conversation."""
    page = ann.page
    await ann.goto("inbox")
    await page.get_by_role("button", name="A customer's phone").first.click()
    phone = page.get_by_role("complementary", name="A customer's phone")
    await phone.get_by_role("button", name="Hello!").click()
    await expect(phone.get_by_role("log").get_by_text("Welcome!")).to_be_visible()
    await phone.get_by_label("Message").fill("Where are you?")
    await phone.get_by_role("button", name="Send").click()
    await expect(phone.get_by_role("log").get_by_text("12 Marina Road")).to_be_visible()
    await page.get_by_role("link", name="Ada Obi").first.click()
    await expect(page.locator("[data-message]", has_text="12 Marina Road")).to_be_visible()
    await settled(page)


async def _keep(page: Page, name: str) -> None:
    await page.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=QUALITY)
