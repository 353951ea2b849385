"""A browser without a screen: it holds a model of what a person would see, and keeps it by live events alone.

It fetches only what it shows, and only at its start and when it is told to (`resync`, `inbox:stale`, `partial`).
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from services.console.live.copies import LiveReads
from services.console.live.socket import SUBPROTOCOL
from shared.repositories.live_messages import LiveMessages
from shared.storage.mongo import Mongo

_ENCODER = msgspec.json.Encoder()
_GONE = (WebSocketException, OSError, TimeoutError, EOFError)


class Database:
    """The answers of REST to a key without the right to phone numbers: rows of a workspace's conversations, and the
    messages of one.
    """

    def __init__(self, mongo: Mongo, reads: LiveReads, workspace: str) -> None:
        self._mongo = mongo
        self._reads = reads
        self.workspace = workspace

    async def rows(self, conversations: list[str]) -> dict[str, Mapping[str, Any]]:
        found = await self._reads.rows(self.workspace, conversations)
        return {id_: json.loads(_as_json(row.masked)) for id_, row in found.items()}

    async def messages(self, conversation: str) -> dict[str, Mapping[str, Any]]:
        theirs, ours = await LiveMessages(self._mongo, self.workspace).ids(conversation)
        found = {
            **await self._reads.customer_messages(self.workspace, theirs),
            **await self._reads.our_messages(self.workspace, ours),
        }
        return {id_: json.loads(_as_json(one.masked)) for id_, one in found.items()}


@dataclass
class LiveScreen:
    """A browser's inbox, kept up to date by live events. shown: the conversations of its list; open: those whose
    messages it shows. silence: seconds without a frame after which it connects anew. resyncs: fetches of everything, by
    reason; resumed: connections, by how they began.
    """

    database: Database
    port: int
    token: str
    shown: list[str]
    open: list[str]
    silence: float = 45.0
    rows: dict[str, Any] = field(default_factory=dict)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    cursor: str | None = None
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    fetches: int = 0
    resyncs: dict[str, int] = field(default_factory=dict)
    frames: int = 0
    repeated: int = 0
    resumed: dict[str, int] = field(default_factory=dict)

    async def run(self) -> None:
        """Stay connected, forever."""
        while True:
            with suppress(*_GONE):
                async with self._connect() as socket:
                    await self._hello(socket)
                    await self._listen(socket)
            self.connected.clear()
            await asyncio.sleep(0.05)

    def _connect(self) -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}/api/v1/workspaces/{self.database.workspace}/events",
            additional_headers={"Authorization": f"Bearer {self.token}"},
            subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]  # a NewType of str
            compression=None,
            ping_interval=None,
            open_timeout=self.silence,
            close_timeout=0.1,
            proxy=None,
        )

    async def _hello(self, socket: ClientConnection) -> None:
        await socket.send(json.dumps({"type": "hello", "cursor": self.cursor, "see": ["inbox"], "open": self.open}))
        ready = await self._receive(socket)
        if ready["type"] != "ready":
            raise EOFError
        self.connections += 1
        self.resumed[ready["resumed"]] = self.resumed.get(ready["resumed"], 0) + 1
        if ready["resumed"] != "replayed":
            await self._fetch(ready.get("why") or "start")
        self.cursor = ready["cursor"]
        self.connected.set()

    async def _listen(self, socket: ClientConnection) -> None:
        while True:
            frame = await self._receive(socket)
            await self._apply(frame)
            self.cursor = frame.get("cursor") or self.cursor

    async def _receive(self, socket: ClientConnection) -> dict[str, Any]:
        async with asyncio.timeout(self.silence):
            frame: dict[str, Any] = json.loads(await socket.recv())
        self.frames += 1
        return frame

    async def _apply(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "message:new":
                await self._apply_message(frame["data"]["conversation"], frame["data"]["message"])
            case "message:status":
                self._apply_status(frame["data"])
            case "conversation:changed":
                for row in frame["data"]["rows"]:
                    await self._apply_row(row)
            case "inbox:stale":
                await self._fetch_rows()
            case "resync":
                await self._fetch(frame["why"])

    async def _apply_message(self, conversation: str, message: dict[str, Any]) -> None:
        if message.get("partial"):
            await self._fetch_messages(conversation)
            return
        known = self.messages.setdefault(conversation, {})
        self.repeated += message["id"] in known
        if message.get("rank", 0) >= known.get(message["id"], {}).get("rank", 0):
            known[message["id"]] = message

    def _apply_status(self, data: dict[str, Any]) -> None:
        known = self.messages.get(data["conversation"], {}).get(data["message"])
        if known is not None and data["rank"] >= known["rank"]:
            known |= {name: data[name] for name in ("rank", "status", "delivery")}

    async def _apply_row(self, row: dict[str, Any]) -> None:
        if row.get("partial"):
            await self._fetch_rows()
        elif row["version"] >= self.rows.get(row["id"], {}).get("version", 0):
            self.rows[row["id"]] = row

    async def _fetch(self, why: str) -> None:
        self.resyncs[why] = self.resyncs.get(why, 0) + 1
        await self._fetch_rows()
        for conversation in self.open:
            await self._fetch_messages(conversation)

    async def _fetch_rows(self) -> None:
        self.fetches += 1
        self.rows |= await self.database.rows(self.shown)

    async def _fetch_messages(self, conversation: str) -> None:
        self.fetches += 1
        self.messages[conversation] = dict(await self.database.messages(conversation))

    async def differences(self) -> list[str]:
        """Return how the screen differs from the database."""
        found = []
        rows = await self.database.rows(self.shown)
        if missing := [id_ for id_ in rows if id_ not in self.rows]:
            found.append(f"{len(missing)} rows are missing")
        found += [f"row {id_} is {self.rows[id_]}, not {row}" for id_, row in rows.items() if self.rows.get(id_) != row]
        for conversation in self.open:
            stored, shown = await self.database.messages(conversation), self.messages.get(conversation, {})
            found += [f"message {id_} is missing" for id_ in stored.keys() - shown.keys()]
            found += [f"message {id_} is not stored" for id_ in shown.keys() - stored.keys()]
            found += [
                f"message {id_} is {shown[id_]}, not {one}"
                for id_, one in stored.items()
                if id_ in shown and shown[id_] != one
            ]
        return found


def _as_json(value: Any) -> bytes:
    return _ENCODER.encode(value)
