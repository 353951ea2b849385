"""axe-core, run on a page as it is shown."""

from typing import Any

from playwright.async_api import Page

from devtools.web.build import WEB

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
"""A script for `Desks.open(before=AXE.read_text())`."""


async def axe(page: Page) -> list[str]:
    """Return what axe-core objects to: the rule, and the elements."""
    result: dict[str, Any] = await page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {one['help']}\n    " + "\n    ".join(node["html"][:200] for node in one["nodes"][:4])
        for one in result["violations"]
    ]
