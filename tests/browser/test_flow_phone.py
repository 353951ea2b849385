"""The flow builder on a phone: looking, editing in the outline, trying, publishing."""

from playwright.async_api import expect

from tests.browser.axe import AXE, axe
from tests.browser.conftest import Desks
from tests.browser.flow_pages import TABLE, begin, node, saved, source_of
from tests.browser.pages import PHONE


async def test_phone_looks_edits_tries_and_publishes_a_flow(desks: Desks) -> None:
    desk = await desks.open(viewport=PHONE, color_scheme="dark", has_touch=True, before=AXE.read_text())
    page = desk.page
    await begin(desk, "table", TABLE)
    await desk.goto("flows/table")
    await expect(node(page, "hello")).to_be_visible()
    publish = page.get_by_role("button", name="Publish")
    box = await publish.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= PHONE["width"]
    assert not await axe(page)

    # A touched step opens its form over the picture, and the form can be closed.
    name = page.get_by_role("textbox", name="Name of the step")
    await expect(name).to_be_hidden()
    await node(page, "hello").tap()
    await expect(name).to_have_value("hello")
    await expect(node(page, "hello")).to_be_in_viewport()
    await page.get_by_role("textbox", name="Message").fill("Good evening!")
    await saved(page)
    await page.get_by_role("button", name="Close", exact=True).tap()
    await expect(name).to_be_hidden()

    await page.get_by_text("Outline", exact=True).tap()
    tree = page.get_by_role("tree", name="Steps of the flow")
    await tree.get_by_role("button", name="Actions for booked").tap()
    await page.get_by_role("menuitem", name="Duplicate").tap()
    await expect(tree.get_by_text("booked_2", exact=True)).to_be_visible()
    await saved(page)
    assert "booked_2:" in await source_of(desk, "table")
    await page.get_by_role("button", name="Undo").tap()
    await expect(tree.get_by_text("booked_2", exact=True)).to_have_count(0)
    assert not await axe(page)

    await page.get_by_role("tab", name="Try it").tap()
    await page.get_by_role("button", name="Start the flow").tap()
    talk = page.get_by_role("log", name="Simulated conversation")
    await expect(talk.get_by_text("Good evening!")).to_be_visible()
    await page.get_by_label("Write as the customer").fill("4")
    await page.get_by_label("Write as the customer").press("Enter")
    await expect(talk.get_by_role("button", name="Yes")).to_be_in_viewport()
    assert not await axe(page)
    await page.get_by_role("button", name="Close", exact=True).tap()

    await publish.tap()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("What did you change?").fill("From my phone")
    assert not await axe(page, "[role=dialog]")
    await dialog.get_by_role("button", name="Publish").tap()
    await expect(page.get_by_text("New conversations begin with it")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
