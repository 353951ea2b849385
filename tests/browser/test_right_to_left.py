"""Arabic texts, and the whole console from right to left."""

from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.conftest import Desks
from tests.browser.pages import PHONE
from tests.browser.test_conversation import bubble, open_conversation
from tests.e2e.shop import Shop, phone
from tests.e2e.world import World

QUESTION = "مرحبا، أين أنتم؟ Order K7M4"
MIRRORED = """
new MutationObserver((_, observer) => {
  if (!document.documentElement) return;
  document.documentElement.dir = "rtl";
  observer.disconnect();
}).observe(document, { childList: true });
"""
PAGES = ("inbox", "broadcasts", "faq", "analytics", "settings/channels", "settings/bot", "settings/status", "customers")
FOLDER = Path("screenshots")
KEPT = FOLDER.is_dir()
_OVERFLOW = "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
_DIRECTION = "it => getComputedStyle(it).direction"


async def _picture(page: Page, name: str) -> None:
    if KEPT:
        await page.screenshot(path=FOLDER / f"{name}.png")


async def test_arabic_text_runs_from_right_to_left_within_the_page(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await desks.open(), phone()
    await world.write(shop, ada, QUESTION)
    await open_conversation(desk, shop, ada)
    words = bubble(desk.page, QUESTION).get_by_text(QUESTION).first
    assert await words.evaluate(_DIRECTION) == "rtl"
    assert await desk.page.locator("main").evaluate(_DIRECTION) == "ltr"
    await _picture(desk.page, "arabic-conversation")


async def test_every_page_fits_when_it_runs_from_right_to_left(world: World, shop: Shop, desks: Desks) -> None:
    await world.write(shop, phone(), QUESTION)
    for size, viewport in (("desktop", None), ("phone", PHONE)):
        desk = await desks.open(before=MIRRORED, viewport=viewport)
        desk.complaints.allow("answer 429: ")
        for path in PAGES:
            await desk.goto(path)
            await expect(desk.page.get_by_role("heading", level=1).first).to_be_attached()
            assert await desk.page.locator("html").get_attribute("dir") == "rtl"
            assert await desk.page.evaluate(_OVERFLOW) <= 0, f"{path} is wider than the {size}"
            await _picture(desk.page, f"rtl-{size}-{path.replace('/', '-')}")
        if viewport is None:
            box = await desk.page.get_by_role("navigation").first.bounding_box()
            assert box is not None
            assert box["x"] > 600, "the rail stands on the right"
