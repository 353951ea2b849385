"""`parley bench console builder` (P16): the flow builder in Chromium with a flow of 300 steps: opening it, dragging a
step, and edits from the form to the answer. It counts what each of them draws and asks for, beside the times.

Chromium shares the machine with the console, MongoDB and Kafka.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from playwright.async_api import Browser, BrowserContext, CDPSession, Page, Request

from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.console.flows import WORKSPACE, big_flow
from devtools.bench.console.owner import send, sign_in, store_owner
from devtools.bench.corpus import workspace_files_named
from devtools.bench.errors import BenchFailed
from devtools.bench.percentiles import P50_P95_P99, percentile
from devtools.bench.results import HIGHER, LOWER, NEITHER, BenchResult
from devtools.bench.stack import BenchStack, print_progress
from devtools.chromium import find_chromium, running_chromium
from devtools.react_renders import COUNT_RENDERS, begin_counting, counted
from devtools.web.build import is_built

_FLOW = f"workspaces/{WORKSPACE}/flows/big/draft"
_DRAGGED = "s1"
_PAUSE = 0.25  # seconds between two edits; a workspace has a share of the console's processor time

# Runs before the page's own code. `parley.ready`: the first step was painted. `parley.edits`: of each edit the
# milliseconds from its request to the end of its answer, and the bytes of the answer.
_OBSERVE = """
window.parley = { ready: 0, edits: [], frames: [], running: false };
new MutationObserver(() => {
  if (parley.ready || !document.querySelector("[data-testid^='step-']")) return;
  parley.ready = -1;
  requestAnimationFrame(() => setTimeout(() => { parley.ready = performance.now(); }));
}).observe(document, { subtree: true, childList: true });
new PerformanceObserver((list) => {
  for (const one of list.getEntries())
    if (one.name.endsWith("/draft/ops")) parley.edits.push({ ms: one.duration, bytes: one.encodedBodySize });
}).observe({ type: "resource" });
"""
_WATCH_FRAMES = """
() => {
  parley.frames = [];
  parley.running = true;
  let before = performance.now();
  const next = (now) => {
    parley.frames.push(now - before);
    before = now;
    if (parley.running) requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuilderBenchOptions(BenchmarkOptions):
    """steps: of the flow. visits: how often it is opened. seconds: of dragging. edits: how many are made."""

    kind: ClassVar[str] = "console builder"
    about: ClassVar[str] = (
        "P16: a flow of 300 steps is on screen 1.0 s after the start of the navigation (files cached), a step is "
        "dragged at 50 frames/s and only it is drawn anew, an edit is one request, answered in 80 ms (p95)."
    )
    shown: ClassVar[tuple[str, ...]] = ("steps", "visits", "seconds", "edits")

    steps: int = 300
    visits: int = 5
    seconds: float = 5.0
    edits: int = 40


def run(options: BuilderBenchOptions) -> BenchResult:
    """Return the figures. Raises BenchFailed without Chromium or built pages."""
    if not find_chromium():
        raise BenchFailed("there is no Chromium (Debian, Ubuntu: apt install chromium)")
    if not is_built():
        raise BenchFailed("the console's pages are not built: make web")
    env = {"CONSOLE_REQUESTS_PER_ADDRESS_PER_MINUTE": "0", "CONSOLE_REQUESTS_PER_SESSION_PER_MINUTE": "0"}
    files = workspace_files_named([WORKSPACE])
    with benchmark_run(options, {"console": 1}, files, simulators=False, env=env) as (stack, result):
        asyncio.run(_Measurement(options, stack, result).run())
    return result


class _Measurement:
    def __init__(self, options: BuilderBenchOptions, stack: BenchStack, result: BenchResult) -> None:
        self._options = options
        self._stack = stack
        self._result = result
        self._url = stack.info["console"]
        self._table = f"A flow of {options.steps} steps in the builder"

    async def run(self) -> None:
        await store_owner(self._stack, WORKSPACE)
        async with running_chromium() as browser:
            context = await self._signed_in(browser)
            await send(context, self._url, "PUT", _FLOW, {"source": big_flow(self._options.steps)})
            page = await context.new_page()
            page.set_default_timeout(60_000)
            devtools = await context.new_cdp_session(page)
            await devtools.send("Performance.enable")
            print_progress("opening it")
            await self._open(page, devtools)
            print_progress("dragging a step")
            await self._drag(page, devtools)
            print_progress("editing it")
            await self._edit(page)

    async def _signed_in(self, browser: Browser) -> BrowserContext:
        # Playwright's waiting compiles its condition in the page, which the policy of the console's pages forbids.
        context = await browser.new_context(viewport={"width": 1360, "height": 820}, bypass_csp=True)
        await context.add_init_script(_OBSERVE)
        await context.add_init_script(COUNT_RENDERS)
        await sign_in(context, self._url)
        return context

    async def _open(self, page: Page, devtools: CDPSession) -> None:
        """Open the builder; the time is from the start of the navigation until a step was painted."""
        asked = _requests(page)
        for number in range(self._options.visits + 1):
            await page.goto("about:blank")
            before = await _page_work(devtools)
            asked.clear()
            await page.goto(f"{self._url}/w/{WORKSPACE}/flows/big")
            await page.wait_for_function("parley.ready > 0")
            row = "first step on screen" if number else "first step on screen, nothing cached"
            self._add(row, "ms", float(await page.evaluate("parley.ready")), better=LOWER)
            after = await _page_work(devtools)
            self._add(row, "ms of scripts", 1000 * (after["ScriptDuration"] - before["ScriptDuration"]), better=LOWER)
            self._add(row, "requests", len(asked), better=LOWER)
        self._add("first step on screen", "steps drawn", await page.locator("[data-testid^='step-']").count())

    async def _drag(self, page: Page, devtools: CDPSession) -> None:
        """Drag a step in squares."""
        box = await page.get_by_test_id(f"step-{_DRAGGED}").bounding_box()
        if box is None:
            raise BenchFailed("the step to be dragged is not on the screen")
        x, y = box["x"] + 40, box["y"] + 12
        await page.mouse.move(x, y)
        await page.mouse.down()
        await page.mouse.move(x + 10, y + 10, steps=4)
        await page.evaluate(_WATCH_FRAMES)
        before = await _page_work(devtools)
        await begin_counting(page)
        ends = time.monotonic() + self._options.seconds
        while time.monotonic() < ends:
            for right, down in ((80, 20), (80, 80), (20, 80), (20, 20)):
                await page.mouse.move(x + right, y + down, steps=20)
        renders, after = await counted(page), await _page_work(devtools)
        await page.evaluate("() => { parley.running = false }")
        await page.mouse.up()
        frames: list[float] = [one for one in (await page.evaluate("parley.frames"))[2:] if one > 0]
        row = "dragging a step"
        self._add(row, "frames per second (median)", 1000 / percentile(frames, 0.5), better=HIGHER)
        self._add(row, "p95 ms of a frame", percentile(frames, 0.95), better=LOWER)
        self._add_renders("dragging a step, per frame", renders, len(frames))
        for column, name in (("layouts", "LayoutCount"), ("style passes", "RecalcStyleCount")):
            self._add("dragging a step, per frame", column, (after[name] - before[name]) / len(frames), better=LOWER)
        for column, name in (("ms of scripts", "ScriptDuration"), ("ms of all work", "TaskDuration")):
            spent = 1000 * (after[name] - before[name]) / len(frames)
            self._add("dragging a step, per frame", column, spent, better=LOWER)

    async def _edit(self, page: Page) -> None:
        """Write the text of a question again and again."""
        await page.get_by_test_id("step-s0").click()
        field = page.get_by_role("textbox", name="Question")
        await field.wait_for()
        await page.get_by_text("Draft saved").wait_for()
        await page.evaluate("() => { parley.edits = [] }")
        requests = _requests(page)
        await begin_counting(page)
        seen = []
        for number in range(self._options.edits):
            await field.fill(f"How many of them, in edit {number}?")
            began = time.monotonic()
            await field.blur()
            await page.get_by_test_id("step-s0").get_by_text(f"in edit {number}?").wait_for()
            seen.append((time.monotonic() - began) * 1000)
            await page.wait_for_function("count => parley.edits.length >= count", arg=number + 1)
            await page.get_by_text("Draft saved").wait_for()
            await asyncio.sleep(_PAUSE)
        edits = self._options.edits
        self._add_renders("an edit", await counted(page), edits)
        of_edits = [one for one in requests if one.endswith("/draft/ops")]
        self._add("an edit", "requests", len(of_edits) / edits, better=LOWER)
        self._add("an edit", "other requests", (len(requests) - len(of_edits)) / edits, better=LOWER)
        answers: list[dict[str, float]] = await page.evaluate("parley.edits")
        self._add(
            "an edit", "KB of the answer", percentile([one["bytes"] for one in answers], 0.5) / 1000, better=LOWER
        )
        for name, share in P50_P95_P99:
            answered = percentile([one["ms"] for one in answers], share)
            self._add("edit: key → on the canvas", f"{name} ms", percentile(seen, share), better=LOWER)
            self._add("edit: request → answer", f"{name} ms", answered, better=LOWER)

    def _add_renders(self, row: str, renders: Mapping[str, Any], times: int) -> None:
        steps: Mapping[str, int] = renders["steps"]
        self._add(row, "commits", renders["commits"] / times, better=LOWER)
        self._add(row, "components drawn anew", renders["components"] / times, better=LOWER)
        self._add(row, "steps drawn anew", sum(steps.values()) / times, better=LOWER)
        self._add(row, "steps drawn anew, different ones", len(steps), better=LOWER)
        self._add(row, "ways drawn anew", renders["ways"] / times, better=LOWER)

    def _add(self, row: str, column: str, value: float, better: str = NEITHER) -> None:
        self._result.add(self._table, row, column, value, better=better)


def _requests(page: Page) -> list[str]:
    """Return the list that the addresses of the page's requests to the API go to from now on."""
    found: list[str] = []

    def note(request: Request) -> None:
        if "/api/" in request.url:
            found.append(request.url)

    page.on("request", note)
    return found


async def _page_work(devtools: CDPSession) -> Mapping[str, float]:
    """Return Chromium's counters of a page's work: layouts, style passes, seconds."""
    found = await devtools.send("Performance.getMetrics")
    return {one["name"]: float(one["value"]) for one in found["metrics"]}
