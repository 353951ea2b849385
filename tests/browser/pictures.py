"""Pictures of pages for people to look at, if they are wanted: `SCREENSHOTS=folder`."""

import os
from pathlib import Path

from playwright.async_api import Page

from tests.browser.pages import DESKTOP, PHONE

_FOLDER = os.environ.get("SCREENSHOTS", "")


async def picture(page: Page, name: str) -> None:
    """Keep a picture of what a page shows now: light, dark and on a phone."""
    if not _FOLDER:
        return
    for look, scheme, size in (("light", "light", DESKTOP), ("dark", "dark", DESKTOP), ("phone", "light", PHONE)):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.set_viewport_size(size)
        await page.screenshot(path=Path(_FOLDER) / f"{name}-{look}.png")
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(DESKTOP)
