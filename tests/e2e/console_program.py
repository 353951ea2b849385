"""A program that uses the console's API of a running stack by a key, as an integration or a browser's tab would."""

from dataclasses import dataclass
from typing import Any

import aiohttp

from shared.clock import SystemClock
from shared.domain.accounts import ApiKey, token_digest
from shared.operations.accounts.tokens import new_key
from shared.repositories.api_keys import ApiKeys, key_id
from tests.e2e.shop import Shop, word
from tests.e2e.simulator_control import Json
from tests.e2e.waiting import until
from tests.e2e.world import World

_LIMIT = aiohttp.ClientTimeout(total=60)


async def make_key(world: World, shop: Shop, *scopes: str) -> str:
    """Store a key of the workspace with these scopes; return its secret."""
    secret = new_key()
    digest = token_digest(secret)
    made = ApiKey(
        id=key_id(digest),
        workspace=shop.workspace,
        digest=digest,
        name="program",
        scopes=scopes,
        made_by="user:u1",
        made_at=SystemClock().now(),
    )
    await ApiKeys(world.mongo, shop.workspace).create(made)
    world.private.tokens.add(secret)
    return secret


@dataclass(frozen=True, slots=True)
class Program:
    """A program with a key of one workspace."""

    world: World
    workspace: str
    secret: str

    async def get(self, path: str, **query: str) -> Json:
        """Return what a GET answers."""
        status, answer = await self.request("GET", path, params=query)
        assert status == 200, answer
        return answer

    async def all(self, path: str, **query: str) -> list[Json]:
        """Return the items of all pages."""
        items: list[Json] = []
        page = await self.get(path, limit="100", **query)
        while True:
            items += page["items"]
            if not page["next"]:
                return items
            page = await self.get(path, limit="100", **query, cursor=page["next"])

    async def post(self, path: str, body: Json | None = None, *, key: str = "") -> tuple[int, Json]:
        """Return the status and the body of an answer. key: the idempotency key; empty: a new one."""
        headers = {"Idempotency-Key": key or f"once-{word()}"}
        return await self.request("POST", path, json=body or {}, headers=headers)

    async def command(self, path: str, body: Json | None = None, *, key: str = "") -> Json:
        """Send a command, which must be accepted; return its outcome."""
        status, answer = await self.post(path, body, key=key)
        assert status == 202, answer
        return await self.outcome(answer)

    async def outcome(self, accepted: Json) -> Json:
        """Wait for the outcome of a command that was accepted."""

        async def look() -> Json | None:
            status, answer = await self.request("GET", f"commands/{accepted['command']}")
            return answer if status == 200 else None

        return await until(look, "the outcome of a command", within=90)

    async def request(self, method: str, path: str, **options: Any) -> tuple[int, Json]:
        """Return the status and the body of an answer."""
        url = f"{self.world.stack.info['console']}/api/v1/workspaces/{self.workspace}/{path}"
        headers = {"Authorization": f"Bearer {self.secret}", **options.pop("headers", {})}
        async with self.world.http.request(method, url, headers=headers, timeout=_LIMIT, **options) as response:
            return response.status, await response.json()


async def make_program(world: World, shop: Shop, *scopes: str) -> Program:
    """Return a program with a new key of these scopes."""
    return Program(world, shop.workspace, await make_key(world, shop, *scopes))
