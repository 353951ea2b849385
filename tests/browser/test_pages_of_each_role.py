"""Every page of the console, opened as each role and as members who see only a part of the conversations.

The owner's pages are those of test_every_page.py. Pages change within the application, as when somebody clicks.
"""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from playwright.async_api import TimeoutError as NotInTime

from shared.domain.accounts import Role, Sees
from tests.browser.conftest import Desks
from tests.browser.pages import Desk
from tests.browser.routes import NOBODY, Route, routes_of, show

RAIL = (
    *("dashboard", "inbox", "customers", "orders", "broadcasts"),
    *("flows", "faq", "analytics", "replays", "settings"),
)
SETTINGS = (
    *("channels", "bot", "models", "hours", "conversing", "languages"),
    *("profile", "replies", "limits", "people", "audit"),
    *("webhooks", "keys", "letters", "status"),
)
# Pages that say that they are not open, by their addresses below the workspace.
OWNERS = frozenset({"settings/channels/add", "settings/letters"})
ADMINS = OWNERS | {
    *("broadcasts/new", "customers/import", "replays/new"),
    *("settings/audit", "settings/webhooks", "settings/webhooks/$webhook", "settings/keys", "settings/status"),
}
OF_ALL = frozenset({"replays", "replays/new", "replays/$replay", "settings/audit"})  # of all conversations alike
# Buttons that change the workspace, by how their names begin, and the pages on which an agent has some.
CHANGES = re.compile(
    r"(Add|Answer|Archive|Change|Create|Delete|Discard|Dismiss|Duplicate|Erase|Give|Import|Invite|Make|New|Pause|"
    r"Publish|Remove|Rename|Replay|Restore|Resume|Review|Save|Send|Store|Sync|Take|Upload|Withdraw)\b"
)
AGENTS = ("inbox", "customers", "orders", "phone", "settings/channels/$channel", "settings/replies")

# The page that was asked for has taken the place of the one before.
_IDLE = "() => window.__TSR_ROUTER__.state.status === 'idle' && !window.__TSR_ROUTER__.state.isLoading"
_SHOWN = """() => {
  const seen = (it) => it.checkVisibility();
  const paths = (nav) => [...(nav?.querySelectorAll("a") ?? [])].map((it) => new URL(it.href).pathname);
  return {
    title: [...document.querySelectorAll("main h1")].find(seen)?.textContent ?? "",
    tab: document.title.replace(/^\\(\\d+\\+?\\) /, ""),
    rail: paths(document.querySelector("nav[aria-label='Main navigation']")),
    settings: paths(document.querySelector("nav[aria-label='Settings']")),
    failed: document.querySelector("main").textContent.includes("This did not work"),
    buttons: [...document.querySelectorAll("main button:enabled, main a[role=button]")]
      .filter(seen).map((it) => it.getAttribute("aria-label") || it.textContent.trim()),
  };
}"""


@dataclass(frozen=True)
class Person:
    """A member, and what the person may not open or change. closed: addresses of pages. changes: pages with buttons
    that change something; None: all. hidden: names of parameters whose value the person may not see.
    """

    name: str
    role: Role
    closed: frozenset[str]
    changes: tuple[str, ...] | None
    sees: Sees = Sees.ALL
    channels: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()


PEOPLE = (
    Person("Adam Admin", Role.ADMIN, OWNERS, None),
    Person("Gus Agent", Role.AGENT, ADMINS | {"analytics"}, AGENTS),
    Person("Vera Viewer", Role.VIEWER, ADMINS, ()),
    Person("Olga Own", Role.AGENT, ADMINS | OF_ALL | {"analytics"}, AGENTS, Sees.OWN_AND_UNASSIGNED),
    Person(
        *("Carl Channel", Role.ADMIN, OWNERS | OF_ALL, None),
        channels=("tw",),
        hidden=frozenset({"broadcast", "conversation", "customer"}),
    ),
)


async def test_each_role_opens_every_page(values: Mapping[str, str], desks: Desks) -> None:
    opened = [
        (person, await desks.open(person.name, person.role, sees=person.sees, channels=person.channels))
        for person in PEOPLE
    ]
    faults: list[str] = []
    async with asyncio.TaskGroup() as group:  # ends the others when one fails, before their windows close
        for person, desk in opened:
            group.create_task(_open_all(person, desk, values, faults))
    assert not faults, "\n".join(sorted(faults))


async def _open_all(person: Person, desk: Desk, values: Mapping[str, str], faults: list[str]) -> None:
    await desk.goto("inbox")
    for route in await routes_of(desk.page, values):
        if route.path in NOBODY:
            continue
        before = len(desk.complaints.found)
        await show(desk.page, route.address)
        await desk.page.wait_for_function(_IDLE)
        with suppress(NotInTime):  # a page without a heading is among the faults
            await desk.page.locator("main h1:visible").first.wait_for(timeout=20_000)
        shown = await desk.page.evaluate(_SHOWN)
        faults += [f"{person.name}, {route.path}: {fault}" for fault in _faults(person, desk, route, shown)]
        if not _exists(person, route):  # it says so, after an answer 404
            others = [one for one in desk.complaints.found[before:] if not one.startswith("answer 404")]
            desk.complaints.found[before:] = others


def _exists(person: Person, route: Route) -> bool:
    return route.exists and not any(f"${name}" in route.path for name in person.hidden)


def _faults(person: Person, desk: Desk, route: Route, shown: Mapping[str, Any]) -> list[str]:
    """Return what is wrong on a page, in words."""
    base = f"/w/{desk.workspace}/"
    path = route.path.removeprefix("/w/$workspace/")
    closed = shown["title"] == "This page is not open to you"
    faults = [] if shown["title"] else ["has no heading"]
    if shown["title"] and shown["tab"] != f"{shown['title']} · Parley":
        faults.append(f"is called {shown['tab']} in the tab, and {shown['title']} on the page")
    if closed != (path in person.closed):
        faults.append("is open" if not closed else "is not open")
    if shown["failed"] and _exists(person, route):
        faults.append("says that something did not work")
    rail = [f"{base}{one}" for one in RAIL if one not in person.closed]
    if route.path.startswith("/w/") and shown["rail"] != rail:
        faults.append(f"the rail has {shown['rail']}")
    settings = [f"{base}settings/{one}" for one in SETTINGS if f"settings/{one}" not in person.closed]
    if path.startswith("settings") and shown["settings"] != settings:
        faults.append(f"the list of settings has {shown['settings']}")
    if person.changes is not None and not path.startswith((*person.changes, "/account")):
        faults += [f"has the button “{name}”" for name in shown["buttons"] if CHANGES.match(name)]
    return faults
