"""Starters, the simulator and the tests of flows, up to the customer's phone."""

import re

from playwright.async_api import Page, expect

from tests.browser.axe import AXE, axe
from tests.browser.conftest import Desks
from tests.browser.pictures import picture
from tests.e2e.shop import Shop, phone
from tests.e2e.world import World

PARTS = ("main", "[role=dialog]")  # what surrounds them is looked at by test_every_page


async def test_a_starter_is_tried_tested_published_and_talks(world: World, shop: Shop, desks: Desks) -> None:
    desk = await desks.open(before=AXE.read_text())
    page = desk.page
    await desk.goto("flows")
    await expect(page.get_by_text("No flows yet")).to_be_visible()
    await picture(page, "flows-empty")
    await page.get_by_role("main").get_by_role("link", name="Starters").first.click()
    await page.get_by_role("button", name=re.compile("^Welcome and menu")).click()
    drawer = page.get_by_role("dialog")
    await expect(drawer.get_by_text("What can we do for you?").first).to_be_visible()
    assert not await axe(page, *PARTS)
    await picture(page, "starter")
    await drawer.get_by_role("button", name="Use this flow").click()
    await page.wait_for_url("**/flows/welcome*")

    await page.get_by_role("tab", name="Try it").click()
    talk = page.get_by_role("log", name="Simulated conversation")
    await _say(page, "hello")
    await expect(talk.get_by_text("What can we do for you?")).to_be_visible()
    facts = page.get_by_role("region", name="What the conversation knows")
    await expect(facts.get_by_text("menu", exact=True).first).to_be_visible()
    await talk.get_by_role("button", name="Opening hours").click()
    await expect(talk.get_by_text("We are here from Monday to Friday, 9:00 to 17:00.")).to_be_visible()
    await page.get_by_role("button", name="One step back").click()
    await expect(talk.get_by_text("We are here from Monday")).to_have_count(0)
    await _say(page, "do you sell shoes?")
    await expect(talk.get_by_text("leaves this message")).to_be_visible()
    await talk.get_by_role("button", name="What the model says").click()
    await talk.get_by_role("textbox", name="What the model says").fill("Only coasters.")
    await talk.get_by_role("button", name="Go on").click()
    await expect(talk.get_by_text("Only coasters.")).to_be_visible()
    await page.get_by_text("Twilio", exact=True).click()
    await expect(talk.get_by_text("3. Talk to a person")).to_be_visible()
    assert not await axe(page, *PARTS)
    await picture(page, "simulator")
    await page.get_by_role("button", name="+1 day").click()
    await expect(talk.get_by_text("The flow has ended")).to_be_visible()

    await page.get_by_role("button", name="Save as test").click()
    await page.get_by_label("What the test shows").fill("a question in between")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("tab", name="Tests").click()
    panel = page.get_by_role("tabpanel", name="Tests")
    await expect(panel.get_by_text("3 tests")).to_be_visible()
    await panel.get_by_role("button", name="Run").click()
    await expect(panel.get_by_text("All passed")).to_be_visible()
    await expect(panel.get_by_text("a question in between")).to_be_visible()
    await picture(page, "tests")
    assert not await axe(page, *PARTS)

    await page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("published for the first time")).to_be_visible()
    await expect(dialog.get_by_text("All 3 tests pass")).to_be_visible()
    await dialog.get_by_label("What did you change?").fill("Our first flow")
    assert not await axe(page, *PARTS)
    await picture(page, "publish")
    await dialog.get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("New conversations begin with it")).to_be_visible()

    ada = phone()
    await world.write(shop, ada, "hello")
    answers = await world.answers(ada, 2)
    assert "What can we do for you?" in str(answers)


async def test_the_simulator_shows_what_surrounds_a_flow(desks: Desks) -> None:
    desk = await desks.open()
    page = desk.page
    await desk.goto("flow-starters")
    await page.get_by_role("button", name=re.compile("^Order status")).click()
    await page.get_by_role("dialog").get_by_role("button", name="Use this flow").click()
    await page.wait_for_url("**/flows/order-status*")
    await page.get_by_role("tab", name="Try it").click()
    await page.get_by_role("button", name="Customer and time").click()
    await page.get_by_label("Last order").select_option("shipped")
    await page.get_by_role("dialog").get_by_role("button", name="Begin again").click()
    talk = page.get_by_role("log", name="Simulated conversation")
    await _say(page, "where is my order?")
    await expect(talk.get_by_text("on its way")).to_be_visible()
    await talk.get_by_role("button", name="Talk to a person").click()
    await expect(talk.get_by_text("An agent takes over: has a question about an order")).to_be_visible()
    await expect(talk.get_by_text("From your settings, in every flow")).to_be_visible()
    await _say(page, "are you there?")
    await expect(talk.get_by_text("A person has the conversation: the bot does not answer.")).to_be_visible()
    await page.get_by_role("button", name="Begin again").click()
    await _say(page, "where is my order?")
    await page.get_by_role("button", name="Send a file").click()
    await page.get_by_role("menuitem", name="Sticker").click()
    await _say(page, "stop")
    await expect(talk.get_by_text("The flow has ended")).to_be_visible()
    await expect(page.get_by_role("region", name="What the conversation knows")).to_contain_text("nowhere")


async def _say(page: Page, text: str) -> None:
    await page.get_by_label("Write as the customer").fill(text)
    await page.get_by_label("Write as the customer").press("Enter")
