"""Live events in browsers: the page says when it is not live, and what is unread is the same on all devices."""

import re
from dataclasses import dataclass, field

from playwright.async_api import Locator, Page, WebSocketRoute, expect

from shared.domain.accounts import Role
from tests.browser.conftest import Desks
from tests.e2e.shop import Shop, phone
from tests.e2e.world import World


@dataclass
class Sockets:
    """The WebSockets of a page, and their other ends: cuts them off, and lets no new one through while `blocked`."""

    blocked: bool = False
    opened: list[WebSocketRoute] = field(default_factory=list)

    async def route(self, page: Page) -> None:
        """Stand between the page and the console."""
        await page.route_web_socket(re.compile(r"/events(\?|$)"), self._opened)

    async def _opened(self, socket: WebSocketRoute) -> None:
        if self.blocked:
            await socket.close(code=1013)
            return
        self.opened += [socket, socket.connect_to_server()]

    async def cut(self) -> None:
        """End all connections as a network does that fails."""
        opened, self.opened = self.opened, []
        for socket in opened:
            await socket.close(code=1012)


async def test_the_page_says_when_it_is_not_live_and_mends_itself(world: World, shop: Shop, desks: Desks) -> None:
    desk, sockets = await desks.open(), Sockets()
    desk.complaints.allow("WebSocket connection")
    await sockets.route(desk.page)
    await desk.goto("inbox")
    await expect(desk.page.locator("[data-live=live]")).to_be_visible()
    sockets.blocked = True
    await sockets.cut()
    await expect(desk.page.get_by_text("Not live, checking every 30 s")).to_be_visible()
    await world.write(shop, phone(), "Where are you?")
    sockets.blocked = False
    await expect(desk.page.locator("[data-live=live]")).to_be_visible(timeout=60_000)
    await expect(desk.page.get_by_role("link", name="Ada")).to_be_visible()


async def test_unread_is_counted_per_person_and_devices_agree(world: World, shop: Shop, desks: Desks) -> None:
    ann, again, bea = await desks.open(), await desks.open(), await desks.open("Bea Agent", Role.AGENT)
    for desk in (ann, again, bea):
        await desk.goto("inbox")
        await expect(desk.page.locator("[data-live=live]")).to_be_visible()
    ada = phone()
    for text in ("Where are you?", "Do you deliver?"):
        await world.write(shop, ada, text)
    await world.answers(ada, 2)
    for desk in (ann, again, bea):
        await expect(_unread(desk.page, "2")).to_have_count(1)
    await ann.page.get_by_role("link", name="Ada").click()
    for desk in (ann, again):
        await expect(desk.page.locator("[data-unread]")).to_have_count(0)
    await expect(_unread(bea.page, "2")).to_have_count(1)


def _unread(page: Page, count: str) -> Locator:
    """Return the rows with a number of unread messages."""
    return page.locator("[data-unread]").get_by_text(f"{count}unread messages")
