"""Steps of `parley bench console browser` in a page, and the times that the page notes. Milliseconds."""

from collections.abc import Mapping
from typing import Any

from playwright.async_api import Page

# Runs before the page's own code. `parley.ready`: the first row can be clicked and a frame with it was painted.
# `parley.seen`: when a text with a number (`ping-17-`) was painted, in milliseconds since the epoch.
# `parley.pressed`: when Enter was pressed.
OBSERVE = """
window.parley = { ready: 0, seen: {}, pressed: 0, long: [] };
const painted = (then) => requestAnimationFrame(() => setTimeout(then));
const look = (node) => {
  for (const [, name] of (node.textContent ?? "").matchAll(/((?:ping|pong)-\\d+)-/g))
    if (!(name in parley.seen)) { parley.seen[name] = 0; painted(() => { parley.seen[name] = Date.now(); }); }
};
const first = () => {
  if (parley.ready) return;
  const row = document.querySelector("[data-row] a");
  const box = row?.getBoundingClientRect();
  if (!box || !row.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2))) return;
  parley.ready = -1;
  painted(() => { performance.mark("first row"); parley.ready = performance.now(); });
};
new MutationObserver((changes) => {
  first();
  for (const { target, addedNodes } of changes) { look(target); for (const node of addedNodes) look(node); }
}).observe(document, { subtree: true, childList: true, characterData: true });
addEventListener("keydown", (event) => { if (event.key === "Enter") parley.pressed = Date.now(); }, true);
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) parley.long.push(duration);
}).observe({ type: "longtask" });
"""

_SCROLL = """
async (seconds) => {
  const list = document.querySelector("ul [data-row]").closest("ul").parentElement;
  const ends = performance.now() + seconds * 1000;
  const frames = [];
  let rows = 0;
  parley.long.length = 0;
  let before = performance.now();
  while (before < ends) {
    list.scrollTop += 40;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - before);
    before = now;
    rows = Math.max(rows, list.querySelectorAll("[data-row]").length);
  }
  return { frames, rows, long: parley.long, scrolled: list.scrollTop };
}
"""

_OPEN = """
async (address) => {
  const began = performance.now();
  window.__TSR_ROUTER__.navigate({ href: address });
  while (document.querySelectorAll("[role=log] [data-message]").length <= 5) {
    if (performance.now() > began + 30000) throw new Error("the conversation was not drawn within 30 s");
    await new Promise(requestAnimationFrame);
  }
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - began;
}
"""


async def first_row(page: Page, url: str) -> float:
    """Go to the inbox; return the time from the start of the navigation until its first row can be clicked."""
    await page.goto(url)
    return await _ready(page)


async def first_row_again(page: Page) -> float:
    """Load the page again; return the same."""
    await page.reload()
    return await _ready(page)


async def _ready(page: Page) -> float:
    await page.wait_for_function("parley.ready > 0", timeout=60_000)
    return float(await page.evaluate("parley.ready"))


async def slow_down(page: Page, times: int) -> None:
    """Let the page have one part in so many of the processor."""
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": times})


async def scroll(page: Page, seconds: float) -> Mapping[str, Any]:
    """Scroll the list of conversations; return its frames, rows in the document, and long tasks."""
    found: Mapping[str, Any] = await page.evaluate(_SCROLL, seconds)
    return found


async def heap(page: Page) -> float:
    """Return the used heap in MB after a collection of garbage."""
    session = await page.context.new_cdp_session(page)
    await session.send("HeapProfiler.collectGarbage")
    usage = await session.send("Runtime.getHeapUsage")
    return float(usage["usedSize"]) / 2**20


async def open_conversation(page: Page, address: str) -> float:
    """Open a conversation from the inbox; return the time until its messages are painted."""
    return float(await page.evaluate(_OPEN, address))


async def seen_at(page: Page, name: str) -> float:
    """Wait until a text is painted; return when, in seconds since the epoch."""
    found = await page.wait_for_function("(name) => parley.seen[name]", arg=name, timeout=60_000)
    return float(await found.json_value()) / 1000


async def send(page: Page, text: str) -> float:
    """Write an answer and press Enter; return when, in seconds since the epoch."""
    await page.get_by_label("Write an answer").fill(text)
    await page.keyboard.press("Enter")
    return float(await page.evaluate("parley.pressed")) / 1000
