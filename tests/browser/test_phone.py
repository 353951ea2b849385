"""The phone of a simulated customer beside the inbox."""

from playwright.async_api import expect

from tests.browser.conftest import Desks
from tests.e2e.shop import FAQS, Shop


async def test_visitor_writes_as_a_customer_and_answers_as_an_agent(shop: Shop, desks: Desks) -> None:
    desk = await desks.open()
    page = desk.page
    await desk.goto("inbox")
    await page.get_by_role("banner").get_by_role("button", name="A customer's phone").click()
    phone = page.get_by_role("complementary", name="A customer's phone")
    await phone.get_by_label("Name").fill("Zuri Test")
    await phone.get_by_label("Message").fill("Where are you?")
    await phone.get_by_role("button", name="Send").click()
    chat = phone.get_by_role("log")
    await expect(chat.get_by_text("Where are you?")).to_have_count(1)
    await expect(chat.get_by_text(FAQS["Where are you?"])).to_be_visible()
    await expect(chat.get_by_label("Read")).to_be_visible()
    await page.get_by_role("link", name="Zuri Test").click()
    await page.get_by_role("textbox", name="Write an answer").fill("The door is *open*.")
    await page.get_by_role("main").get_by_role("button", name="Send", exact=True).click()
    await expect(chat.get_by_text("The door is open.")).to_be_visible()

    await phone.get_by_label("Writes to").click()
    await page.get_by_role("option", name="Twilio").click()
    await phone.get_by_role("button", name="Hello!").click()
    await expect(chat.get_by_text("Hello!")).to_be_visible()
    await expect(chat.get_by_text("Welcome!")).to_be_visible()
