"""Edits of flows that concern more than one place: rows, names, copies, removals; and that undo reaches all of them."""

import json
import re

from playwright.async_api import expect

from tests.browser.conftest import Desks
from tests.browser.flow_pages import COPY, PASTE, begin, node, saved, source_becomes, source_of, undo_until

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
OTHER = """\
flow: other
steps:
  hello: "Hi"
  size: "Small"
  person: {end: "Done"}
"""


async def test_buttons_are_moved_and_options_of_a_new_choice_renamed(desks: Desks) -> None:
    desk = await desks.open(viewport=LARGE)
    page = desk.page
    await begin(desk, "menu", MENU)
    await desk.goto("flows/menu")
    await node(page, "hello").click()
    await page.get_by_role("button", name=re.compile("^Move 1, 3 of 3")).focus()
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("button", name=re.compile("^Move 1, 2 of 3"))).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await source_becomes(
        page, desk, "menu", lambda source: source.index('"1": first') < source.index("Prices: prices       # begins")
    )
    rows = page.get_by_role("textbox", name="Title")
    assert [await row.input_value() for row in await rows.all()] == ["1", "Prices", "2"]
    await page.get_by_role("combobox", name="Shown as").click()
    await page.get_by_role("option", name="List").click()
    await page.get_by_role("textbox", name="Description of Prices").fill("What we sell")
    await source_becomes(page, desk, "menu", lambda source: "list:" in source and "description: What we sell" in source)

    await page.get_by_role("button", name="Add a step").click()
    await page.get_by_role("menuitem", name=re.compile("^Choice")).click()
    await expect(node(page, "choose")).to_be_visible()
    await saved(page)
    title = page.get_by_role("textbox", name="Title").first
    await title.fill("Of course")
    await title.press("Enter")
    await page.get_by_role("button", name="Add an option").click()
    await source_becomes(page, desk, "menu", lambda source: "Of course" in source and "Option" in source)
    await expect(page.get_by_text("This edit was not made")).to_have_count(0)

    # The page is loaded again: undo still reaches everything.
    await page.reload()
    await expect(node(page, "choose")).to_be_visible()
    await undo_until(page, desk, "menu", MENU)


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


async def test_copied_steps_get_free_names_in_another_flow_and_say_what_they_led_to(desks: Desks) -> None:
    desk = await desks.open(viewport=LARGE)
    page = desk.page
    await begin(desk, "menu", MENU)
    await begin(desk, "other", OTHER)
    await desk.goto("flows/menu")
    await node(page, "size").click()
    await node(page, "person").click(modifiers=["Control"])
    canvas = page.get_by_role("application", name="Picture of the flow")
    await canvas.focus()
    copied = str(await canvas.evaluate(COPY))
    assert list(json.loads(copied)["parley steps"]) == ["size", "person"]

    await desk.goto("flows/other")
    await expect(node(page, "hello")).to_be_visible()
    await canvas.evaluate(PASTE, copied)
    await expect(page.get_by_text("These steps are not in this flow")).to_contain_text("bye")
    await expect(node(page, "size_2")).to_be_visible()
    await saved(page)
    source = await source_of(desk, "other")
    assert source.startswith(OTHER)  # what was there stays as it is
    added = source.removeprefix(OTHER)
    assert "then: person_2" in added
    assert "person_2:\n" in added
    assert "else: end" in added
    await undo_until(page, desk, "other", OTHER)
