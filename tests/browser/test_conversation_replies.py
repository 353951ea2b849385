"""Replies to a customer's message, reactions of both sides, files that agents send, and words in a conversation."""

import json
import re

from playwright.async_api import Locator, Page, expect

from devtools.simulators.sample_image import PNG
from tests.browser.conftest import Desks
from tests.browser.test_conversation import answered, bubble, open_conversation, write
from tests.browser.test_conversation_contents import send
from tests.e2e.shop import FAQS, Shop, phone, word
from tests.e2e.simulator_control import Json
from tests.e2e.world import World


def payload_of(record: Json) -> Json:
    """Return the payload that the provider was sent."""
    found: Json = json.loads(record["payload"]) if isinstance(record["payload"], str) else record["payload"]
    return found


def actions(page: Page, text: str, name: str) -> Locator:
    """Return a button beside the customer's message with a text: `Reply to` or `React to`."""
    return bubble(page, text).get_by_role("button", name=re.compile(name))


async def test_agent_replies_to_a_message_and_both_sides_react(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await desks.open(), phone()
    theirs = await world.write(shop, ada, "Where are you?")
    await world.answers(ada, 1)
    await open_conversation(desk, shop, ada)
    page, field = desk.page, desk.page.get_by_label("Write an answer")

    await actions(page, "Where are you?", "Reply to").first.click()
    await expect(field).to_be_focused()
    await field.fill("Behind the station")
    await expect(page.get_by_text("Draft kept", exact=True)).to_be_visible()
    await page.reload()  # the draft knows what it replies to
    await expect(page.locator("[data-quoting]")).to_contain_text("Where are you?")
    await expect(field).to_have_value("Behind the station")
    await field.press("Enter")
    await expect(page.locator("[data-quoting]")).to_have_count(0)
    await expect(bubble(page, "Behind the station").get_by_text("In reply to Customer")).to_be_visible()
    answers = await world.answers(ada, 2)
    assert payload_of(answers[1])["context"] == {"message_id": theirs}

    await actions(page, "Where are you?", "React to").first.click()
    await page.get_by_role("menuitem", name="React with 👍").click()
    await expect(bubble(page, "Where are you?").get_by_label("Your team's reaction 👍")).to_have_count(1)
    assert payload_of((await world.answers(ada, 3))[2])["reaction"] == {"message_id": theirs, "emoji": "👍"}
    ours = answers[1]["id"]
    await send(world, shop, ada, "reaction", {"message_id": ours, "emoji": "🙏"})
    await expect(bubble(page, "Behind the station").get_by_label("The customer's reaction 🙏")).to_have_count(1)
    await actions(page, "Where are you?", "React to").first.click()
    await page.get_by_role("menuitem", name="Remove the reaction").last.click()
    await expect(page.get_by_label("Your team's reaction 👍")).to_have_count(0)
    assert payload_of((await world.answers(ada, 4))[3])["reaction"]["emoji"] == ""
    await page.reload()
    await expect(page.get_by_label("The customer's reaction 🙏")).to_have_count(1)
    await expect(page.get_by_label("Your team's reaction 👍")).to_have_count(0)


async def test_what_a_provider_cannot_is_not_offered(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await desks.open(), phone()
    await world.write_twilio(shop, ada, "Where are you?")
    await world.answers(f"whatsapp:+{ada}", 1)
    await desk.goto("inbox")
    await desk.page.get_by_role("link", name=re.compile(ada[-4:])).click()
    await expect(bubble(desk.page, "Where are you?").first).to_be_visible()
    await expect(desk.page.get_by_role("button", name="Attach a file")).to_be_visible()
    await expect(desk.page.get_by_role("button", name=re.compile("Reply to|React to"))).to_have_count(0)


async def test_a_file_is_checked_uploaded_and_sent(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await answered(world, shop, desks)
    page = desk.page
    dialog = page.get_by_role("dialog", name="Attach a file")
    await page.get_by_role("button", name="Attach a file").click()
    await expect(dialog.get_by_text("Drop a file here")).to_be_visible()
    files = [
        {"name": "page.svg", "mimeType": "image/svg+xml", "buffer": b"<svg onload='alert(1)'/>"},
        {"name": "huge.png", "mimeType": "image/png", "buffer": bytes(6 * 1024 * 1024)},
        {"name": "none.png", "mimeType": "image/png", "buffer": b"no picture at all"},
        {"name": "menu.png", "mimeType": "image/png", "buffer": PNG},
    ]
    await dialog.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    await expect(dialog.get_by_text("WhatsApp does not take files of this type.")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Send")).to_be_disabled()
    await dialog.get_by_role("button", name="Leave it out").click()
    await expect(dialog.get_by_text("Picture: WhatsApp takes at most 5 MB.")).to_be_visible()
    await dialog.get_by_role("button", name="Leave it out").click()
    desk.complaints.allow("answer 400: POST .*/media", "answer 422: POST .*/media")
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog.get_by_text("is no file of the type image/png")).to_be_visible()
    await dialog.get_by_role("button", name="Leave it out").click()
    await dialog.get_by_label("Caption").fill("What we cook today")
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("img", name="What we cook today")).to_be_visible()
    sent = payload_of((await world.answers(ada, 2))[1])
    assert sent["image"]["caption"] == "What we cook today"
    assert sent["image"]["id"]

    colleague = await desks.open(name="Bea")
    await open_conversation(colleague, shop, ada)
    picture = colleague.page.get_by_role("img", name="What we cook today")
    await expect(picture).to_be_visible()
    await colleague.page.wait_for_function("one => one.naturalWidth > 0", arg=await picture.element_handle())

    await page.get_by_label("Write an answer").evaluate(PASTE, list(PNG))
    await expect(dialog.get_by_text("shot.png")).to_be_visible()
    await page.keyboard.press("Escape")


async def test_a_contact_and_a_place_are_sent(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await answered(world, shop, desks)
    page = desk.page
    await page.get_by_role("button", name="Attach a file").click()
    await page.get_by_role("button", name="A contact").click()
    dialog = page.get_by_role("dialog", name="A contact")
    await dialog.get_by_label("Name").fill("Bea Obi")
    await dialog.get_by_label("Phone number").fill("+234 803 123 4567")
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_text("+2348031234567")).to_be_visible()
    (contact,) = payload_of((await world.answers(ada, 2))[1])["contacts"]
    assert contact["name"]["formatted_name"] == "Bea Obi"

    await page.get_by_role("button", name="Attach a file").click()
    await page.get_by_role("button", name="A place").click()
    dialog = page.get_by_role("dialog", name="A place")
    await dialog.get_by_label("Coordinates").fill("6.4541, 3.3947")
    await dialog.get_by_label("Name of the place").fill("Our shop")
    await dialog.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("6.45410, 3.39470")).to_be_visible()
    place = payload_of((await world.answers(ada, 3))[2])["location"]
    assert (place["latitude"], place["longitude"], place["name"]) == (6.4541, 3.3947, "Our shop")


# Pastes a picture into a field.
PASTE = """
(field, bytes) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "shot.png", { type: "image/png" }));
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}
"""


async def test_words_are_found_in_the_open_conversation_and_unread_ones_in_the_list(
    world: World, shop: Shop, desks: Desks
) -> None:
    desk, ada, bola = await desks.open(), phone(), phone()
    needle = word()
    for customer in (ada, bola):
        await world.write(shop, customer, "Where are you?")
        await world.answers(customer, 1)
    await open_conversation(desk, shop, ada)
    page = desk.page
    await expect(bubble(page, FAQS["Where are you?"]).get_by_text("Bot · FAQ")).to_be_visible()
    for text in (f"Café {needle} one", f"cafe {needle.upper()} two"):
        await write(page, text)
        await expect(bubble(page, text)).to_have_count(1)
    await page.get_by_role("log").focus()
    await page.keyboard.press("f")
    await page.get_by_role("searchbox", name="Find in this conversation").fill(f"CAFÉ {needle}")
    await expect(page.get_by_text("2 of 2")).to_be_visible()
    await expect(page.locator("mark")).to_have_count(4)
    await expect(bubble(page, "two")).to_have_attribute("data-found", "true")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("1 of 2")).to_be_visible()
    await expect(bubble(page, "one")).to_have_attribute("data-found", "true")
    await page.keyboard.press("Escape")
    await expect(page.locator("mark")).to_have_count(0)

    unread = page.get_by_role("button", name="Unread", exact=True)
    rows = page.locator("[data-row]")
    await expect(rows).to_have_count(2)
    await unread.click()
    await expect(rows).to_have_count(1)
    await rows.first.click()
    await expect(page.locator("[data-unread]")).to_have_count(0)
    await expect(rows).to_have_count(1)  # what was read just now stays until the list is opened anew
    await unread.click()
    await expect(rows).to_have_count(2)
    await unread.click()
    await expect(page.get_by_text("You have read everything here")).to_be_visible()


async def test_held_message_leads_to_the_channel_that_has_stopped(world: World, shop: Shop, desks: Desks) -> None:
    ada = phone()
    await world.replace_token(shop, apply=False)  # the old one is refused
    await world.write(shop, ada, "Where are you?")
    desk = await desks.open()
    await open_conversation(desk, shop, ada)
    held = desk.page.locator("[data-message]", has_text="Held: the channel does not send")
    await expect(held.get_by_text("Access token has expired")).to_be_visible(timeout=30_000)
    await held.get_by_role("link", name="Why the channel has stopped").click()
    await expect(desk.page.get_by_text("The provider refuses this number")).to_be_visible()
    await desk.page.go_back()
    notice = desk.page.get_by_text("Held: the channel does not send at the moment · ")
    await expect(notice.get_by_role("link", name="Why the channel has stopped")).to_be_visible()
