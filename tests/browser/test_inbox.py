"""The inbox in a browser."""

from dataclasses import replace

from playwright.async_api import expect

from devtools.simulators.webhooks import meta_contact, meta_webhook
from tests.browser.conftest import Desks
from tests.e2e.shop import FAQS, Shop, phone
from tests.e2e.world import World

NAMES = {
    "long": "Ada " + "of the very long name " * 480,
    "one word": "A" * 10_000,
    "right to left": "\u202eمرحبا يا أصدقاء",
    "emoji": "👩‍👩‍👧‍👦🎉" * 40,
    "page": "<img src=x onerror=alert(1)><script>alert(1)</script>",
}


async def test_odd_names_and_texts_do_not_break_the_page(world: World, shop: Shop, desks: Desks) -> None:
    customers = {kind: phone() for kind in NAMES}
    for kind, name in NAMES.items():
        item = world.item(shop, customers[kind], "Where are you?")
        item = replace(item, contact=meta_contact(name, customers[kind]))
        assert await world.post_meta(meta_webhook(item)) == 200
        await world.answers(customers[kind], 1)
    desk = await desks.open()
    for kind, customer in customers.items():
        await desk.goto(f"inbox/{shop.meta_conversation(customer)}")
        await expect(desk.page.get_by_label("Write an answer")).to_be_visible()
        await expect(desk.page.get_by_text(FAQS["Where are you?"]).last).to_be_visible()
        assert await desk.page.evaluate(BROKEN) == [], kind
    assert await desk.page.evaluate("document.querySelectorAll('main img, main script').length") == 0


# Returns what stands outside of the window, or in rows of another height.
BROKEN = """
() => [
  ...(document.documentElement.scrollWidth > innerWidth ? ["page"] : []),
  ...[...document.querySelectorAll("[data-row]")].filter((row) => row.scrollHeight > 90).map((row) => row.innerText),
  ...[...document.querySelectorAll("header, header *, [data-row] *, aside *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .filter((one) => getComputedStyle(one).position !== "absolute")
    .map((one) => one.outerHTML.slice(0, 200)),
]
"""


async def test_customers_message_appears_and_an_agents_answer_reaches_the_customer(
    world: World, shop: Shop, desks: Desks
) -> None:
    desk, ada = await desks.open(), phone()
    await desk.goto("inbox")
    await expect(desk.page.get_by_text("No conversations here")).to_be_visible()
    await expect(desk.page.get_by_role("heading", name="Nothing to open at the moment")).to_be_visible()
    await expect(desk.page.locator("[data-live=live]")).to_be_visible()
    await world.write(shop, ada, "Where are you?")
    await expect(desk.page.get_by_role("heading", name="Choose a conversation")).to_be_visible()
    await desk.page.get_by_role("link", name="Ada").click()
    await expect(desk.page.get_by_text(FAQS["Where are you?"]).last).to_be_visible()
    await desk.page.get_by_label("Write an answer").fill("Come in, the door is open.")
    await desk.page.get_by_role("button", name="Send", exact=True).click()
    answers = [record["text"] for record in await world.answers(ada, 2)]
    assert answers == [FAQS["Where are you?"], "Come in, the door is open."]
