"""The inbox in a browser."""

from playwright.async_api import expect

from tests.browser.conftest import Desks
from tests.e2e.shop import FAQS, Shop, phone
from tests.e2e.world import World


async def test_customers_message_appears_and_an_agents_answer_reaches_the_customer(
    world: World, shop: Shop, desks: Desks
) -> None:
    desk, ada = await desks.open(), phone()
    await desk.goto("inbox")
    await expect(desk.page.get_by_text("No conversations here")).to_be_visible()
    await expect(desk.page.locator("[data-live=live]")).to_be_visible()
    await world.write(shop, ada, "Where are you?")
    await desk.page.get_by_role("link", name="Ada").click()
    await expect(desk.page.get_by_text(FAQS["Where are you?"]).last).to_be_visible()
    await desk.page.get_by_label("Write an answer").fill("Come in, the door is open.")
    await desk.page.get_by_role("button", name="Send", exact=True).click()
    answers = [record["text"] for record in await world.answers(ada, 2)]
    assert answers == [FAQS["Where are you?"], "Come in, the door is open."]
