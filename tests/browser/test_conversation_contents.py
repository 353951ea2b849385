"""Contents of messages, as a conversation shows them in the browser."""

import json
import time

from playwright.async_api import FilePayload, Page, Route, expect

from devtools.simulators.sample_image import PNG
from devtools.simulators.webhooks import MetaItem, meta_contact, meta_message, meta_webhook, wamid
from tests.browser.conftest import Desks
from tests.browser.test_conversation import answered, bubble, open_conversation
from tests.e2e.shop import Shop, phone, serial_numbers
from tests.e2e.simulator_control import Json
from tests.e2e.test_templates import parley
from tests.e2e.waiting import in_thread
from tests.e2e.world import World

TEMPLATE = {
    "name": "order_update",
    "language": "en",
    "body": "Hi {{1}}, order {{2}} is on its way.",
    "category": "UTILITY",
}
VISIT = {"type": "URL", "text": "Visit us", "url": "https://shop.example/orders"}
REJECTED = {"name": "carousel", "language": "en", "body": "Look", "parts": ["CAROUSEL"]}


async def send(world: World, shop: Shop, sender: str, kind: str, content: Json) -> None:
    """Send a customer's message of a kind to the Meta number."""
    world.private.phones.add(sender)
    id_ = wamid(sender, next(serial_numbers), seed="contents")
    message = meta_message(kind, content, sender=sender, message_id=id_, timestamp=int(time.time()))
    item = MetaItem(shop.number, message=message, contact=meta_contact("Ada", sender))
    assert await world.post_meta(meta_webhook(item)) == 200


async def test_the_preview_of_a_template_is_what_is_sent(world: World, shop: Shop, desks: Desks) -> None:
    await world.reapply(shop, templates=[TEMPLATE, REJECTED])
    desk, ada = await answered(world, shop, desks)
    page = desk.page
    await page.get_by_role("button", name="Send a template").click()
    await expect(page.get_by_text("It has parts that cannot be filled here: CAROUSEL.")).to_be_visible()
    await page.get_by_role("button", name="order_update").click()
    await expect(page.get_by_text("Fill in all values.")).to_be_visible()
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    await page.get_by_label("Value of {{1}}").fill("Ada")
    await page.get_by_label("Value of {{2}}").fill("K7")
    preview = await page.locator("[data-preview]").inner_text()
    assert preview == "Hi Ada, order K7 is on its way."
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(bubble(page, preview)).to_have_count(1)
    await world.outbound_when(shop, lambda it: it["text"] == preview)
    sent = (await world.answers(ada, 2))[1]["payload"]
    payload = json.loads(sent) if isinstance(sent, str) else sent
    assert payload["template"]["name"] == "order_update"
    (body,) = payload["template"]["components"]
    assert [one["text"] for one in body["parameters"]] == ["Ada", "K7"]


async def test_preview_of_a_template_has_all_that_the_phone_shows(world: World, shop: Shop, desks: Desks) -> None:
    components = [
        {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"},
        {"type": "BODY", "text": "Hi {{1}}, it comes at {{2}}."},
        {"type": "FOOTER", "text": "Reply STOP to end these news"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thanks"}, VISIT]},
    ]
    news = {
        "name": "order_news",
        "language": "en",
        "status": "APPROVED",
        "category": "UTILITY",
        "components": components,
    }
    await world.control("POST", "/_sim/meta/templates", {"waba_id": shop.number.waba_id, "templates": [news]})
    await in_thread(parley, world, "templates", "sync", shop.workspace)
    desk, ada = await answered(world, shop, desks)
    page = desk.page
    await page.get_by_role("button", name="Send a template").click()
    await page.get_by_role("button", name="order_news").click()
    await page.get_by_label("Value of {{1}}").fill("Ada")
    await page.get_by_label("Value of {{2}}").fill("9")
    await page.get_by_label("Value in the title").fill("K7")
    preview = await page.locator("[data-preview]").inner_text()
    await page.get_by_role("button", name="Send", exact=True).click()
    await world.answers(ada, 2)
    query = f"provider=meta&customer={ada}&number={shop.number.phone_number_id}"
    shown = (await world.control("GET", f"/_sim/phone?{query}"))["items"][-1]
    words = [shown["header"], shown["text"], shown["footer"], *(one["title"] for one in shown["options"])]
    assert words == ["Order K7", "Hi Ada, it comes at 9.", "Reply STOP to end these news", "Thanks", "Visit us"]
    assert [line for line in preview.splitlines() if line] == words


async def test_file_above_a_template_is_uploaded_from_this_computer(world: World, shop: Shop, desks: Desks) -> None:
    await world.reapply(shop, templates=[{"name": "menu", "language": "en", "body": "The menu.", "header": "image"}])
    desk, ada = await answered(world, shop, desks, "What do you have?")
    page = desk.page
    await page.get_by_role("button", name="Send a template").click()
    await page.get_by_role("button", name="menu").click()
    chooser = page.locator("[data-composer] input[type=file], form input[type=file]").last
    await chooser.set_input_files(FilePayload(name="menu.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7"))
    await expect(page.get_by_text("The template wants a file of another type")).to_be_visible()
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    await chooser.set_input_files(FilePayload(name="menu.png", mimeType="image/png", buffer=PNG))
    await expect(page.get_by_role("button", name="Remove menu.png")).to_be_visible()
    await page.get_by_role("button", name="Send", exact=True).click()
    sent = (await world.answers(ada, 2))[1]["payload"]
    payload = json.loads(sent) if isinstance(sent, str) else sent
    (header,) = payload["template"]["components"]
    assert header["type"] == "header"
    assert header["parameters"][0]["image"]["id"], "the file that was uploaded"


async def test_files_are_shown_and_never_run(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await desks.open(), phone()
    await send(world, shop, ada, "image", {"id": "101", "mime_type": "image/png", "caption": "like this"})
    await send(world, shop, ada, "document", {"id": "102", "mime_type": "image/svg+xml", "filename": "form.svg"})
    await send(world, shop, ada, "location", {"latitude": 6.45, "longitude": 3.39, "name": "Marina"})
    card = {"name": {"formatted_name": "Bola Ade", "first_name": "Bola"}, "phones": [{"phone": "+2348035550109"}]}
    await send(world, shop, ada, "contacts", [card])  # type: ignore[arg-type]
    page = desk.page
    await open_conversation(desk, shop, ada)
    picture = page.get_by_role("img", name="like this")
    await expect(picture).to_be_visible()
    await expect(page.get_by_text("Marina", exact=True)).to_be_visible()
    await expect(page.get_by_text("Bola Ade", exact=True)).to_be_visible()
    await _answer_files_with(page, b"<svg onload='alert(1)'>", "application/octet-stream")
    await page.get_by_role("button", name="Load the file").click()
    await expect(page.get_by_text("This file cannot be shown here.")).to_be_visible()
    await expect(page.get_by_role("link", name="Download")).to_be_visible()
    await _answer_files_with(page, b"no picture at all", "image/png")
    await page.reload()
    await expect(page.get_by_text("This file cannot be shown here.")).to_be_visible()  # in the picture's place
    await expect(picture).to_have_count(0)


async def _answer_files_with(page: Page, body: bytes, type_: str) -> None:
    async def answer(route: Route) -> None:
        await route.fulfill(body=body, content_type=type_)

    await page.route("**/media", answer)
