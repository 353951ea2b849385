"""All pages of the console, as the router in the browser knows them: a new page is found by itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from playwright.async_api import Page, expect

NOBODY = ("/sign-in", "/forgot", "/reset-password", "/register", "/invitation", "/enter", "/confirm-email", "/")
"""Pages for people who are not signed in. All others are looked at by each role."""

_PARAMETER = re.compile(r"\$(\w+)")
_MADE_UP = "made-up"  # the value of a parameter that no test has a real one for: the page says that it does not exist


@dataclass(frozen=True, slots=True)
class Route:
    """A page. exists: whether all parameters of its address name something real."""

    path: str
    address: str
    exists: bool

    @property
    def name(self) -> str:
        """Return a name for files: `inbox-conversation`."""
        words = self.path.replace("/w/$workspace", "").replace("$", "").strip("/").replace("/", "-")
        return words or "start"


async def routes_of(page: Page, values: Mapping[str, str]) -> list[Route]:
    """Return all pages of the console that is open. values: of the parameters of addresses."""
    await page.wait_for_function("() => window.__TSR_ROUTER__")  # it comes after the page's first file
    paths: list[str] = await page.evaluate("() => Object.keys(window.__TSR_ROUTER__.routesByPath)")
    assert len(paths) > 10, "the router of the pages is not found"
    routes = []
    for path in sorted({path.rstrip("/") or "/" for path in paths} - {"/w/$workspace"}):
        names = _PARAMETER.findall(path)
        address = _PARAMETER.sub(lambda found: values.get(found[1], _MADE_UP), path)
        routes.append(Route(path, address, all(name in values for name in names)))
    return routes


async def show(page: Page, address: str) -> None:
    """Go to a page, within the application if it is one of its own, and wait until it has loaded what it shows."""
    if address in NOBODY:
        await page.goto(urljoin(page.url, address))
    else:
        await page.evaluate("(address) => window.__TSR_ROUTER__.navigate({ href: address })", address)
    await settled(page)


async def settled(page: Page) -> None:
    """Wait until nothing loads or moves."""
    await expect(page.locator(".mantine-Loader-root, .mantine-Skeleton-root[data-visible]")).to_have_count(0)
    await expect(page.locator("main")).not_to_be_empty()
    await page.evaluate(
        "() => Promise.allSettled(document.getAnimations().filter((one) => "
        "one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished))"
    )
