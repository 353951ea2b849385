"""Signing in, one-time links, and what a page does when its session ends."""

from playwright.async_api import expect

from shared.clock import SystemClock
from shared.domain.accounts import Role
from shared.operations.accounts.people import Admission, People
from tests.browser.conftest import Desks
from tests.browser.people import make_person
from tests.e2e.shop import Shop
from tests.e2e.world import World

NEW = "seven kettles under a bridge"


async def test_signing_in_leads_back_to_the_page_that_was_asked_for(desks: Desks, shop: Shop) -> None:
    desk = await desks.open("Ann Owner")
    page = desk.page
    await desk.post("/api/v1/auth/logout", {})
    await desk.goto("inbox?folder=closed")
    await expect(page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()
    assert desk.complaints.found == [], "a page asks nothing of the API while nobody is signed in"
    files = await page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    assert any("/start-" in one for one in files)
    assert not [one for one in files if "/frame-" in one], "the console's own code is not for strangers"
    await page.get_by_label("E-mail address").fill(f"ann@{shop.workspace}.example.com")
    await page.get_by_label("Password", exact=True).fill("not the password")
    desk.complaints.allow("answer 401: POST .*/auth/login")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("is wrong")
    await page.get_by_label("Password", exact=True).fill("three bicycles in the rain")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("[data-live=live]")).to_be_visible()
    assert page.url.endswith("/inbox?folder=closed")
    await page.get_by_role("button", name="Account: Ann Owner").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()


async def test_ended_session_is_renewed_by_the_same_person_and_left_by_another(
    world: World, desks: Desks, shop: Shop
) -> None:
    desk = await desks.open("Ann Owner")
    await make_person(world.mongo, shop.workspace, "Bob Agent", Role.AGENT)
    page = desk.page
    desk.complaints.allow("answer 401", "WebSocket")
    await desk.goto("dashboard")
    await expect(page.locator("[data-live=live]")).to_be_visible()
    await desk.post("/api/v1/auth/logout", {})
    dialog = page.get_by_role("dialog", name="You were signed out")
    await expect(dialog).to_be_visible()
    await expect(dialog.get_by_label("E-mail address")).to_have_value(f"ann@{shop.workspace}.example.com")
    await dialog.get_by_label("Password", exact=True).fill("three bicycles in the rain")
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(dialog).to_be_hidden()
    other = await desk.context.new_page()
    desk.complaints.watch(other)
    await desk.post("/api/v1/auth/logout", {})
    await other.goto(desk.url + "/sign-in")
    await other.get_by_label("E-mail address").fill(f"bob@{shop.workspace}.example.com")
    await other.get_by_label("Password", exact=True).fill("three bicycles in the rain")
    await other.get_by_role("button", name="Sign in").click()
    for window in (page, other):
        await expect(window.get_by_role("button", name="Account: Bob Agent")).to_be_visible()


async def test_invitation_is_accepted_with_and_without_an_account(world: World, desks: Desks, shop: Shop) -> None:
    desk = await desks.open("Ann Owner")
    page, people = desk.page, People(world.mongo, SystemClock())
    await desk.post("/api/v1/auth/logout", {})
    _, token = await people.invite(shop.workspace, "", Admission(Role.AGENT), "cli")
    await page.goto(f"{desk.url}/invitation#{token}")
    await page.get_by_label("E-mail address").fill(f"cleo@{shop.workspace}.example.com")
    await page.get_by_label("Your name").fill("Cleo Agent")
    await page.get_by_label("New password").fill("password1234")
    desk.complaints.allow("answer 400: POST .*/accept-invitation", "answer 422: POST .*/accept-invitation")
    await page.get_by_role("button", name="Join").click()
    await expect(page.get_by_text("common").first).to_be_visible()
    await page.get_by_label("New password").fill(NEW)
    await page.get_by_role("button", name="Join").click()
    await expect(page.get_by_role("button", name="Account: Cleo Agent")).to_be_visible()

    other = await world.shop()
    _, token = await people.invite(other.workspace, f"cleo@{shop.workspace}.example.com", Admission(Role.VIEWER), "cli")
    await page.goto(f"{desk.url}/invitation#{token}")
    await page.get_by_role("button", name="Join as cleo@").click()
    await expect(page.get_by_role("button", name="Account: Cleo Agent")).to_be_visible()
    await page.goto(f"{desk.url}/invitation#{token}")
    desk.complaints.allow("answer 409: POST .*/auth/invitation")
    await expect(page.get_by_role("heading", name="This invitation cannot be used any more")).to_be_visible()


async def test_links_set_a_password_and_sign_the_demos_owner_in_once(world: World, desks: Desks, shop: Shop) -> None:
    desk = await desks.open("Ann Owner")
    page, people = desk.page, People(world.mongo, SystemClock())
    user = await people.user(f"ann@{shop.workspace}.example.com")
    await page.goto(f"{desk.url}/forgot")
    await page.get_by_label("E-mail address").fill(user.email)
    await page.get_by_role("button", name="Send the link").click()
    await expect(page.get_by_role("status")).to_contain_text("a link is on its way")
    await page.goto(f"{desk.url}/reset-password#{await people.password_link(user)}")
    await page.get_by_label("New password").fill(NEW)
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("heading", name="The password is set")).to_be_visible()
    enter = f"{desk.url}/enter#{await people.sign_in_link(user)}"
    await page.goto(enter)
    await expect(page.get_by_role("button", name="Account: Ann Owner")).to_be_visible()
    await desk.post("/api/v1/auth/logout", {})
    await page.goto("about:blank")
    desk.complaints.allow("answer 409: POST .*/auth/enter", "answer 401", "WebSocket")
    await page.goto(enter)
    await expect(page.get_by_role("heading", name="This sign-in link was used already")).to_be_visible()
