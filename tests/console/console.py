"""The console's application for tests, with a client signed in as each role and one for each scope of a key."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx2
from fastapi import APIRouter, FastAPI

from services.console.api import ROUTERS
from services.console.app import make_app
from services.console.authenticator import ApiKey, Membership
from services.console.parts import Parts
from services.console.rights import Role
from shared.clock import FixedClock
from tests.console.accounts import COOKIE, Accounts

HOST = "http://127.0.0.1:8090"
BROWSER = {"origin": HOST, "sec-fetch-site": "same-origin", "x-parley": "1"}


@dataclass
class Console:
    """`client("agent")` is a browser of acme's agent; `key("orders:read")` a program with a key of that scope."""

    parts: Parts
    accounts: Accounts
    clock: FixedClock
    app: FastAPI
    closing: AsyncExitStack
    _clients: dict[str, httpx2.AsyncClient] = field(default_factory=dict)

    def client(self, role: str = "agent", workspace: str = "acme", *, person: str = "", **member: Any) -> "Client":
        """Return a browser signed in as a member. member: fields of `Membership`, such as `channels`."""
        person = person or f"{role}-{workspace}"
        self.accounts.people[person] = person.title()
        self.accounts.members[person, workspace] = Membership(role=Role(role), **member)
        return Client(self._open(person, cookies={COOKIE: person}, headers=BROWSER), workspace)

    def key(self, *scopes: str, workspace: str = "acme") -> "Client":
        """Return a program with a key of these scopes."""
        id_ = f"pk-{workspace}-{'-'.join(scopes)}"
        self.accounts.keys[id_] = ApiKey(id=id_, name=id_, workspace=workspace, scopes=frozenset(scopes))
        return Client(self._open(id_, headers={"authorization": f"Bearer {id_}"}), workspace)

    def anonymous(self) -> "Client":
        """Return a client that is not signed in."""
        return Client(self._open("", headers=BROWSER), "acme")

    def _open(self, name: str, **options: Any) -> httpx2.AsyncClient:
        if name not in self._clients:
            transport = httpx2.ASGITransport(app=self.app, client=("127.0.0.1", 1234))
            self._clients[name] = httpx2.AsyncClient(transport=transport, base_url=HOST, **options)
            self.closing.push_async_callback(self._clients[name].aclose)
        return self._clients[name]


@dataclass
class Client:
    """Calls the API: paths that do not begin with `/` are below the workspace. Each POST gets its own key."""

    http: httpx2.AsyncClient
    workspace: str
    posts: int = 0

    def path(self, path: str) -> str:
        return path if path.startswith("/") else f"/api/v1/workspaces/{self.workspace}/{path}"

    async def get(self, path: str, **options: Any) -> httpx2.Response:
        return await self.http.get(self.path(path), **options)

    async def post(self, path: str, body: Any = None, *, key: str | None = None, **options: Any) -> httpx2.Response:
        """POST JSON. key: the idempotency key; None: a new one."""
        self.posts += 1
        headers = {"idempotency-key": key or f"test-key-{self.posts:04}", **options.pop("headers", {})}
        given = {"json": body} if body is not None else {}
        return await self.http.post(self.path(path), headers=headers, **given, **options)

    async def put(self, path: str, body: Any, **options: Any) -> httpx2.Response:
        return await self.http.put(self.path(path), json=body, **options)

    async def patch(self, path: str, body: Any, **options: Any) -> httpx2.Response:
        return await self.http.patch(self.path(path), json=body, **options)

    async def delete(self, path: str, **options: Any) -> httpx2.Response:
        return await self.http.delete(self.path(path), **options)


def make_console(
    parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack, routers: Sequence[APIRouter] = ROUTERS
) -> Console:
    """Return a console with these routers."""
    return Console(parts, accounts, clock, make_app(parts, routers), closing)


def problem(response: httpx2.Response) -> str:
    """Return the name of an answer's problem."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    found = response.json()
    assert found["status"] == response.status_code
    assert found["instance"] == response.headers["parley-request"]
    return str(found["type"]).rpartition("/")[2]
