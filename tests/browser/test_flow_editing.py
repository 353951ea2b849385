"""Edits of flows that concern more than one place: names and removals; and that undo reaches all of them."""

from playwright.async_api import expect

from tests.browser.conftest import Desks
from tests.browser.flow_pages import begin, node, saved, source_becomes, source_of, undo_until

LARGE = {"width": 1500, "height": 1100}
MENU = """\
flow: menu
triggers: {keywords: [menu]}

steps:
  hello:
    text: "Hello!"
    buttons:
      Prices: prices       # begins another flow
      "2": second
      "1": first
  guests:
    ask: 'For how many?'
    save: guests
    type: integer
  size:
    branch:
      - {if: guests > 12, then: person}
    else: bye
  person:
    hand_off: a large table
  bye:
    end: "Bye"
"""


async def test_a_renamed_step_is_renamed_where_it_is_named_and_removal_says_who_leads_there(desks: Desks) -> None:
    desk = await desks.open(viewport=LARGE)
    page = desk.page
    await begin(desk, "menu", MENU)
    await desk.goto("flows/menu")
    await node(page, "person").click()
    name = page.get_by_role("textbox", name="Name of the step")
    await name.fill("a colleague")
    await name.press("Enter")
    await expect(node(page, "a_colleague")).to_be_visible()
    await saved(page)
    assert await source_of(desk, "menu") == MENU.replace("person", "a_colleague")
    await page.get_by_role("button", name="Undo").click()
    await expect(node(page, "person")).to_be_visible()
    await saved(page)
    assert await source_of(desk, "menu") == MENU

    await node(page, "person").click()
    await page.get_by_role("application", name="Picture of the flow").focus()
    await page.keyboard.press("Delete")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("size (guests > 12)")).to_be_visible()
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog).to_have_count(0)
    await page.get_by_role("application", name="Picture of the flow").focus()
    await page.keyboard.press("Delete")
    await dialog.get_by_role("button", name="Delete").click()
    await source_becomes(page, desk, "menu", lambda source: "person" not in source and "then: bye" in source)
    await undo_until(page, desk, "menu", MENU)
