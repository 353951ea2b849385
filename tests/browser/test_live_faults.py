"""Bad days in the browser: networks that break in every way, a console that is away, and a session that is ended."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page, WebSocketRoute, expect

from shared.domain.accounts import Role
from tests.browser.conftest import Desks
from tests.browser.fault_proxy import FaultProxy, fault_proxy
from tests.browser.pages import Desk
from tests.browser.people import PASSWORD
from tests.browser.test_conversation import bubble, open_conversation, write
from tests.e2e.shop import Shop, phone, word
from tests.e2e.waiting import until
from tests.e2e.world import World

# Errors of browsers whose network fails.
NETWORK = ("WebSocket", "net::ERR_", "answer 50[234]")
# Scrolls through the timeline from its beginning; returns the ids of all messages in their order.
ALL_MESSAGES = """
async (log) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const found = new Map();
  log.scrollTop = 0;
  for (;;) {
    for (let count = 0; count < 4; count++) await frame();
    for (const one of log.querySelectorAll("[data-message]"))
      found.set(one.dataset.message, Number(one.closest("[data-index]").dataset.index));
    if (log.scrollTop + log.clientHeight >= log.scrollHeight - 1) break;
    log.scrollTop += log.clientHeight / 2;
  }
  return [...found].sort((one, other) => one[1] - other[1]).map(([id]) => id);
}
"""


def live(page: Page) -> Awaitable[None]:
    """Wait until a page is live."""
    return expect(page.locator("[data-live=live]")).to_be_visible(timeout=60_000)


async def test_no_event_is_lost_however_the_connection_breaks(world: World, shop: Shop, desks: Desks) -> None:
    async with fault_proxy(world.stack.info["console"]) as proxy:
        desk, ada, bola = await desks.open(url=proxy.url), phone(), phone()
        desk.complaints.allow(*NETWORK)
        for customer in (ada, bola):
            await world.write(shop, customer, "Where are you?")
            await world.answers(customer, 1)
        await open_conversation(desk, shop, ada)
        await desk.page.evaluate("window.notReloaded = true")
        customers = (ada, bola)
        async with customers_write(world, shop, customers) as written:
            for fault in (_cut, _unnoticed, _offline, _silent, _frozen, _console_restarts):
                before = written()
                await fault(world, desk, proxy)
                await live(desk.page)
                await until(lambda before=before: _reached(written, before + 2), "customers have written on")  # type: ignore[misc]
        fence = word()
        await world.write(shop, ada, fence)
        await expect(bubble(desk.page, fence).first).to_be_visible()
        await _equals_the_api(desk, shop.meta_conversation(ada))
        assert await desk.page.evaluate("window.notReloaded")


async def _reached(written: Callable[[], int], count: int) -> bool:
    return written() >= count


async def _cut(_: World, desk: Desk, proxy: FaultProxy) -> None:
    for _n in range(3):
        proxy.cut()
        await live(desk.page)


async def _unnoticed(_: World, desk: Desk, proxy: FaultProxy) -> None:
    """More often than a session may have connections, of which the console believes all to be open."""
    for _n in range(12):
        connected = desk.page.wait_for_event("websocket", timeout=60_000)
        proxy.cut_unnoticed()
        await connected
        await live(desk.page)


async def _offline(_: World, desk: Desk, proxy: FaultProxy) -> None:
    await desk.context.set_offline(True)
    proxy.cut()
    await expect(desk.page.locator("[data-live=polling]")).to_be_visible()
    await desk.context.set_offline(False)


async def _silent(_: World, desk: Desk, proxy: FaultProxy) -> None:
    async with proxy.silence():
        await expect(desk.page.locator("[data-live=polling]")).to_be_visible()


async def _frozen(_: World, desk: Desk, proxy: FaultProxy) -> None:
    devtools = await desk.context.new_cdp_session(desk.page)
    await devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    proxy.cut()
    await asyncio.sleep(1)  # customers write meanwhile
    await devtools.send("Page.setWebLifecycleState", {"state": "active"})
    await devtools.detach()


async def _console_restarts(world: World, desk: Desk, _: FaultProxy) -> None:
    await asyncio.to_thread(world.stack.restart, "console")


@asynccontextmanager
async def customers_write(world: World, shop: Shop, customers: tuple[str, ...]) -> AsyncIterator[Callable[[], int]]:
    """Let customers write one after the other until the end of the block; the function says how many messages."""
    count = 0

    async def write_on() -> None:
        nonlocal count
        while True:
            await world.write(shop, customers[count % len(customers)], f"Where are you? {word()}")
            count += 1
            await asyncio.sleep(0.5)  # so that the timeline stays short

    writing = asyncio.create_task(write_on())
    try:
        yield lambda: count
    finally:
        writing.cancel()
        await asyncio.wait([writing])


async def _equals_the_api(desk: Desk, conversation: str) -> None:
    """Compare the timeline and the list with the API, as soon as both have settled."""
    base = f"{desk.url}/api/v1/workspaces/{desk.workspace}/conversations"
    log = desk.page.get_by_role("log")

    async def same() -> bool:
        entries: list[Any] = []
        query = "?limit=100"
        while query:
            page = await (await desk.context.request.get(f"{base}/{conversation}/messages{query}")).json()
            entries = page["entries"] + entries
            query = f"?limit=100&before={page['before']}" if page["before"] else ""
        wanted = [entry["id"] for entry in entries if entry["kind"] == "message"]
        shown = await log.evaluate(ALL_MESSAGES)
        rows = (await (await desk.context.request.get(base)).json())["items"]
        listed = await desk.page.locator("[data-row]").evaluate_all("(rows) => rows.map((row) => row.dataset.row)")
        return bool(shown == wanted and listed == [row["id"] for row in rows])

    await until(same, "the page shows what the API has")


async def test_text_is_kept_while_the_console_is_away_and_sent_once(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await desks.open(), phone()
    desk.complaints.allow(*NETWORK)
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada, 1)
    await open_conversation(desk, shop, ada)
    field = desk.page.get_by_label("Write an answer")
    await asyncio.to_thread(world.stack.stop_one, "console")
    try:
        await expect(desk.page.get_by_text("Not live, checking every 30 s")).to_be_visible()
        await write(desk.page, "We are behind the station")
        await expect(desk.page.get_by_text("Not sent. Your text is back here.")).to_be_visible()
        await expect(field).to_have_value("We are behind the station")
    finally:
        await asyncio.to_thread(world.stack.restart, "console")
    await live(desk.page)
    await field.press("Enter")
    await expect(bubble(desk.page, "We are behind the station")).to_have_count(1)
    assert [one["text"] for one in await world.answers(ada, 2)][1:] == ["We are behind the station"]
    await expect(field).to_have_value("")


async def test_text_stays_when_an_administrator_ends_the_session(world: World, shop: Shop, desks: Desks) -> None:
    ann, ben = await desks.open("Ann Owner"), await desks.open("Ben Agent", Role.AGENT)
    ben.complaints.allow("answer 401", "WebSocket")
    ada = phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada, 1)
    await open_conversation(ben, shop, ada)
    field = ben.page.get_by_label("Write an answer")
    await field.fill("half an ans")
    me = await (await ben.context.request.get(f"{ben.url}/api/v1/me")).json()
    ended = await ann.context.request.delete(
        f"{ann.url}/api/v1/workspaces/{shop.workspace}/members/{me['id']}/sessions",
        headers={"X-Parley": "1", "Origin": ann.url},
    )
    assert ended.ok, await ended.text()
    dialog = ben.page.get_by_role("dialog", name="You were signed out")
    await expect(dialog).to_be_visible()
    await dialog.get_by_label("Password").first.fill(PASSWORD)
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(dialog).to_have_count(0)
    await live(ben.page)
    await expect(field).to_have_value("half an ans")
    await field.press("End")
    await field.press_sequentially("wer")
    await field.press("Enter")
    await expect(bubble(ben.page, "half an answer")).to_have_count(1)
    assert [one["text"] for one in await world.answers(ada, 2)][1:] == ["half an answer"]


async def test_resync_after_a_long_sleep_fetches_what_was_missed(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada, deaf = await desks.open(), phone(), asyncio.Event()
    sockets: list[WebSocketRoute] = []

    async def opened(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda frame: None if deaf.is_set() and "pong" not in str(frame) else socket.send(frame))
        sockets.append(socket)

    await desk.page.route_web_socket(re.compile(r"/events(\?|$)"), opened)
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada, 1)
    await open_conversation(desk, shop, ada)
    await desk.page.wait_for_load_state("networkidle")
    deaf.set()
    missed = word()
    await world.write(shop, ada, f"Where are you? {missed}")
    await world.answers(ada, 2)
    assert await bubble(desk.page, missed).count() == 0
    deaf.clear()
    sockets[-1].send('{"type": "resync", "why": "too-old"}')
    await expect(bubble(desk.page, missed).first).to_be_visible()
