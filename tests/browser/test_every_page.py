"""Every page of the console is accessible.

`SCREENSHOTS=folder` also looks at each page in dark and at 200 %, and keeps pictures in light, dark and on a phone
(`make screenshots`).
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from playwright.async_api import ViewportSize

from tests.browser.axe import AXE, axe
from tests.browser.conftest import Desks
from tests.browser.pages import DESKTOP, PHONE, Desk
from tests.browser.routes import NOBODY, Route, routes_of, settled, show

PICTURES = os.environ.get("SCREENSHOTS", "")
# Half the pixels of a page at twice their size: what a zoom of 200 % does.
ZOOMED: ViewportSize = {"width": DESKTOP["width"] // 2, "height": DESKTOP["height"] // 2}
ALL_LOOKS: tuple[tuple[str, Literal["light", "dark"], ViewportSize], ...] = (
    ("light", "light", DESKTOP),
    ("dark", "dark", DESKTOP),
    ("zoomed", "light", ZOOMED),
    ("phone", "light", PHONE),
)
LOOKS = ALL_LOOKS if PICTURES else ALL_LOOKS[:1]

# Pages that look again at once after each change of the window: some of these requests are too many.
TOO_MANY = "answer 429: GET .*/faqs/forecast"


async def test_axe_finds_nothing_on_any_page(values: Mapping[str, str], desks: Desks) -> None:
    desk = await desks.open(before=AXE.read_text())
    desk.complaints.allow(TOO_MANY)
    found: list[str] = []
    await desk.goto("inbox")
    for route in await routes_of(desk.page, values):
        if route.path not in NOBODY:
            found += await _look(desk, route)
    await desk.post("/api/v1/auth/logout", {})
    await desk.page.goto(desk.url + "/sign-in")
    for path in NOBODY:
        found += await _look(desk, Route(path, path, exists=False))
    assert not found, "\n".join(found)


async def _look(desk: Desk, route: Route) -> list[str]:
    """Return what axe finds on a page in each look; keep pictures if they are wanted."""
    before, found = len(desk.complaints.found), []
    await show(desk.page, route.address)
    for look, scheme, viewport in LOOKS:
        await desk.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await desk.page.set_viewport_size(viewport)
        await settled(desk.page)
        if look != "phone":
            found += [f"{route.path} {look}: {one}" for one in await axe(desk.page)]
        if PICTURES and look != "zoomed":
            await desk.page.screenshot(path=Path(PICTURES) / f"{route.name}-{look}.png")
    if not route.exists:
        del desk.complaints.found[before:]
    return found
