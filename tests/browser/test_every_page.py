"""Every page of the console: accessible, and opened without complaint by each role.

`SCREENSHOTS=folder` also looks at each page in dark and at 200 %, and keeps pictures in light, dark and on a phone
(`make screenshots`).
"""

import asyncio
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import ViewportSize

from shared.domain.accounts import Role
from shared.operations.flows.starters import starter
from shared.repositories.flow_drafts import FlowDraft, FlowDrafts
from shared.repositories.flows import Flows
from tests.browser.axe import AXE, axe
from tests.browser.conftest import Desks
from tests.browser.pages import DESKTOP, PHONE, Desk
from tests.browser.routes import NOBODY, Route, routes_of, settled, show
from tests.e2e.shop import Shop, phone
from tests.e2e.world import World

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
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


@pytest.fixture
async def values(world: World, shop: Shop) -> Mapping[str, str]:
    """A workspace in which something has happened; the values of the parameters of its pages' addresses."""
    ada = phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
    await world.write(shop, ada, "I want to talk to a person")
    await world.answers(ada, 2)
    await Flows(world.mongo, shop.workspace).put("welcome", "v1", starter("welcome", "en").source, NOW, by="", note="")
    await FlowDrafts(world.mongo, shop.workspace).save(
        FlowDraft(flow="welcome", source=starter("welcome", "en").source, by="", at=NOW)
    )
    return {
        "workspace": shop.workspace,
        "flow": "welcome",
        "conversation": shop.meta_conversation(ada),
        "channel": "main",
    }


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


@pytest.mark.skipif(not PICTURES, reason="opens every page as each role: make screenshots")
async def test_every_page_opens_without_complaint(values: Mapping[str, str], desks: Desks) -> None:
    # The owner's pages are those of the test above.
    roles = [role for role in Role if role is not Role.OWNER]
    opened = [await desks.open(f"{role.title()} Member", role) for role in roles]
    async with asyncio.TaskGroup() as group:  # ends the others when one fails, before their windows close
        for desk in opened:
            group.create_task(_open_all(desk, values))


async def _open_all(desk: Desk, values: Mapping[str, str]) -> None:
    desk.complaints.allow(TOO_MANY)
    await desk.goto("inbox")
    for route in await routes_of(desk.page, values):
        before = len(desk.complaints.found)
        await show(desk.page, route.address)
        assert await desk.page.get_by_text("This did not work").count() == 0 or not route.exists, route.path
        if not route.exists:  # it says so, after an answer 404
            del desk.complaints.found[before:]


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
