"""The flow builder in a browser: canvas, forms and outline of one draft."""

import json
import re

import pytest
from playwright.async_api import expect

from devtools.react_renders import COUNT_RENDERS, begin_counting, counted
from tests.browser.conftest import Desks
from tests.browser.flow_pages import PASTE, TABLE, begin, drag, node, saved, source_of, undo_until
from tests.browser.pages import PHONE

LARGE = {"width": 1500, "height": 1100}  # all of the small flows is on the canvas

PASTED = """\
flow: other
steps:
  hello: {text: "Hi again"}   # pasted
  bye:
    end: "Bye"
"""
MIDDLE = """
path => {
  const { x, y } = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM());
  return { x, y };
}
"""
IN_BRACKETS = """\
flow: compact
steps: {hello: "Hello!", bye: {end: "Bye"}}
"""


async def test_undoing_all_in_the_builder_gives_back_the_very_bytes(desks: Desks) -> None:
    desk = await desks.open(viewport=LARGE)
    page = desk.page
    await begin(desk, "table", TABLE)
    await desk.goto("flows/table")
    await expect(node(page, "hello")).to_be_visible()
    await expect(page.locator(".react-flow__edge.implicit").first).to_be_attached()
    await expect(page.get_by_role("region", name="Problems")).not_to_contain_text("error")

    await node(page, "hello").click()
    await page.get_by_role("textbox", name="Message").fill("Good evening!")
    await expect(node(page, "hello")).to_contain_text("Good evening!")
    await saved(page)
    edited = await source_of(desk, "table")
    assert edited == TABLE.replace('"Hello!"', '"Good evening!"')

    await node(page, "confirm").click()
    await drag(page, node(page, "confirm").locator(".react-flow__handle.source").nth(1), node(page, "person"))
    await expect(node(page, "confirm").get_by_text("End", exact=True)).to_have_count(0)
    await saved(page)
    assert (await source_of(desk, "table")) == edited.replace("No: end", "No: person")

    name = page.get_by_role("textbox", name="Name of the step")
    await name.fill("shall we")
    await name.press("Enter")
    await expect(node(page, "shall_we")).to_be_visible()
    await page.get_by_role("button", name="Add a step").click()
    await page.get_by_role("menuitem", name=re.compile("^Question")).click()
    await expect(node(page, "ask")).to_be_visible()
    await saved(page)
    assert "ask:" in (await source_of(desk, "table")).replace("    ask: ", "")

    await undo_until(page, desk, "table", TABLE)
    await expect(node(page, "confirm")).to_be_visible()
    await expect(node(page, "hello")).to_contain_text("Hello!")


async def test_refused_edit_shows_its_reason_and_problems_lead_to_their_field(desks: Desks) -> None:
    desk = await desks.open(viewport=LARGE)
    page = desk.page
    desk.complaints.allow("answer 422")
    await begin(desk, "compact", IN_BRACKETS)
    await desk.goto("flows/compact")
    await node(page, "bye").click()
    await page.get_by_role("button", name="Actions for bye").click()
    await page.get_by_role("menuitem", name="Duplicate").click()
    refused = page.get_by_role("alert").filter(has_text="This edit was not made")
    await expect(refused).to_contain_text("brackets")
    await refused.get_by_role("button", name="All right").click()
    await expect(node(page, "bye_2")).to_have_count(0)
    assert (await source_of(desk, "compact")) == IN_BRACKETS

    await node(page, "bye").click()
    await page.get_by_role("textbox", name="Last message").fill("Bye {{ nobody }}")
    await page.get_by_role("button", name="1 error").click()
    await page.locator("#flow-problems").get_by_role("button").click()
    await expect(page.locator("#step-form")).to_contain_text("nobody")


async def test_ways_and_options_are_rearranged_on_the_canvas(desks: Desks) -> None:
    desk = await desks.open(viewport=LARGE)
    page = desk.page
    await begin(desk, "table", TABLE)
    await desk.goto("flows/table")
    await node(page, "confirm").click()
    grip = page.get_by_role("button", name=re.compile("^Move No, 2 of 2"))
    await grip.focus()
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("button", name=re.compile("^Move No, 1 of 2"))).to_be_focused()
    await saved(page)
    assert (await source_of(desk, "table")) == TABLE.replace(
        "      Yes: booked\n      No: end\n", "      No: end\n      Yes: booked\n"
    )
    await page.keyboard.press("ArrowDown")
    await expect(grip).to_be_focused()
    await saved(page)
    assert (await source_of(desk, "table")) == TABLE

    way = page.locator("[data-id='confirm p0'] .react-flow__edge-interaction")
    middle = await way.evaluate(MIDDLE)
    await page.mouse.click(middle["x"], middle["y"])
    await page.keyboard.press("Delete")
    await expect(page.get_by_text("“Yes” now leads to: the end")).to_be_visible()
    await saved(page)
    assert (await source_of(desk, "table")) == TABLE.replace("Yes: booked", "Yes: end")
    await page.get_by_role("button", name="Undo").click()
    await expect(way).to_be_attached()

    canvas = page.get_by_role("application", name="Picture of the flow")
    await canvas.evaluate(PASTE, PASTED)
    await expect(page.get_by_role("region", name="Problems")).to_contain_text("2 errors")
    await saved(page)
    source = await source_of(desk, "table")
    assert '  hello_2: {text: "Hi again"}   # pasted\n' in source


async def test_outline_does_all_by_keyboard(desks: Desks) -> None:
    desk = await desks.open(viewport=LARGE)
    page = desk.page
    await begin(desk, "table", TABLE)
    await desk.goto("flows/table?view=outline")
    tree = page.get_by_role("tree", name="Steps of the flow")
    await tree.get_by_role("treeitem").first.focus()
    await page.keyboard.press("F2")
    await page.keyboard.type("welcome")
    await page.keyboard.press("Enter")
    await expect(tree.get_by_role("treeitem").first).to_contain_text("welcome")
    await expect(tree.get_by_role("treeitem").first).to_be_focused()
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    target = tree.get_by_role("combobox", name="No leads to")
    await expect(target).to_be_focused()
    await target.fill("guests")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    no = tree.get_by_role("treeitem").filter(has_text=re.compile("^No"))
    await expect(no).to_contain_text("guests")
    await expect(no).to_be_focused()
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Alt+ArrowDown")
    await expect(tree.get_by_role("treeitem", level=1).nth(4)).to_contain_text("confirm")
    await page.keyboard.press("Delete")
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(tree.get_by_text("confirm", exact=True)).to_have_count(0)
    await saved(page)
    source = await source_of(desk, "table")
    assert "welcome:" in source
    assert "confirm" not in source
    assert "# is it a large party?" in source


async def test_flow_of_300_steps_draws_only_what_is_seen(desks: Desks) -> None:
    desk = await desks.open(viewport=LARGE, before=COUNT_RENDERS, reduced_motion="reduce")
    page = desk.page
    steps = [f'  step_{number}: "Message {number} of a long flow"' for number in range(299)]
    await begin(desk, "long", "\n".join(["flow: long", "steps:", *steps, '  last: {end: "Done"}', ""]))
    await desk.goto("flows/long?step=step_0")
    await expect(node(page, "step_0")).to_be_visible()
    drawn = await page.locator(".react-flow__node").count()
    assert 0 < drawn < 60

    # While a step is dragged, only it is drawn anew, with the ways that end at it.
    box = await node(page, "step_0").bounding_box()
    assert box is not None
    x, y = box["x"] + 60, box["y"] + 14
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 30, y + 5, steps=3)
    await begin_counting(page)
    await page.mouse.move(x + 130, y + 20, steps=10)
    dragged = await counted(page)
    await page.mouse.up()
    assert list(dragged["steps"]) == ["step_0"]
    assert dragged["ways"] <= 2 * dragged["commits"]
    assert dragged["components"] < 40 * dragged["commits"]

    # An edit is one request, and what it does not change is not drawn anew.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/draft" in request.url else None)
    await begin_counting(page)
    await page.get_by_role("textbox", name="Message").fill("Good morning!")
    await expect(node(page, "step_0")).to_contain_text("Good morning!")
    await expect(page.get_by_text("Saving…")).to_have_count(0)
    await saved(page)
    edited = await counted(page)
    assert list(edited["steps"]) == ["step_0"]
    assert edited["ways"] <= 2 * edited["commits"]
    assert edited["components"] < 600  # among 300 steps to choose from, and as many problems
    assert [url.rpartition("/")[2] for url in asked] == ["ops"]

    await page.get_by_role("application", name="Picture of the flow").focus()
    await page.keyboard.press("Control+f")
    await page.get_by_role("combobox", name="Find a step").fill("Message 250")
    await page.keyboard.press("Enter")
    await expect(node(page, "step_250")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("textbox", name="Name of the step")).to_have_value("step_251")
    assert (await page.locator(".react-flow__node").count()) < 60


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_phone_shows_the_flow_without_editing_on_the_canvas(desks: Desks, scheme: str) -> None:
    desk = await desks.open(viewport=PHONE, color_scheme=scheme)
    page = desk.page
    await begin(desk, "table", TABLE)
    await desk.goto("flows/table")
    await expect(node(page, "hello")).to_be_visible()
    await expect(page.get_by_role("button", name="Add a step")).to_have_count(0)
    await node(page, "hello").click()
    await expect(page.get_by_role("textbox", name="Name of the step")).to_have_value("hello")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], json.dumps(width)
