"""The own account: profile, second factor with recovery codes, sessions."""

from playwright.async_api import expect

from services.console.auth import totp
from shared.clock import SystemClock
from tests.browser.conftest import Desks
from tests.browser.people import PASSWORD
from tests.e2e.shop import Shop


async def test_second_factor_is_set_up_and_asked_for(desks: Desks, shop: Shop) -> None:
    desk = await desks.open("Ann Owner")
    page = desk.page
    await page.goto(desk.url + "/account")
    await page.get_by_label("Name").fill("Ann Renamed")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Saved")).to_be_visible()

    await desk.post("/api/v1/auth/login", {"email": f"ann@{shop.workspace}.example.com", "password": PASSWORD})
    await page.reload()
    await page.get_by_role("button", name="Sign out all other devices").click()
    await expect(page.get_by_text("You are signed in nowhere else.")).to_be_visible()

    await page.get_by_role("button", name="Set up a second factor").click()
    dialog = page.get_by_role("dialog", name="Set up a second factor")
    await expect(dialog.get_by_role("img", name="QR code")).to_be_visible()
    secret = (await dialog.locator("code").inner_text()).replace(" ", "")
    desk.complaints.allow("answer 422: PUT .*/second-factor")
    await dialog.get_by_label("Code that the app shows now").fill("000000")
    await dialog.get_by_role("button", name="Turn on").click()
    await expect(dialog.get_by_text("This is not the code of this secret")).to_be_visible()
    await dialog.get_by_label("Code that the app shows now").fill(
        totp.code_at(secret, totp.step_of(SystemClock().now()))
    )
    await dialog.get_by_role("button", name="Turn on").click()
    codes = page.get_by_role("dialog", name="Your recovery codes")
    recovery = await codes.get_by_role("listitem").first.inner_text()
    await expect(codes.get_by_role("listitem")).to_have_count(10)
    await codes.get_by_role("button", name="I have kept them").click()

    await desk.post("/api/v1/auth/logout", {})
    await page.goto(desk.url + "/sign-in")
    await page.get_by_label("E-mail address").fill(f"ann@{shop.workspace}.example.com")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    desk.complaints.allow("answer 401: POST .*/auth/login")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("Code from your authenticator app").fill(recovery)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("button", name="Account: Ann Renamed")).to_be_visible()
