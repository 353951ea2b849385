"""A conversation in the browser: its timeline, what is written in it, and colleagues who write at the same time."""

import asyncio
import os
import re
from datetime import timedelta

import msgspec
from playwright.async_api import Locator, Page, Route, expect

from shared.clock import SystemClock
from shared.domain.accounts import Role
from shared.messages.content import Text
from shared.repositories.inbound import InboundMessages
from tests.browser.conftest import Desks
from tests.browser.pages import PHONE, Desk
from tests.browser.people import PASSWORD
from tests.e2e.shop import FAQS, Shop, phone, word
from tests.e2e.simulator_control import Json
from tests.e2e.world import World
from tests.repositories.builders import inbound

RACES = int(os.environ.get("PARLEY_RACES", "4"))
# Scrolls near the beginning; returns a message in view with its place, and the height of all.
SCROLL_UP = """
async (log) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  log.scrollTop = 400;
  for (let count = 0; count < 5; count++) await frame();
  const edge = log.getBoundingClientRect().top + 20;
  const anchor = [...log.querySelectorAll("[data-message]")].find((one) => one.getBoundingClientRect().top >= edge);
  return { id: anchor.dataset.message, top: anchor.getBoundingClientRect().top, height: log.scrollHeight };
}
"""
# Waits for the older page; returns how far that message has moved.
MOVED = """
async (log, { id, top, height }) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  while (log.scrollHeight < height + 500) await frame();
  for (let count = 0; count < 20; count++) await frame();
  return Math.abs(log.querySelector(`[data-message="${CSS.escape(id)}"]`).getBoundingClientRect().top - top);
}
"""


async def open_conversation(desk: Desk, shop: Shop, sender: str) -> None:
    """Open the conversation of a customer of the Meta number, and wait until it is live."""
    await desk.goto(f"inbox/{shop.meta_conversation(sender)}")
    await expect(desk.page.get_by_label("Write an answer")).to_be_visible()
    await expect(desk.page.locator("[data-live=live]")).to_be_visible()


async def answered(world: World, shop: Shop, desks: Desks, text: str = "Where are you?") -> tuple[Desk, str]:
    """Let a customer write and the bot answer; return the desk, with their conversation open, and their number."""
    desk, customer = await desks.open(), phone()
    await world.write(shop, customer, text)
    await world.answers(customer, 1)
    await open_conversation(desk, shop, customer)
    return desk, customer


async def write(page: Page, text: str) -> None:
    """Write an answer and send it."""
    await page.get_by_label("Write an answer").fill(text)
    await page.keyboard.press("Enter")


def bubble(page: Page, text: str) -> Locator:
    """Return the bubbles with a text."""
    return page.locator("[data-message]", has_text=text)


async def test_an_answer_is_shown_once_from_the_first_moment_on(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await answered(world, shop, desks)
    await expect(bubble(desk.page, FAQS["Where are you?"])).to_have_count(1)
    texts = [f"{word()} {number}" for number in range(4)]
    for text in texts:
        await write(desk.page, text)
    for text in texts:
        await expect(bubble(desk.page, text)).to_have_count(1)
    answers = [record["text"] for record in await world.answers(ada, 5)]
    assert answers[1:] == texts
    progress = bubble(desk.page, texts[3]).locator("[data-state]")
    await expect(progress).to_have_attribute("data-state", re.compile("sent|delivered|read"))
    shown = await desk.page.locator("[data-message]").all_inner_texts()
    assert [text for text in texts for line in shown if text in line] == texts


async def test_drafts_stay_with_their_conversation(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada, bola = await desks.open(), phone(), phone()
    for customer in (ada, bola):
        await world.write(shop, customer, "Where are you?")
        await world.answers(customer, 1)
    field = desk.page.get_by_label("Write an answer")
    await open_conversation(desk, shop, ada)
    await field.fill("half an answer")
    await desk.page.reload()  # at once: before the console can have it
    await expect(field).to_have_value("half an answer")
    await expect(desk.page.get_by_text("Draft kept", exact=True)).to_be_visible()
    await open_conversation(desk, shop, bola)
    await expect(field).to_have_value("")
    other = await desk.context.browser.new_context()  # type: ignore[union-attr]
    await other.add_cookies(await desk.context.cookies())  # type: ignore[arg-type]
    page = await other.new_page()  # another browser of the same person
    await page.goto(f"{desk.url}/w/{shop.workspace}/inbox/{shop.meta_conversation(ada)}")
    await expect(page.get_by_label("Write an answer")).to_have_value("half an answer")
    await other.close()
    await open_conversation(desk, shop, ada)
    desk.complaints.allow("ERR_INTERNET_DISCONNECTED", "WebSocket")
    await field.fill("half an answer and more")
    await desk.context.set_offline(True)
    await desk.page.keyboard.press("Enter")
    await expect(desk.page.get_by_text("Not sent. Your text is back here.")).to_be_visible()
    await expect(field).to_have_value("half an answer and more")
    await desk.context.set_offline(False)
    await field.press("Enter")
    await expect(bubble(desk.page, "half an answer and more")).to_have_count(1)
    assert [record["text"] for record in await world.answers(ada, 2)][1:] == ["half an answer and more"]


async def test_no_text_stays_in_the_browser_after_a_sign_out(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await answered(world, shop, desks)
    await write_draft(desk.page, "Dear Ada", "She is angry")
    desk.complaints.allow("answer 401", "WebSocket")
    await desk.page.get_by_role("button", name="Account: Ann Owner").click()
    await desk.page.get_by_role("menuitem", name="Sign out").click()
    await expect(desk.page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()
    kept = await desk.page.evaluate("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
    assert "Dear Ada" not in kept
    assert "She is angry" not in kept

    await desk.page.get_by_label("E-mail address").fill(f"ann@{shop.workspace}.example.com")
    await desk.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await desk.page.get_by_role("button", name="Sign in").click()
    await expect(desk.page.locator("[data-live=live]")).to_be_visible()
    await open_conversation(desk, shop, ada)
    await expect(desk.page.get_by_label("Write an answer")).to_have_value("Dear Ada")
    await desk.page.get_by_text("Note", exact=True).click()
    await expect(desk.page.get_by_label("Write a note")).to_have_value("She is angry")


async def write_draft(page: Page, text: str, note: str) -> None:
    """Begin an answer and a note, and wait for neither to be stored."""
    await page.get_by_label("Write an answer").fill(text)
    await page.get_by_text("Note", exact=True).click()
    await page.get_by_label("Write a note").fill(note)


async def test_one_of_two_agents_wins(world: World, shop: Shop, desks: Desks) -> None:
    ann, ben = await desks.open("Ann Owner"), await desks.open("Ben Agent", Role.AGENT)
    ada = phone()
    await meet(world, shop, ada, ann, ben)
    await expect(ann.page.get_by_text("Ben Agent also here")).to_be_visible()
    await ben.page.get_by_label("Write an answer").press_sequentially("Hm")
    await expect(ann.page.locator("[data-presence]").get_by_text("Ben Agent is typing…")).to_be_visible()
    winner, loser, lost = await race(world, ada, ann, ben)
    await loser.page.get_by_role("button", name="Take over and send").first.click()
    await expect(bubble(loser.page, lost)).to_have_count(1)
    assert (await world.answers(ada, 3))[2]["text"] == lost
    await expect(winner.page.locator("[data-tone=other]")).to_be_visible()
    for _ in range(RACES - 1):
        ada = phone()
        await meet(world, shop, ada, ann, ben)
        await race(world, ada, ann, ben)


async def test_enter_takes_no_conversation_from_a_colleague(world: World, shop: Shop, desks: Desks) -> None:
    """Bea takes over while Ann types, and Ann's page knows it before she presses Enter."""
    ann, bea = await desks.open("Ann Owner"), await desks.open("Bea Agent", Role.AGENT)
    ada = phone()
    await meet(world, shop, ada, ann, bea)
    field = ann.page.get_by_label("Write an answer")
    await field.fill("It comes tomorrow")
    await bea.page.get_by_role("button", name="Take over", exact=True).click()
    press = ann.page.get_by_role("button", name="Take over and send")
    await expect(press).to_be_visible()
    await field.press("Enter")
    await expect(ann.page.get_by_text("A colleague has this conversation now.")).to_be_visible()
    await expect(field).to_have_value("It comes tomorrow")
    await expect(bea.page.get_by_role("button", name="Take over", exact=True)).to_have_count(0)
    await press.click()
    assert (await world.answers(ada, 2))[1]["text"] == "It comes tomorrow"
    await expect(bea.page.locator("[data-tone=other]")).to_be_visible()


async def meet(world: World, shop: Shop, customer: str, *desks: Desk) -> None:
    """Let a new customer write, and agents open the conversation."""
    await world.write(shop, customer, "Where are you?")
    await world.answers(customer, 1)
    await asyncio.gather(*(open_conversation(desk, shop, customer) for desk in desks))


async def race(world: World, customer: str, ann: Desk, ben: Desk) -> tuple[Desk, Desk, str]:
    """Let two agents send at the same moment; return the winner, the loser, and the loser's text."""
    texts = [f"{word()} of {name}" for name in ("Ann", "Ben")]
    for desk, text in zip((ann, ben), texts, strict=True):
        await desk.page.get_by_label("Write an answer").fill(text)
    await asyncio.gather(*(desk.page.keyboard.press("Enter") for desk in (ann, ben)))
    sent = (await world.answers(customer, 2))[1]["text"]
    winner, loser, lost = (ann, ben, texts[1]) if sent == texts[0] else (ben, ann, texts[0])
    await expect(loser.page.get_by_text("A colleague has this conversation", exact=True)).to_be_visible()
    await expect(loser.page.get_by_label("Write an answer")).to_have_value(lost)
    await expect(bubble(loser.page, lost)).to_have_count(0)
    assert len(await world.records(to=customer, kind="message", accepted="true")) == 2
    return winner, loser, lost


async def test_past_the_window_only_templates_are_offered(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await desks.open(), phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada, 1)
    await desk.page.clock.install()
    await open_conversation(desk, shop, ada)
    await expect(desk.page.locator("[data-window]")).to_contain_text("left to answer freely")
    await desk.page.clock.fast_forward("23:58:30")
    await expect(desk.page.locator("[data-window]")).to_contain_text(" s left")
    await desk.page.clock.fast_forward("02:00")
    await expect(desk.page.get_by_text("The 24 hours to answer freely are over.")).to_be_visible()
    await expect(desk.page.get_by_label("Write an answer")).to_have_count(0)


FAULTS: tuple[tuple[Json, tuple[str, ...], bool], ...] = (
    (
        {"kind": "error", "code": 131051},
        ("Not sent", "The provider refused this message. Change it before you send it again.", "Code 131051"),
        False,
    ),
    (
        {"kind": "error", "code": 131026, "asynchronous": True},
        ("Not delivered", "WhatsApp took the message and could not deliver it.", "Code 131026"),
        False,
    ),
)


async def test_a_failure_says_why_and_offers_what_helps(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await answered(world, shop, desks)
    for fault, texts, can_retry in FAULTS:
        text = word()
        await world.script("meta", fault, to=ada, text_contains=text)
        await write(desk.page, text)
        failed = bubble(desk.page, text)
        for part in texts:
            await expect(failed.get_by_text(part).first).to_be_visible()
        await expect(failed.get_by_role("button", name="Send again")).to_have_count(int(can_retry))


async def test_what_can_be_done_with_a_conversation(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await desks.open(), phone()
    nasty = "<img src=x onerror=alert(1)> مرحبا <script>alert(1)</script>"
    await world.write(shop, ada, nasty)
    await world.answers(ada, 1)
    await open_conversation(desk, shop, ada)
    page = desk.page
    await expect(bubble(page, "<script>alert(1)</script>").first).to_be_visible()
    await page.get_by_role("log").focus()
    await page.keyboard.press("t")
    await expect(page.get_by_text("You have this conversation")).to_be_visible()
    await expect(page.get_by_text("You took over")).to_be_visible()
    await page.get_by_text("Note", exact=True).click()
    await page.get_by_label("Write a note for colleagues").fill("calls back *tomorrow*")
    await page.keyboard.press("Enter")
    await expect(bubble(page, "calls back tomorrow")).to_have_count(1)
    await page.get_by_role("button", name="Why this message").first.click()
    await expect(page.get_by_role("dialog").get_by_text("What happened")).to_be_visible()
    await expect(page.get_by_role("dialog").locator("li").first).to_be_visible()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Return to bot").first.click()
    await expect(page.get_by_text("The bot answers", exact=True)).to_be_visible()
    await page.get_by_role("log").focus()
    await page.keyboard.press("e")
    await expect(page.get_by_text("Closed. The customer's next message opens it again.")).to_be_visible()


async def test_older_pages_keep_the_place(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await answered(world, shop, desks)
    conversation = shop.meta_conversation(ada)
    messages = InboundMessages(world.mongo, shop.workspace)
    for turn in range(2, 300):
        text, at = Text(body="word " * (turn % 37 + 1)), SystemClock().now() - timedelta(hours=300 - turn)
        message = inbound(turn, shop.workspace, content=text)
        message = msgspec.structs.replace(message, id=f"old-{turn}", conversation_id=conversation, created_at=at)
        await messages.add(message, turn=turn, decision="faq", routed_at=at)
    await desk.page.reload()
    scroller = desk.page.get_by_role("log")
    await expect(desk.page.locator("[data-message]").last).to_be_visible()
    older = asyncio.Event()

    async def hold(route: Route) -> None:
        await older.wait()
        await route.continue_()

    await desk.page.route(re.compile(r"/messages\?.*before="), hold)
    for _ in range(3):
        older.clear()
        place = await scroller.evaluate(SCROLL_UP)
        older.set()
        moved = await scroller.evaluate(MOVED, place)
        assert moved <= 1, moved
    rows = await desk.page.locator("[data-index]").count()
    assert rows <= 80, rows


async def test_an_answer_is_written_on_a_phone(world: World, shop: Shop, desks: Desks) -> None:
    desk, ada = await desks.open(viewport=PHONE, has_touch=True), phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada, 1)
    await open_conversation(desk, shop, ada)
    await desk.page.set_viewport_size({"width": 360, "height": 420})  # the keyboard is open
    field = desk.page.get_by_label("Write an answer")
    await field.fill("From the road")
    await expect(desk.page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport()
    assert await desk.page.evaluate("document.documentElement.scrollWidth") <= 360
    await desk.page.get_by_role("button", name="Send", exact=True).tap()
    await expect(bubble(desk.page, "From the road")).to_have_count(1)
    await desk.page.get_by_role("link", name="Back to the list").tap()
    await desk.page.wait_for_url("**/inbox")


async def test_customers_name_has_room_beside_the_panel_of_a_laptop(world: World, shop: Shop, desks: Desks) -> None:
    ada = phone()
    await world.write(shop, ada, "I want to talk to a person")
    await world.answers(ada, 1)
    desk = await desks.open()
    await open_conversation(desk, shop, ada)
    header = desk.page.locator("header", has=desk.page.get_by_role("button", name="More actions"))
    take_over = header.get_by_role("button", name="Take over")
    await expect(desk.page.get_by_role("complementary", name="Customer")).to_be_visible()
    await expect(take_over).to_be_visible()
    await expect(header.get_by_role("button", name="Return to bot")).to_be_visible()  # a sign, as there are three
    await _is_whole(header, ada)
    await take_over.click()
    await expect(take_over).to_be_hidden()
    await expect(header.get_by_text("Return to bot")).to_be_visible()
    await _is_whole(header, ada)


async def _is_whole(header: Locator, number: str) -> None:
    """Require that the name and the number of the customer are not cut."""
    cut = "(it) => it.scrollWidth > it.clientWidth || it.scrollHeight > it.clientHeight"
    assert not await header.get_by_role("heading", name="Ada").evaluate(cut)
    assert not await header.get_by_text(f"+{number}").evaluate(cut)
