"""`parley bench console browser` (P2, P3, P4, P6, P7): the console's pages in Chromium, in front of all services.

Chromium shares the machine with Kafka, MongoDB and all services, so what a page waits for is included.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize
from pymongo import MongoClient
from pymongo.database import Database

from devtools.bench.benchmark import BenchmarkOptions, benchmark_run
from devtools.bench.console import browser_pages as pages
from devtools.bench.console.owner import send, sign_in, store_owner
from devtools.bench.console.seeding import WORKSPACE, SeedPlan, conversation_of, phone_of, store
from devtools.bench.corpus import workspace_files_named
from devtools.bench.errors import BenchFailed
from devtools.bench.percentiles import P50_P95_P99, percentile
from devtools.bench.results import HIGHER, LOWER, NEITHER, BenchResult
from devtools.bench.stack import BenchStack, print_progress
from devtools.chromium import find_chromium, running_chromium
from devtools.web.build import is_built
from shared.domain import ids
from shared.providers.meta.channel import MetaChannel

_DESKTOP: ViewportSize = {"width": 1360, "height": 820}
_PHONE: ViewportSize = {"width": 360, "height": 740}
_SLOWER = 4  # a phone's processor
_PAUSE = 0.25  # seconds between two messages
_SERVICES = {"ingress": 1, "router": 1, "ai": 1, "delivery": 1, "console": 1}
_WATCHED = 0  # the number of the customer whose conversation is watched


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserBenchOptions(BenchmarkOptions):
    """Options of `parley bench console browser`. messages: of the long conversation. visits: of each kind. exchanges:
    messages each way.
    """

    kind: ClassVar[str] = "console browser"
    about: ClassVar[str] = (
        "P2: the first row of the inbox can be clicked 2.0 s after the start of a first visit, 1.0 s after a reload, "
        "3.5 s on a phone (4× slower processor); P3: 55 frames/s, no task above 100 ms, 80 rows, 150 MB; P4: a "
        "conversation of 100,000 messages on screen in 300 ms; P6: "
        "webhook → screen p95 500 ms; P7: Enter → bubble 50 ms, → provider called p95 250 ms."
    )
    shown: ClassVar[tuple[str, ...]] = ("conversations", "messages", "visits", "seconds", "exchanges")

    conversations: int = 10_000
    messages: int = 100_000
    visits: int = 3
    seconds: float = 10.0
    exchanges: int = 30

    @property
    def plan(self) -> SeedPlan:
        """The documents to store."""
        number = self.conversations
        return SeedPlan(
            seed=self.seed,
            conversations=number,
            large=number // 100,
            with_messages=min(number, 1000),
            long_turns=self.messages // 2,
        )


def run(options: BrowserBenchOptions) -> BenchResult:
    """Return the figures. Raises BenchFailed without Chromium or built pages."""
    if not find_chromium():
        raise BenchFailed("there is no Chromium (Debian, Ubuntu: apt install chromium)")
    if not is_built():
        raise BenchFailed("the console's pages are not built: make web")
    env = {"CONSOLE_REQUESTS_PER_ADDRESS_PER_MINUTE": "0", "CONSOLE_REQUESTS_PER_SESSION_PER_MINUTE": "0"}
    files = workspace_files_named([WORKSPACE])
    number = next(one.phone_number_id for one in files[0].channels if isinstance(one, MetaChannel))
    with benchmark_run(options, _SERVICES, files, simulators=True, env=env) as (stack, result):
        asyncio.run(_Measurement(options, stack, result, number).run())
    return result


class _Measurement:
    def __init__(self, options: BrowserBenchOptions, stack: BenchStack, result: BenchResult, number: str) -> None:
        self._options = options
        self._stack = stack
        self._result = result
        self._number = number
        self._url = stack.info["console"]
        self._inbox = f"{self._url}/w/{WORKSPACE}/inbox"

    async def run(self) -> None:
        print_progress("storing conversations")
        info = self._stack.info
        with MongoClient[dict[str, Any]](info["mongodb"]) as client:
            database = client[info["mongodb_database"]]
            await asyncio.to_thread(store, database, self._options.plan, print_progress)
            self._store_long_conversation(database)
        await store_owner(self._stack, WORKSPACE)
        async with running_chromium() as browser:
            print_progress("P2: first screens")
            await self._visits(browser, "desktop", _DESKTOP, 1)
            await self._visits(browser, "phone", _PHONE, _SLOWER)
            async with self._signed_in(browser, _DESKTOP) as context:
                page = await _new_page(context)
                await pages.first_row(page, self._inbox)
                print_progress("P3: scrolling")
                await self._scroll(page)
                print_progress("P4: a long conversation")
                await self._open_long(page)
                print_progress("P6, P7: messages both ways")
                await self._exchange(context, page)

    def _store_long_conversation(self, database: Database[dict[str, Any]]) -> None:
        """Store the conversation whose messages the seed has stored, made of the first one."""
        plan = self._options.plan
        document = database["conversations"].find_one({"_id": conversation_of(0)})
        if document is None:
            raise BenchFailed("the conversations are not stored")
        phone = phone_of(plan.conversations)
        document["_id"] = document["state"]["id"] = conversation_of(plan.conversations)
        customer = ids.customer_id(WORKSPACE, phone)
        document["state"] |= {"address": phone[1:], "customer_id": customer, "turn": plan.long_turns}
        database["conversations"].insert_one(document)

    @asynccontextmanager
    async def _signed_in(self, browser: Browser, viewport: ViewportSize) -> AsyncIterator[BrowserContext]:
        """Give a browser without any cached file a session."""
        # Playwright's waiting compiles its condition in the page, which the policy of the console's pages forbids.
        context = await browser.new_context(viewport=viewport, bypass_csp=True)
        try:
            await context.add_init_script(pages.OBSERVE)
            await sign_in(context, self._url)
            yield context
        finally:
            await context.close()

    async def _visits(self, browser: Browser, row: str, viewport: ViewportSize, slower: int) -> None:
        table = "P2: navigation → first row of the inbox can be clicked"
        for _ in range(self._options.visits):
            async with self._signed_in(browser, viewport) as context:
                page = await context.new_page()
                await pages.slow_down(page, slower)
                first = await pages.first_row(page, self._inbox)
                self._result.add(table, row, "first visit ms", first, better=LOWER)
                again = await pages.first_row_again(page)
                self._result.add(table, row, "reload ms", again, better=LOWER)

    async def _scroll(self, page: Page) -> None:
        table, found = "P3: scrolling the inbox", await pages.scroll(page, self._options.seconds)
        frames = [frame for frame in found["frames"] if frame > 0]
        add = self._result.add
        add(table, "frames", "per second (median)", 1000 / percentile(frames, 0.5), better=HIGHER)
        add(table, "frames", "p95 ms", percentile(frames, 0.95), better=LOWER)
        add(table, "tasks above 50 ms", "number", len(found["long"]), better=LOWER)
        add(table, "tasks above 50 ms", "longest ms", max(found["long"], default=0.0), better=LOWER)
        add(table, "document", "rows at most", found["rows"], better=LOWER)
        add(table, "document", "px scrolled", found["scrolled"], better=NEITHER)
        add(table, "heap", "MB", await pages.heap(page), better=LOWER)

    async def _open_long(self, page: Page) -> None:
        table = f"P4: a conversation of {2 * self._options.plan.long_turns:,} messages"
        address = f"/w/{WORKSPACE}/inbox/{conversation_of(self._options.plan.conversations)}"
        self._result.add(table, "open", "ms", await pages.open_conversation(page, address), better=LOWER)

    async def _exchange(self, context: BrowserContext, page: Page) -> None:
        """Let a customer and an agent write in a conversation that is open."""
        conversation = conversation_of(_WATCHED)
        await self._write("ping-0-")  # opens the window of 24 hours
        await send(context, self._url, "POST", f"workspaces/{WORKSPACE}/conversations/{conversation}/take-over", {})
        await page.goto(f"{self._inbox}/{conversation}")
        await page.locator("[data-live=live]").wait_for()
        await pages.seen_at(page, "ping-0")
        screen, bubble, called = [], [], []
        for number in range(1, self._options.exchanges + 1):
            sent = await self._write(f"ping-{number}-")
            screen.append(await pages.seen_at(page, f"ping-{number}") - sent)
            await asyncio.sleep(_PAUSE)
        for number in range(1, self._options.exchanges + 1):
            pressed = await pages.send(page, f"pong-{number}-")
            bubble.append(await pages.seen_at(page, f"pong-{number}") - pressed)
            called.append(await self._called(f"pong-{number}-") - pressed)
        for row, seconds in (
            ("P6: webhook → painted", screen),
            ("P7: Enter → bubble painted", bubble),
            ("P7: Enter → provider called", called),
        ):
            for name, share in P50_P95_P99:
                self._result.add(
                    "Messages in an open conversation", row, f"{name} ms", percentile(seconds, share) * 1000
                )

    async def _write(self, text: str) -> float:
        """Let the customer write; return when, in seconds since the epoch."""
        body = {
            "provider": "meta",
            "phone_number_id": self._number,
            "from": phone_of(_WATCHED)[1:],
            "text": text,
        }
        began = time.time()
        await asyncio.to_thread(self._stack.simulators, "POST", "/_sim/inbound", body)
        return began

    async def _called(self, text: str) -> float:
        """Wait until the provider was called with a text; return when."""
        path = f"/_sim/records?kind=message&accepted=true&to={phone_of(_WATCHED)[1:]}"
        async with asyncio.timeout(60):
            while True:
                records = (await asyncio.to_thread(self._stack.simulators, "GET", path))["records"]
                for record in records:
                    if text in record["text"]:
                        return float(record["at"])
                await asyncio.sleep(0.05)


async def _new_page(context: BrowserContext) -> Page:
    page = await context.new_page()
    page.set_default_timeout(60_000)
    return page
