"""The console in a real browser, in front of a stack of all services."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser

from devtools.chromium import find_chromium, running_chromium
from devtools.stack.supervisor import Stack
from devtools.web.build import is_built
from shared.domain.accounts import Role, Sees
from tests.browser.busy_shop import fill
from tests.browser.pages import Desk, desk
from tests.browser.people import make_person
from tests.browser.second_try import run_twice_if_failed
from tests.e2e.fixtures import current_stack, private, world
from tests.e2e.shop import Shop
from tests.e2e.stacks import CurrentStack
from tests.e2e.world import World

__all__ = ["current_stack", "private", "world"]  # fixtures of the end-to-end tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = _missing()
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.e2e)
            if missing:
                item.add_marker(pytest.mark.skip(reason=f"NOT CHECKED in a browser: {missing}"))


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    run_twice_if_failed(item, nextitem)
    return True


def _missing() -> str:
    if not find_chromium():
        return "there is no Chromium (Debian, Ubuntu: apt install chromium)"
    return "" if is_built() else "the console's pages are not built (make web)"


@pytest.fixture
def stack(current_stack: CurrentStack) -> Stack:
    """The stack of tests that stop no process, with the console."""
    env = {"CONSOLE_REQUESTS_PER_ADDRESS_PER_MINUTE": "0", "WEBHOOKS_OUT_PRIVATE": "true"}
    return current_stack.get("browser", env, replicas={"console": 1})


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with running_chromium() as browser:
        yield browser


@pytest.fixture
async def shop(world: World) -> Shop:
    """A workspace of the test's own."""
    return await world.shop()


class Desks:
    """Opens windows of people of one workspace; checks each for complaints at the end."""

    def __init__(self, world: World, shop: Shop, browser: Browser, closing: AsyncExitStack) -> None:
        self._world = world
        self._shop = shop
        self._browser = browser
        self._closing = closing

    async def open(
        self,
        name: str = "Ann Owner",
        role: Role = Role.OWNER,
        *,
        sees: Sees = Sees.ALL,
        channels: tuple[str, ...] = (),
        url: str = "",
        **options: object,
    ) -> Desk:
        """Return a new window in which the person is signed in. sees, channels: limits of what the member sees.
        url: the console's, if by a proxy. options: `viewport`, `color_scheme`, `locale`…
        """
        workspace = self._shop.workspace
        person = await make_person(self._world.mongo, workspace, name, role, sees=sees, channels=channels)
        self._world.private.tokens.add(person.password)
        window = desk(self._browser, url or self._world.stack.info["console"], person, workspace, **options)  # type: ignore[arg-type]
        return await self._closing.enter_async_context(window)


@pytest.fixture
async def desks(world: World, shop: Shop, chromium: Browser) -> AsyncIterator[Desks]:
    async with AsyncExitStack() as closing:
        yield Desks(world, shop, chromium, closing)


@pytest.fixture
async def values(world: World, shop: Shop, desks: Desks) -> Mapping[str, str]:
    """A workspace in which something has happened; the values of the parameters of its pages' addresses."""
    return await fill(world, shop, await desks.open())
