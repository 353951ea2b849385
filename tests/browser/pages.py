"""Pages of the console as people have them: signed in, and failing the test for anything a browser complains about."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    ViewportSize,
    expect,
)

from tests.browser.people import Person

expect.set_options(timeout=20_000)

_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
# The page was left or a newer query took its place; the network interfaces changed, and Chromium tried again.
_HARMLESS = ("net::ERR_ABORTED", "net::ERR_NETWORK_CHANGED")
DESKTOP: ViewportSize = {"width": 1360, "height": 820}
PHONE: ViewportSize = {"width": 360, "height": 740}


@dataclass
class Complaints:
    """Complaints of a browser. allowed: patterns of complaints that the test expects."""

    found: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def allow(self, *patterns: str) -> None:
        """Expect complaints with these patterns: `401` for answers with that status."""
        self.allowed += patterns

    def check(self) -> None:
        """Raise AssertionError if there are others."""
        others = [one for one in self.found if not any(re.search(pattern, one) for pattern in self.allowed)]
        assert not others, "the browser complained:\n" + "\n".join(others)

    def watch(self, page: Page) -> None:
        """Collect a page's complaints."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.found.append(f"console {message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure not in _HARMLESS:
            self.found.append(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.found.append(f"answer {response.status}: {response.request.method} {response.url}")


@dataclass(frozen=True)
class Desk:
    """A person at a browser. url: the console's address."""

    url: str
    context: BrowserContext
    page: Page
    complaints: Complaints
    workspace: str

    async def goto(self, path: str) -> None:
        """Open a page of the workspace: `inbox`."""
        await self.page.goto(f"{self.url}/w/{self.workspace}/{path}")

    async def post(self, path: str, body: Any, *, key: str = "") -> Any:
        """Send a change as the page would; return the answer. Raises AssertionError if it is refused.

        key: the idempotency key, which requests that make something need.
        """
        headers = {"X-Parley": "1", "Origin": self.url, **({"Idempotency-Key": key} if key else {})}
        answer = await self.context.request.post(self.url + path, data=body, headers=headers)
        assert answer.ok, await answer.text()
        return await answer.json() if answer.status != 204 else None

    async def get(self, path: str) -> Any:
        """Return the answer to a GET below the workspace: `flows/hours/draft`. Raises AssertionError."""
        answer = await self.context.request.get(f"{self.url}/api/v1/workspaces/{self.workspace}/{path}")
        assert answer.ok, await answer.text()
        return await answer.json()

    async def put_draft(self, flow: str, source: str) -> None:
        """Begin the draft of a flow with this text. Raises AssertionError if it is refused."""
        answer = await self.context.request.put(
            f"{self.url}/api/v1/workspaces/{self.workspace}/flows/{flow}/draft",
            data={"base": "", "source": source},
            headers={"X-Parley": "1", "Origin": self.url},
        )
        assert answer.ok, await answer.text()


@asynccontextmanager
async def desk(
    browser: Browser,
    url: str,
    person: Person,
    workspace: str,
    *,
    viewport: ViewportSize | None = None,
    before: str = "",
    **options: Any,
) -> AsyncIterator[Desk]:
    """Give a person a browser window of its own, signed in. Fails at the end if the browser complained.

    before: a script that runs in each page before its own.
    """
    context = await browser.new_context(viewport=viewport or DESKTOP, **options)
    await context.add_init_script(_VIOLATIONS)
    if before:
        await context.add_init_script(before)
    complaints = Complaints()
    page = await context.new_page()
    complaints.watch(page)
    made = Desk(url, context, page, complaints, workspace)
    try:
        await made.post("/api/v1/auth/login", {"email": person.email, "password": person.password})
        yield made
        complaints.check()
    finally:
        await context.close()
