"""Several tabs of one browser: one of them has the connection and notifies; another goes on when it is closed."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from functools import partial

from playwright.async_api import Locator, Page, WebSocket, expect

from tests.browser.conftest import Desks
from tests.browser.pages import Desk
from tests.e2e.shop import Shop, phone, word
from tests.e2e.simulator_control import Json
from tests.e2e.waiting import until
from tests.e2e.world import World

# Counts sounds and notifications instead of making them; what a test does is no gesture, so clicks are noted.
COUNTED = """
window.clicked = false;
addEventListener("pointerdown", () => { window.clicked = true; });
Object.defineProperty(navigator, "userActivation", { value: { get hasBeenActive() { return window.clicked; } } });
window.sounds = 0;
window.notices = [];
window.AudioContext = class {
  state = "running"; currentTime = 0; destination = {};
  async resume() {}
  createGain() {
    const gain = { setValueAtTime() {}, exponentialRampToValueAtTime() {} };
    return { gain, connect() {} };
  }
  createOscillator() { return { frequency: {}, connect() {}, start() { window.sounds += 0.5; }, stop() {} }; }
};
window.Notification = class {
  static permission = "granted";
  constructor(title) { window.notices.push(title); }
  close() {}
};
"""


class Tabs:
    """The tabs of a browser, and which of them has had a connection."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.pages: list[Page] = []
        self.connected: list[Page] = []

    async def open(self, path: str, count: int) -> None:
        """Open tabs of a page, and wait until each is live."""
        for number in range(count):
            page = self.desk.page if number == 0 else await self.desk.context.new_page()
            if number:
                self.desk.complaints.watch(page)
            page.on("websocket", partial(self._opened, page))
            await page.goto(f"{self.desk.url}/w/{self.desk.workspace}/{path}")
            await expect(page.locator("[data-live=live]")).to_be_visible()
            self.pages.append(page)

    def _opened(self, page: Page, _: WebSocket) -> None:
        self.connected.append(page)

    async def total(self, expression: str) -> float:
        """Return the sum of a number of all tabs."""
        return float(sum(await asyncio.gather(*(page.evaluate(expression) for page in self.pages))))


async def test_another_tab_goes_on_when_the_one_that_leads_is_closed(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await desks.open(), phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada, 1)
    tabs = Tabs(desk)
    await tabs.open(f"inbox/{shop.meta_conversation(ada)}", 3)
    assert len(tabs.connected) == 1
    while tabs.pages:
        needle = word()
        await world.write(shop, ada, f"Where are you? {needle}")
        for page in tabs.pages:
            await expect(_theirs(page, needle)).to_have_count(1)
        leader = tabs.connected[-1]
        tabs.pages.remove(leader)
        if not tabs.pages:
            break
        missed = word()
        await leader.close()
        await world.write(shop, ada, f"Where are you? {missed}")  # while nobody leads, or just after
        for page in tabs.pages:
            await expect(_theirs(page, missed)).to_have_count(1)
            await expect(page.locator("[data-live=live]")).to_be_visible()
    assert len(tabs.connected) == 3


async def test_three_tabs_notify_once_by_the_persons_rules(world: World, shop: Shop, desks: Desks) -> None:
    desk = await desks.open(before=COUNTED)
    await _change(desk, {"about": "all", "sound": True, "desktop": True})
    tabs = Tabs(desk)
    await tabs.open("inbox", 3)
    (leader,) = tabs.connected
    await _somebody_writes(world, shop, tabs)
    await expect(leader.get_by_text("Your browser blocks sound for this page")).to_be_visible()
    assert await tabs.total("window.sounds") == 0  # nobody has clicked yet
    assert await tabs.total("window.notices.length") == 1
    await tabs.pages[-1].mouse.click(700, 500)  # not the one that leads: it plays for that one
    await _somebody_writes(world, shop, tabs)
    await until(lambda: _equals(tabs.total("window.sounds"), 1), "one tab has played a sound")
    assert await tabs.total("window.notices.length") == 2

    noisy = datetime.now().astimezone() + timedelta(hours=12)  # the day's only minute that is not quiet
    for rules, wanted in (
        ({"about": "off"}, 2),
        ({"about": "mine"}, 2),
        ({"about": "all", "quiet_from": f"{noisy + timedelta(minutes=1):%H:%M}", "quiet_to": f"{noisy:%H:%M}"}, 2),
        ({"about": "all", "quiet_from": "", "quiet_to": ""}, 3),
    ):
        await _change(desk, rules)
        async with leader.expect_response("**/me/notifications"):  # as a tab with the settings says it
            await tabs.pages[-1].evaluate("new BroadcastChannel('parley-notifications').postMessage('changed')")
        await _somebody_writes(world, shop, tabs)
        assert await tabs.total("window.notices.length") == wanted, rules
    assert await tabs.pages[-1].evaluate("window.sounds") >= 1


def _theirs(page: Page, text: str) -> Locator:
    """Return the customer's messages with a text; the bot's answers may repeat it."""
    return page.locator("[data-message][data-side=start]", has_text=text)


async def _change(desk: Desk, rules: Json) -> None:
    """Change the person's rules of notifications."""
    answer = await desk.context.request.patch(
        f"{desk.url}/api/v1/me/notifications", data=rules, headers={"X-Parley": "1", "Origin": desk.url}
    )
    assert answer.ok, await answer.text()


async def _somebody_writes(world: World, shop: Shop, tabs: Tabs) -> None:
    """Let a new customer write, and wait until all tabs show it."""
    before = await tabs.pages[0].locator("[data-row]").count()
    await world.write(shop, phone(), "Where are you?")
    for page in tabs.pages:
        await expect(page.locator("[data-row]")).to_have_count(before + 1)


async def _equals(total: Awaitable[float], wanted: float) -> bool:
    return await total == wanted
