"""Two admins who change the same thing, and a member whose role changes while a page is open."""

from playwright.async_api import Page, expect

from shared.domain.accounts import Role
from tests.browser.conftest import Desks

ID = "Phone number ID"


async def _save_number(page: Page, value: str) -> None:
    await page.get_by_label(ID, exact=True).fill(value)
    await page.get_by_role("button", name="Save", exact=True).click()


async def test_two_who_change_a_number_see_both_texts(desks: Desks) -> None:
    first, second = await desks.open(), await desks.open("Ben Admin", Role.ADMIN)
    for desk in (first, second):
        await desk.goto("settings/channels/main")
        await expect(desk.page.get_by_label(ID, exact=True)).to_be_enabled()
    mine = second.page.get_by_label(ID, exact=True)
    second.complaints.allow("answer 412")

    await mine.fill("222222222222222")
    await _save_number(first.page, "111111111111111")
    await expect(first.page.get_by_text("Saved.")).to_be_visible()
    await second.page.get_by_role("button", name="Save", exact=True).click()
    conflict = second.page.get_by_role("alert").filter(has_text="A colleague saved meanwhile")
    await expect(conflict).to_contain_text("111111111111111")
    await expect(mine).to_have_value("222222222222222")
    await second.page.get_by_role("button", name="Save mine over it").click()
    await expect(conflict).to_have_count(0)
    await expect(second.page.get_by_text("Saved.")).to_be_visible()

    await mine.fill("333333333333333")
    await first.page.reload()
    await expect(first.page.get_by_label(ID, exact=True)).to_have_value("222222222222222")
    await _save_number(first.page, "444444444444444")
    await expect(first.page.get_by_text("Saved.")).to_be_visible()
    await second.page.get_by_role("button", name="Save", exact=True).click()
    await conflict.get_by_role("button", name="Take theirs").click()
    await expect(mine).to_have_value("444444444444444")
    await expect(conflict).to_have_count(0)


async def test_two_who_change_a_webhook_see_both_texts(desks: Desks) -> None:
    first, second = await desks.open(), await desks.open("Ben Admin", Role.ADMIN)
    hook = {"id": "crm", "url": "http://127.0.0.1:9/old", "secret": "s" * 32, "events": []}
    await first.post(f"/api/v1/workspaces/{first.workspace}/webhooks", hook, key="the-crm-webhook")
    second.complaints.allow("answer 412")
    for desk, url in ((first, "http://127.0.0.1:9/anns"), (second, "http://127.0.0.1:9/bens")):
        await desk.goto("settings/webhooks/crm")
        await desk.page.get_by_role("button", name="Change", exact=True).click()
        await desk.page.get_by_role("dialog").get_by_label("Address").fill(url)
    await first.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(first.page.get_by_role("dialog")).to_have_count(0)

    dialog = second.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Save").click()
    conflict = dialog.get_by_role("alert").filter(has_text="A colleague saved meanwhile")
    await expect(conflict).to_contain_text("http://127.0.0.1:9/anns")
    await expect(dialog.get_by_label("Address")).to_have_value("http://127.0.0.1:9/bens")
    await conflict.get_by_role("button", name="Take theirs").click()
    await expect(dialog).to_have_count(0)
    await expect(second.page.get_by_text("http://127.0.0.1:9/anns")).to_be_visible()

    await first.page.get_by_role("button", name="Change", exact=True).click()
    await second.page.get_by_role("button", name="Change", exact=True).click()
    await dialog.get_by_label("Address").fill("http://127.0.0.1:9/bens")
    await first.page.get_by_role("dialog").get_by_label("Address").fill("http://127.0.0.1:9/anns-again")
    await first.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(first.page.get_by_role("dialog")).to_have_count(0)
    await dialog.get_by_role("button", name="Save").click()
    await expect(conflict).to_contain_text("http://127.0.0.1:9/anns-again")
    await dialog.get_by_role("button", name="Save mine over it").click()
    await expect(dialog).to_have_count(0)
    await expect(second.page.get_by_text("http://127.0.0.1:9/bens")).to_be_visible()


async def test_changed_role_counts_on_the_page_that_is_open(desks: Desks) -> None:
    ann, ben = await desks.open(), await desks.open("Ben Admin", Role.ADMIN)
    ben.complaints.allow("answer 403")  # what the page asks for at the moment of the change
    await ben.goto("settings/keys")
    await expect(ben.page.get_by_role("button", name="Make a key").first).to_be_visible()
    await expect(ben.page.locator("[data-live=live]")).to_be_visible()
    await ann.goto("settings/people")
    await ann.page.get_by_role("table", name="People").get_by_text("Ben Admin").click()
    dialog = ann.page.get_by_role("dialog")
    await dialog.get_by_role("radio", name="Viewer").check()
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await expect(ben.page.get_by_role("heading", name="This page is not open to you")).to_be_visible()
    await expect(ben.page.get_by_role("button", name="Make a key")).to_have_count(0)
    await expect(ben.page.get_by_role("link", name="API keys")).to_have_count(0)
    await expect(ben.page.get_by_role("link", name="Bot")).to_be_visible()
