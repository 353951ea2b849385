"""A list of many conversations: few rows are in the document, and nothing that is read moves."""

from datetime import timedelta

from playwright.async_api import expect

from tests.browser.conftest import Desks
from tests.e2e.shop import Shop, phone
from tests.e2e.world import World

MOST_ROWS = 80
STORED = 300
# Scrolls to the end, page by page; returns the place of the last row and the most rows that were in the document.
SCROLL_DOWN = """
async ([list, last]) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const rows = () => [...list.querySelectorAll("[data-row]")];
  const place = () => Number(rows().at(-1).getAttribute("aria-posinset"));
  let most = 0;
  while (place() < last) {
    list.scrollTop += 300;
    await frame();
    most = Math.max(most, rows().length);
  }
  return most;
}
"""
# Goes to the middle; returns a row that is in view, and its place.
MIDDLE = """
async (list) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  list.scrollTop = list.scrollHeight / 2;
  for (let count = 0; count < 5; count++) await frame();
  const edge = list.getBoundingClientRect().top + 20;
  const row = [...list.querySelectorAll("[data-row]")].find((one) => one.getBoundingClientRect().top >= edge);
  return [row.dataset.row, row.getBoundingClientRect().top];
}
"""


async def test_long_list_draws_few_rows_and_news_move_nothing(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await desks.open(), phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
    await _store_many(world, shop, ada)
    await desk.goto("inbox")
    rows = desk.page.get_by_role("list", name="Conversations")
    await expect(rows.locator("[data-row]").first).to_be_visible()
    await expect(desk.page.locator("[data-live=live]")).to_be_visible()
    scroller = await rows.locator("xpath=..").element_handle()
    assert await desk.page.evaluate(SCROLL_DOWN, [scroller, STORED + 1]) <= MOST_ROWS
    row, top = await desk.page.evaluate(MIDDLE, scroller)
    await world.write(shop, phone(), "Where are you?")
    await expect(desk.page.get_by_role("button", name="1 new")).to_be_visible()
    box = await rows.locator(f'[data-row="{row}"]').bounding_box()
    assert box is not None
    assert abs(box["y"] - top) <= 1


async def _store_many(world: World, shop: Shop, sender: str) -> None:
    """Store copies of a customer's conversation, each a minute older than the one before."""
    conversations = world.stored(shop, "conversations")
    known = await conversations.find_one({"_id": shop.meta_conversation(sender)})
    assert known is not None
    for number in range(STORED):
        id_ = f"copy{number:04}"
        at = known["last_inbound_at"] - timedelta(minutes=number + 1)
        state = {**known["state"], "id": id_, "last_inbound_at": at}
        await conversations.insert({**known, "_id": id_, "state": state, "last_inbound_at": at})
