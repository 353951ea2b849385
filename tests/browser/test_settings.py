"""Settings and analytics in a browser."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from shared.domain.accounts import Role
from tests.browser.conftest import Desks
from tests.browser.test_conversation import open_conversation
from tests.e2e.shop import Shop, phone
from tests.e2e.world import World

PAGES = {
    "channels": ("Channels", set(Role)),
    "bot": ("Bot", set(Role)),
    "models": ("Models and budget", set(Role)),
    "hours": ("Hours and holidays", set(Role)),
    "conversing": ("Conversations", set(Role)),
    "languages": ("Languages", set(Role)),
    "profile": ("Business", set(Role)),
    "replies": ("Saved replies", set(Role)),
    "limits": ("Limits", set(Role)),
    "people": ("People", set(Role)),
    "audit": ("Audit log", {Role.OWNER, Role.ADMIN}),
    "webhooks": ("Webhooks", {Role.OWNER, Role.ADMIN}),
    "keys": ("API keys", {Role.OWNER, Role.ADMIN}),
    "letters": ("Dead letters", {Role.OWNER}),
    "status": ("System status", {Role.OWNER, Role.ADMIN}),
}
FIRST_NAMES = {Role.OWNER: "Ann", Role.ADMIN: "Ben", Role.AGENT: "Cem", Role.VIEWER: "Dee"}


async def settled(page: Page) -> None:
    """Wait until nothing of the page is loading any more."""
    await expect(page.locator("main [role=status][aria-label*=Loading]")).to_have_count(0)


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_sees_the_pages_it_may(desks: Desks, role: Role) -> None:
    desk = await desks.open(f"{FIRST_NAMES[role]} Person", role)
    await desk.goto("settings")
    menu = desk.page.get_by_role("navigation", name="Settings")
    await expect(menu.get_by_role("link", name="Channels")).to_be_visible()
    for path, (title, roles) in PAGES.items():
        link = menu.get_by_role("link", name=title, exact=True)
        if role not in roles:
            await expect(link).to_have_count(0)
            continue
        await link.click()
        await expect(desk.page).to_have_url(re.compile(f"/settings/{path}$"))
        await expect(desk.page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()
        await settled(desk.page)
        await expect(desk.page.get_by_role("alert")).to_have_count(0)
    if role is Role.AGENT:
        await expect(desk.page.get_by_role("link", name="Analytics")).to_have_count(0)
    else:
        await desk.page.get_by_role("link", name="Analytics").click()
        for tab in ("Conversations", "Answers", "People", "Flows", "Broadcasts", "Costs", "Delivery"):
            await desk.page.get_by_role("tab", name=tab).click()
            await settled(desk.page)
        await expect(desk.page.get_by_role("heading", name="By day")).to_be_visible()


async def test_saved_reply_is_written_used_changed_and_removed(world: World, shop: Shop, desks: Desks) -> None:
    page = (desk := await desks.open("Cem Agent", Role.AGENT)).page
    ada = phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada, 1)
    await open_conversation(desk, shop, ada)
    await page.get_by_label("Write an answer").fill("/")
    await page.get_by_role("link", name="Write one").click()
    await page.get_by_role("button", name="New reply").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Shortcut").fill("/thanks")
    await form.get_by_label("Text").fill("Thank you! We are glad to help.")
    await page.keyboard.press("Escape")
    await expect(form).to_be_visible()  # what is typed stays
    await expect(form.get_by_text("Without spaces and /.")).to_have_count(0)
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_have_count(0)
    await expect(page.get_by_text("Thank you! We are glad to help.")).to_be_visible()
    await page.go_back()
    await page.get_by_label("Write an answer").fill("/th")
    await page.get_by_role("option").filter(has_text="thanks").click()
    await expect(page.get_by_label("Write an answer")).to_have_value("Thank you! We are glad to help.")
    await page.get_by_label("Write an answer").fill("")
    await desk.goto("settings/replies")
    await page.get_by_role("button", name="thanks").click()
    await page.get_by_role("menuitem", name="Change").click()
    await form.get_by_label("Text").fill("Thank you!")
    await form.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Thank you!", exact=True)).to_be_visible()
    await page.get_by_role("button", name="thanks").click()
    await page.get_by_role("menuitem", name="Remove").click()
    await form.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("No saved replies yet")).to_be_visible()


async def test_change_is_reviewed_saved_listed_and_undone(desks: Desks) -> None:
    page = (desk := await desks.open()).page
    await desk.goto("settings/bot")
    history = page.get_by_label("Earlier messages that the model sees", exact=True)
    await expect(history).to_have_value("10 messages")
    await history.fill("99")
    desk.complaints.allow("answer 422", "answer 400")
    await page.get_by_role("button", name="Review and save").click()
    await expect(page.get_by_text("must be 50 or less")).to_be_visible()
    await history.fill("12")
    await page.reload()
    await expect(history).to_have_value("12 messages")  # an edit stays when the page is loaded again
    await page.get_by_role("button", name="Review and save").click()
    review = page.get_by_role("dialog")
    await expect(review).to_contain_text("Earlier messages that the model sees")
    await review.get_by_role("button", name="Save").click()
    await expect(review).to_have_count(0)
    changes = page.get_by_role("region", name="Latest changes")
    await changes.get_by_role("button", name=re.compile("Ann Owner changed")).click()
    await page.get_by_role("dialog").get_by_role("button", name="Undo this change").click()
    await expect(history).to_have_value("10 messages")


async def test_two_who_save_at_once_see_both_texts(desks: Desks) -> None:
    first, second = await desks.open(), await desks.open("Ben Admin", Role.ADMIN)
    for desk, text in ((first, "Ann knows nothing."), (second, "Ben knows nothing.")):
        await desk.goto("settings/bot")
        await desk.page.get_by_label("Said when nothing is known", exact=True).fill(text)
    await first.page.get_by_role("button", name="Review and save").click()
    await first.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(first.page.get_by_role("dialog")).to_have_count(0)
    second.complaints.allow("answer 412")
    await second.page.get_by_role("button", name="Review and save").click()
    dialog = second.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Ann knows nothing.")
    await expect(dialog).to_contain_text("Ben knows nothing.")
    await dialog.get_by_role("radio", name="Yours").check()
    await dialog.get_by_role("button", name="Save the chosen values").click()
    await expect(dialog).to_have_count(0)
    await first.page.reload()
    await expect(first.page.get_by_label("Said when nothing is known", exact=True)).to_have_value("Ben knows nothing.")


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Europe/Berlin", "Asia/Kathmandu"])
async def test_hours_and_times_are_those_of_the_workspace(desks: Desks, zone: str) -> None:
    page = (desk := await desks.open(timezone_id="Pacific/Auckland")).page
    await desk.goto("settings/profile")
    await page.locator("#field-timezone").click()
    await page.locator("#field-timezone").fill(zone)
    await page.get_by_role("option", name=zone).click()
    await page.get_by_role("button", name="Review and save").click()
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("link", name="Hours and holidays").click()
    await page.locator("#field-hours").click()
    preview = page.get_by_role("region", name="What this means")
    await expect(preview).to_contain_text(zone)
    await expect(preview).to_contain_text(re.compile("Opens next|Until"))
    if zone == "Europe/Berlin":
        await expect(preview).to_contain_text("the clock goes")
    await page.get_by_role("button", name="Review and save").click()
    review = page.get_by_role("dialog")
    await expect(review).to_contain_text("Monday")
    await expect(review.get_by_text("Always open", exact=True).first).to_be_visible()
    await expect(review.get_by_text("none", exact=True)).to_have_count(0)


async def test_number_is_added_step_by_step_and_secrets_are_not_shown_again(desks: Desks) -> None:
    number = phone()
    page = (desk := await desks.open()).page
    await desk.goto("settings/channels/add")
    await page.get_by_role("radio", name="Twilio").check()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_label("Name in Parley").fill("second")
    await page.get_by_label("Phone number").fill(f"+{number}")
    await page.get_by_label("Account SID").fill("AC1")
    await expect(page.get_by_text("This is AC and 32 digits")).to_be_visible()
    await page.get_by_label("Account SID").fill("AC" + "7" * 32)
    await page.get_by_label("Auth token").fill("very-secret-token-9876")
    await page.get_by_role("button", name="Store the number").click()
    await expect(page.get_by_text("/webhooks/twilio#rc=3&rp=all")).to_be_visible()
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_role("list").get_by_text("Set: auth_token")).to_be_visible()
    await page.get_by_role("button", name="Done").click()
    await page.get_by_role("button", name="Show the last four characters").click()
    await expect(page.get_by_text("•••• 9876")).to_be_visible()
    assert "very-secret-token" not in await page.content()


async def test_webhooks_and_keys_are_safe_to_integrate(desks: Desks, world: World) -> None:
    page = (desk := await desks.open()).page
    await desk.goto("settings/webhooks")
    await page.get_by_role("button", name="Add a webhook").first.click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("crm")
    await dialog.get_by_label("Address").fill("http://127.0.0.1:9/none")
    await dialog.get_by_role("button", name="Save").click()
    secret = await dialog.locator("code").inner_text()
    await dialog.get_by_role("button", name="I have copied it").click()
    await page.get_by_role("link", name="crm").click()
    await page.get_by_role("button", name="Send a test call").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Failed")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="New secret").click()
    await page.get_by_role("dialog").get_by_role("button", name="Make a new secret").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Two secrets sign until")
    assert secret not in await page.content()
    await page.get_by_role("dialog").get_by_role("button", name="I have copied it").click()
    await desk.goto("settings/keys")
    await page.get_by_role("button", name="Make a key").first.click()
    await page.get_by_label("Name").fill("CRM")
    await page.get_by_role("checkbox", name="orders:read").check()
    await page.get_by_role("dialog").get_by_role("button", name="Make a key").click()
    key = await page.get_by_role("dialog").locator("code").inner_text()
    world.private.tokens.add(key)
    await page.get_by_role("button", name="I have copied it").click()
    await expect(page.get_by_role("table")).to_contain_text("orders:read")
    assert key not in await page.content()
    await page.get_by_role("button", name="Revoke: CRM").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(page.get_by_role("cell", name="Revoked")).to_be_visible()
    await desk.goto("settings/audit")
    await expect(page.get_by_role("table")).to_contain_text("revoke key (api-keys)")
    await expect(page.get_by_role("table")).to_contain_text("rotate secret (webhooks)")


async def test_person_is_invited_and_the_last_owner_stays(desks: Desks) -> None:
    page = (desk := await desks.open()).page
    await desk.goto("settings/people")
    await page.get_by_role("button", name="Invite somebody").click()
    await page.get_by_label("E-mail address").fill("eva@example.com")
    await page.get_by_role("button", name="Invite", exact=True).click()
    await expect(page.get_by_role("dialog").locator("code")).to_contain_text("/invitation#")
    await page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    await page.get_by_role("button", name="Show open invitations").click()
    await expect(page.get_by_text("eva@example.com")).to_be_visible()
    await page.get_by_role("table", name="People").get_by_text("Ann Owner").click()
    await page.get_by_role("radio", name="Agent").check()
    desk.complaints.allow("answer 409")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("owner")


async def test_number_opens_the_list_behind_it(world: World, shop: Shop, desks: Desks) -> None:
    page = (desk := await desks.open()).page
    ada = phone()
    await world.write(shop, ada, "Where are you?")
    await asyncio.wait_for(world.answers(ada, 1), 60)
    await desk.goto("analytics?range=today")
    received = page.get_by_role("link", name=re.compile("^Messages received: 1"))
    await expect(received).to_be_visible()
    await received.click()
    rows = page.get_by_role("dialog").get_by_role("table")
    await expect(rows.locator("tbody tr")).to_have_count(1)
    await expect(rows).to_contain_text("FAQ")
    await rows.get_by_role("link").first.click()
    await expect(page).to_have_url(re.compile("/inbox/"))
