"""The flow builder without a mouse, and for people who see little: keys alone, dark, at 200 %."""

import re

from playwright.async_api import Page, ViewportSize, expect

from tests.browser.axe import AXE, axe
from tests.browser.conftest import Desks
from tests.browser.flow_pages import TABLE, begin, node, saved, source_of
from tests.browser.pages import DESKTOP

ZOOMED: ViewportSize = {"width": DESKTOP["width"] // 2, "height": DESKTOP["height"] // 2}
PARTS = ("main", "[role=dialog]", "[role=menu]", "[role=search]")  # what surrounds them: test_every_page


async def test_a_flow_is_built_tried_and_published_by_keys_alone(desks: Desks) -> None:
    desk = await desks.open()
    page, keys = desk.page, desk.page.keyboard
    await begin(desk, "table", TABLE)
    await desk.goto("flows/table")
    await expect(node(page, "hello")).to_be_visible()
    canvas = page.get_by_role("application", name="Picture of the flow")
    await _tab_to(page, "Picture of the flow")
    await keys.press("Control+f")
    await keys.type("shall I")
    await keys.press("Enter")
    await expect(canvas).to_be_focused()
    await keys.press("Control+d")
    await expect(node(page, "confirm_2")).to_be_visible()
    await keys.press("Control+z")
    await expect(node(page, "confirm_2")).to_have_count(0)
    await saved(page)
    await keys.press("Enter")
    await expect(page.locator("#step-form")).to_be_focused()

    # The outline: a new step below `hello`, another target of `No`, a step deleted, the file's order.
    await desk.goto("flows/table?view=outline")
    tree = page.get_by_role("tree", name="Steps of the flow")
    await tree.get_by_role("treeitem").first.focus()
    await keys.press("Insert")
    await expect(page.get_by_role("menuitem", name=re.compile("^Message"))).to_be_focused()
    await keys.press("Enter")
    await expect(tree.get_by_role("treeitem").nth(1)).to_be_focused()
    await keys.press("F2")
    await keys.type("news")
    await keys.press("Enter")
    await expect(tree.get_by_role("treeitem").nth(1)).to_contain_text("news")
    await keys.press("Enter")
    await expect(page.locator("#step-form")).to_be_focused()
    await _tab_to(page, "Message")
    await keys.press("Control+a")
    await keys.type("We have a new room.")
    await saved(page)
    assert "  news:" in (source := await source_of(desk, "table"))
    assert "We have a new room." in source

    await _tab_to(page, "Step", back=True)
    await keys.press("ArrowRight")
    await expect(page.get_by_role("tab", name="Try it")).to_be_focused()
    await _tab_to(page, "Start the flow")
    await keys.press("Enter")
    talk = page.get_by_role("log", name="Simulated conversation")
    await expect(talk.get_by_text("We have a new room.")).to_be_visible()

    await _tab_to(page, "Publish", back=True)
    await keys.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("What did you change?")).to_be_visible()
    await _tab_to(page, "What did you change?")
    await keys.type("By keys")
    await _tab_to(page, "Publish")
    await keys.press("Enter")
    await expect(page.get_by_text("New conversations begin with it")).to_be_visible()


async def test_axe_finds_nothing_in_the_builder_light_dark_and_at_200_percent(desks: Desks) -> None:
    desk = await desks.open(before=AXE.read_text())
    page = desk.page
    await begin(desk, "table", TABLE.replace("save: guests", "save: others"))
    found: list[str] = []

    async def look(what: str) -> None:
        for scheme, size in (("light", DESKTOP), ("dark", DESKTOP), ("light", ZOOMED)):
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            await page.set_viewport_size(size)
            found.extend(f"{what} {scheme} {size['width']}: {one}" for one in await axe(page, *PARTS))
        await page.set_viewport_size(DESKTOP)

    await desk.goto("flows/table?step=confirm")
    await expect(node(page, "confirm")).to_be_visible()
    await page.get_by_role("button", name=re.compile("error")).click()
    await look("form and problems")
    await page.get_by_role("button", name="Actions for confirm").click()
    await expect(page.get_by_role("menu")).to_be_visible()
    await look("menu of a step")
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await look("deleting")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Find a step").click()
    await page.get_by_role("combobox", name="Find a step").fill("book")
    await look("search")
    await desk.goto("flows/table?view=outline&code=true")
    await page.get_by_role("button", name="Show all ways").click()
    await expect(page.get_by_role("textbox", name="Text of the flow (YAML)")).to_be_visible()
    await look("outline and text")
    await desk.goto("flows/table?tab=try")
    await page.get_by_role("button", name="Customer and time").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await look("customer")
    assert not found, "\n".join(found)


async def _tab_to(page: Page, label: str, *, back: bool = False) -> None:
    """Press Tab until the element with this name has the focus. Raises AssertionError."""
    for _ in range(80):
        named = await page.evaluate(
            """(label) => {
              const one = document.activeElement;
              const text = one?.matches("button, a, [role=tab]") ? one.textContent : "";
              const name = one?.getAttribute("aria-label") || one?.labels?.[0]?.textContent || text || "";
              return name.trim().startsWith(label);
            }""",
            label,
        )
        if named:
            return
        await page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"no Tab leads to {label!r}")
