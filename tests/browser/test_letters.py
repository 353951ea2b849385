"""Dead letters in a browser."""

from playwright.async_api import expect

from tests.browser.conftest import Desks
from tests.e2e.shop import Shop, phone
from tests.e2e.world import World


async def test_letter_says_why_it_is_there(world: World, shop: Shop, desks: Desks) -> None:
    page, ada = (desk := await desks.open()).page, phone()
    await world.script("meta", {"kind": "error", "code": 131026}, times=None, to=ada, kind="message")
    await world.write(shop, ada, "Where are you?")
    await world.outbound_when(shop, lambda it: it["state"] == "failed")
    await world.dead_letters(f'"workspace":"{shop.workspace}"')
    await desk.goto("settings/letters")
    letters = page.get_by_role("table", name="Dead letters")
    for _ in range(10):  # the page does not follow the index, which is written some moments after the topic
        await expect(letters.or_(page.get_by_text("No dead letters"))).to_be_visible()
        if await letters.is_visible():
            break
        await page.reload()
    await letters.get_by_role("button").first.click()
    letter = page.get_by_role("dialog", name="Refused by the provider")
    await expect(letter).to_contain_text("Mend the cause, then replay.")
    await letter.get_by_role("button", name="Why?").click()
    steps = page.get_by_role("dialog").last.get_by_role("listitem")
    await expect(steps.filter(has_text="Received")).not_to_have_count(0)
    await expect(steps.filter(has_text="Decided")).not_to_have_count(0)
    await expect(steps.filter(has_text="131026")).not_to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(steps).to_have_count(0)
    await expect(letter).to_be_visible()
