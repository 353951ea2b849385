"""Replays in a browser: two people try a change on past messages, and vote on the answers."""

import asyncio
import csv
import io
import os
from pathlib import Path
from typing import Literal

from playwright.async_api import Page, ViewportSize, expect

from shared.domain.accounts import Role
from tests.browser.axe import AXE, axe
from tests.browser.conftest import Desks
from tests.browser.pages import DESKTOP, PHONE
from tests.browser.routes import settled
from tests.e2e.shop import FAQS, Shop, phone, word
from tests.e2e.waiting import until
from tests.e2e.world import World

PICTURES = os.environ.get("SCREENSHOTS", "")
LOOKS: tuple[tuple[str, Literal["light", "dark"], ViewportSize], ...] = (
    ("light", "light", DESKTOP),
    ("dark", "dark", DESKTOP),
    ("phone", "light", PHONE),
)
RUN = 90_000  # milliseconds for a replay, on a busy machine
NEW_ADDRESS = "Come to 9 Broad Street, Lagos Island."
WIDER = "() => document.documentElement.scrollWidth - innerWidth"


async def looked_at(page: Page, name: str) -> None:
    """Fail for what axe finds in light and dark, and for a page that is wider than a phone; keep pictures if they are
    wanted, as tall as the page.
    """
    found: list[str] = []
    for look, scheme, viewport in LOOKS:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.set_viewport_size(viewport)
        await settled(page)
        found += [f"{name} {look}: {one}" for one in await axe(page)]
        if (wider := await page.evaluate(WIDER)) > 0:
            found.append(f"{name} {look}: {wider} pixels wider than the window")
        if PICTURES:
            height: int = await page.evaluate("() => document.getElementById('main').scrollHeight + 140")
            await page.set_viewport_size({"width": viewport["width"], "height": max(height, viewport["height"])})
            await page.screenshot(path=Path(PICTURES) / f"{name}-{look}.png")
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(DESKTOP)
    assert not found, "\n".join(found)


async def state(world: World, shop: Shop) -> list[tuple[str, int, str]]:
    """Return what replays must not change: each conversation's turn and mode. Delivery notes other things later."""
    found = await world.stored(shop, "conversations").find({}, sort=[("_id", 1)])
    return [(one["_id"], one["state"]["turn"], one["state"]["mode"]) for one in found]


async def test_change_is_tried_on_past_messages_and_voted_on(world: World, shop: Shop, desks: Desks) -> None:
    ada, bo = phone(), phone()
    for number, sender, text in (
        (1, ada, "Where are you?"),
        (2, ada, f"my {word()} cup leaves rings"),
        (1, bo, "How can I pay?"),
        (2, bo, "I want to talk to a person"),
    ):
        await world.write(shop, sender, text)
        await world.answers(sender, number)
    before = await state(world, shop)

    ann = await desks.open("Ann Owner", before=AXE.read_text())
    page = ann.page
    await ann.goto("faq")
    await page.get_by_role("link", name="Try on past messages").click()
    # The address changes before the page does.
    await expect(page.get_by_role("heading", name="New replay")).to_be_visible()
    await page.get_by_role("button", name="Where are you?").click()
    await page.get_by_label("Answer", exact=True).fill(NEW_ADDRESS)
    await ann.goto("inbox")
    await ann.goto("replays/new")
    await expect(page.get_by_text("Your edits of last time are still here.")).to_be_visible()
    await expect(page.get_by_text("messages of 2 conversations")).to_be_visible()
    await page.get_by_label("Name", exact=True).fill("New address")
    start = page.get_by_role("button", name="Start the replay")
    await expect(start).to_be_enabled()  # the estimate is of what was typed last
    for part in ("FAQ", "Prompt", "Models", "Flow"):
        await page.get_by_role("tab", name=part).click()
        await looked_at(page, f"replay-new-{part.lower()}")
    await start.click()
    await expect(page.get_by_text("Of 4 messages, 1 would be answered differently.")).to_be_visible(timeout=RUN)

    first = page.locator("ol > li[id^=result-]").first
    await expect(first.get_by_text("Other meaning")).to_be_visible()
    await expect(first.get_by_role("group", name="Then", exact=True)).to_contain_text(FAQS["Where are you?"])
    await expect(first.get_by_role("group", name="Now", exact=True)).to_contain_text(NEW_ADDRESS)
    assert "9 Broad Street" in " ".join(await first.locator("ins").all_inner_texts())
    await page.keyboard.press("j")
    await page.keyboard.press("1")
    await expect(first.get_by_role("button", name="Better 1 vote")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("c")
    await expect(first.get_by_text("This is the first message of the conversation.")).to_be_visible()

    ben = await desks.open("Ben Agent", Role.AGENT)
    await ben.goto("replays")
    await expect(ben.page.get_by_role("link", name="New address")).to_be_visible()
    await expect(ben.page.get_by_role("link", name="New replay")).to_have_count(0)
    await ben.page.get_by_role("link", name="New address").click()
    theirs = ben.page.locator("ol > li[id^=result-]").first
    await expect(theirs.get_by_role("button", name="Better 1 vote")).to_have_attribute("aria-pressed", "false")
    await theirs.get_by_role("button", name="Worse").click()
    await theirs.get_by_role("button", name="Say why").click()
    await ben.page.get_by_label("Why?").fill("The shop has not moved yet")
    await ben.page.keyboard.press("Enter")
    await expect(theirs.get_by_text("The shop has not moved yet")).to_be_visible()

    await page.reload()
    await expect(first.get_by_text("The shop has not moved yet")).to_be_visible()
    await expect(page.get_by_text("Your team votes 1 better and 1 worse.")).to_be_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("c")
    await expect(first.get_by_text("This is the first message of the conversation.")).to_be_visible()
    await page.get_by_text("Changed: FAQ").click()
    await looked_at(page, "replay")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await first.get_by_role("button", name="Copy the link to this message").click()
    await ben.page.goto(await page.evaluate("() => navigator.clipboard.readText()"))
    await expect(theirs.get_by_role("group", name="Now", exact=True)).to_contain_text(NEW_ADDRESS)
    await expect(ben.page.locator("ol > li[id^=result-]")).to_have_count(1)
    await ben.page.get_by_role("button", name="Show all messages").click()
    await expect(ben.page.locator("ol > li[id^=result-]")).to_have_count(4)
    await page.get_by_role("group", name="Difference").get_by_role("button", name="Same").click()
    await expect(page.locator("ol > li[id^=result-]")).to_have_count(3)
    async with page.expect_download() as download:
        await page.get_by_role("button", name="CSV").click()
    stored = await (await download.value).path()
    table = list(csv.DictReader(io.StringIO(await asyncio.to_thread(Path(stored).read_text))))
    assert [row["now"] for row in table if row["difference"] == "meaning"] == [NEW_ADDRESS]
    assert (table[0]["better"], table[0]["worse"]) == ("1", "1")
    await page.get_by_role("link", name="All replays").click()
    await expect(page.get_by_role("link", name="New address")).to_be_visible()
    await looked_at(page, "replays")

    assert await world.stored(shop, "members").update({"role": "agent"}, {"$set": {"sees": "own_and_unassigned"}})
    ben.complaints.allow("answer 403")  # the page asks with the rights of before: a replica keeps a member for seconds
    why = ben.page.get_by_text("Replays are of all conversations, and you see only some of them.")

    async def is_told() -> bool:
        await ben.goto("replays")
        await expect(ben.page.get_by_role("navigation")).not_to_have_count(0)
        return await why.is_visible()

    await until(is_told, "the page says why there are no replays")
    await expect(ben.page.get_by_role("navigation").get_by_role("link", name="Replays")).to_have_count(0)

    assert await state(world, shop) == before
    for sender in (ada, bo):
        assert len(await world.answers(sender, 2)) == 2, "nothing was sent"
