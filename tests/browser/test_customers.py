"""Customers, orders, FAQs and broadcasts in a browser."""

import asyncio

from playwright.async_api import FilePayload, Page, expect

from shared.clock import SystemClock
from shared.repositories.customers import Customers
from tests.browser.conftest import Desks
from tests.e2e.shop import FAQS, Shop, phone
from tests.e2e.world import World

NO_PHONE = "12"


async def _choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a select."""
    await page.get_by_role("combobox", name=label, exact=True).click()
    await page.get_by_role("option", name=option, exact=True).click()


async def _take_file(page: Page, text: bytes) -> None:
    file: FilePayload = {"name": "people.csv", "mimeType": "text/csv", "buffer": text}
    await page.locator("input[type=file]").set_input_files([file])


async def test_import_has_a_preview_and_reasons_and_undoes_no_opt_out(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada, bob = await desks.open(), phone(), phone()
    page = desk.page
    await world.write(shop, ada, "STOP")
    await desk.goto("customers/import")
    await _take_file(page, "name,phone\nMüller,+1".encode("latin-1"))
    await expect(page.get_by_text("This file is not UTF-8")).to_be_visible()
    rows = f"name,phone,opted_out,city\nAda L,+{ada},no,Lagos\n=Bob,+{bob},,Abuja\nNobody,{NO_PHONE},,\nBob,+{bob},,\n"
    await _take_file(page, rows.encode())
    await page.get_by_role("button", name="Check the file").click()
    await expect(page.locator("[data-count=refused]")).to_have_text("1")
    await expect(page.get_by_text("Refused:").first).to_be_visible()
    await page.get_by_role("button", name="Import 2", exact=True).click()
    await expect(page.get_by_text("Done:")).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download refused lines").click()
    refused = (await (await download.value).path()).read_text()
    assert NO_PHONE in refused
    assert "Reason" in refused
    await page.reload()  # whoever comes back finds the job where it is
    await expect(page.get_by_text("Done:")).to_be_visible()
    await desk.goto(f"customers?q=%2B{ada}")
    await page.get_by_role("link", name="Ada L").click()
    await expect(page.get_by_text("Opted out of everything")).to_be_visible()
    await expect(page.get_by_text("Lagos")).to_be_visible()
    await page.get_by_role("button", name="Edit").click()
    await page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()


async def test_person_says_what_the_columns_of_a_file_are(shop: Shop, desks: Desks) -> None:
    desk, ada = await desks.open(), phone()
    page = desk.page
    await desk.goto("customers/import")
    await _take_file(page, f"Wer;Nummer;Ort\nAda L;+{ada};Lagos\n".encode())
    await expect(page.get_by_text("Choose the column that has the phone numbers.")).to_be_visible()
    await expect(page.get_by_role("button", name="Check the file")).to_be_disabled()
    await _choose(page, "What the column Nummer is", "Phone")
    await _choose(page, "What the column Wer is", "Name")
    await page.get_by_role("button", name="Check the file").click()
    await page.get_by_role("button", name="Import 1", exact=True).click()
    await expect(page.get_by_text("Done:")).to_be_visible()
    await desk.goto(f"customers?q=%2B{ada}")
    await page.get_by_role("link", name="Ada L").click()
    await expect(page.get_by_text("Lagos")).to_be_visible()


async def test_tags_of_many_customers_are_followed_until_all_have_them(world: World, shop: Shop, desks: Desks) -> None:
    desk, numbers = await desks.open(), [phone(), phone()]
    page = desk.page
    for number in numbers:
        await world.write(shop, number, "Where are you?")
        await world.answers(number, 1)
    await desk.goto("customers")
    await page.get_by_role("checkbox", name="Select all rows").click()
    await page.get_by_role("button", name="Change tags").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Add tags").fill("regular")
    await dialog.get_by_label("Add tags").press("Enter")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("customers have their tags.")).to_be_visible()
    found, _ = await Customers(world.mongo, shop.workspace).page(None, SystemClock().now())
    assert [one["tags"] for one in found] == [["regular"], ["regular"]]


async def test_broadcast_is_sent_once_from_two_tabs(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada, bob = await desks.open(), phone(), phone()
    desk.complaints.allow(r"answer 404: GET \S+/commands/", "answer 409: POST")
    page = desk.page
    for number in (ada, bob):
        await world.write(shop, number, "Where are you?")
        await world.answers(number, 1)
    await desk.goto("broadcasts/new")
    await page.get_by_label("Name").fill("Spring")
    await _choose(page, "Kind", "Text")
    await page.get_by_role("textbox", name="Text").fill("The new coasters are here.")
    await page.get_by_text("A list", exact=True).click()
    await _take_file(page, f"phone,name\n+{ada},Ada\n+{bob},Bob\n+2348000000001,Eve\n".encode())
    await expect(page.locator("[data-to-send='2']")).to_be_visible()
    await expect(page.locator("[data-preview]").first).to_contain_text("The new coasters are here.")
    await expect(page.get_by_text("Gets nothing: wrote more than 24 hours ago")).to_be_visible()
    await page.get_by_role("button", name="Store and check").dblclick()
    await expect(page.get_by_role("heading", name="Spring")).to_be_visible()
    other = await desk.context.new_page()
    desk.complaints.watch(other)
    await other.goto(page.url)
    for tab in (page, other):
        await tab.get_by_role("button", name="Send now").click()
        await expect(tab.get_by_role("dialog")).to_contain_text("Send to 2 people?")
    # Both at once: the dialog of the one goes as soon as its page learns of the other's command.
    sends = [tab.get_by_role("dialog").get_by_role("button", name="Send now") for tab in (page, other)]
    handles = [await send.element_handle() for send in sends]
    await asyncio.gather(*(one.evaluate("button => { button.click(); button.click(); }") for one in handles))
    for number in (ada, bob):
        texts = [record["text"] for record in await world.answers(number, 2)]
        assert texts == [FAQS["Where are you?"], "The new coasters are here."]
    await expect(page.locator("[data-step=sent]")).to_have_text("2")
    await expect(page.get_by_text("1 · wrote more than 24 hours ago")).to_be_visible()
    await expect(page.get_by_text("done", exact=True).first).to_be_visible()


async def test_two_colleagues_who_save_at_once_see_both_texts(shop: Shop, desks: Desks) -> None:
    desk = await desks.open()
    desk.complaints.allow("answer 412", r"answer 429: \S+ \S+/faqs/")  # busy with another trial: tried again
    page, question = desk.page, "Do you deliver?"
    await desk.goto("faq")
    await page.get_by_label("Write as a customer would").fill("do you deliver")
    await page.get_by_role("button", name="Try", exact=True).click()
    await expect(page.get_by_text("The bot answers with the first one.")).to_be_visible()
    await page.get_by_role("button", name=question, exact=True).first.click()
    await page.get_by_role("textbox", name="Answer").fill("Yes, by bicycle.")
    faqs = f"{desk.url}/api/v1/workspaces/{desk.workspace}/faqs"
    (other,) = [
        one for one in (await (await desk.context.request.get(faqs)).json())["items"] if one["question"] == question
    ]
    changed = await desk.context.request.put(
        f"{faqs}/{other['id']}",
        data={"question": question, "answer": "Yes, by drone."},
        headers={"X-Parley": "1", "Origin": desk.url},
    )
    assert changed.ok, await changed.text()
    await page.get_by_role("button", name="Review and save").click()
    conflict = page.get_by_role("dialog", name="A colleague saved meanwhile")
    await expect(conflict).to_contain_text("Yes, by drone.")
    await expect(conflict).to_contain_text("Yes, by bicycle.")
    await page.get_by_role("button", name="Back to the form").click()
    await page.get_by_role("button", name="Review and save").click()
    await expect(page.get_by_role("dialog", name="What would change")).to_contain_text("Yes, by bicycle.")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("cell", name="Yes, by bicycle.")).to_be_visible()
