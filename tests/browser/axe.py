"""axe-core, run on a page as it is shown."""

from typing import Any

from playwright.async_api import Page

from devtools.web.build import WEB

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
"""A script for `Desks.open(before=AXE.read_text())`."""


async def axe(page: Page, *parts: str) -> list[str]:
    """Return what axe-core objects to: the rule, and the elements. parts: selectors; without any the whole page."""
    result: dict[str, Any] = await page.evaluate(
        """(parts) => {
          const shown = parts.filter((part) => document.querySelector(part));
          return axe.run(shown.length ? { include: shown } : document, { resultTypes: ["violations"] });
        }""",
        parts,
    )
    return [
        f"{one['id']}: {one['help']}\n    " + "\n    ".join(node["html"][:200] for node in one["nodes"][:4])
        for one in result["violations"]
    ]
