"""The inbox on a phone: all tasks by finger, nothing wider than the screen; and an inbox where nothing happens."""

import re
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.conftest import Desks
from tests.browser.pages import PHONE
from tests.browser.routes import settled
from tests.browser.test_conversation import bubble, open_conversation
from tests.e2e.shop import Shop, phone
from tests.e2e.world import World

TEMPLATE = {"name": "greeting", "language": "en", "body": "Hello {{1}}!", "category": "UTILITY"}
# Returns what is wider than the screen, and targets that are smaller than 44 pixels. Links within texts may be smaller.
SMALL = """
() => {
  const found = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) found.push(`page: ${document.documentElement.scrollWidth} wide`);
  const targets = "a[href], button, input, textarea, select, label.mantine-SegmentedControl-label, [role=menuitem], "
    + "[role=option], [role=tab]";
  const dialogs = [...document.querySelectorAll('[role="dialog"], [role="menu"]')];
  const dialog = dialogs.filter((one) => one.offsetParent).at(-1);
  for (let one of (dialog ?? document).querySelectorAll(targets)) {
    one = one.closest(".mantine-Input-input") ?? one;
    const { width: w, height: h, right, top, bottom, left } = one.getBoundingClientRect();
    const style = getComputedStyle(one);
    const hidden = w <= 1 || h <= 1 || style.visibility === "hidden" || style.opacity === "0" || bottom < 0;
    if (hidden || top > innerHeight || left >= width || one.classList.contains("skip-link")) continue;
    if (one.closest(".mantine-SegmentedControl-root") && one.matches("input")) continue;
    if (one.matches("a") && one.closest("p, [dir=auto]")) continue;
    const name = one.getAttribute("aria-label") || one.textContent.trim().slice(0, 40) || one.tagName;
    if (h < 43.5 || w < 43.5) found.push(`${name}: ${w.toFixed(0)} x ${h.toFixed(0)}`);
    if (right > width + 1 && !one.closest("[data-scrolls]")) found.push(`${name}: ends at ${right.toFixed(0)}`);
  }
  return found;
}
"""
# Stands for a connection on which nothing happens: it answers, also while the page's clock is turned on.
NOTHING_HAPPENS = """
window.WebSocket = class {
  static OPEN = 1;
  readyState = 0;
  constructor() { setTimeout(() => { this.readyState = 1; this.onopen?.(); }); }
  say(frame) { setTimeout(() => this.onmessage?.({ data: JSON.stringify(frame) })); }
  send(text) {
    const { type } = JSON.parse(text);
    if (type === "hello") this.say({ type: "ready", resumed: "nothing", replica: "none", ping: 20 });
    if (type === "ping") this.say({ type: "pong" });
  }
  close() { this.readyState = 3; }
};
"""


async def _fits(page: Page, what: str) -> None:
    await settled(page)
    found: list[Any] = await page.evaluate(SMALL)
    assert not found, f"{what}: {found}"


async def test_all_tasks_of_the_inbox_by_finger(world: World, shop: Shop, desks: Desks) -> None:
    await world.reapply(shop, templates=[TEMPLATE])
    ada = phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada, 1)
    desk = await desks.open(viewport=PHONE, has_touch=True, is_mobile=True)
    page = desk.page
    await desk.goto("inbox")
    row = page.get_by_role("link", name=re.compile("Ada"))
    await expect(row).to_be_visible()
    await _fits(page, "list")

    folders = page.get_by_role("navigation", name="Folders")
    await folders.get_by_role("button", name="More").tap()
    await _fits(page, "folders")
    await page.get_by_role("menuitem", name=re.compile("Bot's")).tap()
    await expect(row).to_be_visible()
    await page.get_by_role("button", name="Unread", exact=True).tap()
    await expect(row).to_be_visible()
    await page.get_by_role("button", name="Sort, filters and saved views").tap()
    await _fits(page, "filters")
    await page.keyboard.press("Escape")
    await page.get_by_role("searchbox", name="Name, number, order…").fill("Ada")
    await expect(page.get_by_text("Searched:")).to_be_visible()
    await _fits(page, "search")
    await page.get_by_role("button", name="End the search").tap()

    await row.tap()
    field = page.get_by_label("Write an answer")
    await expect(field).to_be_visible()
    await expect(row).to_be_hidden()
    await _fits(page, "conversation")
    await page.get_by_role("button", name=re.compile("React to")).first.tap()
    await _fits(page, "reactions")
    await page.get_by_role("menuitem", name="React with ❤️").tap()
    await expect(page.get_by_label("Your team's reaction ❤️")).to_be_visible()
    await page.get_by_role("button", name=re.compile("Reply to")).first.tap()
    await field.fill("Behind the station")
    await _fits(page, "answer")
    await page.get_by_role("button", name="Send", exact=True).tap()
    await expect(bubble(page, "Behind the station")).to_have_count(1)
    await expect(page.get_by_text("You have this conversation")).to_be_visible()
    await page.get_by_role("button", name="More actions").tap()
    await _fits(page, "actions")
    await page.get_by_role("menuitem", name="Return to bot").tap()
    await expect(page.get_by_text("The bot answers", exact=True)).to_be_visible()
    await page.get_by_role("button", name="More actions").tap()
    await page.get_by_role("menuitem", name="Take over").tap()
    await expect(page.get_by_text("You have this conversation")).to_be_visible()

    await page.get_by_role("button", name="Send a template").tap()
    await page.get_by_role("button", name="greeting").tap()
    await page.get_by_label("Value of {{1}}").fill("Ada")
    await _fits(page, "template")
    await page.get_by_role("button", name="Send", exact=True).tap()
    await expect(bubble(page, "Hello Ada!")).to_have_count(1)
    await page.get_by_role("button", name="Attach a file").tap()
    await expect(page.get_by_role("dialog").get_by_text("Drop a file here")).to_be_visible()
    await _fits(page, "file")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Customer details").tap()
    await expect(page.get_by_role("dialog").get_by_text("Tags")).to_be_visible()
    await _fits(page, "side panel")
    await page.keyboard.press("Escape")
    await page.get_by_role("link", name="Back to the list").tap()
    await expect(page.get_by_text("You have read everything here")).to_be_visible()  # folder and filter are kept
    await page.get_by_role("button", name="Unread", exact=True).tap()
    await folders.get_by_role("button", name=re.compile("All")).tap()
    await expect(row).to_be_visible()


async def test_an_inbox_where_nothing_happens_asks_for_nothing(world: World, shop: Shop, desks: Desks) -> None:
    ada = phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada, 1)
    desk = await desks.open(before=NOTHING_HAPPENS)
    await desk.page.clock.install()
    await open_conversation(desk, shop, ada)
    await desk.page.clock.run_for("00:30")
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    await desk.page.clock.run_for("10:00")
    assert len(asked) <= 20, asked  # two a minute
    await expect(desk.page.locator("[data-live=live]")).to_be_visible()
