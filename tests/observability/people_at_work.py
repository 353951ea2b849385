"""People and programs at a console under load: sign-ins, pages of the inbox, live events, requests above a limit."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from shared.clock import SystemClock
from shared.operations.accounts.first_owner import first_owner_link
from tests.e2e.console_program import Program, make_program
from tests.e2e.shop import Shop
from tests.e2e.world import World
from tests.observability.load import browser_headers

_SCOPES = ("events:read", "conversations:read", "messages:read", "customers:read")
_PASSWORD = "correct horse battery staple"
_STAYS = (30.0, 45.0, 70.0)  # seconds until each live connection ends and is begun anew


@asynccontextmanager
async def people_at_work(world: World, shop: Shop) -> AsyncIterator[None]:
    """Let a person sign in again and again, and programs watch live events and read the inbox, until the end."""
    program = await make_program(world, shop, *_SCOPES)
    work = [_sign_ins(world, shop), *(_watch(program, stays) for stays in _STAYS), _read(program)]
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended


async def _sign_ins(world: World, shop: Shop) -> None:
    """Accept the invitation of the first owner, then sign in with the right password and with a wrong one."""
    console = world.stack.info["console"]
    link = await first_owner_link(world.mongo, SystemClock(), console, shop.workspace)
    person = {"email": "ada@example.com", "name": "Ada", "password": _PASSWORD}
    await _post(world, "accept-invitation", {**person, "token": link.partition("#")[2]})
    for number in itertools.count():
        password = _PASSWORD if number % 3 else "a wrong password"
        await _post(world, "login", {"email": person["email"], "password": password})
        await asyncio.sleep(5)


async def _post(world: World, path: str, body: dict[str, str]) -> None:
    console = world.stack.info["console"]
    jar = aiohttp.DummyCookieJar()
    async with (
        aiohttp.ClientSession(headers=browser_headers(console), cookie_jar=jar) as browser,
        browser.post(f"{console}/api/v1/auth/{path}", json=body) as response,
    ):
        await response.read()


async def _watch(program: Program, stays: float) -> None:
    """Watch live events; after `stays` seconds anew, from where the last connection ended."""
    console = program.world.stack.info["console"].replace("http", "ws", 1)
    url = f"{console}/api/v1/workspaces/{program.workspace}/events"
    headers = {"Authorization": f"Bearer {program.secret}"}
    cursor = ""
    while True:
        try:
            async with connect(url, additional_headers=headers, subprotocols=["parley.v1"], proxy=None) as socket:  # type: ignore[list-item]
                await socket.send(json.dumps({"type": "hello", "cursor": cursor or None, "see": ["inbox"]}))
                async with asyncio.timeout(stays):
                    while True:
                        cursor = json.loads(await socket.recv()).get("cursor") or cursor
        except (TimeoutError, ConnectionClosed, OSError):
            await asyncio.sleep(1)


async def _read(program: Program) -> None:
    """Read the inbox and its first conversation, again and again."""
    while True:
        status, page = await program.request("GET", "conversations", params={"limit": "20"})
        if status == 200 and page["items"]:
            await program.request("GET", f"conversations/{page['items'][0]['id']}/messages")
        await asyncio.sleep(0.5)
