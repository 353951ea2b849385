"""A browser at the live events of a console, and the people whom that console knows."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from devtools.bench.console.live_replica import LiveReplica
from services.console.authenticator import ApiKey, Membership, SignedIn
from services.console.rights import Role

WORKSPACE = "acme"


_ALL_SCOPES = {"events:read", "conversations:read", "messages:read"}


class PeopleByCookie:
    """Members by cookie `person`; keys by token."""

    def __init__(self) -> None:
        self.members: dict[str, Membership] = {"ann": Membership(role=Role.AGENT)}
        self.ended: dict[str, int] = {}

    async def session(self, cookies: Mapping[str, str], address: str) -> SignedIn | None:
        person = cookies.get("person", "")
        return SignedIn(user=person, name=person.title(), session=f"s-{person}") if person in self.members else None

    async def member(self, user: str, workspace: str) -> Membership | None:
        return self.members.get(user) if workspace == WORKSPACE else None

    async def key(self, given: str, address: str) -> ApiKey | None:
        _, workspace, name = given.split(".")
        scopes = {"orders": {"orders:read"}, "events": {"events:read"}}.get(name, _ALL_SCOPES)
        return ApiKey(id=name, name=name, workspace=workspace, scopes=frozenset(scopes))

    async def recheck(self, callers: Sequence[Any]) -> Sequence[Any]:
        return [self.ended.get(caller.id, caller) for caller in callers]


class Browser:
    """A WebSocket of live events. Reading a frame fails after 20 seconds."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, type_: str, **more: Any) -> None:
        await self.socket.send(json.dumps({"type": type_, **more}))

    async def next(self, type_: str) -> dict[str, Any]:
        """Return the next frame of a type."""
        async with asyncio.timeout(20):
            while True:
                frame: dict[str, Any] = json.loads(await self.socket.recv())
                if frame["type"] == type_:
                    return frame

    async def closed(self) -> int:
        """Return the code with which the connection is closed."""
        async with asyncio.timeout(20):
            try:
                while True:
                    await self.socket.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 0


@asynccontextmanager
async def browser_of(replica: LiveReplica, person: str = "ann", **headers: str) -> AsyncIterator[Browser]:
    """Connect as the page of a person does. headers: more of them, or others."""
    origin = {"Origin": f"http://127.0.0.1:{replica.port}", "Cookie": f"person={person}"}
    async with connected(replica, {**origin, **headers}) as browser:
        yield browser


@asynccontextmanager
async def connected(replica: LiveReplica, headers: dict[str, str]) -> AsyncIterator[Browser]:
    url = f"ws://127.0.0.1:{replica.port}/api/v1/workspaces/{WORKSPACE}/events"
    async with connect(url, additional_headers=headers, subprotocols=["parley.v1"], proxy=None) as socket:  # type: ignore[list-item]
        yield Browser(socket)
