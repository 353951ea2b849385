"""The flow builder in a browser: drafts, steps on the canvas, and the clipboard."""

from collections.abc import Callable
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.browser.pages import Desk

TABLE = """\
# Books a table.
flow: table
triggers: {keywords: [table]}      # one word is enough

steps:
  hello:   "Hello!"                # greets

  guests:
    ask: 'For how many people?'
    save: guests
    type: integer

  # is it a large party?
  size:
    branch:
      - {if: guests > 12, then: person}
  confirm:
    choose: "Shall I book it?"
    options:
      Yes: booked
      No: end
  booked:
    end: "Booked."
  person:
    hand_off: a large table
"""

PASTE = """
(canvas, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  canvas.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}
"""

COPY = """
canvas => {
  const clipboardData = new DataTransfer();
  canvas.dispatchEvent(new ClipboardEvent("copy", { clipboardData, bubbles: true, cancelable: true }));
  return clipboardData.getData("text/plain");
}
"""


async def begin(desk: Desk, name: str, source: str) -> None:
    """Begin the draft of a flow."""
    await _request(desk, "PUT", name, {"source": source})


async def source_of(desk: Desk, name: str) -> str:
    return str((await _request(desk, "GET", name))["source"])


async def _request(desk: Desk, method: str, name: str, body: Any = None) -> Any:
    headers = {"X-Parley": "1", "Origin": desk.url}
    url = f"{desk.url}/api/v1/workspaces/{desk.workspace}/flows/{name}/draft"
    answer = await desk.context.request.fetch(url, method=method, data=body, headers=headers)
    assert answer.ok, await answer.text()
    return await answer.json()


def node(page: Page, name: str) -> Locator:
    return page.get_by_test_id(f"step-{name}")


async def saved(page: Page) -> None:
    """Wait until the console has all edits."""
    await expect(page.get_by_text("Draft saved")).to_be_visible()


async def drag(page: Page, handle: Locator, to: Locator | tuple[float, float]) -> None:
    """Draw from a handle to a node, or to a place on the page."""
    box = await handle.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await page.mouse.down()
    if isinstance(to, Locator):
        target = await to.locator(".react-flow__handle.target").bounding_box()
        assert target is not None
        x, y = target["x"] + target["width"] / 2, target["y"] + target["height"] / 2
    else:
        x, y = to
    await page.mouse.move((box["x"] + x) / 2, (box["y"] + y) / 2, steps=4)
    await page.mouse.move(x, y, steps=4)
    await page.mouse.up()


async def source_becomes(page: Page, desk: Desk, name: str, wanted: Callable[[str], bool]) -> None:
    """Wait until the stored draft is as wanted, and the page has all answers."""
    source = ""
    for _ in range(200):
        source = await source_of(desk, name)
        if wanted(source):
            break
        await page.wait_for_timeout(100)
    assert wanted(source), source
    await expect(page.get_by_text("Saving…")).to_have_count(0)
    await saved(page)


async def undo_until(page: Page, desk: Desk, name: str, wanted: str) -> None:
    """Press Undo until the stored draft is this text, byte for byte."""
    undo = page.get_by_role("button", name="Undo")
    for _ in range(30):
        await expect(page.get_by_text("Saving…")).to_have_count(0)
        if await source_of(desk, name) == wanted:
            break
        await undo.click()
        await saved(page)
    assert await source_of(desk, name) == wanted
